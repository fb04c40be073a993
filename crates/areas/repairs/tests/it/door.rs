//! A booked repair for tests of visits and of what follows them.

use rooftree_kernel::Moment;
use rooftree_repairs::declared::SCRIPT;
use rooftree_testkit::{Client, Home, Links, Operative, TestApp};
use uuid::Uuid;

/// The smallest picture: one transparent pixel.
pub const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4, 0x89, 0x00, 0x00, 0x00, 0x0d, 0x49,
    0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x00, 0x01, 0x00, 0x00, 0x05, 0x00, 0x01, 0x0d, 0x0a, 0x2d, 0xb4, 0x00, 0x00,
    0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// A home, an operative, a repair and its appointment: told the afternoon of Wednesday 25 November 2026.
pub struct Ground {
    pub home: Home,
    pub operative: Operative,
    pub repair: Uuid,
    pub reference: String,
    pub appointment: Uuid,
    pub before_window: String,
    pub in_window: String,
    pub after_window: String,
}

/// Logs a repair by the form: its reference and id.
pub async fn log(app: &TestApp, handler: &Client, fields: &[(&str, &str)]) -> (String, Uuid) {
    let reply = handler.post("/repairs", fields).await.expect(303);
    let reference = reply.location().split('?').next().unwrap_or_default().trim_start_matches("/repairs/").to_owned();
    let repair = sqlx::query_scalar("select id from repair where reference = $1")
        .bind(&reference)
        .fetch_one(app.pool())
        .await
        .expect("the repair");
    (reference, repair)
}

/// Books the first time that is offered in this part of Wednesday 25 November 2026.
pub async fn book(planner: &Client, reference: &str, part: &str) {
    let path = format!("/repairs/{reference}/appointments/new");
    let page = planner.get(&format!("{path}?from=2026-11-25&part={part}")).await.expect(200);
    let slot = page.attribute("input[name=slot]", "value").expect("a time is offered");
    let version = page.attribute("input[name=version]", "value").expect("a version");
    planner.post(&path, &[("slot", &slot), ("version", &version)]).await.expect(303);
}

/// Logs an item and books it.
pub async fn ground(app: &TestApp, item: &str) -> Ground {
    let home = app.home("14 Lantern Close").await;
    sqlx::query("update contact_point set normal = ltrim(normal, '+') where person_id = $1")
        .bind(home.tenant)
        .execute(app.pool())
        .await
        .unwrap();
    let operative =
        app.operative("Dermot Quinn", &["plumber", "gas-engineer", "heating-engineer", "electrician"]).await;
    let handler = app.sign_in("call-handler").await;
    let questions = &SCRIPT.item(item).expect("an item of the script").question;
    let answers: Vec<(String, String)> =
        questions.iter().map(|q| (format!("q-{}", q.key), q.options[0].key.clone())).collect();
    let mut fields: Vec<(&str, &str)> = answers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([
        ("place", home.reference.as_str()),
        ("item", item),
        ("channel", "phone"),
        ("reporter", home.tenant_reference.as_str()),
    ]);
    let (reference, repair) = log(app, &handler, &fields).await;
    let planner = app.sign_in("planner").await;
    book(&planner, &reference, "afternoon").await;
    let (appointment, from, until): (Uuid, Moment, Moment) =
        sqlx::query_as("select id, window_starts_at, window_ends_at from appointment where case_id = $1")
            .bind(repair)
            .fetch_one(app.pool())
            .await
            .unwrap();
    assert_eq!(from.to_string(), "2026-11-25T12:00:00Z");
    Ground {
        home,
        operative,
        repair,
        reference,
        appointment,
        before_window: from.plus_seconds(-600).to_string(),
        in_window: from.plus_seconds(3600).to_string(),
        after_window: until.plus_seconds(600).to_string(),
    }
}

impl Ground {
    pub fn path(&self, step: &str) -> String {
        format!("/today/{}{step}", self.appointment)
    }

    /// The operative's browser.
    pub async fn phone(&self, app: &TestApp) -> Client {
        app.sign_in_as("operative", Links { operative: Some(self.operative.id), provider: None, person: None }).await
    }

    /// Arrives in the window and finishes.
    pub async fn done(&self, app: &TestApp) {
        app.set_now(&self.in_window);
        let phone = self.phone(app).await;
        phone.post(&self.path("/arrived"), &[]).await.expect(303);
        app.pass(1800);
        phone.upload(&self.path("/done"), &[("note", "New washer")], &[]).await.expect(303);
    }

    /// A column of the appointment as text.
    pub async fn column(&self, app: &TestApp, name: &'static str) -> String {
        let sql = format!("select {name}::text from appointment where id = $1");
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(self.appointment).fetch_one(app.pool()).await.unwrap()
    }

    /// A count about the repair, which is `$1`.
    pub async fn count(&self, app: &TestApp, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).bind(self.repair).fetch_one(app.pool()).await.unwrap()
    }

    /// How many facts of a kind the repair has.
    pub async fn facts(&self, app: &TestApp, name: &str) -> i64 {
        sqlx::query_scalar("select count(*) from fact where case_id = $1 and name = $2")
            .bind(self.repair)
            .bind(name)
            .fetch_one(app.pool())
            .await
            .unwrap()
    }

    /// How many messages of a template are owed about the repair.
    pub async fn messages(&self, app: &TestApp, template: &str) -> i64 {
        sqlx::query_scalar("select count(*) from message where case_id = $1 and template = $2")
            .bind(self.repair)
            .bind(template)
            .fetch_one(app.pool())
            .await
            .unwrap()
    }

    /// The visit is agreed for so many days later.
    pub async fn agreed_later(&self, app: &TestApp, days: i32) {
        sqlx::query(
            "update appointment set day = day + $2, starts_at = starts_at + make_interval(days => $2), ends_at = ends_at + make_interval(days => $2),
                    window_starts_at = window_starts_at + make_interval(days => $2), window_ends_at = window_ends_at + make_interval(days => $2)
             where id = $1",
        )
        .bind(self.appointment)
        .bind(days)
        .execute(app.pool())
        .await
        .unwrap();
    }

    /// Decides that it is an emergency, reported when its window begins so that the clock runs at the visit.
    pub async fn make_emergency(&self, app: &TestApp) {
        let now: Moment = self.before_window.parse().unwrap();
        app.set_now(&self.before_window);
        let handler = app.sign_in("call-handler").await;
        sqlx::query("update repair set reported_at = $2 where id = $1")
            .bind(self.repair)
            .bind(now)
            .execute(app.pool())
            .await
            .unwrap();
        let path = format!("/repairs/{}/priority", self.reference);
        let version = handler.get(&path).await.attribute("input[name=version]", "value").expect("a version");
        let change = [
            ("version", version.as_str()),
            ("priority", "emergency"),
            ("reason", "risk-growing"),
            ("note", "Water everywhere"),
        ];
        handler.post(&path, &change).await.expect(303);
    }
}
