//! The token that every form of a session carries. Each page shows it under another mask, so that the length of compressed pages tells
//! an onlooker nothing about it (the BREACH attack).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

/// Bytes of the secret that a session keeps.
const SECRET_BYTES: usize = 32;

/// The session's secret under a fresh mask, as a page shows it.
pub fn masked(secret: &str) -> String {
    let secret = URL_SAFE_NO_PAD.decode(secret).unwrap_or_default();
    let mask: [u8; SECRET_BYTES] = rand::random();
    let hidden = secret.iter().zip(mask).map(|(byte, mask)| byte ^ mask);
    URL_SAFE_NO_PAD.encode(mask.into_iter().chain(hidden).collect::<Vec<u8>>())
}

/// Whether two masked tokens hide the same secret.
pub fn same(sent: &str, expected: &str) -> bool {
    match (unmasked(sent), unmasked(expected)) {
        (Some(sent), Some(expected)) => sent.ct_eq(&expected).into(),
        _ => false,
    }
}

fn unmasked(token: &str) -> Option<[u8; SECRET_BYTES]> {
    let bytes: [u8; 2 * SECRET_BYTES] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
    let (mask, hidden) = bytes.split_at(SECRET_BYTES);
    let secret: Vec<u8> = mask.iter().zip(hidden).map(|(mask, byte)| mask ^ byte).collect();
    secret.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::new_secret;

    #[test]
    fn every_page_shows_another_token_for_the_same_secret() {
        let secret = new_secret();
        let (one, other) = (masked(&secret), masked(&secret));
        assert_ne!(one, other);
        assert!(same(&one, &other));
        assert!(!same(&one, &masked(&new_secret())));
        for wrong in ["", "x", secret.as_str(), &one[1..], &format!("{one}A")] {
            assert!(!same(wrong, &one), "{wrong}");
        }
        assert!(!same("", ""), "nothing is no token");
    }
}
