//! The second factor: codes of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 seconds) and recovery codes.
//!
//! A code is accepted once: the number of its time step must be larger than that of the last one accepted. The secret lies in the
//! database as it is, because the server must be able to compute codes from it.

use super::{devices::Counted, hash_secret, pending, users};
use crate::{Ctx, Error, Platform, Result, boxed};
use rooftree_kernel::{Actor, Moment, UserId};
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// One time step, in seconds.
const STEP_SECONDS: u64 = 30;
/// Steps before and after the present that still count, for clocks that are off.
const STEPS_ASIDE: u16 = 1;
/// How many recovery codes there are.
pub const RECOVERY_CODES: usize = 10;
/// Letters and digits that nobody mistakes for another.
pub(super) const ALPHABET: &[u8; 30] = b"ABCDEFGHJKMNPQRSTVWXYZ23456789";
/// Letters of a recovery code, without its hyphen: some 49 bits.
const RECOVERY_CHARS: usize = 10;

/// What an authenticator app needs.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// The secret in base 32, for typing.
    pub secret: String,
    /// The same as an `otpauth:` address, for the QR code.
    pub uri: String,
}

/// What came of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It is right.
    Right,
    /// It is wrong, or was used before.
    Wrong,
    /// Too many were wrong: locked until then.
    Locked(Moment),
}

/// Begins the set-up: makes a secret, which waits ten minutes for its first code in this one browser, known by the token of its session or
/// sign-in. Meanwhile a reload shows it again; another browser, or a later visitor, gets a secret of their own. Refused when a factor is
/// already set up.
#[boxed]
pub async fn begin(platform: &Platform, user: UserId, browser: &str) -> Result<SetUp> {
    let email =
        sqlx::query_scalar!("select email from app_user where id = $1 and totp_confirmed_at is null", user as _)
            .fetch_optional(platform.writes())
            .await?
            .ok_or_else(is_set_up)?;
    let (now, fresh) = (platform.now(), Secret::generate());
    let secret = sqlx::query_scalar!(
        r#"insert into pending_sign_in as p (token_hash, totp_secret, expires_at) values ($1, $2, $3)
           on conflict (token_hash) do update
               set totp_secret = case when p.expires_at > $4 then p.totp_secret else excluded.totp_secret end,
                   expires_at = case when p.expires_at > $4 then p.expires_at else excluded.expires_at end
           returning totp_secret as "secret!""#,
        set_up_key(user, browser),
        fresh.as_bytes(),
        now.plus_seconds(pending::LIFETIME_SECONDS) as _,
        now as _
    )
    .fetch_one(platform.writes())
    .await?;
    let account = email.replace(':', " ");
    let issuer = format!("Rooftree {}", platform.config().landlord).replace(':', " ");
    let totp = builder(&secret).with_account_name(account).with_issuer(Some(issuer)).build().map_err(unusable)?;
    let uri = totp.to_url().map_err(unusable)?;
    Ok(SetUp { secret: Secret::from(secret).to_base32(), uri })
}

/// A set-up under way is kept among the sign-ins under way, without a user, so that its key is never taken for a first factor.
fn set_up_key(user: UserId, browser: &str) -> Vec<u8> {
    hash_secret(&format!("second factor of {user} in {browser}"))
}

fn is_set_up() -> Error {
    Error::conflict("A second factor is already set up. Remove it first, or ask your administrator to reset it.")
}

