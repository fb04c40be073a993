//! People and tenancies as JSON: read, add, change. The same commands as the pages. What is sensitive is not given out here:
//! it is read on a page, with a reason.

use super::{
    commands::{self, NewPoint},
    model::{Details, FIELDS},
    parts,
    queries::everybody,
    store,
};
use crate::{EDIT, VIEW, needs, tenancies};
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
use rooftree_kernel::{Day, FieldErrors};
use rooftree_platform::{Conn, Ctx, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{OpenApi, ToSchema};

#[derive(OpenApi)]
#[openapi(
    paths(show, add, change, tenancy),
    components(schemas(PersonAnswer, PersonFields, NewPerson, PersonChange, PointAnswer, TenancyAnswer, MemberAnswer)),
    security(("token" = []))
)]
struct Doc;

/// The description of these routes.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    Doc::openapi()
}

/// The routes, under `/api/v1`.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        post("/people", EDIT, add),
        get("/people/{reference}", VIEW, show),
        put("/people/{reference}", EDIT, change),
        get("/tenancies/{reference}", VIEW, tenancy),
    ]
}

/// A way to reach somebody.
#[derive(Serialize, ToSchema)]
pub struct PointAnswer {
    /// phone, email, post
    #[schema(example = "phone")]
    kind: String,
    /// As people read it.
    #[schema(example = "07700 900123")]
    value: String,
    /// work, daughter's
    label: String,
    /// The one to use first among its kind.
    preferred: bool,
}

/// What can be said of a person. In a change, what is absent stays and `null` clears.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PersonFields {
    #[schema(example = "PER-000456")]
    external_ref: Option<String>,
    /// The system whose key that is.
    #[schema(example = "Capita")]
    external_source: Option<String>,
    #[schema(example = "Mrs")]
    title: Option<String>,
    #[schema(example = "Amina")]
    given_name: Option<String>,
    #[schema(example = "Yusuf")]
    family_name: Option<String>,
    known_as: Option<String>,
    #[schema(example = "1980-12-18")]
    birth_day: Option<String>,
    #[schema(example = "Somali")]
    language: Option<String>,
    interpreter: Option<bool>,
    /// phone, text, email, letter
    #[schema(example = "text")]
    preferred_channel: Option<String>,
    contact_notes: Option<String>,
    died_on: Option<String>,
}

/// A new person, with a first number and address.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the JSON that is read field by field")]
pub struct NewPerson {
    #[serde(flatten)]
    fields: PersonFields,
    #[schema(example = "07700 900123")]
    phone: Option<String>,
    #[schema(example = "amina@example.org")]
    email: Option<String>,
}

/// A change: the version that was read, and the fields that differ.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the JSON that is read field by field")]
pub struct PersonChange {
    /// As it was read; a change in between is refused with 409.
    #[schema(example = 3)]
    version: i32,
    #[serde(flatten)]
    fields: PersonFields,
}

/// A person.
#[derive(Serialize, ToSchema)]
pub struct PersonAnswer {
    /// Never changes.
    #[schema(example = "N-50012")]
    reference: String,
    /// Send it back with a change.
    #[schema(example = 3)]
    version: i32,
    /// Everything recorded on the person.
    #[serde(flatten)]
    #[schema(value_type = PersonFields)]
    fields: Map<String, Value>,
    /// How to reach them, the preferred first.
    contact_points: Vec<PointAnswer>,
    /// Keys of needs that are not sensitive, those that follow from the age included.
    needs: Vec<String>,
    /// How many sensitive needs are recorded.
    sensitive_needs: usize,
    /// References of the tenancies they are or were on, the newest first.
    tenancies: Vec<String>,
}

/// One person
#[utoipa::path(get, path = "/api/v1/people/{reference}", tag = "people", params(("reference" = String, Path, example = "N-50012")),
    responses((status = 200, body = PersonAnswer), (status = 304, description = "as the ETag that was sent"), (status = 404)))]
async fn show(State(app): State<App>, caller: Caller, headers: HeaderMap, Path(reference): Path<String>) -> ApiResult {
    everybody(caller.scope())?;
    let mut db = app.platform.reads().acquire().await?;
    tagged(&headers, &answer(&mut db, &reference, app.platform.now().day()).await?)
}

