//! Places as JSON: read, add, change. The same commands as the pages.

use super::{
    commands::{self, Input},
    model::{self, Details},
    queries, rules,
    store::{self, Stored},
};
use crate::{EDIT, VIEW, alerts, public};
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use rooftree_frame::{
    App, Caller, Route,
    api::{self, ApiResult, once, tagged},
    get, post, put,
};
use rooftree_kernel::{Day, FieldErrors, Scope};
use rooftree_platform::{Conn, Ctx, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{OpenApi, ToSchema};

#[derive(OpenApi)]
#[openapi(
    paths(show, add, change),
    components(schemas(PlaceAnswer, PlaceFields, PlaceChange, AlertAnswer)),
    security(("token" = []))
)]
struct Doc;

/// The description of these routes.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    Doc::openapi()
}

/// The routes, under `/api/v1`.
pub(crate) fn routes() -> Vec<Route> {
    vec![post("/places", EDIT, add), get("/places/{reference}", VIEW, show), put("/places/{reference}", EDIT, change)]
}

/// An alert that holds for a place.
#[derive(Serialize, ToSchema)]
pub struct AlertAnswer {
    /// warning, asbestos, fire, no-access, access, other
    #[schema(example = "asbestos")]
    kind: String,
    /// What it is.
    #[schema(example = "Asbestos: Artex ceilings")]
    title: String,
    /// Where, and what to do.
    detail: String,
    /// The larger place on which it hangs.
    inherited_from: Option<String>,
}

/// What can be said of a place. In a change, what is absent stays and `null` or an empty text clears.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PlaceFields {
    #[schema(example = "home")]
    kind: Option<String>,
    /// Reference of the place that it lies in.
    #[schema(example = "P-10002")]
    parent: Option<String>,
    #[schema(example = "PROP-000123")]
    external_ref: Option<String>,
    /// The system whose key that is.
    #[schema(example = "Capita")]
    external_source: Option<String>,
    #[schema(example = "100120876543")]
    uprn: Option<String>,
    name: Option<String>,
    #[schema(example = "Flat 2, 14 Mill Lane")]
    address: Option<String>,
    #[schema(example = "OX4 9XY")]
    postcode: Option<String>,
    ward: Option<String>,
    patch: Option<String>,
    #[schema(example = "council")]
    tenure: Option<String>,
    #[schema(example = "occupied")]
    status: Option<String>,
    build_year: Option<i32>,
    archetype: Option<String>,
    storeys: Option<i32>,
    /// Metres.
    height_m: Option<f64>,
    /// The ground floor is 0.
    floor: Option<i32>,
    bedrooms: Option<i32>,
    heating: Option<String>,
    /// A to G.
    epc: Option<String>,
    /// Metres on the national grid.
    easting: Option<i32>,
    /// Metres on the national grid.
    northing: Option<i32>,
    notes: Option<String>,
}

/// A change: the version that was read, and the fields that differ.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the JSON that is read field by field")]
pub struct PlaceChange {
    /// As it was read; a change in between is refused with 409.
    #[schema(example = 3)]
    version: i32,
    #[serde(flatten)]
    fields: PlaceFields,
}

/// A place.
#[derive(Serialize, ToSchema)]
pub struct PlaceAnswer {
    /// Never changes.
    #[schema(example = "H-10042")]
    reference: String,
    /// Send it back with a change.
    #[schema(example = 3)]
    version: i32,
    /// Reference of the place that it lies in.
    parent: Option<String>,
    /// Everything recorded.
    #[serde(flatten)]
    #[schema(value_type = PlaceFields)]
    fields: Map<String, Value>,
    /// What must be read before the door.
    alerts: Vec<AlertAnswer>,
}

/// One place
#[utoipa::path(get, path = "/api/v1/places/{reference}", tag = "places", params(("reference" = String, Path, example = "H-10042")),
    responses((status = 200, body = PlaceAnswer), (status = 304, description = "as the ETag that was sent"), (status = 404)))]
async fn show(State(app): State<App>, caller: Caller, headers: HeaderMap, Path(reference): Path<String>) -> ApiResult {
    queries::whole_register(caller.scope())?;
    let mut db = app.platform.reads().acquire().await?;
    tagged(&headers, &answer(&mut db, caller.scope(), &reference, app.platform.now().day()).await?)
}

async fn answer(db: &mut Conn, scope: &Scope, reference: &str, today: Day) -> Result<PlaceAnswer> {
    let place = store::by_reference(&mut *db, reference).await?;
    let blind = scope.no_personal_data;
    let mut fields = match serde_json::to_value(&place.details) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    fields.remove("parent_id");
    if blind {
        fields.remove("notes");
    }
    let held = public::alerts_for(&mut *db, place.id, today).await?;
    let alert = |alert: &public::Alert| {
        let shown = alerts::shown(alert, blind);
        AlertAnswer {
            kind: alert.kind.clone(),
            title: shown.title,
            detail: shown.detail,
            inherited_from: alert.inherited_from.clone(),
        }
    };
    Ok(PlaceAnswer {
        parent: parent_reference(db, &place).await?,
        reference: place.reference,
        version: place.version,
        fields,
        alerts: held.iter().map(alert).collect(),
    })
}

