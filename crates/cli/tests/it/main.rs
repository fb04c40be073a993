//! The real binary, as people type it.

mod backup;
mod doctor;
mod due;
mod files;
mod help;
mod home;
mod letters;
mod older_landlords;
mod serve;
mod users;
