//! The contract through the real router, with a stub behind it.

#![allow(clippy::unwrap_used)]

mod creating;
mod reading;
mod refusals;
mod stub;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use pellucid_api::ApiLimits;
use tower::ServiceExt;

use stub::Stub;

/// A small service: bodies of 4 kB and answers within half a second.
fn app(stub: &Arc<Stub>) -> Router {
    let limits = ApiLimits { body_bytes: 4_096, request_time: Duration::from_millis(500) };
    pellucid_api::router(stub.clone(), limits)
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that this is a problem document of a status and a code, and gives it.
    #[track_caller]
    fn problem(&self, status: u16, code: &str) -> serde_json::Value {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{body}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["type"], format!("urn:pellucid:problem:{code}"));
        assert_eq!(problem["status"], status);
        problem
    }
}

async fn send(app: Router, request: Request<Body>) -> Answer {
    let response = app.oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.into_body().collect().await.unwrap().to_bytes().to_vec();
    Answer { status, headers, body }
}

async fn get(stub: &Arc<Stub>, uri: &str) -> Answer {
    send(app(stub), Request::get(uri).body(Body::empty()).unwrap()).await
}

const DECLARATION: &str = r#"{"stage":"full","number":"D1"}"#;
const BOUNDARY: &str = "x-pellucid-test";

/// A multipart body of named parts.
fn form(parts: &[(&str, &str)]) -> Body {
    let mut body = String::new();
    for (name, content) in parts {
        let file = if *name == "scan" { "; filename=\"C:\\\\lane 1\\\\scan.tif\"" } else { "" };
        body +=
            &format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n");
    }
    body += &format!("--{BOUNDARY}--\r\n");
    Body::from(body)
}

fn post_scan(key: Option<&str>, prefer: Option<&str>, body: Body) -> Request<Body> {
    let mut request =
        Request::post("/api/v1/scans").header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    if let Some(prefer) = prefer {
        request = request.header("prefer", prefer);
    }
    request.body(body).unwrap()
}
