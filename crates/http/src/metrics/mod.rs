//! What is counted and timed, in the text format of Prometheus.
//!
//! Everybody may know how many devices were served and refused. Why they were refused is told only to
//! operators: it would tell a stranger which external ids exist.

mod latency;
mod legacy;

pub use latency::Latency;

use crate::app::{App, Identity};
use crate::kit::caller::BearerToken;
use crate::routes;
use crate::routing::Routes;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use legacy::Legacy;
use onramp_core::bootstrap::{Reason, Refused, Switch};
use onramp_core::model::{DomainId, Right, Secret};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The two ways in which a device asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// With its key.
    Plain,
    /// With its encrypted key.
    Secure,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BootstrapLabels {
    exchange: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StoreLabels {
    operation: &'static str,
}

/// All counters of one process.
pub struct Metrics {
    public: Registry,
    operators: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Latency>,
    exchanges: [Outcomes; 2],
    refusals: Family<ReasonLabels, Counter>,
    store: Family<StoreLabels, Latency>,
    legacy: Legacy,
    series: Mutex<HashMap<(&'static str, String), Arc<Series>>>,
    started: Instant,
}

/// Counters of one exchange, looked up once and not per request.
struct Outcomes {
    served: Counter,
    rejected: Counter,
    error: Counter,
}

/// Counters of one route and method, looked up once and not per request.
pub(crate) struct Series {
    pub(crate) method: &'static str,
    pub(crate) route: String,
    requests: Family<RequestLabels, Counter>,
    by_class: [OnceLock<Counter>; 6],
    latency: Latency,
    legacy: Option<Latency>,
}

const CLASSES: [&str; 6] = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"];

impl Series {
    /// Counts one answer.
    pub(crate) fn observe(&self, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100);
        let class = if class < CLASSES.len() { class } else { 0 };
        self.by_class[class]
            .get_or_init(|| {
                self.requests.get_or_create_owned(&RequestLabels {
                    method: self.method,
                    route: self.route.clone(),
                    status: CLASSES[class],
                })
            })
            .inc();
        self.latency.observe(took);
        if let Some(legacy) = &self.legacy {
            // The reference counts what reached its service, not what failed before.
            if !matches!(status.as_u16(), 400 | 401 | 405 | 413 | 415) {
                legacy.observe(took);
            }
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics::new()
    }
}

impl Metrics {
    /// Counters at zero; the uptime starts now.
    #[must_use]
    pub fn new() -> Self {
        let requests = Family::<RequestLabels, Counter>::default();
        let durations = Family::<RouteLabels, Latency>::default();
        let bootstraps = Family::<BootstrapLabels, Counter>::default();
        let refusals = Family::<ReasonLabels, Counter>::default();
        let store = Family::<StoreLabels, Latency>::default();

        let mut public = Registry::default();
        public.register("onramp_http_requests", "Answered requests", requests.clone());
        public.register("onramp_http_request_duration_seconds", "Time to answer", durations.clone());
        public.register("onramp_bootstraps", "Requests of devices", bootstraps.clone());
        public.register("onramp_store_duration_seconds", "Time of database work", store.clone());
        let mut operators = Registry::default();
        operators.register("onramp_bootstrap_refusals", "Refused devices by reason", refusals.clone());

        let outcomes = |exchange| {
            let counter = |outcome| bootstraps.get_or_create_owned(&BootstrapLabels { exchange, outcome });
            Outcomes { served: counter("served"), rejected: counter("rejected"), error: counter("error") }
        };
        Metrics {
            exchanges: [outcomes("plain"), outcomes("secure")],
            public,
            operators,
            requests,
            durations,
            refusals,
            store,
            legacy: Legacy::default(),
            series: Mutex::default(),
            started: Instant::now(),
        }
    }

    /// Counts how a device's request ended.
    pub(crate) fn bootstrap<T>(&self, exchange: Exchange, outcome: &Result<T, Refused>) {
        let outcomes = &self.exchanges[exchange as usize];
        match outcome {
            Ok(_) => outcomes.served.inc(),
            Err(Refused::Unavailable(_) | Refused::Internal(_)) => outcomes.error.inc(),
            Err(refused) => {
                self.refusals.get_or_create(&ReasonLabels { reason: reason(refused) }).inc();
                outcomes.rejected.inc()
            }
        };
    }

    /// Takes the time of one piece of database work.
    pub fn observe_store(&self, operation: &'static str, took: Duration) {
        self.store.get_or_create(&StoreLabels { operation }).observe(took);
    }

    /// The counters of a route's template and a method.
    pub(crate) fn series(&self, method: &'static str, route: &str) -> Arc<Series> {
        // A collection is one route, with and without its trailing slash.
        let route = if route.len() > 1 { route.trim_end_matches('/') } else { route };
        let mut known = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .entry((method, route.to_owned()))
            .or_insert_with(|| {
                let labels = RouteLabels { method, route: route.to_owned() };
                Arc::new(Series {
                    method,
                    route: route.to_owned(),
                    requests: self.requests.clone(),
                    by_class: Default::default(),
                    latency: self.durations.get_or_create_owned(&labels),
                    legacy: self.legacy.of(method, route),
                })
            })
            .clone()
    }

    /// What everybody may read.
    #[must_use]
    pub fn render(&self, identity: &Identity) -> String {
        let mut text = String::with_capacity(16 * 1024);
        prometheus(&mut text, &self.public);
        self.legacy.render(&mut text);
        self.process(&mut text, identity);
        text
    }

    /// What operators may read: also why devices were refused.
    #[must_use]
    pub fn render_with_reasons(&self, identity: &Identity) -> String {
        let mut text = self.render(identity);
        prometheus(&mut text, &self.operators);
        text
    }

    fn process(&self, text: &mut String, identity: &Identity) {
        gauge(text, "onramp_uptime_seconds", "Age of this process", self.started.elapsed().as_secs_f64());
        if let Some(bytes) = resident_bytes() {
            gauge(text, "process_resident_memory_bytes", "Memory in use", bytes);
        }
        let _ = writeln!(
            text,
            "# HELP onramp_build_info What runs here\n# TYPE onramp_build_info gauge\n\
             onramp_build_info{{version=\"{}\",commit=\"{}\"}} 1",
            escape(&identity.version),
            escape(&identity.commit)
        );
    }
}

fn gauge(text: &mut String, name: &str, help: &str, value: impl std::fmt::Display) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The library writes OpenMetrics, where a counter is declared without its suffix; Prometheus's own text
/// format declares it by its full name.
fn prometheus(text: &mut String, registry: &Registry) {
    let mut open_metrics = String::new();
    if encode_registry(&mut open_metrics, registry).is_err() {
        return;
    }
    let mut help = "";
    for line in open_metrics.lines() {
        if line.starts_with("# HELP ") {
            help = line;
        } else if let Some(name) = line.strip_prefix("# TYPE ").and_then(|rest| rest.strip_suffix(" counter"))
        {
            let said =
                help.strip_prefix("# HELP ").and_then(|rest| rest.strip_prefix(name)).unwrap_or_default();
            let _ = writeln!(text, "# HELP {name}_total{said}\n# TYPE {name}_total counter");
        } else if line.starts_with("# TYPE ") {
            let _ = writeln!(text, "{help}\n{line}");
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
}

/// Resident memory, where the system tells it.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

fn reason(refused: &Refused) -> &'static str {
    match refused {
        Refused::MissingCredential => "missing_credential",
        Refused::MissingId => "missing_id",
        Refused::Unavailable(_) => "unavailable",
        Refused::Internal(_) => "internal",
        Refused::Rejected(reason) => match reason {
            Reason::UnknownId => "unknown_id",
            Reason::WrongKey => "wrong_key",
            Reason::NotHex => "not_hex",
            Reason::TooShort => "too_short",
            Reason::MalformedId => "malformed_id",
            Reason::Unrecognised => "unrecognised",
            Reason::Disabled(Switch::Config) => "config_disabled",
            Reason::Disabled(Switch::Client) => "client_disabled",
            Reason::Disabled(Switch::Domain) => "domain_disabled",
        },
    }
}

fn answer(text: String) -> Response {
    const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, TEXT)], text).into_response()
}

