//! Passwords, kept as argon2id hashes (19 MiB, 2 passes, the OWASP floor).

use crate::{Error, Result, boxed};
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use tokio::sync::Semaphore;

/// The fewest characters.
pub const LENGTH_MIN: usize = 12;
/// The most; longer ones cost time to hash.
pub const LENGTH_MAX: usize = 200;
/// Passwords computed at the same time; the others wait their turn.
const AT_ONCE: u32 = 4;
/// Each takes 19 MiB and a processor: a rush of sign-ins must not take them all.
static COMPUTING: Semaphore = Semaphore::const_new(AT_ONCE as usize);

/// Refuses what is too short, too long or no secret at all.
pub fn check(password: &str, email: &str) -> Result<(), String> {
    let length = password.chars().count();
    if length < LENGTH_MIN {
        return Err(format!("use at least {LENGTH_MIN} characters; three random words are good"));
    }
    if length > LENGTH_MAX {
        return Err(format!("use at most {LENGTH_MAX} characters"));
    }
    let lower = password.to_lowercase();
    let local = email.split('@').next().unwrap_or_default().to_lowercase();
    let distinct: std::collections::BTreeSet<char> = lower.chars().collect();
    if distinct.len() < 5 || ["password1234", "123456789012", "qwertyuiop12", "letmein12345"].contains(&lower.as_str())
    {
        return Err("this password is easy to guess: choose another".to_owned());
    }
    if local.len() > 3 && lower.contains(&local) {
        return Err("the password must not contain your e-mail name".to_owned());
    }
    Ok(())
}

/// Hashes off the async threads: it takes some 20 ms of processor.
#[boxed]
pub async fn hash(password: String) -> Result<String> {
    in_turn(move || hash_now(&password)).await?
}

/// Computes off the async threads, with few others. The turn is over when the work is, even if nobody waits for it any more.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let turn = COMPUTING.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    let work = move || {
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))
}

/// Hashes on this thread (the demo loader, tests).
pub fn hash_now(password: &str) -> Result<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Internal(error.to_string()))
}

/// True when the password is the one. Without a hash (no such user) it takes as long and is false.
#[boxed]
pub async fn verify(password: String, hash: Option<String>) -> bool {
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$GpZ3sK/oH9p7VIiV56G/64Zo/8GaUw434IimaPqxwCo";
    in_turn(move || {
        let known = hash.is_some();
        let text = hash.unwrap_or_else(|| NOBODY.to_owned());
        let Ok(parsed) = PasswordHash::new(&text) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && known
    })
    .await
    .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_and_no_other() {
        let hash = hash_now("three random words").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("three random words".into(), Some(hash.clone())).await);
        assert!(!verify("three random worms".into(), Some(hash)).await);
        assert!(!verify("three random words".into(), None).await);
    }

    #[tokio::test]
    async fn a_rush_waits_its_turn() {
        let rush = COMPUTING.acquire_many(AT_ONCE).await.unwrap();
        let soon = std::time::Duration::from_millis(50);
        assert!(tokio::time::timeout(soon, hash("three random words".into())).await.is_err(), "it waits");
        drop(rush);
        assert!(hash("three random words".into()).await.is_ok());
    }

    #[test]
    fn weak_ones_are_refused_with_a_reason() {
        assert!(check("short", "a@example.org").is_err());
        assert!(check("aaaaaaaaaaaaaa", "a@example.org").is_err());
        assert!(check("priya.shah is me", "priya.shah@example.org").is_err());
        assert!(check("kettle brisk owl", "priya.shah@example.org").is_ok());
    }
}
