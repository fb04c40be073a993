//! A browser without a network: it keeps its cookie and sends the form token.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, Response, StatusCode, header},
};
use rooftree_frame::errors::Shown;
use scraper::{Html, Selector};
use tower::ServiceExt;

/// A browser.
#[derive(Clone)]
pub struct Client {
    router: Router,
    cookie: Option<String>,
    /// The form token of its session.
    pub csrf: String,
}

/// An answer.
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub bytes: Vec<u8>,
    /// What went wrong, where that is ours to mend: the page does not say it.
    pub cause: Option<String>,
}

impl Reply {
    /// Reads the answer to what was asked. What went wrong on our side is printed into the test's output.
    pub async fn read(asked: &str, response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("the whole body").to_vec();
        let ours = parts.extensions.get::<Shown>().filter(|_| parts.status.is_server_error());
        let cause = ours.map(|Shown(error)| format!("{error:?}"));
        if let Some(cause) = &cause {
            eprintln!("{asked} went wrong: {cause}");
        }
        Self { status: parts.status, headers: parts.headers, bytes, cause }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text()))
    }

    /// Where it sends the browser.
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The texts of the elements that a CSS selector finds.
    pub fn select(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a CSS selector");
        let words = |element: scraper::ElementRef<'_>| {
            element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        Html::parse_document(&self.text()).select(&selector).map(words).collect()
    }

    /// An attribute of the first element that a CSS selector finds.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let selector = Selector::parse(selector).expect("a CSS selector");
        let page = Html::parse_document(&self.text());
        page.select(&selector).next().and_then(|element| element.value().attr(name)).map(str::to_owned)
    }

    /// An attribute of every element that a CSS selector finds.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a CSS selector");
        let page = Html::parse_document(&self.text());
        page.select(&selector).filter_map(|element| element.value().attr(name)).map(str::to_owned).collect()
    }

    /// Panics unless the status is this; shows what came instead.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text().chars().take(3000).collect::<String>());
        self
    }
}

impl Client {
    pub(crate) fn new(router: Router, cookie: Option<String>, csrf: String) -> Self {
        Self { router, cookie, csrf }
    }

    /// The whole of a request.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let asked = format!("{} {}", request.method(), request.uri());
        let response = self.router.clone().oneshot(request).await.expect("the router answers");
        Reply::read(&asked, response).await
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:8080");
        match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path).body(Body::empty()).expect("a request")).await
    }

    /// POST of a form, with the session's token.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.post_with(&[], path, fields).await
    }

    /// The same with further headers.
    pub async fn post_with(&self, headers: &[(&str, &str)], path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut all = fields.to_vec();
        all.push(("_csrf", &self.csrf));
        let body = serde_urlencoded::to_string(all).expect("a form");
        let mut request =
            self.request(Method::POST, path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// POST of a form with files (field, name, bytes), with the session's token.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Reply {
        const BOUNDARY: &str = "rooftree-test-boundary";
        let mut body = Vec::new();
        for (name, value) in fields.iter().chain(&[("_csrf", self.csrf.as_str())]) {
            body.extend(
                format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        for (field, name, bytes) in files {
            let head = format!(
                "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n"
            );
            body.extend(head.bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{BOUNDARY}--\r\n").bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send(
            self.request(Method::POST, path)
                .header(header::CONTENT_TYPE, kind)
                .body(Body::from(body))
                .expect("a request"),
        )
        .await
    }

    /// A JSON request with a bearer token (and any further headers).
    pub async fn api(
        &self,
        method: Method,
        path: &str,
        token: &str,
        headers: &[(&str, &str)],
        body: Option<serde_json::Value>,
    ) -> Reply {
        let mut request =
            Request::builder().method(method).uri(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |json| Body::from(json.to_string()));
        self.send(request.header(header::CONTENT_TYPE, "application/json").body(body).expect("a request")).await
    }
}
