//! A bucket of an S3-compatible store.

use crate::check_key;
use async_trait::async_trait;
use bytes::Bytes;
use object_store::{
    ClientOptions, ObjectStore, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path,
};
use rooftree_platform::ports::{BlobError, BlobStore};
use std::time::Duration;
use url::{Host, Url};

/// How long one request may take, and all attempts at it together, in seconds.
const REQUEST_SECONDS_MAX: u64 = 30;
const ATTEMPTS_SECONDS_MAX: u64 = 60;

/// Keeps each blob as an object. Credentials come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`) or
/// from the machine's own role.
#[derive(Debug)]
pub struct Bucket {
    store: AmazonS3,
    prefix: String,
}

impl Bucket {
    /// Opens `s3://bucket/prefix?endpoint=https://…&region=…`; prefix, endpoint (for a store that is not Amazon's) and region
    /// may be left out. An endpoint without TLS is accepted on this machine only.
    pub fn open(location: &str) -> Result<Self, BlobError> {
        let malformed = |why: &str| BlobError::Store(format!("the store's address is not usable: {why}"));
        let url = Url::parse(location).map_err(|error| malformed(&error.to_string()))?;
        let name = url.host_str().filter(|_| url.scheme() == "s3").ok_or_else(|| malformed("write s3://bucket"))?;
        let mut client = ClientOptions::new().with_timeout(Duration::from_secs(REQUEST_SECONDS_MAX));
        let mut builder = AmazonS3Builder::from_env().with_bucket_name(name);
        for (setting, value) in url.query_pairs() {
            match &*setting {
                "region" => builder = builder.with_region(value),
                "endpoint" => {
                    let endpoint = Url::parse(&value).map_err(|_| malformed("‘endpoint’ is not an address"))?;
                    match endpoint.scheme() {
                        "https" => {}
                        "http" if is_this_machine(&endpoint) => client = client.with_allow_http(true),
                        _ => return Err(malformed("‘endpoint’ must begin with https://")),
                    }
                    builder = builder.with_endpoint(value).with_virtual_hosted_style_request(false);
                }
                other => {
                    return Err(malformed(&format!("‘{other}’ is not a setting: there are endpoint and region")));
                }
            }
        }
        let retry = RetryConfig { retry_timeout: Duration::from_secs(ATTEMPTS_SECONDS_MAX), ..RetryConfig::default() };
        let store = builder.with_client_options(client).with_retry(retry).build();
        let prefix = url.path().trim_matches('/').to_owned();
        Ok(Self { store: store.map_err(|error| malformed(&error.to_string()))?, prefix })
    }

    fn path(&self, key: &str) -> Result<Path, BlobError> {
        check_key(key)?;
        Ok(if self.prefix.is_empty() { Path::from(key) } else { Path::from(format!("{}/{key}", self.prefix)) })
    }
}

#[async_trait]
impl BlobStore for Bucket {
    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        let path = self.path(key)?;
        self.store.put(&path, bytes.into()).await.map(drop).map_err(failed)
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, BlobError> {
        match self.store.get(&self.path(key)?).await {
            Ok(found) => found.bytes().await.map(Some).map_err(failed),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        match self.store.delete(&self.path(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

fn failed(error: object_store::Error) -> BlobError {
    BlobError::Store(error.to_string())
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
