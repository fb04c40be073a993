//! Attacks on the door: guessing, telling users from strangers, replaying codes, keeping a session that should be over.

use crate::bench::Bench;
use rooftree_kernel::{Actor, Channel, UserId};
use rooftree_platform::{
    Error,
    ports::{Identity, LoginStart},
    signin::{
        external, limits, pending,
        second::{self, Checked},
        sessions,
        users::{self, NewUser, Outcome},
    },
};
use std::time::Instant;

const PASSWORD: &str = "kettle brisk owl";

async fn add(bench: &Bench, email: &str, role: &str) -> UserId {
    let mut ctx = bench.platform.begin(&Actor::system(Channel::Cli)).await.unwrap();
    let user = NewUser {
        email: email.into(),
        name: "Ada Obi".into(),
        role: role.into(),
        password: Some(PASSWORD.into()),
        ..NewUser::default()
    };
    let id = users::add(&mut ctx, user).await.unwrap();
    ctx.commit().await.unwrap();
    id
}

async fn try_password(bench: &Bench, email: &str, password: &str) -> Outcome {
    users::check_password(&bench.platform, email, password, None).await.unwrap()
}

/// The code that the user's app shows now; during the set-up, that of the key shown last.
async fn code_now(bench: &Bench, user: UserId) -> String {
    let secret: Vec<u8> = sqlx::query_scalar(
        "select coalesce((select totp_secret from app_user where id = $1),
                         (select totp_secret from pending_sign_in where totp_secret is not null order by expires_at desc limit 1))",
    )
        .bind(user)
        .fetch_one(bench.platform.writes())
        .await
        .unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    totp.generate((bench.platform.now().as_micros() / 1_000_000) as u64).to_string()
}

#[tokio::test]
async fn guessing_locks_users_and_strangers_alike() {
    let Some(bench) = Bench::new().await else { return };
    let user = add(&bench, "ada@example.org", "clerk").await;
    assert_eq!(try_password(&bench, " ADA@example.org ", PASSWORD).await, Outcome::In(user));
    for email in ["ada@example.org", "nobody@example.org"] {
        for _ in 0..5 {
            assert_eq!(try_password(&bench, email, "wrong password").await, Outcome::Refused, "{email}");
        }
        assert!(matches!(try_password(&bench, email, "wrong password").await, Outcome::Locked(_)), "{email}");
        assert!(
            matches!(try_password(&bench, email, PASSWORD).await, Outcome::Locked(_)),
            "{email}: even with the right one"
        );
    }
    bench.pass(15 * 60 + 1);
    assert_eq!(try_password(&bench, "nobody@example.org", PASSWORD).await, Outcome::Refused);
    assert_eq!(try_password(&bench, "ada@example.org", PASSWORD).await, Outcome::In(user), "the lock is over");
    let locks: i64 = sqlx::query_scalar("select count(*) from fact where name = 'user.locked-out'")
        .fetch_one(bench.platform.writes())
        .await
        .unwrap();
    assert_eq!(locks, 1, "the journal knows of the lock of a user, and keeps nothing of strangers");
    bench.end().await;
}

#[tokio::test]
async fn the_answer_takes_as_long_for_a_stranger() {
    let Some(bench) = Bench::new().await else { return };
    add(&bench, "ada@example.org", "clerk").await;
    let (mut user, mut stranger) = (Vec::new(), Vec::new());
    for round in 0..5 {
        let started = Instant::now();
        try_password(&bench, "ada@example.org", "wrong password").await;
        user.push(started.elapsed());
        let started = Instant::now();
        try_password(&bench, &format!("nobody{round}@example.org"), "wrong password").await;
        stranger.push(started.elapsed());
    }
    user.sort();
    stranger.sort();
    // Hashing dominates both; without it a stranger would be answered some ten times sooner.
    assert!(stranger[2] * 3 > user[2], "user {:?}, stranger {:?}", user[2], stranger[2]);
    bench.end().await;
}

#[tokio::test]
async fn a_disabled_user_is_a_stranger_and_loses_the_session() {
    let Some(bench) = Bench::new().await else { return };
    let user = add(&bench, "ada@example.org", "clerk").await;
    let token = sessions::open(&bench.platform, user, false).await.unwrap();
    assert!(sessions::find(&bench.platform, &token).await.unwrap().is_some());
    sqlx::query("update app_user set disabled_at = now()").execute(bench.platform.writes()).await.unwrap();
    assert!(sessions::find(&bench.platform, &token).await.unwrap().is_none());
    assert_eq!(try_password(&bench, "ada@example.org", PASSWORD).await, Outcome::Refused);
    assert!(matches!(sessions::open(&bench.platform, user, false).await, Err(Error::NotFound(_))));
    bench.end().await;
}

