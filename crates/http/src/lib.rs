//! The HTTP surface: routes for devices and operators, health, metrics, and the description of it all.
//!
//! A handler parses, calls the rules, encodes. [`kit`] is what handlers are made of; what a caller reads when
//! something goes wrong is decided in [`kit::problem`] only. To add an operator's route, write a file beside the
//! others in `configs/`, take a [`kit::caller::Granted`], and name the handler in `configs/mod.rs`.

pub mod app;
mod configs;
mod device;
mod health;
mod home;
mod intake;
pub mod kit;
pub mod metrics;
pub mod openapi;
pub mod routing;
mod watch;

pub use app::{App, Identity, Limits, Readiness};
pub use metrics::{Metrics, metrics_router};
pub use openapi::Description;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use routing::Routes;
use std::sync::Arc;
use watch::WatchLayer;

/// A router of all routes of this crate. The binary may merge more of them before [`finish`].
pub fn router(app: Arc<App>) -> Router {
    list(Router::new()).with_state(app)
}

/// All routes of this crate, for a router or for the description of the API.
pub fn list<R: Routes<Arc<App>>>(into: R) -> R {
    into.with(device::routes).with(configs::routes).with(health::routes).with(metrics::routes)
}

/// Puts on what every request passes: request ids, counters, the log, the answers to unknown paths; and the
/// two documents that speak about the rest.
pub fn finish(router: Router, app: &App) -> Router {
    let page = home::page(&app.identity);
    let mut first_id = [0; 8];
    app.service.random.fill(&mut first_id);
    router
        .route("/openapi.json", get(async || json(Bytes::from_static(openapi::PUBLISHED.as_bytes()))))
        .route("/", get(async move || home::answer(page)))
        .fallback(not_found)
        // Handlers become routes once and not per request; only then each has a layer of its own.
        .with_state::<()>(())
        .layer(WatchLayer::new(app.metrics.clone(), u64::from_be_bytes(first_id), app.limits))
        .with_state(())
}

fn json(body: Bytes) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, JSON)], body).into_response()
}

async fn not_found() -> Response {
    const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
    const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
    let headers = [(header::CONTENT_TYPE, TEXT), (header::X_CONTENT_TYPE_OPTIONS, NOSNIFF)];
    (StatusCode::NOT_FOUND, headers, "404 page not found\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described() -> utoipa::openapi::OpenApi {
        list(Description::new()).into()
    }

    #[test]
    fn all_routes_are_described() {
        let described = described();
        let mut lines = Vec::new();
        for (path, item) in &described.paths.paths {
            for (method, operation) in [
                ("GET", &item.get),
                ("POST", &item.post),
                ("PUT", &item.put),
                ("PATCH", &item.patch),
                ("DELETE", &item.delete),
            ] {
                if let Some(operation) = operation {
                    let statuses: Vec<&str> =
                        operation.responses.responses.keys().map(String::as_str).collect();
                    lines.push(format!("{method} {path}: {}", statuses.join(" ")));
                }
            }
        }
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn the_description_is_complete() {
        let json: serde_json::Value = serde_json::from_str(&described().to_json().unwrap()).unwrap();
        assert_eq!(json["openapi"].as_str().map(|version| &version[..4]), Some("3.1."));
        // Whatever is referred to is there.
        let text = json.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(json.pointer(pointer).is_some(), "{pointer}");
        }
        let schemes = json["components"]["securitySchemes"].as_object().unwrap();
        assert!(schemes.contains_key("bearer") && schemes.contains_key("device"));
        for (path, item) in json["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                assert!(operation["summary"].is_string(), "{method} {path} has no summary");
                assert!(operation["security"].is_array(), "{method} {path} says nothing about credentials");
            }
        }
    }
}
