//! Who is there: passwords (argon2id), a second factor, sessions with hashed tokens, API tokens, rate limits.

pub mod admin;
pub mod devices;
pub mod external;
pub mod form_token;
pub mod kept_forms;
pub mod limits;
pub mod passwords;
pub mod pending;
pub mod second;
pub mod sessions;
pub mod tokens;
pub mod users;

use sha2::{Digest, Sha256};

/// A fresh secret of 32 random bytes, as text for a cookie or a header.
pub fn new_secret() -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What the database keeps of a secret: its SHA-256. The secrets are random, so no salt or slow hash is needed.
pub fn hash_secret(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