/// Ends the set-up with a first right code; returns the recovery codes, which are not shown again.
#[boxed]
pub async fn confirm(
    platform: &Platform,
    actor: &Actor,
    user: UserId,
    browser: &str,
    code: &str,
) -> Result<Vec<String>> {
    let mut ctx = platform.begin(actor).await?;
    let now = ctx.now;
    let secret = sqlx::query_scalar!(
        r#"select totp_secret as "secret!" from pending_sign_in
           where token_hash = $1 and totp_secret is not null and expires_at > $2 for update"#,
        set_up_key(user, browser),
        now as _
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or_else(|| {
        Error::field(
            "code",
            "the key was shown more than ten minutes ago: add the new one below to the app instead, and type its code",
        )
    })?;
    let step = matching_step(&secret, code, now).ok_or_else(|| {
        Error::field("code", "this code is not right: type the one that the app shows now, and check the phone's clock")
    })?;
    let kept = sqlx::query!(
        "update app_user set totp_secret = $2, totp_confirmed_at = $3, totp_last_step = $4
         where id = $1 and totp_confirmed_at is null",
        user as _,
        secret,
        now as _,
        step
    )
    .execute(ctx.conn())
    .await?;
    if kept.rows_affected() == 0 {
        return Err(is_set_up());
    }
    sqlx::query!("delete from pending_sign_in where token_hash = $1", set_up_key(user, browser))
        .execute(ctx.conn())
        .await?;
    let codes = new_recovery_codes(&mut ctx, user).await?;
    ctx.record(users::USER_CHANGED.at(now).with("user", user).with("what", "second factor set up")).await?;
    ctx.commit().await?;
    Ok(codes)
}

/// Checks a code of the app. A right one is used up by it; a wrong one counts against the account like a wrong password, or against the
/// device that is known by its cookie.
#[boxed]
pub async fn check(platform: &Platform, user: UserId, code: &str, device: Option<&str>) -> Result<Checked> {
    let now = platform.now();
    let row = sqlx::query!(
        "select totp_secret, password_hash from app_user
         where id = $1 and totp_confirmed_at is not null and disabled_at is null",
        user as _
    )
    .fetch_optional(platform.writes())
    .await?;
    let Some(row) = row else { return Ok(Checked::Wrong) };
    let counted = Counted::of(user, row.password_hash.as_deref(), device, now);
    if let Some(until) = counted.locked_until(platform).await? {
        return Ok(Checked::Locked(until));
    }
    if let Some(step) = row.totp_secret.and_then(|secret| matching_step(&secret, code, now)) {
        // Two requests with one code: the database lets one of them through.
        let accepted = sqlx::query!(
            "update app_user set totp_last_step = $2 where id = $1 and totp_last_step < $2",
            user as _,
            step
        )
        .execute(platform.writes())
        .await?;
        if accepted.rows_affected() == 1 {
            return Ok(Checked::Right);
        }
    }
    wrong(platform, &counted).await
}

/// Checks a recovery code, which is used up by it. Returns how many are left when it is right.
#[boxed]
pub async fn recover(platform: &Platform, user: UserId, code: &str, device: Option<&str>) -> Result<(Checked, i64)> {
    let now = platform.now();
    let hash = sqlx::query_scalar!("select password_hash from app_user where id = $1", user as _)
        .fetch_optional(platform.writes())
        .await?
        .flatten();
    let counted = Counted::of(user, hash.as_deref(), device, now);
    if let Some(until) = counted.locked_until(platform).await? {
        return Ok((Checked::Locked(until), 0));
    }
    let used = sqlx::query!(
        "update recovery_code set used_at = $3 where user_id = $1 and hash = $2 and used_at is null",
        user as _,
        hash_secret(&plain(code)),
        now as _
    )
    .execute(platform.writes())
    .await?;
    if used.rows_affected() == 0 {
        return Ok((wrong(platform, &counted).await?, 0));
    }
    let mut actor = Actor::system(rooftree_kernel::Channel::Web);
    actor.user = Some(user);
    let mut ctx = platform.begin(&actor).await?;
    ctx.record(users::USER_CHANGED.at(now).with("user", user).with("what", "recovery code used")).await?;
    ctx.commit().await?;
    Ok((Checked::Right, codes_left(platform, user).await?))
}

/// Recovery codes that were not used yet.
#[boxed]
pub async fn codes_left(platform: &Platform, user: UserId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from recovery_code where user_id = $1 and used_at is null"#,
        user as _
    )
    .fetch_one(platform.writes())
    .await?)
}