#[tokio::test]
async fn sessions_end_by_idleness_by_age_and_by_will() {
    let Some(bench) = Bench::new().await else { return };
    let user = add(&bench, "ada@example.org", "clerk").await;
    let live = async |token: &str| sessions::find(&bench.platform, token).await.unwrap().is_some();
    let (one, two) = (
        sessions::open(&bench.platform, user, false).await.unwrap(),
        sessions::open(&bench.platform, user, false).await.unwrap(),
    );
    assert_ne!(one, two);
    sessions::close_others(&bench.platform, user, &one).await.unwrap();
    assert!(live(&one).await && !live(&two).await);
    bench.pass(bench.platform.config().session_idle_seconds + 61);
    assert!(!live(&one).await, "idle for too long");
    let busy = sessions::open(&bench.platform, user, false).await.unwrap();
    let hours = sessions::LIFETIME_SECONDS / 3600;
    for _ in 0..hours - 1 {
        bench.pass(3600);
        assert!(live(&busy).await, "use keeps it");
    }
    bench.pass(3700);
    assert!(!live(&busy).await, "but not beyond its lifetime");
    let stored: i64 =
        sqlx::query_scalar("select count(*) from session where encode(token_hash, 'escape') like '%' || $1 || '%'")
            .bind(&busy)
            .fetch_one(bench.platform.writes())
            .await
            .unwrap();
    assert_eq!(stored, 0, "the database does not know the token");
    bench.end().await;
}

#[tokio::test]
async fn a_role_that_requires_the_second_factor_gets_nowhere_without() {
    let Some(bench) = Bench::new().await else { return };
    let user = add(&bench, "ada@example.org", "guarded").await;
    assert_eq!(try_password(&bench, "ada@example.org", PASSWORD).await, Outcome::NeedsSetUp(user));
    let token = sessions::open(&bench.platform, user, false).await.unwrap();
    assert!(
        sessions::find(&bench.platform, &token).await.unwrap().is_none(),
        "a session without the factor opens nothing"
    );
    set_up(&bench, user).await;
    assert_eq!(try_password(&bench, "ada@example.org", PASSWORD).await, Outcome::NeedsCode(user));
    bench.end().await;
}

async fn set_up(bench: &Bench, user: UserId) -> Vec<String> {
    let begin = async || second::begin(&bench.platform, user, "browser").await;
    let first = begin().await.unwrap();
    assert_eq!(first.secret, begin().await.unwrap().secret, "a reload shows the same key");
    assert!(first.uri.starts_with("otpauth://totp/"), "{}", first.uri);
    let actor = Actor::system(Channel::Web);
    let confirm = async |browser: &str, code: &str| second::confirm(&bench.platform, &actor, user, browser, code).await;
    assert!(matches!(confirm("browser", "000").await, Err(Error::Invalid(_))));
    let code = code_now(bench, user).await;
    assert!(matches!(confirm("another", &code).await, Err(Error::Invalid(_))), "a key belongs to one browser");
    let codes = confirm("browser", &code).await.unwrap();
    assert_eq!(codes.len(), second::RECOVERY_CODES);
    assert!(matches!(begin().await, Err(Error::Conflict(_))), "a set-up cannot be replaced");
    codes
}

#[tokio::test]
async fn a_code_works_once_and_wrong_ones_lock() {
    let Some(bench) = Bench::new().await else { return };
    let user = add(&bench, "ada@example.org", "clerk").await;
    set_up(&bench, user).await;
    let check = async |code: &str| second::check(&bench.platform, user, code, None).await.unwrap();
    let code = code_now(&bench, user).await;
    assert_eq!(check(&code).await, Checked::Wrong, "the code of the set-up is used up");
    bench.pass(30);
    let code = code_now(&bench, user).await;
    let (one, two) = tokio::join!(check(&code), check(&code));
    assert_eq!([one, two].iter().filter(|checked| **checked == Checked::Right).count(), 1, "two at once: one gets in");
    assert_eq!(check(&code).await, Checked::Wrong, "overheard and replayed");
    for _ in 0..10 {
        check("999999").await;
    }
    bench.pass(30);
    let code = code_now(&bench, user).await;
    assert!(matches!(check(&code).await, Checked::Locked(_)), "guessing codes locks the account");
    assert!(matches!(try_password(&bench, "ada@example.org", PASSWORD).await, Outcome::Locked(_)));
    bench.end().await;
}

