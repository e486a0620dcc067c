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
mod watch;

pub use app::{App, Identity, Limits, Readiness};
pub use metrics::{Metrics, metrics_router};

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use watch::WatchLayer;

/// All routes of this crate with their description. The binary may merge more of them before [`finish`].
pub fn router(app: Arc<App>) -> OpenApiRouter {
    OpenApiRouter::with_openapi(openapi::base()).merge(routes().with_state(app))
}

fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .merge(device::routes())
        .merge(configs::routes())
        .merge(health::routes())
        .merge(metrics::routes())
}

/// Puts on what every request passes: request ids, counters, the log, the answers to unknown paths; and the
/// two documents that speak about the rest.
pub fn finish(router: OpenApiRouter, app: &App) -> Router {
    let document = Bytes::from(document(&router, &app.identity));
    let page = home::page(&app.identity);
    let mut first_id = [0; 8];
    app.service.random.fill(&mut first_id);

    let (router, _) = router.split_for_parts();
    router
        .route("/openapi.json", get(async move || json(document)))
        .route("/", get(async move || home::answer(page)))
        .fallback(not_found)
        // Handlers become routes once and not per request; only then each has a layer of its own.
        .with_state::<()>(())
        .layer(WatchLayer::new(app.metrics.clone(), u64::from_be_bytes(first_id), app.limits))
        .with_state(())
}

/// The OpenAPI 3.1 document of these routes, as `/openapi.json` serves it.
#[must_use]
pub fn document(router: &OpenApiRouter, identity: &Identity) -> String {
    let mut openapi = router.get_openapi().clone();
    openapi.info.version.clone_from(&identity.version);
    let mut text = openapi.to_pretty_json().expect("the description is plain data");
    text.push('\n');
    text
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

    fn described() -> OpenApiRouter<Arc<App>> {
        OpenApiRouter::with_openapi(openapi::base()).merge(routes())
    }

    #[test]
    fn all_routes_are_described() {
        let router = described();
        let mut lines = Vec::new();
        for (path, item) in &router.get_openapi().paths.paths {
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
        let json: serde_json::Value =
            serde_json::from_str(&described().get_openapi().to_json().unwrap()).unwrap();
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
