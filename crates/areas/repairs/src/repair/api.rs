//! Repairs as JSON: list, read, report, cancel. The same commands as the pages.

use super::{
    commands,
    list::{self, Cursor, Filter, Row},
    queries::{self, Promise, Repair},
};
use crate::{permissions, tell::Told};
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use rooftree_frame::{
    Access, App, Area, Asked, Caller,
    api::{self, ApiResult, ListPage, once, tagged},
    get, post,
};
use rooftree_platform::{Ctx, Error};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{OpenApi, ToSchema};

/// Rows of a page of the API.
const ROWS_MAX: i64 = 200;

#[derive(OpenApi)]
#[openapi(paths(index, show, cancel), components(schemas(Cancel, Repair, Row, RepairPage, Promise)), security(("token" = [])))]
struct Doc;

pub(crate) fn add(area: &mut Area) {
    let scope = "provider: own orders; operative: own visits";
    area.api.extend([
        get("/repairs", Access::Needs(permissions::VIEW), index).scope(scope),
        get("/repairs/{reference}", Access::Needs(permissions::VIEW), show).scope(scope),
        post("/repairs/{reference}/cancel", Access::Needs(permissions::CANCEL), cancel).scope(scope),
    ]);
    area.describe(Doc::openapi());
}

/// A page of repairs. Moments are UTC instants; money is in pence.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "describes ListPage in the API's document")]
pub struct RepairPage {
    items: Vec<Row>,
    /// Send as `after` for the next page.
    next: Option<String>,
}

/// Repairs, newest first; with `due`, what falls due soonest
#[utoipa::path(get, path = "/api/v1/repairs", tag = "repairs",
    params(("status" = Option<String>, Query), ("priority" = Option<String>, Query), ("trade" = Option<String>, Query), ("ward" = Option<String>, Query), ("stage" = Option<String>, Query),
           ("provider" = Option<String>, Query), ("due" = Option<String>, Query, example = "overdue"), ("from" = Option<String>, Query, example = "2026-04-01"), ("until" = Option<String>, Query), ("after" = Option<String>, Query), ("limit" = Option<i64>, Query, maximum = 200)),
    responses((status = 200, body = RepairPage), (status = 422, description = "which filter could not be read"), (status = 401, description = "no valid token"), (status = 403, description = "not in your role or the token's scopes")))]
async fn index(State(app): State<App>, caller: Caller, headers: HeaderMap, Asked(query): Asked) -> ApiResult {
    let limit = match query.get("limit").map(str::parse::<i64>) {
        None => 50,
        Some(Ok(limit)) if (1..=ROWS_MAX).contains(&limit) => limit,
        Some(_) => return Err(Error::field("limit", format!("send a number from 1 to {ROWS_MAX}")).into()),
    };
    let after = match query.get("after") {
        None => None,
        Some(text) => Some(
            Cursor::decode(text)
                .ok_or_else(|| Error::field("after", "send the cursor of the page before, unchanged"))?,
        ),
    };
    let (pool, now, filter) = (app.platform.reads(), app.platform.now(), Filter::strict(&query)?);
    let mut items: Vec<Row> = list::rows(pool, &filter, caller.scope(), after, limit + 1, now).await?;
    let more = items.len() as i64 > limit;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|row| Cursor::after(row, &filter).encode());
    tagged(&headers, &ListPage { items, next })
}

/// One repair
#[utoipa::path(get, path = "/api/v1/repairs/{reference}", tag = "repairs", params(("reference" = String, Path, example = "R-104233")),
    responses((status = 200, body = Repair), (status = 304, description = "unchanged since the ETag you sent"), (status = 404, description = "no such repair in your scope")))]
async fn show(State(app): State<App>, caller: Caller, headers: HeaderMap, Path(reference): Path<String>) -> ApiResult {
    let mut repair = queries::by_reference(app.platform.reads(), &reference, caller.scope()).await?;
    if !queries::may_see_reporter(&caller.actor) {
        (repair.reporter_id, repair.reporter_name) = (None, String::new());
    }
    tagged(&headers, &repair)
}

/// Why a repair is cancelled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// A reason's key.
    #[schema(example = "resident-fixed")]
    reason: String,
    /// In words, where the reason asks for it.
    #[serde(default)]
    note: String,
}

/// Cancel a repair
#[utoipa::path(post, path = "/api/v1/repairs/{reference}/cancel", tag = "repairs", request_body = Cancel, params(("reference" = String, Path)),
    responses((status = 200, description = "cancelled"), (status = 409, description = "already completed or cancelled"), (status = 422, description = "which field is wrong and what to do")))]
async fn cancel(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(reference): Path<String>,
    body: Bytes,
) -> ApiResult {
    let input: Cancel = api::sent(&body)?;
    once(&app, &caller.actor, &headers, &format!("POST /repairs/{reference}/cancel"), &body, async |ctx: &mut Ctx| {
        let told = commands::cancel(ctx, &reference, &input.reason, &input.note).await?;
        let answer: Value = json!({ "reference": reference, "status": "cancelled", "told": told == Told::Written });
        Ok((StatusCode::OK, answer))
    })
    .await
}
