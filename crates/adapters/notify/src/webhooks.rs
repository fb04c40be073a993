//! Calls other systems' webhooks. Whoever enters an address could otherwise make this server talk to machines that only it can reach, so
//! the name is resolved here, every address it leads to is checked, and the connection goes to the very addresses that were checked.

use async_trait::async_trait;
use reqwest::{Client, Url, header::HeaderMap, redirect};
use rooftree_platform::ports::{SendError, WebhookSender};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

/// How long a receiver may take, in seconds.
const REQUEST_SECONDS_MAX: u64 = 10;

/// Sends webhooks by HTTPS.
#[derive(Clone, Copy, Debug)]
pub struct Webhooks {
    private: bool,
}

impl Webhooks {
    /// `private` allows private and loopback addresses and plain HTTP: for development, or a receiver in the same network.
    pub fn new(private: bool) -> Self {
        Self { private }
    }

    /// The address with all that its name leads to, all of it allowed.
    async fn resolve(&self, url: &str) -> Result<(Url, Vec<SocketAddr>), SendError> {
        let url = Url::parse(url).map_err(|_| SendError::Permanent("the address is not usable".to_owned()))?;
        if url.scheme() != "https" && !(self.private && url.scheme() == "http") {
            return Err(SendError::Permanent("the address must begin with https://".to_owned()));
        }
        let host =
            url.host_str().ok_or_else(|| SendError::Permanent("the address names no host".to_owned()))?.to_owned();
        let port =
            url.port_or_known_default().ok_or_else(|| SendError::Permanent("the address names no port".to_owned()))?;
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let found: Vec<SocketAddr> = tokio::net::lookup_host((name, port))
            .await
            .map_err(|_| SendError::Temporary(format!("the name {host} could not be resolved")))?
            .collect();
        if found.is_empty() {
            return Err(SendError::Temporary(format!("the name {host} leads nowhere")));
        }
        if !self.private && found.iter().any(|address| !is_public(address.ip())) {
            return Err(SendError::Permanent(format!(
                "{host} leads to a private address; ROOFTREE_WEBHOOKS_PRIVATE allows that where it is meant"
            )));
        }
        Ok((url, found))
    }
}

#[async_trait]
impl WebhookSender for Webhooks {
    async fn check(&self, url: &str) -> Result<(), SendError> {
        self.resolve(url).await.map(|_| ())
    }

    async fn post(&self, url: &str, headers: &[(&str, String)], body: bytes::Bytes) -> Result<u16, SendError> {
        let (url, addresses) = self.resolve(url).await?;
        let client = Client::builder()
            .timeout(Duration::from_secs(REQUEST_SECONDS_MAX))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .resolve_to_addrs(url.host_str().unwrap_or_default(), &addresses)
            .user_agent("Rooftree-Webhook/1")
            .build()
            .map_err(|error| SendError::Temporary(format!("no HTTP client: {error}")))?;
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            let name = reqwest::header::HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, value.parse()) {
                all.insert(name, value);
            }
        }
        let answer = client.post(url).headers(all).body(body).send().await.map_err(|error| {
            let what = if error.is_timeout() {
                "the receiver did not answer in time"
            } else {
                "the receiver cannot be reached"
            };
            SendError::Temporary(what.to_owned())
        })?;
        Ok(answer.status().as_u16())
    }
}

/// True for an address on the public Internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let special = v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_broadcast()
        || v4.is_documentation()
        || v4.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !special
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    if let Some(v4) = embedded(v6) {
        return is_public_v4(v4);
    }
    // Only 2000::/3 is given out for the public Internet; 2001::/23 and 2001:db8::/32 in it are special.
    let [first, second, ..] = v6.segments();
    first & 0xe000 == 0x2000 && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8))
}

/// The IPv4 address that an IPv6 address stands for: mapped, NAT64, 6to4.
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => Some(v4(g, h)),
        (0x2002, ..) => Some(v4(b, c)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_every_dress() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in
            ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2a00:1450:4009::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[tokio::test]
    async fn names_and_numbers_that_lead_inside_are_refused() {
        for url in [
            "https://localhost/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://0x7f000001/",
            "https://2130706433/",
            "http://example.org/",
        ] {
            let refused = Webhooks::new(false).post(url, &[], bytes::Bytes::new()).await;
            assert!(matches!(refused, Err(SendError::Permanent(_))), "{url}: {refused:?}");
            assert!(
                Webhooks::new(false).check(url).await.is_err_and(|error| matches!(error, SendError::Permanent(_))),
                "{url}"
            );
        }
    }
}
