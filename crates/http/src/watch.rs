//! The one layer around every route: request ids, counters, one log event per request, a net under handlers
//! that panic, and what [`intake`] does. It allocates nothing but the id's header for a request of a device.

use crate::app::Limits;
use crate::intake::{self, Taken};
use crate::kit::Problem;
use crate::metrics::{Metrics, Series};
use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Instant;
use tower::{Layer, Service};
use tracing::Span;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Label of requests that no route takes.
const UNMATCHED: &str = "unmatched";

/// Makes a [`Watch`] of every route.
#[derive(Clone)]
pub(crate) struct WatchLayer(Arc<Shared>);

struct Shared {
    metrics: Arc<Metrics>,
    /// A counter with a random start: ids differ between processes, and cost no system call each.
    next: AtomicU64,
    limits: Limits,
}

impl WatchLayer {
    pub(crate) fn new(metrics: Arc<Metrics>, first_id: u64, limits: Limits) -> Self {
        WatchLayer(Arc::new(Shared { metrics, next: AtomicU64::new(first_id), limits }))
    }
}

impl<S> Layer<S> for WatchLayer {
    type Service = Watch<S>;

    fn layer(&self, inner: S) -> Watch<S> {
        Watch { inner, shared: self.0.clone(), series: Arc::default() }
    }
}

/// One route, watched.
#[derive(Clone)]
pub(crate) struct Watch<S> {
    inner: S,
    shared: Arc<Shared>,
    /// The counters of this route, known after its first request.
    series: Arc<OnceLock<Arc<Series>>>,
}

impl<S> Watch<S> {
    fn series(&self, request: &Request) -> Arc<Series> {
        let method = known_method(request.method());
        let find = || {
            let route = request.extensions().get::<MatchedPath>().map_or(UNMATCHED, MatchedPath::as_str);
            self.shared.metrics.series(method, route)
        };
        let series = self.series.get_or_init(find);
        // A fallback, and HEAD beside GET, share their place with other methods.
        if series.method == method { series.clone() } else { find() }
    }
}

impl<S> Service<Request> for Watch<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + Unpin,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Watching<Taken<S::Future>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let id = incoming_id(request.headers()).unwrap_or_else(|| self.shared.fresh_id());
        let series = self.series(&request);
        let quiet = is_quiet(&series.route);
        let span = if quiet {
            Span::none()
        } else {
            tracing::info_span!("request", request_id = id.to_str().unwrap_or_default())
        };
        let started = Instant::now();
        let limits = self.shared.limits;
        let call = || intake::call(&mut self.inner, request, limits, !quiet);
        let future = catch_unwind(AssertUnwindSafe(call)).ok();
        Watching { future, span, id, series, started, quiet }
    }
}

impl Shared {
    fn fresh_id(&self) -> HeaderValue {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let number = self.next.fetch_add(1, Relaxed);
        let text: [u8; 16] = std::array::from_fn(|place| DIGITS[(number >> (60 - 4 * place)) as usize & 15]);
        HeaderValue::from_bytes(&text).expect("hexadecimal digits make a header value")
    }
}

/// An id that somebody in front of us gave, if it can safely be repeated in a header and a log.
fn incoming_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let value = headers.get(REQUEST_ID)?;
    let sane = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
    let bytes = value.as_bytes();
    ((1..=64).contains(&bytes.len()) && bytes.iter().all(sane)).then(|| value.clone())
}

/// Methods as labels: callers can invent methods, and must not invent labels.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Routes that are asked so often that only debugging wants to hear of each request.
fn is_quiet(route: &str) -> bool {
    route.starts_with("/clients/bootstrap")
        || route.starts_with("/things/bootstrap")
        || route.starts_with("/health")
        || route == "/metrics"
}

/// The answer of a watched route, under way.
pub(crate) struct Watching<F> {
    /// `None` after a panic.
    future: Option<F>,
    span: Span,
    id: HeaderValue,
    series: Arc<Series>,
    started: Instant,
    quiet: bool,
}

