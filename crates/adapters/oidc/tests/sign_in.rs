//! A whole sign-in against a stand-in provider on this machine that issues signed tokens and checks what a real one
//! checks. The key in `fixtures` signs nothing else.

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use openidconnect::{
    AccessToken, Audience, EmptyAdditionalClaims, EndUserEmail, EndUserName, IssuerUrl, JsonWebKeyId, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, PrivateSigningKey, StandardClaims, SubjectIdentifier,
    core::{CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey},
};
use rooftree_oidc::{Oidc, OidcConfig};
use rooftree_platform::ports::{Identity, IdentityProvider};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};
use url::Url;

const KEY: &str = include_str!("fixtures/stand-in-signing-key.pem");
const RETURN: &str = "https://rooftree.example/sign-in/return";

/// How the stand-in behaves, and what it remembers of the browser's visit.
#[derive(Clone, Default)]
struct Provider {
    base: String,
    challenge: String,
    nonce: String,
    unverified_email: bool,
    name_in_token: bool,
    wrong_audience: bool,
    expired: bool,
    unknown_key: bool,
}

type Shared = Arc<Mutex<Provider>>;

fn signing_key(id: &str) -> CoreRsaPrivateSigningKey {
    CoreRsaPrivateSigningKey::from_pem(KEY, Some(JsonWebKeyId::new(id.to_owned()))).unwrap()
}

