//! `GET /{domain}/clients/configs/{client}`.

use super::show::show;
use crate::app::App;
use crate::kit::caller::{Granted, View};
use crate::kit::{Problem, json_response};
use crate::openapi::{Missing, OperatorErrors};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use onramp_api::ConfigView;
use std::sync::Arc;

/// Shows a config
///
/// Secrets and content are shown to callers who may update it. The TLS private key is never shown.
#[utoipa::path(
    get, path = "/{domain}/clients/configs/{client}", tag = "configs", operation_id = "viewConfig",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the config and its client"),
    ),
    responses((status = 200, description = "The config", body = ConfigView), Missing, OperatorErrors),
    security(("bearer" = [])),
)]
pub(super) async fn view(State(app): State<Arc<App>>, granted: Granted<View>) -> Result<Response, Problem> {
    let found = app.service.config(&granted).await?;
    Ok(json_response(StatusCode::OK, &show(found)))
}
