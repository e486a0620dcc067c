//! `/health` says that the process lives, `/health/ready` whether devices can be served.

use crate::app::App;
use crate::routes;
use crate::routing::Routes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use onramp_api::{Health, Ready};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

const HEALTH_JSON: HeaderValue = HeaderValue::from_static("application/health+json");

fn word(fine: bool) -> String {
    if fine { "pass" } else { "fail" }.to_owned()
}

/// Whether the process lives
#[utoipa::path(
    get, path = "/health", tag = "operations",
    responses((status = 200, description = "It lives", body = Health, content_type = "application/health+json")),
    security(()),
)]
async fn health(State(app): State<Arc<App>>) -> Response {
    let identity = app.identity.clone();
    let health = Health {
        status: word(true),
        version: identity.version,
        commit: identity.commit,
        description: "bootstrap service".to_owned(),
        build_time: identity.build_time,
        instance_id: identity.instance_id,
        warnings: identity.warnings,
    };
    answer(StatusCode::OK, &health)
}

/// Whether devices can be served
///
/// Only the database decides. What else is down stands in the body.
#[utoipa::path(
    get, path = "/health/ready", tag = "operations",
    responses(
        (status = 200, description = "Devices can be served", body = Ready, content_type = "application/health+json"),
        (status = 503, description = "They cannot", body = Ready, content_type = "application/health+json"),
    ),
    security(()),
)]
async fn ready(State(app): State<Arc<App>>) -> Response {
    let database = app.readiness.database().await;
    if let Err(context) = &database {
        tracing::warn!(%context, "the database does not answer");
    }
    let fine = database.is_ok();
    let mut checks = BTreeMap::from([("database".to_owned(), word(fine))]);
    for (part, works) in app.readiness.others().await {
        checks.insert(part.to_owned(), word(works));
    }
    let status = if fine { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut response = answer(status, &Ready { status: word(fine), checks });
    if !fine {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}

fn answer<T: Serialize>(status: StatusCode, value: &T) -> Response {
    let mut response = crate::kit::json_response(status, value);
    if response.status() == status {
        response.headers_mut().insert(header::CONTENT_TYPE, HEALTH_JSON);
    }
    response
}

pub(crate) fn routes<R: Routes<Arc<App>>>(into: R) -> R {
    into.routes(routes!(health)).routes(routes!(ready))
}
