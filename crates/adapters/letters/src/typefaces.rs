//! The typefaces that are in the program.

use parley::{
    FontContext,
    fontique::{Blob, Collection, CollectionOptions, FontInfoOverride, FontWeight, SourceCache},
    style::FontFamilyName,
};
use std::{borrow::Cow, sync::Arc};

/// One file: an alphabet of a typeface in one weight.
struct Face {
    /// A name of its own for each alphabet, because a family is asked for one file only.
    family: &'static str,
    weight: f32,
    bytes: &'static [u8],
}

/// Made by build.rs, in the order in which a character's typeface is looked for.
const FACES: &[Face] = include!(concat!(env!("OUT_DIR"), "/faces.in"));

/// Nothing but our own faces: a letter looks the same on every machine.
pub fn context() -> FontContext {
    let mut collection = Collection::new(CollectionOptions { shared: false, system_fonts: false });
    for face in FACES {
        let named = FontInfoOverride {
            family_name: Some(face.family),
            weight: Some(FontWeight::new(face.weight)),
            ..FontInfoOverride::default()
        };
        collection.register_fonts(Blob::new(Arc::new(face.bytes)), Some(named));
    }
    FontContext { collection, source_cache: SourceCache::default() }
}

/// The families by their order.
pub fn families() -> Vec<FontFamilyName<'static>> {
    let mut names: Vec<&str> = FACES.iter().map(|face| face.family).collect();
    names.dedup();
    names.into_iter().map(|name| FontFamilyName::Named(Cow::Borrowed(name))).collect()
}
