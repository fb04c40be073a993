//! Documents and photos: what hangs on a place, and the one door through which every stored file leaves, whoever it belongs to.
//!
//! Who may have a file: for one of a case, whoever may see the case (its area says so through [`rooftree_frame::CaseSource`]); for one
//! of a place, whoever may see the register; for one of a person alone, whoever may see people. Scopes that see no personal data get
//! none, because nobody can tell what a picture shows.

pub mod commands;
pub mod web;
