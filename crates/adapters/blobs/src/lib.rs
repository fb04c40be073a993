//! Where documents and photos are kept: a directory, or a bucket of an S3-compatible store.

mod bucket;
mod directory;

pub use bucket::Bucket;
pub use directory::Directory;

use rooftree_platform::ports::{BlobError, BlobStore};
use std::{path::Path, sync::Arc};

/// The longest key, in bytes.
const KEY_BYTES_MAX: usize = 512;
/// The longest part of a key between slashes, in bytes; file systems allow 255 for a name.
const PART_BYTES_MAX: usize = 200;

/// Opens the store at a location: `s3://bucket/prefix?endpoint=https://…&region=…`, or else a directory's path.
pub fn open(location: &str) -> Result<Arc<dyn BlobStore>, BlobError> {
    if location.starts_with("s3://") {
        Ok(Arc::new(Bucket::open(location)?))
    } else {
        Ok(Arc::new(Directory::open(Path::new(location))?))
    }
}

/// A key is made of parts joined by slashes; a part holds letters, digits, `-`, `_` and `.`, and does not begin with a dot.
/// So no key leads out of the store, to a hidden file or to a device.
fn check_key(key: &str) -> Result<(), BlobError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let sound = |part: &str| {
        !part.is_empty() && part.len() <= PART_BYTES_MAX && !part.starts_with('.') && part.bytes().all(plain)
    };
    if key.len() <= KEY_BYTES_MAX && key.split('/').all(sound) {
        Ok(())
    } else {
        Err(BlobError::Key(key.chars().take(60).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_inside_the_store() {
        for good in ["ab/cdef0123", "a", "photo-1_small.webp"] {
            assert!(check_key(good).is_ok(), "{good}");
        }
        let long = "a".repeat(201);
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".hidden", "a\\b", "a b", "é", "a\0b", &long] {
            assert!(check_key(bad).is_err(), "{bad:?}");
        }
    }
}