/// Takes the second factor away: by its owner, or by an administrator when the phone and the codes are lost.
#[boxed]
pub async fn remove(ctx: &mut Ctx, user: UserId) -> Result<()> {
    sqlx::query!("update app_user set totp_secret = null, totp_confirmed_at = null where id = $1", user as _)
        .execute(ctx.conn())
        .await?;
    sqlx::query!("delete from recovery_code where user_id = $1", user as _).execute(ctx.conn()).await?;
    pending::end_all(ctx, user).await?;
    let now = ctx.now;
    ctx.record(users::USER_CHANGED.at(now).with("user", user).with("what", "second factor removed")).await?;
    Ok(())
}

/// Makes new recovery codes; the old ones are void.
#[boxed]
pub async fn new_recovery_codes(ctx: &mut Ctx, user: UserId) -> Result<Vec<String>> {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code(&mut rand::rng())).collect();
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| hash_secret(&plain(code))).collect();
    sqlx::query!("delete from recovery_code where user_id = $1", user as _).execute(ctx.conn()).await?;
    sqlx::query!("insert into recovery_code (user_id, hash) select $1, unnest($2::bytea[])", user as _, &hashes)
        .execute(ctx.conn())
        .await?;
    Ok(codes)
}

async fn wrong(platform: &Platform, counted: &Counted) -> Result<Checked> {
    Ok(match counted.failed(platform).await? {
        users::Outcome::Locked(until) => Checked::Locked(until),
        _ => Checked::Wrong,
    })
}

fn builder(secret: &[u8]) -> Builder {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(STEPS_ASIDE)
        .with_step_duration(STEP_SECONDS)
        .with_secret(secret.to_vec())
}

fn unusable(error: totp_rs::TotpError) -> Error {
    Error::Internal(format!("the second factor could not be set up: {error}"))
}

/// The time step that a code belongs to, if it is right now. Blanks in it do not matter.
pub fn matching_step(secret: &[u8], code: &str, now: Moment) -> Option<i64> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let totp: Totp = builder(secret).build().ok()?;
    let seconds = u64::try_from(now.as_micros() / 1_000_000).ok()?;
    totp.check(&digits, seconds).and_then(|step| i64::try_from(step).ok())
}

fn recovery_code(random: &mut impl rand::Rng) -> String {
    let mut code: String =
        (0..RECOVERY_CHARS).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect();
    code.insert(RECOVERY_CHARS / 2, '-');
    code
}

/// A recovery code as it is compared: capitals, no blanks or hyphens.
fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's test vectors.
    const RFC_SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn agrees_with_the_vectors_of_rfc_6238() {
        // The last six of the RFC's eight digits.
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            let now = Moment::from_micros(seconds * 1_000_000);
            assert_eq!(matching_step(RFC_SECRET, code, now), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_lives_for_one_step_either_side_and_no_longer() {
        let at = |seconds: i64| Moment::from_micros(seconds * 1_000_000);
        assert_eq!(matching_step(RFC_SECRET, " 287 082 ", at(59 + 30)), Some(1), "blanks do not matter");
        assert_eq!(matching_step(RFC_SECRET, "287082", at(59 + 61)), None);
        for nonsense in ["", "28708", "2870822", "abcdef", "２８７０８２", "-87082"] {
            assert_eq!(matching_step(RFC_SECRET, nonsense, at(59)), None, "{nonsense}");
        }
    }

    #[test]
    fn recovery_codes_are_read_however_they_are_typed() {
        let code = recovery_code(&mut rand::rng());
        assert_eq!(code.len(), RECOVERY_CHARS + 1);
        assert_eq!(plain(&code), plain(&format!(" {} ", code.to_lowercase().replace('-', " "))));
        assert_ne!(code, recovery_code(&mut rand::rng()));
    }
}
