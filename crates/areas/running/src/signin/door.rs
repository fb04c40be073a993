//! What the sign-in pages share: cookies, the caller's address, where to go afterwards.

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
};
use rooftree_frame::{App, guard};
use rooftree_kernel::UserId;
use rooftree_platform::signin::{devices, hash_secret, sessions};
use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

/// The cookie of a sign-in under way.
pub const STEP_COOKIE: &str = "rooftree_step";

/// A hash of the network address a request came from: enough to count tries, too little to keep a person's address.
#[derive(Clone, Debug)]
pub struct Origin(pub String);

impl FromRequestParts<App> for Origin {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string());
        let address = forwarded(&parts.headers, app.platform.config().proxies_trusted).or(peer).unwrap_or_default();
        Ok(Self(hash_secret(&network(&address)).iter().take(12).map(|byte| format!("{byte:02x}")).collect()))
    }
}

/// The address that the outermost of our own proxies saw. Entries further left are the caller's own claims.
fn forwarded(headers: &HeaderMap, proxies_trusted: usize) -> Option<String> {
    let place = proxies_trusted.checked_sub(1)?;
    let all: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    all.iter().rev().nth(place).or(all.first()).map(|address| (*address).to_owned())
}

/// One household or office holds a whole IPv6 /64, so that counts as one address. An IPv4 address counts for itself, also in the form in
/// which a server that listens on both is told it (`::ffff:192.0.2.7`).
fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(v6)) => v6.segments()[..4].iter().map(|segment| format!("{segment:x}:")).collect(),
        Ok(IpAddr::V4(v4)) => v4.to_string(),
        Err(_) => address.to_owned(),
    }
}

/// A path of our own to go to after sign-in; anything else becomes `/`. Browsers read `//host` and `/\host` as another site.
pub fn local_path(next: &str) -> &str {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control)
        && !next.starts_with("/sign-")
        && next.len() <= 2000;
    if ours { next } else { "/" }
}

/// Puts a cookie on an answer. `seconds` of `None` ends it with the browser, zero removes it.
pub fn set_cookie(app: &App, response: &mut Response, name: &str, value: &str, path: &str, seconds: Option<i64>) {
    let secure = if app.platform.config().secure_cookies { "; Secure" } else { "" };
    let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    if let Ok(cookie) =
        HeaderValue::from_str(&format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax{age}{secure}"))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Hands the browser its session and takes back the cookie of the step before.
pub fn admit(app: &App, response: &mut Response, token: &str) {
    set_cookie(app, response, sessions::COOKIE, token, "/", None);
    set_cookie(app, response, STEP_COOKIE, "", "/sign-in", Some(0));
}

/// From now on the browser is known as a device of this user.
pub async fn remember_device(app: &App, response: &mut Response, user: UserId) -> rooftree_platform::Result<()> {
    if let Some(device) = devices::remember(&app.platform, user).await? {
        set_cookie(app, response, devices::COOKIE, &device, "/sign-in", Some(devices::LIFETIME_SECONDS));
    }
    Ok(())
}

/// What the browser carries from an earlier sign-in on it.
pub fn device(headers: &HeaderMap) -> Option<&str> {
    guard::cookie(headers, devices::COOKIE)
}

/// A page with secrets on it is not kept by the browser or a proxy.
pub fn no_store(response: &mut Response) {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_counts_for_itself_however_it_is_told() {
        for same in ["::ffff:192.0.2.7", "192.0.2.7"] {
            assert_eq!(network(same), "192.0.2.7");
        }
        assert_ne!(network("::ffff:192.0.2.8"), network("::ffff:192.0.2.7"));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }

    #[test]
    fn only_paths_of_our_own_are_followed() {
        for good in ["/", "/repairs/R-1?tab=orders", "/search?q=a%20b"] {
            assert_eq!(local_path(good), good);
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "/sign-out",
        ] {
            assert_eq!(local_path(bad), "/", "{bad}");
        }
    }

    #[test]
    fn a_caller_cannot_choose_the_address_it_is_counted_by() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("1.1.1.1, 2.2.2.2"));
        headers.append("x-forwarded-for", HeaderValue::from_static("3.3.3.3"));
        assert_eq!(forwarded(&headers, 0), None);
        assert_eq!(forwarded(&headers, 1).as_deref(), Some("3.3.3.3"));
        assert_eq!(forwarded(&headers, 2).as_deref(), Some("2.2.2.2"));
    }

    #[test]
    fn neighbours_in_one_ipv6_network_count_as_one() {
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
    }
}
