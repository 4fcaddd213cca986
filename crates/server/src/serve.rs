//! The HTTP service on a loopback address: the API, the console, and workers in the same process.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use pellucid_api::{ApiError, ApiLimits, Fault, Service};
use pellucid_core::ErrorKind;
use tokio::net::TcpListener;

use crate::config::Config;
use crate::failure::{Exit, Failure};

/// How long open requests may go on after the service was told to stop.
const DRAIN: Duration = Duration::from_secs(30);

/// The API and the console.
pub(crate) fn app(service: Arc<dyn Service>, config: &Config) -> Router {
    let limits = ApiLimits {
        body_bytes: u64::from(config.body_mib) << 20,
        request_time: Duration::from_secs(u64::from(config.request_s)),
    };
    pellucid_api::router(service, limits).fallback(console).layer(middleware::from_fn(guard))
}

/// Binds an address, loopback only.
///
/// # Errors
/// The address is reachable from outside, or taken.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    if !address.ip().is_loopback() {
        return Err(Failure::new(
            Exit::Usage,
            format!("{address} is no loopback address, and there is no sign-in yet"),
        ));
    }
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure { exit: Exit::DependencyDown, error: anyhow::anyhow!("binding {address}: {error}") })
}

/// Serves until the process is told to stop, then lets open requests end.
///
/// # Errors
/// When the listener fails.
pub(crate) async fn run(listener: TcpListener, app: Router) -> Result<(), Failure> {
    let stopping = Arc::new(tokio::sync::Notify::new());
    let told = Arc::clone(&stopping);
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move {
        stop_signal().await;
        told.notify_one();
    });
    tokio::select! {
        result = async { serving.await } => result.map_err(Failure::from),
        () = async { stopping.notified().await; tokio::time::sleep(DRAIN).await } => {
            tracing::warn!("requests were still open {} s after the stop", DRAIN.as_secs());
            Ok(())
        }
    }
}

/// Ends when the process is interrupted or terminated.
pub(crate) async fn stop_signal() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}

/// Without sign-in the browser is the way in: other sites must reach the service neither by a name that points here
/// (DNS rebinding) nor by sending forms.
async fn guard(request: Request, next: Next) -> Response {
    if !is_local_host(request.uri(), request.headers()) {
        let fault = Fault::field("Host", "only loopback names are served until sign-in exists");
        return ApiError::new(ErrorKind::Forbidden, fault).into_response();
    }
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !is_reading && is_foreign(request.headers()) {
        let fault = Fault::field("Sec-Fetch-Site", "requests of other sites are refused");
        return ApiError::new(ErrorKind::Forbidden, fault).into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; \
             frame-ancestors 'none'; base-uri 'self'",
        ),
    );
    response
}

fn is_local_host(uri: &Uri, headers: &HeaderMap) -> bool {
    let named = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let Some(host) = named.or_else(|| uri.authority().map(|authority| authority.as_str())) else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_foreign(headers: &HeaderMap) -> bool {
    // Browsers send it; programs do not, and cannot be tricked into sending requests either.
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}

/// The console's files; any other path opens its page, which knows its own routes.
async fn console(method: Method, uri: Uri) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return ApiError::MethodNotAllowed.into_response();
    }
    let path = uri.path();
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let Some(asset) = pellucid_console::asset(path).or_else(|| pellucid_console::asset("/").filter(|_| !is_file))
    else {
        return match pellucid_console::is_built() {
            true => ApiError::not_found(path).into_response(),
            false => (
                StatusCode::NOT_FOUND,
                "The console was not built into this binary: run `cargo xtask setup` and build again.\n\
                 The API is at /api/v1, its document at /openapi.json.\n",
            )
                .into_response(),
        };
    };
    let cache = if asset.is_immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = asset.bytes.into_owned().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
        assert_eq!(is_local_host(&Uri::from_static("/"), &headers), expected, "{host}");
    }

    #[test]
    fn only_loopback_names_are_served() {
        for host in ["localhost:8460", "127.0.0.1:8460", "[::1]:8460", "LOCALHOST", "127.0.0.2"] {
            check(host, true);
        }
        for host in ["attacker.example", "localhost.attacker.example:8460", "10.0.0.1", "[fe80::1]:80", ""] {
            check(host, false);
        }
        assert!(!is_local_host(&Uri::from_static("/"), &HeaderMap::new()));
    }

    #[tokio::test]
    async fn addresses_that_others_can_reach_are_refused() {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
            let failure = bind(address.parse().unwrap()).await.unwrap_err();
            assert_eq!(failure.exit, Exit::Usage, "{address}");
        }
        bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    }
}
