//! The contract with GOV.UK Notify, against a stand-in that checks what the real service checks: the token's signature and
//! age, the shape of the request, and the rules for addresses.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rooftree_notify::{Notify, NotifyConfig};
use rooftree_platform::ports::{DeliveryStatus, LetterBody, SendError, TextSender};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};
use uuid::{Uuid, uuid};

const SERVICE: &str = "26785a09-ab16-4eb0-8407-a37497a57506";
const SECRET: &str = "3d844edf-8d35-48ac-975b-e847b4f122b0";
const TEXT_TEMPLATE: Uuid = uuid!("f33517ff-2a88-4f6e-b855-c550268ce08a");
const LETTER_TEMPLATE: Uuid = uuid!("9d751e0e-f929-4891-82a1-a3e1c3c18ee3");

#[derive(Default)]
struct StandIn {
    requests: Vec<(String, Value)>,
    /// An answer instead of the usual one.
    instead: Option<(u16, Value)>,
}

type Shared = Arc<Mutex<StandIn>>;

fn refusal(status: u16, error: &str, message: &str) -> Response {
    let body = json!({ "status_code": status, "errors": [{ "error": error, "message": message }] });
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

/// As Notify does: HS256 with the secret, the service as issuer, no older than thirty seconds.
fn token_is_good(headers: &HeaderMap) -> bool {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_required_spec_claims(&["iss"]);
    rules.validate_exp = false;
    rules.set_issuer(&[SERVICE]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    token
        .and_then(|token| {
            jsonwebtoken::decode::<Value>(token, &DecodingKey::from_secret(SECRET.as_bytes()), &rules).ok()
        })
        .and_then(|decoded| decoded.claims["iat"].as_u64())
        .is_some_and(|issued| issued.abs_diff(now) <= 30)
}

async fn send(
    State(shared): State<Shared>,
    Path(kind): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if !token_is_good(&headers) {
        return refusal(403, "AuthError", "Invalid token: API key not found");
    }
    let mut shared = shared.lock().unwrap();
    shared.requests.push((kind.clone(), body.clone()));
    if let Some((status, body)) = shared.instead.take() {
        return (StatusCode::from_u16(status).unwrap(), Json(body)).into_response();
    }
    let wanted: &[&str] = match kind.as_str() {
        "sms" => &["phone_number", "template_id", "personalisation", "reference"],
        "letter" if body.get("content").is_some() => &["content", "reference"],
        "letter" => &["template_id", "personalisation", "reference"],
        _ => return refusal(404, "NotFound", "no such kind"),
    };
    let fields = body.as_object().unwrap();
    if fields.len() != wanted.len() || !wanted.iter().all(|field| fields.contains_key(*field)) {
        return refusal(400, "ValidationError", "Additional or missing properties");
    }
    let answer =
        json!({ "id": Uuid::new_v4(), "reference": body["reference"], "content": {}, "uri": "", "template": {} });
    (StatusCode::CREATED, Json(answer)).into_response()
}

async fn status(Path(id): Path<Uuid>, headers: HeaderMap) -> Response {
    if !token_is_good(&headers) {
        return refusal(403, "AuthError", "Invalid token: API key not found");
    }
    match id.as_u128() {
        1 => Json(json!({ "id": id, "status": "sending" })).into_response(),
        2 => Json(json!({ "id": id, "status": "delivered" })).into_response(),
        3 => Json(json!({ "id": id, "status": "permanent-failure" })).into_response(),
        _ => refusal(404, "NoResultFound", "No result found"),
    }
}

async fn stand_in() -> (NotifyConfig, Shared) {
    let shared = Shared::default();
    let app = Router::new()
        .route("/v2/notifications/{kind}", post(send))
        .route("/v2/notifications/{kind}", get(status))
        .with_state(Arc::clone(&shared));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let config = NotifyConfig {
        base_url,
        api_key: format!("rooftree-{SERVICE}-{SECRET}"),
        text_template: TEXT_TEMPLATE,
        letter_template: LETTER_TEMPLATE,
    };
    (config, shared)
}

#[tokio::test]
async fn a_text_is_sent_in_notifys_form() {
    let (config, shared) = stand_in().await;
    let id = Notify::new(&config).unwrap().text("07700 900123", "We come on Friday.", "M-1").await.unwrap();
    assert!(id.parse::<Uuid>().is_ok());
    let expected = json!({
        "phone_number": "07700 900123",
        "template_id": TEXT_TEMPLATE,
        "personalisation": { "body": "We come on Friday." },
        "reference": "M-1",
    });
    assert_eq!(shared.lock().unwrap().requests, [("sms".to_owned(), expected)]);
}

#[tokio::test]
async fn a_letter_is_sent_in_notifys_form() {
    let (config, shared) = stand_in().await;
    let notify = Notify::new(&config).unwrap();
    let mut letter = LetterBody {
        address_lines: vec!["Ann Example".into(), "1 High Street".into(), " ".into(), "OX1 1AA".into()],
        subject: "Your repair".into(),
        text: "We come on Friday.".into(),
        pdf: None,
    };
    notify.letter(&letter, "M-2").await.unwrap();
    let expected = json!({
        "template_id": LETTER_TEMPLATE,
        "personalisation": {
            "address_line_1": "Ann Example",
            "address_line_2": "1 High Street",
            "address_line_3": "OX1 1AA",
            "subject": "Your repair",
            "body": "We come on Friday.",
        },
        "reference": "M-2",
    });
    assert_eq!(shared.lock().unwrap().requests, [("letter".to_owned(), expected)]);

    letter.address_lines.truncate(2);
    let error = notify.letter(&letter, "M-3").await.unwrap_err();
    assert!(matches!(&error, SendError::Permanent(why) if why.contains("2 lines")), "{error}");
    assert_eq!(shared.lock().unwrap().requests.len(), 1, "a letter that cannot be printed is not sent");
}

#[tokio::test]
async fn a_letter_that_was_printed_goes_as_it_is() {
    let (config, shared) = stand_in().await;
    let notify = Notify::new(&config).unwrap();
    let mut letter = LetterBody {
        address_lines: vec!["Ann Example".into(), "1 High Street".into(), "OX1 1AA".into()],
        subject: "Your repair".into(),
        text: "We come on Friday.".into(),
        pdf: Some(b"%PDF-1.7"[..].into()),
    };
    notify.letter(&letter, "M-8").await.unwrap();
    let expected = json!({ "reference": "M-8", "content": "JVBERi0xLjc=" });
    assert_eq!(shared.lock().unwrap().requests, [("letter".to_owned(), expected)]);
    letter.address_lines.truncate(2);
    assert!(
        notify.letter(&letter, "M-9").await.is_err(),
        "Notify reads the address from the paper and needs three lines"
    );
}

#[tokio::test]
async fn a_status_is_followed() {
    let (config, _) = stand_in().await;
    let notify = Notify::new(&config).unwrap();
    let of = async |number: u128| notify.status(&Uuid::from_u128(number).to_string()).await;
    assert_eq!(of(1).await.unwrap(), DeliveryStatus::Pending);
    assert_eq!(of(2).await.unwrap(), DeliveryStatus::Delivered);
    assert!(matches!(of(3).await.unwrap(), DeliveryStatus::Failed(_)));
    assert!(matches!(of(4).await, Err(SendError::Permanent(_))));
    assert!(matches!(notify.status("../x").await, Err(SendError::Permanent(_))));
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (config, shared) = stand_in().await;
    let notify = Notify::new(&config).unwrap();
    for (status, temporary) in [(400, false), (404, false), (413, false), (429, true), (500, true), (503, true)] {
        let body = json!({ "status_code": status, "errors": [{ "error": "SomeError", "message": "a reason" }] });
        shared.lock().unwrap().instead = Some((status, body));
        let error = notify.text("07700 900123", "x", "M-4").await.unwrap_err();
        assert_eq!(matches!(error, SendError::Temporary(_)), temporary, "{status}: {error}");
        assert!(error.to_string().contains("SomeError: a reason"), "{error}");
    }
}

#[tokio::test]
async fn a_reason_that_quotes_the_person_is_not_passed_on() {
    let (config, shared) = stand_in().await;
    let body = json!({ "errors": [{ "error": "BadRequestError", "message": "07700 900123 is not a number" }] });
    shared.lock().unwrap().instead = Some((400, body));
    let error = Notify::new(&config).unwrap().text("07700 900123", "x", "M-5").await.unwrap_err();
    assert_eq!(error, SendError::Permanent("Notify refused it (400, BadRequestError)".into()));
}

#[tokio::test]
async fn a_wrong_key_leaves_the_message_waiting() {
    let (mut config, shared) = stand_in().await;
    config.api_key = format!("rooftree-{SERVICE}-{}", Uuid::nil());
    let error = Notify::new(&config).unwrap().text("07700 900123", "x", "M-6").await.unwrap_err();
    assert!(matches!(&error, SendError::Temporary(why) if why.contains("our key")), "{error}");
    assert!(shared.lock().unwrap().requests.is_empty());
}

#[tokio::test]
async fn a_service_that_is_down_is_temporary() {
    let (config, _) = stand_in().await;
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let notify = Notify::new(&NotifyConfig { base_url: format!("http://{gone}"), ..config }).unwrap();
    assert!(matches!(notify.text("07700 900123", "x", "M-7").await, Err(SendError::Temporary(_))));
}

#[tokio::test]
async fn a_bad_set_up_is_refused_without_showing_the_key() {
    let (config, _) = stand_in().await;
    let plain = NotifyConfig { base_url: "http://notify.example.org".into(), ..config.clone() };
    assert!(Notify::new(&plain).err().unwrap().contains("https://"));
    let cut = NotifyConfig { api_key: format!("rooftree-{SECRET}"), ..config.clone() };
    let error = Notify::new(&cut).err().unwrap();
    assert!(error.contains("two UUIDs") && !error.contains(SECRET), "{error}");
    assert!(!format!("{config:?}").contains(SECRET));
}
