//! `PUT /{domain}/clients/configs/{client}`.

use crate::app::App;
use crate::kit::caller::{Granted, Update};
use crate::kit::{Json, Problem, empty_response};
use crate::openapi::{Missing, OperatorErrors, WriteErrors};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use onramp_api::UpdateConfig;
use std::sync::Arc;

/// Replaces name and content
///
/// What is absent is cleared.
#[utoipa::path(
    put, path = "/{domain}/clients/configs/{client}", tag = "configs", operation_id = "updateConfig",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the config and its client"),
    ),
    request_body = UpdateConfig,
    responses(
        (status = 200, description = "Updated; no body"),
        (status = 409, description = "The name is taken", body = onramp_api::ErrorBody),
        Missing, WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    granted: Granted<Update>,
    Json(body): Json<UpdateConfig>,
) -> Result<Response, Problem> {
    let (name, content) = (body.name.unwrap_or_default(), body.content.unwrap_or_default());
    app.service.update(&granted, name, content).await?;
    Ok(empty_response(StatusCode::OK))
}