async fn answer(db: &mut Conn, reference: &str, today: Day) -> Result<PersonAnswer> {
    let person = store::by_reference(&mut *db, reference).await?;
    let recorded = parts::needs(&mut *db, person.id, today).await?;
    let by_age = person.details.birth_day.map_or(&[][..], |born| needs::from_age(born, today));
    let mut open: Vec<String> = by_age.iter().map(|key| (*key).to_owned()).collect();
    open.extend(recorded.iter().filter(|need| !need.is_sensitive()).map(|need| need.need.clone()));
    open.sort_unstable();
    open.dedup();
    let points = parts::points(&mut *db, person.id).await?;
    let point = |point: parts::Point| PointAnswer {
        kind: point.kind,
        value: point.value,
        label: point.label,
        preferred: point.preferred,
    };
    let held = tenancies::queries::of_person(db, person.id).await?;
    Ok(PersonAnswer {
        reference: person.reference,
        version: person.version,
        fields: match serde_json::to_value(&person.details) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        },
        contact_points: points.into_iter().map(point).collect(),
        needs: open,
        sensitive_needs: recorded.iter().filter(|need| need.is_sensitive()).count(),
        tenancies: held.into_iter().map(|tenancy| tenancy.reference).collect(),
    })
}

/// Add a person
#[utoipa::path(post, path = "/api/v1/people", tag = "people", request_body = NewPerson, params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = PersonAnswer), (status = 422, description = "each wrong field with its remedy")))]
async fn add(State(app): State<App>, caller: Caller, headers: HeaderMap, body: Bytes) -> ApiResult {
    everybody(caller.scope())?;
    let write = async |ctx: &mut Ctx| {
        let mut fields = api::sent::<Map<String, Value>>(&body)?;
        let mut points = Vec::new();
        for kind in ["phone", "email"] {
            if let Some(Value::String(value)) = fields.remove(kind) {
                points.push(NewPoint {
                    kind: kind.to_owned(),
                    value,
                    preferred: true,
                    consent: true,
                    ..NewPoint::default()
                });
            }
        }
        let details = read(fields, &Details::default())?;
        let reference = commands::add(ctx, details, &points).await?;
        let today = ctx.now.day();
        Ok((StatusCode::CREATED, json!(answer(ctx.conn(), &reference, today).await?)))
    };
    once(&app, &caller.actor, &headers, "POST /people", &body, write).await
}

/// Change a person: what is absent stays
#[utoipa::path(put, path = "/api/v1/people/{reference}", tag = "people", request_body = PersonChange,
    params(("reference" = String, Path, example = "N-50012"), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = PersonAnswer), (status = 404), (status = 409, description = "changed by somebody else since it was read"),
              (status = 412, description = "If-Match names another state than the present one"),
              (status = 422, description = "each wrong field with its remedy")))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(reference): Path<String>,
    body: Bytes,
) -> ApiResult {
    everybody(caller.scope())?;
    let write = async |ctx: &mut Ctx| {
        let mut fields = api::sent::<Map<String, Value>>(&body)?;
        let version = fields
            .remove("version")
            .and_then(|version| version.as_i64())
            .and_then(|version| i32::try_from(version).ok());
        let version = version.ok_or_else(|| Error::field("version", "send the version that you read"))?;
        let person = store::by_reference(ctx.conn(), &reference).await?;
        let details = read(fields, &person.details)?;
        let today = ctx.now.day();
        api::require_match(&headers, &answer(ctx.conn(), &reference, today).await?)?;
        commands::change(ctx, &reference, version, details).await?;
        Ok((StatusCode::OK, json!(answer(ctx.conn(), &reference, today).await?)))
    };
    once(&app, &caller.actor, &headers, &format!("PUT /people/{reference}"), &body, write).await
}

