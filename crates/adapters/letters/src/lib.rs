//! Letters as PDF/UA-1: [krilla](https://docs.rs/krilla) writes the file and its tags, [parley](https://docs.rs/parley) shapes and breaks
//! the text, and the flow of a letter over its pages is ours (`flow`). Typefaces for every language that residents of the demo speak are in
//! the program (`typefaces`). Why these: docs/adr/0009.

mod draw;
mod flow;
mod lines;
mod typefaces;

use lines::Typesetter;
use rooftree_platform::{
    letters::Letter,
    ports::{LetterPrinter, PrintError},
};
use std::sync::{Mutex, PoisonError};

/// Points in a millimetre.
const MM: f32 = 72.0 / 25.4;

/// Prints letters. Holds the typefaces, once for the program.
pub struct Press(Mutex<Typesetter>);

impl Press {
    /// Unpacks no file and reads no setting: the typefaces are part of the program.
    pub fn new() -> Self {
        Self(Mutex::new(Typesetter::new()))
    }
}

impl Default for Press {
    fn default() -> Self {
        Self::new()
    }
}

impl LetterPrinter for Press {
    fn print(&self, letters: &[Letter]) -> Result<Vec<u8>, PrintError> {
        // What a panic left behind in there are caches; they do no harm.
        let mut typesetter = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let composed = letters.iter().map(|letter| flow::compose(&mut typesetter, letter));
        let composed = composed.collect::<Result<Vec<_>, _>>()?;
        draw::draw(&mut typesetter, letters, composed)
    }
}