/// Reasons are counted over all domains, so they are for platform administrators; a personal access token has to
/// be for the configs of all domains.
async fn sees_reasons(app: &App, token: &Secret) -> bool {
    let Ok(caller) = app.service.platform.identify(token).await else { return false };
    let everywhere = DomainId::parse("*").expect("an asterisk is a usable id");
    caller.platform_admin
        && app.service.platform.permits(&caller, &everywhere, Right::List).await.unwrap_or(false)
}

/// Counters and timings in Prometheus text format.
///
/// With the token of a platform administrator the answer also says why devices were refused. A token that is
/// not accepted is no error: monitoring must not go blind because a token ran out.
#[utoipa::path(
    get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "Prometheus text format", content_type = "text/plain")),
    security((), ("bearer" = [])),
)]
async fn metrics(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let trusted = match BearerToken::from_headers(&headers) {
        Ok(BearerToken(token)) => sees_reasons(&app, &token).await,
        Err(_) => false,
    };
    let render = if trusted { Metrics::render_with_reasons } else { Metrics::render };
    answer(render(&app.metrics, &app.identity))
}

pub(crate) fn routes<R: Routes<Arc<App>>>(into: R) -> R {
    into.routes(routes!(metrics))
}

/// The metrics with reasons, for an address that only operators can reach (`--metrics-listen`).
pub fn metrics_router(app: Arc<App>) -> Router {
    let handler =
        |State(app): State<Arc<App>>| async move { answer(app.metrics.render_with_reasons(&app.identity)) };
    Router::new().route("/metrics", get(handler)).with_state(app)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(reason: Reason) -> Result<(), Refused> {
        Err(Refused::Rejected(reason))
    }

    #[test]
    fn reasons_are_for_operators() {
        let metrics = Metrics::new();
        metrics.bootstrap(Exchange::Plain, &Ok(()));
        metrics.bootstrap(Exchange::Plain, &rejected(Reason::Disabled(Switch::Client)));
        metrics.bootstrap(Exchange::Secure, &rejected(Reason::NotHex));
        metrics.bootstrap::<()>(Exchange::Secure, &Err(Refused::Unavailable("disk".into())));

        let public = metrics.render(&Identity::default());
        for line in [
            "onramp_bootstraps_total{exchange=\"plain\",outcome=\"served\"} 1",
            "onramp_bootstraps_total{exchange=\"plain\",outcome=\"rejected\"} 1",
            "onramp_bootstraps_total{exchange=\"secure\",outcome=\"rejected\"} 1",
            "onramp_bootstraps_total{exchange=\"secure\",outcome=\"error\"} 1",
        ] {
            assert!(public.lines().any(|candidate| candidate == line), "{line}\n{public}");
        }
        assert!(!public.contains("client_disabled") && !public.contains("refusals"));

        let operators = metrics.render_with_reasons(&Identity::default());
        assert!(operators.contains("onramp_bootstrap_refusals_total{reason=\"client_disabled\"} 1"));
        assert!(operators.contains("onramp_bootstrap_refusals_total{reason=\"not_hex\"} 1"));
    }

    #[test]
    fn requests_are_counted_by_template_and_class() {
        let metrics = Metrics::new();
        let series = metrics.series("GET", "/{domain}/clients/configs/");
        series.observe(StatusCode::OK, Duration::from_millis(3));
        series.observe(StatusCode::FORBIDDEN, Duration::from_millis(3));
        metrics.series("GET", "/{domain}/clients/configs").observe(StatusCode::OK, Duration::from_millis(3));
        metrics.observe_store("recognise", Duration::from_micros(5));

        let text = metrics.render(&Identity::default());
        for line in [
            "onramp_http_requests_total{method=\"GET\",route=\"/{domain}/clients/configs\",status=\"2xx\"} 2",
            "onramp_http_requests_total{method=\"GET\",route=\"/{domain}/clients/configs\",status=\"4xx\"} 1",
            "onramp_http_request_duration_seconds_count{method=\"GET\",route=\"/{domain}/clients/configs\"} 3",
            "onramp_store_duration_seconds_count{operation=\"recognise\"} 1",
            "bootstrap_api_request_count{method=\"list\"} 3",
            "# TYPE onramp_http_requests_total counter",
            "# TYPE onramp_http_request_duration_seconds histogram",
        ] {
            assert!(text.lines().any(|candidate| candidate == line), "{line}\n{text}");
        }
        assert!(!text.contains("# EOF"));
    }

    #[test]
    fn the_process_is_described() {
        let identity = Identity { version: "1.0\"x".into(), ..Identity::default() };
        let text = Metrics::new().render(&identity);
        assert!(text.contains("onramp_build_info{version=\"1.0\\\"x\",commit=\"\"} 1"));
        assert!(text.contains("onramp_uptime_seconds "));
        assert!(!cfg!(target_os = "linux") || text.contains("process_resident_memory_bytes "));
    }
}