impl<F> Future for Watching<F>
where
    F: Future<Output = Result<Response, Infallible>> + Unpin,
{
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let entered = this.span.enter();
        let polled = match &mut this.future {
            Some(future) => catch_unwind(AssertUnwindSafe(|| Pin::new(future).poll(context))).ok(),
            None => None,
        };
        let mut response = match polled {
            Some(Poll::Pending) => return Poll::Pending,
            Some(Poll::Ready(Ok(response))) => response,
            Some(Poll::Ready(Err(never))) => match never {},
            None => {
                // What was half done must not be polled again.
                this.future = None;
                // The panic's own message may hold anything; the panic hook has written it to stderr.
                Problem::internal("a handler panicked").into()
            }
        };
        let (status, took) = (response.status(), this.started.elapsed());
        this.series.observe(status, took);
        this.log(status, took.as_micros());
        drop(entered);
        response.headers_mut().insert(REQUEST_ID, this.id.clone());
        Poll::Ready(Ok(response))
    }
}

impl<F> Watching<F> {
    /// Route templates only: a path may hold an external id, a query or a header may hold a secret.
    fn log(&self, status: StatusCode, micros: u128) {
        macro_rules! event {
            ($level:ident) => {
                tracing::$level!(
                    method = self.series.method,
                    route = self.series.route.as_str(),
                    status = status.as_u16(),
                    duration_us = micros as u64,
                    request_id = self.id.to_str().unwrap_or_default(),
                    "request"
                )
            };
        }
        match (status.is_server_error(), self.quiet) {
            (true, _) => event!(warn),
            (false, true) => event!(debug),
            (false, false) => event!(info),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Identity;
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    fn watched() -> (Router, Arc<Metrics>) {
        let metrics = Arc::new(Metrics::new());
        let router = Router::new()
            .route("/fine/{id}", get(|| async { "fine" }))
            .route("/panics", get(async || -> &'static str { panic!("on purpose") }))
            .with_state::<()>(())
            .layer(WatchLayer::new(metrics.clone(), 0xff, Limits::default()));
        (router, metrics)
    }

    async fn ask(router: &Router, method: &str, path: &str, id: Option<&str>) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(id) = id {
            request = request.header(REQUEST_ID, id);
        }
        router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn ids_are_counted_up_and_sane_ones_are_kept() {
        let (router, _) = watched();
        let id = async |given| ask(&router, "GET", "/fine/1", given).await.headers()[REQUEST_ID].clone();
        assert_eq!(id(None).await, "00000000000000ff");
        assert_eq!(id(None).await, "0000000000000100");
        assert_eq!(id(Some("abc-1.2:3_4")).await, "abc-1.2:3_4");
        assert_eq!(id(Some("a b")).await, "0000000000000101");
        assert_eq!(id(Some(&"x".repeat(65))).await, "0000000000000102");
    }

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        let (router, metrics) = watched();
        let response = ask(&router, "GET", "/panics", None).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
        assert_eq!(body, "{\"message\":\"internal error\"}\n");
        let text = metrics.render(&Identity::default());
        assert!(
            text.contains("onramp_http_requests_total{method=\"GET\",route=\"/panics\",status=\"5xx\"} 1")
        );
    }

    #[tokio::test]
    async fn counters_go_by_template_and_known_method() {
        let (router, metrics) = watched();
        for (method, path) in [
            ("GET", "/fine/1"),
            ("GET", "/fine/2"),
            ("HEAD", "/fine/3"),
            ("POST", "/fine/4"),
            ("BREW", "/fine/5"),
            ("STEEP", "/fine/6"),
            ("GET", "/nowhere"),
        ] {
            ask(&router, method, path, None).await;
        }
        let text = metrics.render(&Identity::default());
        for (method, route, status, count) in [
            ("GET", "/fine/{id}", "2xx", 2),
            ("HEAD", "/fine/{id}", "2xx", 1),
            ("POST", "/fine/{id}", "4xx", 1),
            ("other", "/fine/{id}", "4xx", 2),
            ("GET", UNMATCHED, "4xx", 1),
        ] {
            let line = format!(
                "onramp_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
            );
            assert!(text.lines().any(|candidate| candidate == line), "{line}\n{text}");
        }
    }
}