async fn description(State(shared): State<Shared>) -> Json<Value> {
    let base = shared.lock().unwrap().base.clone();
    Json(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/userinfo"),
        "jwks_uri": format!("{base}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

async fn keys() -> Json<Value> {
    Json(json!({ "keys": [signing_key("current").as_verification_key()] }))
}

async fn token(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let provider = shared.lock().unwrap().clone();
    let verifier = PkceCodeVerifier::new(form.get("code_verifier").cloned().unwrap_or_default());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
    let good = form.get("code").is_some_and(|code| code == "the-code")
        && form.get("grant_type").is_some_and(|kind| kind == "authorization_code")
        && form.get("redirect_uri").is_some_and(|uri| uri == RETURN)
        // rooftree:the-secret
        && headers.get("authorization").is_some_and(|value| value == "Basic cm9vZnRyZWU6dGhlLXNlY3JldA==")
        && challenge.as_str() == provider.challenge;
    if !good {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    }
    let now = SystemTime::now();
    let expires = if provider.expired { now - Duration::from_secs(60) } else { now + Duration::from_secs(300) };
    let mut person = StandardClaims::new(SubjectIdentifier::new("person-7".to_owned()))
        .set_email(Some(EndUserEmail::new("ann@oxenford.example".to_owned())))
        .set_email_verified(Some(!provider.unverified_email));
    if provider.name_in_token {
        person = person.set_name(Some(EndUserName::new("Ann Example".to_owned()).into()));
    }
    let audience = if provider.wrong_audience { "somebody-else" } else { "rooftree" };
    let claims = CoreIdTokenClaims::new(
        IssuerUrl::new(provider.base).unwrap(),
        vec![Audience::new(audience.to_owned())],
        expires.into(),
        now.into(),
        person,
        EmptyAdditionalClaims {},
    )
    .set_nonce(Some(Nonce::new(provider.nonce)));
    let access = AccessToken::new("access".to_owned());
    let key = signing_key(if provider.unknown_key { "unknown" } else { "current" });
    let signed = CoreIdToken::new(claims, &key, CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, Some(&access), None);
    Json(json!({
        "access_token": access.secret(),
        "token_type": "Bearer",
        "expires_in": 300,
        "id_token": signed.unwrap(),
    }))
    .into_response()
}

async fn user_info(headers: HeaderMap) -> Response {
    if headers.get("authorization").is_none_or(|value| value != "Bearer access") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(json!({ "sub": "person-7", "name": "Ann of the Directory" })).into_response()
}

async fn stand_in() -> (Shared, Oidc) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let shared = Arc::new(Mutex::new(Provider { base: base.clone(), name_in_token: true, ..Provider::default() }));
    let app = Router::new()
        .route("/.well-known/openid-configuration", get(description))
        .route("/keys", get(keys))
        .route("/token", post(token))
        .route("/userinfo", get(user_info))
        .with_state(Arc::clone(&shared));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let config = OidcConfig {
        issuer: base,
        client_id: "rooftree".into(),
        client_secret: Some("the-secret".into()),
        trusts_addresses: false,
    };
    (shared, Oidc::new(config).unwrap())
}

/// The whole sign-in; `meanwhile` changes the provider after the browser was sent there.
async fn sign_in(meanwhile: impl FnOnce(&mut Provider)) -> Result<Identity, String> {
    let (shared, oidc) = stand_in().await;
    let start = oidc.start(RETURN).await?;
    let url = Url::parse(&start.url).unwrap();
    let sent: HashMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!(url.path(), "/authorize");
    assert_eq!(sent["response_type"], "code");
    assert_eq!(sent["client_id"], "rooftree");
    assert_eq!(sent["redirect_uri"], RETURN);
    assert_eq!(sent["state"], start.state);
    assert_eq!(sent["code_challenge_method"], "S256");
    assert!(sent["scope"].split(' ').any(|scope| scope == "openid"));
    {
        let mut provider = shared.lock().unwrap();
        provider.challenge = sent["code_challenge"].clone();
        provider.nonce = sent["nonce"].clone();
        meanwhile(&mut provider);
    }
    oidc.finish(RETURN, "the-code", &start.nonce, &start.pkce_verifier).await
}

#[tokio::test]
async fn a_person_signs_in() {
    let identity = sign_in(|_| {}).await.unwrap();
    let expected = Identity {
        subject: "person-7".into(),
        email: Some("ann@oxenford.example".into()),
        name: Some("Ann Example".into()),
    };
    assert_eq!(identity, expected);
}

#[tokio::test]
async fn a_name_that_the_token_lacks_is_asked_for() {
    let identity = sign_in(|provider| provider.name_in_token = false).await.unwrap();
    assert_eq!(identity.name.as_deref(), Some("Ann of the Directory"));
}

#[tokio::test]
async fn an_unverified_address_is_not_taken() {
    let identity = sign_in(|provider| provider.unverified_email = true).await.unwrap();
    assert_eq!(identity.email, None);
}

#[tokio::test]
async fn unsound_tokens_are_refused() {
    type Change = fn(&mut Provider);
    let changes: [(&str, Change); 5] = [
        ("nonce", |provider| provider.nonce = "replayed".into()),
        ("audience", |provider| provider.wrong_audience = true),
        ("expir", |provider| provider.expired = true),
        ("key", |provider| provider.unknown_key = true),
        ("did not accept", |provider| provider.challenge = "of somebody else".into()),
    ];
    for (part, change) in changes {
        let error = sign_in(change).await.unwrap_err();
        assert!(error.to_lowercase().contains(part), "{part}: {error}");
    }
}

#[tokio::test]
async fn each_sign_in_has_its_own_secrets() {
    let (_, oidc) = stand_in().await;
    let (first, second) = (oidc.start(RETURN).await.unwrap(), oidc.start(RETURN).await.unwrap());
    assert!(first.state != second.state && first.nonce != second.nonce && first.pkce_verifier != second.pkce_verifier);
}

#[tokio::test]
async fn a_bad_set_up_is_refused_without_showing_the_secret() {
    let config = |issuer: &str, client_id: &str| OidcConfig {
        issuer: issuer.into(),
        client_id: client_id.into(),
        client_secret: Some("the-secret".into()),
        trusts_addresses: false,
    };
    assert!(Oidc::new(config("http://id.example.org", "rooftree")).unwrap_err().contains("https://"));
    assert!(Oidc::new(config("nonsense", "rooftree")).unwrap_err().contains("not usable"));
    assert!(Oidc::new(config("https://id.example.org", "")).unwrap_err().contains("client id"));
    assert!(!format!("{:?}", config("https://id.example.org", "rooftree")).contains("the-secret"));
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = Oidc::new(config(&format!("http://{gone}"), "rooftree")).unwrap().check().await.unwrap_err();
    assert!(error.contains("description could not be read"), "{error}");
}
