//! A report as JSON: another system (a portal, a call centre's) raises a repair by the same command as the call handler's page. The visit is
//! booked by people.

use super::{
    call::read,
    commands::{self, assess},
};
use crate::{permissions, tell::Told};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use rooftree_frame::{
    Access, App, Area, Caller, Form,
    api::{self, ApiResult, once},
    post,
};
use rooftree_kernel::FieldErrors;
use rooftree_platform::Ctx;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::{OpenApi, ToSchema};

#[derive(OpenApi)]
#[openapi(paths(report), components(schemas(NewRepair, RepairReported)), security(("token" = [])))]
struct Doc;

pub(super) fn add(area: &mut Area) {
    area.api.push(post("/repairs", Access::Needs(permissions::REPORT), report).scope("all homes"));
    area.describe(Doc::openapi());
}

/// A repair about to be reported.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRepair {
    /// Reference of the home or the communal place.
    #[schema(example = "H-10042")]
    place: String,
    /// Reference of the resident who reports it.
    #[serde(default)]
    #[schema(example = "N-50012")]
    reporter: String,
    /// Who reports it, when it is no resident of the home.
    #[serde(default)]
    reporter_name: String,
    /// How it was reported: phone, in-person, web, email, councillor, operative.
    #[schema(example = "web")]
    channel: String,
    /// The item of the script.
    #[schema(example = "kitchen-tap")]
    item: String,
    /// Question of the item → answer.
    #[serde(default)]
    #[schema(example = json!({"fault": "drips"}))]
    answers: BTreeMap<String, String>,
    /// In the resident's words.
    #[serde(default)]
    description: String,
    /// When to come, how to get in.
    #[serde(default)]
    access_notes: String,
    /// The finished repair whose fault came back.
    #[serde(default)]
    recall_of: String,
    /// Ids of the place's warnings that whoever reports has been shown.
    #[serde(default)]
    acknowledged: Vec<String>,
}

/// What came of a report.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes model::Reported in the API's document")]
struct RepairReported {
    /// The repair's id.
    id: String,
    /// Its reference.
    #[schema(example = "R-104233")]
    reference: String,
    /// The works order's id.
    order: String,
    /// The works order's reference.
    #[schema(example = "WO-88120")]
    order_reference: String,
    /// The order waits for the client.
    awaiting_approval: bool,
    /// A message to the resident is written; if not, nobody is known there who can be reached: tell them yourself.
    told: bool,
    /// emergency, urgent, routine
    #[schema(example = "routine")]
    priority: String,
    /// The trade that comes.
    #[schema(example = "plumber")]
    trade: String,
    /// How long to book, in minutes.
    #[schema(example = 30)]
    minutes: i32,
    /// The provider's id.
    provider: String,
    /// Where.
    ward: String,
    /// When it counts as reported.
    #[schema(example = "2026-11-22T09:14:05Z")]
    reported_at: String,
}

impl NewRepair {
    /// The same as the page's form.
    fn form(self) -> Form {
        let mut pairs = vec![
            ("place".to_owned(), self.place),
            ("reporter".to_owned(), self.reporter),
            ("reporter_name".to_owned(), self.reporter_name),
            ("channel".to_owned(), self.channel),
            ("item".to_owned(), self.item),
            ("description".to_owned(), self.description),
            ("access_notes".to_owned(), self.access_notes),
            ("recall_of".to_owned(), self.recall_of),
        ];
        pairs.extend(self.answers.into_iter().map(|(question, answer)| (format!("q-{question}"), answer)));
        pairs.extend(self.acknowledged.into_iter().map(|id| ("acknowledged".to_owned(), id)));
        Form::of(pairs)
    }
}

/// Report a repair
///
/// Diagnosed and prioritised by the script and the household's needs, with its works order. The resident is told.
#[utoipa::path(post, path = "/api/v1/repairs", tag = "repairs", request_body = NewRepair, params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = RepairReported, description = "logged"), (status = 404, description = "no such place"),
              (status = 409, description = "nobody does this trade, or its rate is not in force"), (status = 422, description = "each wrong field with its remedy")))]
async fn report(State(app): State<App>, caller: Caller, headers: HeaderMap, body: Bytes) -> ApiResult {
    once(&app, &caller.actor, &headers, "POST /repairs", &body, async |ctx: &mut Ctx| {
        let input: NewRepair = api::sent(&body)?;
        let mut errors = FieldErrors::default();
        let (report, _) = read(ctx, &input.form(), &mut errors).await?;
        errors.into_result(())?;
        let assessment = assess(ctx, &report).await?;
        let reported = commands::report(ctx, &report, &assessment).await?;
        let told = commands::confirm(ctx, &report, &reported).await?;
        let mut answer = json!(reported);
        answer["told"] = json!(told == Told::Written);
        Ok((StatusCode::CREATED, answer))
    })
    .await
}
