//! Sign-in through an organisation's own identity provider, by OpenID Connect: authorisation code with PKCE, the identity
//! token checked for signature, issuer, audience, age and nonce.

use async_trait::async_trait;
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndUserEmail, EndUserName, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IssuerUrl, LocalizedClaim, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreProviderMetadata, CoreTokenResponse,
        CoreUserInfoClaims,
    },
    reqwest,
};
use rooftree_platform::ports::{Identity, IdentityProvider, LoginStart};
use std::{fmt, time::Duration};

/// How long one request to the provider may take, in seconds.
const REQUEST_SECONDS_MAX: u64 = 15;

/// A client as provider metadata makes it: it can send people away and, where the provider has the endpoints, exchange
/// codes and ask about people.
type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// What the provider and we agreed on when we were registered there.
#[derive(Clone)]
pub struct OidcConfig {
    /// The provider's address, below which `/.well-known/openid-configuration` lies.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there; a public client has none.
    pub client_secret: Option<String>,
    /// The provider says nothing about whether an address was verified, and is trusted to have done it.
    pub trusts_addresses: bool,
}

impl fmt::Debug for OidcConfig {
    /// Leaves the secret out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcConfig")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// One identity provider. Its endpoints and keys are read anew for each sign-in: keys are changed without notice, and any
/// number of processes serve the two halves of one sign-in.
#[derive(Debug)]
pub struct Oidc {
    issuer: IssuerUrl,
    config: OidcConfig,
    http: reqwest::Client,
}

impl Oidc {
    /// Checks the configuration; asks the provider nothing yet.
    ///
    /// # Errors
    /// A message for the person who configures it; it does not repeat the secret.
    pub fn new(config: OidcConfig) -> Result<Self, String> {
        let issuer = IssuerUrl::new(config.issuer.clone())
            .map_err(|error| format!("the identity provider's address is not usable: {error}"))?;
        let this_machine = matches!(issuer.url().host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if issuer.url().scheme() != "https" && !(this_machine && issuer.url().scheme() == "http") {
            return Err("the identity provider's address must begin with https://".to_owned());
        }
        if config.client_id.is_empty() {
            return Err("the identity provider's client id is missing".to_owned());
        }
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(REQUEST_SECONDS_MAX))
            // Following where a provider points would let it reach into our network.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| format!("no HTTP client: {error}"))?;
        Ok(Self { issuer, config, http })
    }

    /// Whether the provider answers, for `rooftree doctor`.
    pub async fn check(&self) -> Result<(), String> {
        self.client("http://localhost/").await.map(drop)
    }

    async fn client(&self, redirect_uri: &str) -> Result<Client, String> {
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| told("the identity provider's description could not be read", &error))?;
        let redirect = RedirectUrl::new(redirect_uri.to_owned())
            .map_err(|error| told("our own return address is not usable", &error))?;
        let secret = self.config.client_secret.clone().map(ClientSecret::new);
        let client = CoreClient::from_provider_metadata(metadata, ClientId::new(self.config.client_id.clone()), secret);
        Ok(client.set_redirect_uri(redirect))
    }

    /// What the provider says beyond the identity token. Some keep the address and name out of that.
    async fn more_about(
        &self,
        client: &Client,
        tokens: &CoreTokenResponse,
        claims: &CoreIdTokenClaims,
    ) -> Option<CoreUserInfoClaims> {
        let request = client.user_info(tokens.access_token().clone(), Some(claims.subject().clone())).ok()?;
        match request.request_async(&self.http).await {
            Ok(more) => Some(more),
            Err(error) => {
                tracing::warn!(
                    error = told("user info", &error),
                    "the identity provider said no more about the person"
                );
                None
            }
        }
    }
}

#[async_trait]
impl IdentityProvider for Oidc {
    async fn start(&self, redirect_uri: &str) -> Result<LoginStart, String> {
        let client = self.client(redirect_uri).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        Ok(LoginStart {
            url: url.into(),
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            pkce_verifier: verifier.into_secret(),
        })
    }

    async fn finish(
        &self,
        redirect_uri: &str,
        code: &str,
        nonce: &str,
        pkce_verifier: &str,
    ) -> Result<Identity, String> {
        let client = self.client(redirect_uri).await?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| told("the identity provider has no token endpoint", &error))?
            .set_pkce_verifier(PkceCodeVerifier::new(pkce_verifier.to_owned()))
            .request_async(&self.http)
            .await
            .map_err(|error| told("the identity provider did not accept the sign-in code", &error))?;
        let token = tokens.id_token().ok_or("the identity provider sent no identity token")?;
        let verifier = client.id_token_verifier();
        let claims = token
            .claims(&verifier, &Nonce::new(nonce.to_owned()))
            .map_err(|error| told("the identity token is not sound", &error))?;
        if let Some(expected) = claims.access_token_hash() {
            let check = || {
                let key = token.signing_key(&verifier).ok()?;
                AccessTokenHash::from_token(tokens.access_token(), token.signing_alg().ok()?, key).ok()
            };
            if check().as_ref() != Some(expected) {
                return Err("the access token does not belong to the identity token".to_owned());
            }
        }
        let mut identity = Identity {
            subject: claims.subject().to_string(),
            email: self.vouched(claims.email(), claims.email_verified()),
            name: shown(claims.name(), claims.preferred_username().map(|name| name.as_str())),
        };
        if (identity.email.is_none() || identity.name.is_none())
            && let Some(more) = self.more_about(&client, &tokens, claims).await
        {
            identity.email = identity.email.or_else(|| self.vouched(more.email(), more.email_verified()));
            identity.name =
                identity.name.or_else(|| shown(more.name(), more.preferred_username().map(|name| name.as_str())));
        }
        Ok(identity)
    }
}

impl Oidc {
    /// An address that the provider does not vouch for could be anybody's.
    fn vouched(&self, email: Option<&EndUserEmail>, verified: Option<bool>) -> Option<String> {
        let sure = verified == Some(true) || (verified.is_none() && self.config.trusts_addresses);
        email.filter(|_| sure).map(|email| email.to_string())
    }
}

fn shown(name: Option<&LocalizedClaim<EndUserName>>, username: Option<&str>) -> Option<String> {
    let given = name.and_then(|name| name.get(None).or_else(|| name.iter().next().map(|(_, name)| name)));
    given.map(|name| name.as_str()).or(username).filter(|name| !name.trim().is_empty()).map(str::to_owned)
}

/// The error with its causes on one line: what the library says first is seldom the reason.
fn told(what: &str, error: &dyn std::error::Error) -> String {
    let mut text = format!("{what}: {error}");
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(&format!(": {next}"));
        cause = next.source();
    }
    text
}