#[tokio::test]
async fn a_recovery_code_works_once() {
    let Some(bench) = Bench::new().await else { return };
    let user = add(&bench, "ada@example.org", "clerk").await;
    let codes = set_up(&bench, user).await;
    let typed = codes[3].to_lowercase().replace('-', " ");
    assert_eq!(second::recover(&bench.platform, user, &typed, None).await.unwrap(), (Checked::Right, 9));
    assert_eq!(second::recover(&bench.platform, user, &typed, None).await.unwrap().0, Checked::Wrong);
    assert_eq!(second::recover(&bench.platform, user, "", None).await.unwrap().0, Checked::Wrong);
    let mut ctx = bench.platform.begin(&Actor::system(Channel::Web)).await.unwrap();
    second::new_recovery_codes(&mut ctx, user).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(
        second::recover(&bench.platform, user, &codes[4], None).await.unwrap().0,
        Checked::Wrong,
        "new codes void the old"
    );
    bench.end().await;
}

#[tokio::test]
async fn a_sign_in_under_way_allows_few_tries_and_ends_once() {
    let Some(bench) = Bench::new().await else { return };
    let user = add(&bench, "ada@example.org", "clerk").await;
    let token = pending::hold(&bench.platform, user, "/repairs").await.unwrap();
    for _ in 0..5 {
        assert!(pending::attempt(&bench.platform, &token).await.unwrap().is_some());
    }
    assert!(pending::attempt(&bench.platform, &token).await.unwrap().is_none(), "five tries");
    let token = pending::hold(&bench.platform, user, "/repairs").await.unwrap();
    let (one, two) = tokio::join!(pending::end(&bench.platform, &token), pending::end(&bench.platform, &token));
    assert!(one.unwrap() != two.unwrap(), "one of two requests opens a session");
    let token = pending::hold(&bench.platform, user, "/repairs").await.unwrap();
    bench.pass(pending::LIFETIME_SECONDS + 1);
    assert!(pending::find(&bench.platform, &token).await.unwrap().is_none(), "ten minutes");
    assert!(pending::find(&bench.platform, "").await.unwrap().is_none());
    bench.end().await;
}

#[tokio::test]
async fn single_sign_on_needs_the_state_and_ties_an_existing_user_for_good() {
    let Some(bench) = Bench::new().await else { return };
    let start = LoginStart {
        url: "https://id.example".into(),
        state: "s1".into(),
        nonce: "n1".into(),
        pkce_verifier: "p1".into(),
    };
    let token = pending::hold_external(&bench.platform, &start, "/due").await.unwrap();
    assert!(pending::take_external(&bench.platform, &token, "s2").await.unwrap().is_none(), "another state");
    assert!(pending::take_external(&bench.platform, &token, "s1").await.unwrap().is_none(), "and the try used it up");
    let token = pending::hold_external(&bench.platform, &start, "/due").await.unwrap();
    assert!(pending::attempt(&bench.platform, &token).await.unwrap().is_none(), "it is no proof of a first factor");
    assert_eq!(pending::take_external(&bench.platform, &token, "s1").await.unwrap().unwrap().next, "/due");
    let user = add(&bench, "ada@example.org", "clerk").await;
    let who = |subject: &str, email: Option<&str>| Identity {
        subject: subject.into(),
        email: email.map(str::to_owned),
        name: None,
    };
    let user_of = async |identity: Identity| external::user_of(&bench.platform, &identity).await.unwrap();
    assert_eq!(user_of(who("x1", Some("nobody@example.org"))).await, None, "nobody is added");
    assert_eq!(user_of(who("x1", None)).await, None);
    assert_eq!(user_of(who("x1", Some("ADA@example.org"))).await, Some(user));
    assert_eq!(user_of(who("x1", None)).await, Some(user), "tied by the subject");
    assert_eq!(user_of(who("x2", Some("ada@example.org"))).await, None, "a second subject does not take the user over");
    bench.end().await;
}

#[tokio::test]
async fn tries_from_one_address_are_limited_by_the_minute() {
    let Some(bench) = Bench::new().await else { return };
    for _ in 0..20 {
        limits::count(&bench.platform, "sign-in:abc", 20).await.unwrap();
    }
    assert!(matches!(limits::count(&bench.platform, "sign-in:abc", 20).await, Err(Error::TooMany(1..=60))));
    limits::count(&bench.platform, "sign-in:def", 20).await.unwrap();
    bench.pass(60);
    limits::count(&bench.platform, "sign-in:abc", 20).await.unwrap();
    bench.end().await;
}
