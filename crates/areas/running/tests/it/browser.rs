//! A browser that keeps the cookies it is given, for what happens before there is a session.

use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use rooftree_testkit::{Reply, TestApp};
use std::{collections::BTreeMap, sync::Mutex};
use tower::ServiceExt;

/// A browser.
pub struct Browser {
    router: Router,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    /// Without any cookie.
    pub fn new(app: &TestApp) -> Self {
        Self::on(app.router.clone())
    }

    /// The same, on other routes.
    pub fn on(router: Router) -> Self {
        Self { router, cookies: Mutex::default() }
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// Plants a cookie.
    pub fn plant(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path, &[], Body::empty()).await
    }

    /// POST of a form from our own pages.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.post_with(path, fields, &[("sec-fetch-site", "same-origin")]).await
    }

    /// POST of a form with headers.
    pub async fn post_with(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.request(Method::POST, path, &all, Body::from(body)).await
    }

    async fn request(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Reply {
        let jar = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ");
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:8080");
        if !jar.is_empty() {
            request = request.header(header::COOKIE, jar);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let reply = Reply::read(path, response).await;
        let mut cookies = self.cookies.lock().unwrap();
        for cookie in reply.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        drop(cookies);
        reply
    }
}
