//! The whole product for one test: its own database, a clock that the test sets, mail that is kept.

use crate::{Client, TestDb};
use async_trait::async_trait;
use axum::Router;
use rooftree_app::House;
use rooftree_kernel::{Actor, Channel, Moment, OperativeId, PersonId, ProviderId, UserId, calendar::Calendars};
use rooftree_platform::{
    Ctx, Platform, Pool, Pools,
    config::Config,
    ports::{MailSender, OutgoingMail, SendError},
    signin::{passwords, sessions},
    unit::Ports,
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

/// The password of every user that a test signs in by form.
pub const PASSWORD: &str = "kettle brisk owl";

/// E-mails that were "sent".
pub type SentMail = Arc<Mutex<Vec<OutgoingMail>>>;

struct KeptMail(SentMail);

#[async_trait]
impl MailSender for KeptMail {
    async fn send(&self, mail: &OutgoingMail) -> Result<String, SendError> {
        self.0.lock().expect("no test panicked while holding it").push(mail.clone());
        Ok("kept".to_owned())
    }
}

/// The product under test.
pub struct TestApp {
    /// Everything put together.
    pub house: House,
    /// The routes.
    pub router: Router,
    /// E-mails sent so far.
    pub mail: SentMail,
    clock: Arc<AtomicI64>,
    _files: tempfile::TempDir,
    /// Declared last: pools close before the database goes.
    pub db: TestDb,
}

impl TestApp {
    /// On a fresh database, at ten past nine on Monday 23 November 2026.
    pub async fn new() -> Self {
        let db = TestDb::new().await;
        let files = tempfile::tempdir().expect("a temporary folder");
        let writes = rooftree_app::connect(&db.url, 8).await.expect("the test database answers");
        // As a replica would: what writes on the way of reading is refused.
        let reads = rooftree_app::connect_for_reading(&db.url, 4).await.expect("the test database answers");
        let start: Moment = "2026-11-23T09:10".parse().expect("a moment");
        let clock = Arc::new(AtomicI64::new(start.as_micros()));
        let mail = SentMail::default();
        let ports = Ports {
            mail: Some(Arc::new(KeptMail(mail.clone()))),
            text: None,
            printer: Arc::new(rooftree_letters::Press::new()),
            blobs: rooftree_blobs::open(&files.path().to_string_lossy()).expect("a folder for blobs"),
            sheet_reader: Arc::new(rooftree_sheets::Sheets::default()),
            sheet_writer: Arc::new(rooftree_sheets::Sheets::default()),
            identity: None,
            webhooks: None,
        };
        let now = clock.clone();
        let config = Config {
            landlord: "Oxenford City Council".to_owned(),
            blob_dir: files.path().to_owned(),
            ..Config::from_env()
        };
        let tell = move || Moment::from_micros(now.load(Ordering::Relaxed));
        let house = rooftree_app::build(Pools { writes, reads }, config, ports, Calendars::built_in(), tell)
            .unwrap_or_else(|errors| panic!("the declarations do not hold:\n{}", errors.join("\n")));
        let router = rooftree_app::router(&house, None);
        Self { house, router, mail, clock, _files: files, db }
    }

    /// The platform.
    pub fn platform(&self) -> &Platform {
        &self.house.app.platform
    }

    /// Connections, as the application's role.
    pub fn pool(&self) -> &Pool {
        self.platform().writes()
    }

    /// The test's present.
    pub fn now(&self) -> Moment {
        self.platform().now()
    }

    /// Sets the present: `2026-11-23T14:00`.
    pub fn set_now(&self, text: &str) {
        let moment: Moment = text.parse().expect("a moment");
        self.clock.store(moment.as_micros(), Ordering::Relaxed);
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// A unit of work of the system.
    pub async fn system(&self) -> Ctx {
        self.platform().begin(&Actor::system(Channel::Cli)).await.expect("a unit of work")
    }

    /// A unit of work of a role.
    pub async fn as_role(&self, role: &str) -> Ctx {
        let actor = self.actor(role, Links::default()).await;
        self.platform().begin(&actor).await.expect("a unit of work")
    }

    /// An actor of a role, with what it is linked to.
    pub async fn actor(&self, role: &str, links: Links) -> Actor {
        let user = self.user(role, links).await;
        let role = self.platform().rules().roles.get(role).expect("a declared role");
        let links =
            sessions::Links { provider: links.provider, operative: links.operative, person: links.person, patch: None };
        sessions::actor(user, "Sam Tester", role, &links, Channel::Web)
    }

    /// Adds a user of a role; the address is `ROLE-….@example.org`, the password [`PASSWORD`].
    pub async fn user(&self, role: &str, links: Links) -> UserId {
        let id = UserId::new();
        static HASH: std::sync::OnceLock<String> = std::sync::OnceLock::new();
        let hash = HASH.get_or_init(|| passwords::hash_now(PASSWORD).expect("a hash")).clone();
        sqlx::query(
            "insert into app_user (id, email, name, role, provider_id, operative_id, person_id, password_hash, created_at)
             values ($1, $2, 'Sam Tester', $3, $4, $5, $6, $7, $8)",
        )
        .bind(id)
        .bind(format!("{role}-{}@example.org", id.0.simple()))
        .bind(role)
        .bind(links.provider)
        .bind(links.operative)
        .bind(links.person)
        .bind(hash)
        .bind(self.now())
        .execute(self.pool())
        .await
        .expect("a user");
        id
    }

    /// A signed-in browser of a role.
    pub async fn sign_in(&self, role: &str) -> Client {
        self.sign_in_as(role, Links::default()).await
    }

    /// A signed-in browser of a role with its links (an operative's, a provider's).
    pub async fn sign_in_as(&self, role: &str, links: Links) -> Client {
        let user = self.user(role, links).await;
        let token = sessions::open(self.platform(), user, true).await.expect("a session");
        let session =
            sessions::find(self.platform(), &token).await.expect("the session is read").expect("the session is live");
        Client::new(self.router.clone(), Some(format!("{}={token}", sessions::COOKIE)), session.csrf)
    }

    /// A browser of nobody.
    pub fn anybody(&self) -> Client {
        Client::new(self.router.clone(), None, String::new())
    }

    /// Runs every job that is due; panics when the queue does not empty.
    pub async fn run_jobs(&self) {
        for _ in 0..1000 {
            if !rooftree_platform::jobs::run_one(self.platform()).await.expect("the queue is read") {
                return;
            }
        }
        panic!("the jobs never end");
    }
}

/// What a user is linked to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Links {
    /// The provider whose orders a manager sees.
    pub provider: Option<ProviderId>,
    /// The operative this user is.
    pub operative: Option<OperativeId>,
    /// The resident this user is.
    pub person: Option<PersonId>,
}