async fn parent_reference(db: &mut Conn, place: &Stored) -> Result<Option<String>> {
    match place.details.parent_id {
        Some(id) => Ok(Some(public::place(db, id).await?.reference)),
        None => Ok(None),
    }
}

/// Add a place
#[utoipa::path(post, path = "/api/v1/places", tag = "places", request_body = PlaceFields,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = PlaceAnswer), (status = 422, description = "each wrong field with its remedy")))]
async fn add(State(app): State<App>, caller: Caller, headers: HeaderMap, body: Bytes) -> ApiResult {
    queries::whole_register(caller.scope())?;
    let write = async |ctx: &mut Ctx| {
        let fields = api::sent::<Map<String, Value>>(&body)?;
        let (details, parent) = read(&fields, Details::default(), String::new())?;
        let reference = commands::add(ctx, Input { details, parent }).await?;
        let today = ctx.now.day();
        Ok((StatusCode::CREATED, json!(answer(ctx.conn(), caller.scope(), &reference, today).await?)))
    };
    once(&app, &caller.actor, &headers, "POST /places", &body, write).await
}

/// Change a place: what is absent stays
#[utoipa::path(put, path = "/api/v1/places/{reference}", tag = "places", request_body = PlaceChange,
    params(("reference" = String, Path, example = "H-10042"), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = PlaceAnswer), (status = 404), (status = 409, description = "changed by somebody else since it was read"),
              (status = 412, description = "If-Match names another state than the present one"),
              (status = 422, description = "each wrong field with its remedy")))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(reference): Path<String>,
    body: Bytes,
) -> ApiResult {
    queries::whole_register(caller.scope())?;
    let write = async |ctx: &mut Ctx| {
        let mut fields = api::sent::<Map<String, Value>>(&body)?;
        let version = fields
            .remove("version")
            .and_then(|version| version.as_i64())
            .and_then(|version| i32::try_from(version).ok());
        let version = version.ok_or_else(|| Error::field("version", "send the version that you read"))?;
        let place = store::by_reference(ctx.conn(), &reference).await?;
        let parent = parent_reference(ctx.conn(), &place).await?.unwrap_or_default();
        let (details, parent) = read(&fields, place.details, parent)?;
        let today = ctx.now.day();
        api::require_match(&headers, &answer(ctx.conn(), caller.scope(), &reference, today).await?)?;
        commands::change(ctx, &reference, version, Input { details, parent }).await?;
        Ok((StatusCode::OK, json!(answer(ctx.conn(), caller.scope(), &reference, today).await?)))
    };
    once(&app, &caller.actor, &headers, &format!("PUT /places/{reference}"), &body, write).await
}

/// Takes the fields that are given into the details; an unknown one is refused, because a slip in a name must not pass for a change.
fn read(fields: &Map<String, Value>, mut details: Details, parent: String) -> Result<(Details, String)> {
    let mut errors = FieldErrors::default();
    let mut given: Vec<(&str, String)> = Vec::new();
    for (name, value) in fields {
        let known = name == "parent" || (name != "parent_id" && model::FIELDS.iter().any(|field| field.0 == name));
        match value {
            _ if !known => errors.add(name.clone(), "there is no such field"),
            Value::Null | Value::String(_) | Value::Number(_) => given.push((name, model::plain(value))),
            _ => errors.add(name.clone(), "send a text, a number or null"),
        }
    }
    let get = |name: &str| given.iter().find(|field| field.0 == name).map(|field| field.1.as_str());
    rules::read(get, &mut details, &mut errors);
    let parent = get("parent").map_or(parent, str::to_owned);
    Ok(errors.into_result((details, parent))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_stays_null_clears_and_unknown_is_refused() {
        let before =
            Details { heating: "gas combi".into(), bedrooms: Some(2), ward: "Cowley".into(), ..Details::default() };
        let fields =
            api::sent::<Map<String, Value>>(br#"{ "bedrooms": null, "heating": "heat pump", "build_year": 1952 }"#)
                .unwrap();
        let (after, parent) = read(&fields, before, "P-10002".into()).unwrap();
        assert_eq!((after.bedrooms, after.heating.as_str(), after.build_year), (None, "heat pump", Some(1952)));
        assert_eq!((after.ward.as_str(), parent.as_str()), ("Cowley", "P-10002"));
        let slip = api::sent::<Map<String, Value>>(br#"{ "heatting": "heat pump" }"#).unwrap();
        assert!(
            matches!(read(&slip, Details::default(), String::new()), Err(Error::Invalid(errors)) if errors.get("heatting").is_some())
        );
        assert!(api::sent::<Map<String, Value>>(b"[]").is_err());
    }
}
