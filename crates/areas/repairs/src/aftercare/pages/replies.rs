//! Where the text service hands in what residents send back.

use crate::{
    aftercare::replies::{Received, received},
    permissions,
};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use rooftree_frame::{
    Access, App, Area, Caller,
    api::{ApiResult, once},
    post,
};
use rooftree_platform::{Ctx, Error};
use serde::Deserialize;
use serde_json::json;
use utoipa::{OpenApi, ToSchema};

#[derive(OpenApi)]
#[openapi(paths(text_received), components(schemas(TextReceived)), security(("token" = [])))]
struct Doc;

pub(super) fn add(area: &mut Area) {
    let route = post("/texts/received", Access::Needs(permissions::REPORT), text_received);
    area.api.push(route.scope("nobody's rows: it takes a text in"));
    area.describe(Doc::openapi());
}

/// A text that a resident sent, in the names of GOV.UK Notify's callback for received texts.
#[derive(Deserialize, ToSchema)]
pub struct TextReceived {
    /// Who sent it.
    #[schema(example = "447700900123")]
    source_number: String,
    /// What it says.
    #[schema(example = "NOT DONE")]
    message: String,
}

/// Hand in a text that a resident sent
///
/// ‘NOT DONE’ raises a contradiction about the finished repair that this number was last texted about.
#[utoipa::path(post, path = "/api/v1/texts/received", tag = "repairs", request_body = TextReceived,
    responses((status = 200, description = "what became of it: raised, already, not-understood, unknown"), (status = 422, description = "which field is wrong and what to do")))]
async fn text_received(State(app): State<App>, caller: Caller, headers: HeaderMap, body: Bytes) -> ApiResult {
    let input: TextReceived = serde_json::from_slice(&body).map_err(|error| Error::field("body", error.to_string()))?;
    once(&app, &caller.actor, &headers, "POST /texts/received", &body, async |ctx: &mut Ctx| {
        let outcome = received(ctx, &input.source_number, &input.message).await?;
        let word = match outcome {
            Received::Raised => "raised",
            Received::Already => "already",
            Received::NotUnderstood => "not-understood",
            Received::Unknown => "unknown",
        };
        Ok((StatusCode::OK, json!({ "outcome": word })))
    })
    .await
}