/// Lays the given fields over the details; an unknown one is refused, because a slip in a name must not pass for a change.
fn read(fields: Map<String, Value>, before: &Details) -> Result<Details> {
    let plain =
        |error: serde_json::Error| Error::field("body", format!("one of the fields has the wrong form: {error}"));
    let mut whole = serde_json::to_value(before).map_err(plain)?;
    let empty = serde_json::to_value(Details::default()).map_err(plain)?;
    let mut errors = FieldErrors::default();
    for (name, value) in fields {
        if !FIELDS.iter().any(|field| field.0 == name) {
            errors.add(name, "there is no such field");
        } else if matches!(name.as_str(), "birth_day" | "died_on")
            && let Some(text) = value.as_str()
        {
            match rooftree_kernel::typed::day(text) {
                Ok(day) => whole[name.as_str()] = json!(day),
                Err(why) => errors.add(name, why.to_string()),
            }
        } else {
            whole[name.as_str()] = if value.is_null() { empty[name.as_str()].clone() } else { value };
        }
    }
    errors.into_result(())?;
    serde_json::from_value(whole).map_err(plain)
}

/// Somebody in a tenancy.
#[derive(Serialize, ToSchema)]
pub struct MemberAnswer {
    /// Their reference.
    #[schema(example = "N-50012")]
    person: String,
    /// tenant, joint-tenant, leaseholder, owner, household, lodger
    #[schema(example = "tenant")]
    role: String,
    /// To the tenant.
    relation: String,
    /// First day.
    #[schema(value_type = String, example = "2026-03-02")]
    from_day: Day,
    /// Last day.
    #[schema(value_type = Option<String>)]
    until_day: Option<Day>,
}

/// A tenancy or lease.
#[derive(Serialize, ToSchema)]
pub struct TenancyAnswer {
    /// Never changes.
    #[schema(example = "T-30001")]
    reference: String,
    /// introductory, secure, flexible, licence, leasehold, shared-ownership, freehold, temporary
    #[schema(example = "introductory")]
    kind: String,
    /// Reference of its home.
    #[schema(example = "H-10042")]
    home: String,
    /// First day.
    #[schema(value_type = String, example = "2026-03-02")]
    start_day: Day,
    /// Last day.
    #[schema(value_type = Option<String>)]
    end_day: Option<Day>,
    /// Last day of an introductory trial.
    #[schema(value_type = Option<String>, example = "2027-03-01")]
    trial_end_day: Option<Day>,
    /// Why it ended.
    end_reason: String,
    /// Who is or was in it.
    people: Vec<MemberAnswer>,
}

/// One tenancy
#[utoipa::path(get, path = "/api/v1/tenancies/{reference}", tag = "people", params(("reference" = String, Path, example = "T-30001")),
    responses((status = 200, body = TenancyAnswer), (status = 404)))]
async fn tenancy(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(reference): Path<String>,
) -> ApiResult {
    everybody(caller.scope())?;
    let pool = app.platform.reads();
    let held = tenancies::queries::by_reference(pool, &reference).await?;
    let home = rooftree_homes::public::place(pool, held.place_id).await?.reference;
    let people = tenancies::queries::members(pool, held.id).await?;
    let member = |member: tenancies::queries::Member| MemberAnswer {
        person: member.reference,
        role: member.role,
        relation: member.relation,
        from_day: member.from_day,
        until_day: member.until_day,
    };
    let answer = TenancyAnswer {
        reference: held.reference,
        kind: held.kind,
        home,
        start_day: held.start_day,
        end_day: held.end_day,
        trial_end_day: held.trial_end_day,
        end_reason: held.end_reason,
        people: people.into_iter().map(member).collect(),
    };
    tagged(&headers, &answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_stays_null_clears_and_unknown_is_refused() {
        let before = Details {
            family_name: "Yusuf".into(),
            language: "Somali".into(),
            birth_day: "1980-12-18".parse().ok(),
            ..Details::default()
        };
        let fields =
            api::sent::<Map<String, Value>>(br#"{ "birth_day": null, "language": null, "interpreter": true }"#)
                .unwrap();
        let after = read(fields, &before).unwrap();
        assert_eq!(
            (after.family_name.as_str(), after.language.as_str(), after.birth_day, after.interpreter),
            ("Yusuf", "English", None, true)
        );
        for (text, field) in [
            (&br#"{ "sex": "f" }"#[..], "sex"),
            (br#"{ "birth_day": "soon" }"#, "birth_day"),
            (br#"{ "title": 3 }"#, "body"),
        ] {
            let refused = read(api::sent(text).unwrap(), &before);
            assert!(matches!(refused, Err(Error::Invalid(errors)) if errors.get(field).is_some()), "{field}");
        }
    }
}
