//! Devices that a user has signed in on before. Anybody who knows an address can lock its account by wrong passwords; so that this keeps
//! nobody from work, a device that has been let in once carries a cookie by which it is known again, and failures on it are counted apart
//! from those elsewhere. The cookie opens nothing: it is signed with what the database keeps of the password, so that it ends with that.

use super::{hash_secret, new_secret, users};
use crate::{Error, Platform, Result, boxed};
use hmac::{Hmac, Mac};
use rooftree_kernel::{Moment, UserId};
use sha2::Sha256;

/// The cookie's name.
pub const COOKIE: &str = "rooftree_device";
/// How long a device is known after the last sign-in on it, in seconds.
pub const LIFETIME_SECONDS: i64 = 180 * 86_400;

/// The cookie for a device on which this user is let in; none for whoever has no password.
#[boxed]
pub async fn remember(platform: &Platform, user: UserId) -> Result<Option<String>> {
    let hash = sqlx::query_scalar!("select password_hash from app_user where id = $1", user as _)
        .fetch_optional(platform.writes())
        .await?
        .flatten();
    hash.map(|hash| cookie(user, &hash, platform.now())).transpose()
}

fn cookie(user: UserId, password_hash: &str, now: Moment) -> Result<String> {
    let words = format!("{}.{}", new_secret(), seconds(now.plus_seconds(LIFETIME_SECONDS)));
    let signature = hex::encode(signed(user, password_hash, &words)?.finalize().into_bytes());
    Ok(format!("{words}.{signature}"))
}

fn is_known(cookie: &str, user: UserId, password_hash: &str, now: Moment) -> bool {
    let Some((words, signature)) = cookie.rsplit_once('.') else { return false };
    let until = words.rsplit_once('.').and_then(|(_, until)| until.parse::<i64>().ok());
    let (Ok(signature), Ok(expected)) = (hex::decode(signature), signed(user, password_hash, words)) else {
        return false;
    };
    until.is_some_and(|until| until > seconds(now)) && expected.verify_slice(&signature).is_ok()
}

fn signed(user: UserId, password_hash: &str, words: &str) -> Result<Hmac<Sha256>> {
    let key = Hmac::<Sha256>::new_from_slice(password_hash.as_bytes());
    let mut mac = key.map_err(|error| Error::Internal(error.to_string()))?;
    mac.update(format!("a device of {user}: {words}").as_bytes());
    Ok(mac)
}

fn seconds(moment: Moment) -> i64 {
    moment.as_micros() / 1_000_000
}

/// What failures are counted against.
pub(super) enum Counted {
    /// The account: too many lock it for every device that is not known.
    Account(UserId),
    /// The known devices of a user, or an address that nobody has, by a hash: too many lock those alone.
    Apart(Vec<u8>),
}

impl Counted {
    /// What a user's failures on a device count against.
    pub(super) fn of(user: UserId, password_hash: Option<&str>, device: Option<&str>, now: Moment) -> Self {
        match (password_hash, device) {
            (Some(hash), Some(device)) if is_known(device, user, hash, now) => Self::known_devices(user),
            _ => Self::Account(user),
        }
    }

    /// All known devices of a user count together: whoever has taken cookies of several, or writes one in several ways, gains no tries.
    /// A session that is open counts as one of them.
    pub(super) fn known_devices(user: UserId) -> Self {
        Self::Apart(hash_secret(&format!("known devices of {user}")))
    }

    /// Locked until then, if it is locked now.
    pub(super) async fn locked_until(&self, platform: &Platform) -> Result<Option<Moment>> {
        let until = match self {
            Self::Account(user) => users::locked_until(platform, *user).await?,
            Self::Apart(hash) => users::apart_locked_until(platform, hash).await?,
        };
        Ok(until.filter(|until| *until > platform.now()))
    }

    /// Counts a failure; the last allowed one locks.
    pub(super) async fn failed(&self, platform: &Platform) -> Result<users::Outcome> {
        match self {
            Self::Account(user) => users::note_failure(platform, *user, platform.now()).await,
            Self::Apart(hash) => users::note_failure_apart(platform, hash, platform.now()).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_known_for_its_user_and_until_the_password_changes() {
        let (ann, ben, now) = (UserId::new(), UserId::new(), Moment::from_micros(1_800_000_000_000_000));
        let device = cookie(ann, "hash", now).unwrap();
        assert!(is_known(&device, ann, "hash", now));
        assert!(is_known(&device, ann, "hash", now.plus_seconds(LIFETIME_SECONDS - 1)));
        assert!(!is_known(&device, ann, "hash", now.plus_seconds(LIFETIME_SECONDS)));
        assert!(!is_known(&device, ben, "hash", now) && !is_known(&device, ann, "another", now));
        let longer = device.replacen(".1", ".9", 1);
        for wrong in ["", ".", "..", "a.b.c", &device[1..], &longer, &format!("{device}0")] {
            assert!(!is_known(wrong, ann, "hash", now), "{wrong}");
        }
        assert_ne!(device, cookie(ann, "hash", now).unwrap());
    }
}
