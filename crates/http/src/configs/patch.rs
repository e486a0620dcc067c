//! `PATCH /{domain}/clients/configs/{client}`.

use super::show::show;
use crate::app::App;
use crate::kit::caller::{Granted, Update};
use crate::kit::{Json, Problem, json_response};
use crate::openapi::{Missing, OperatorErrors, WriteErrors};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use onramp_api::{ConfigView, PatchConfig};
use std::sync::Arc;

/// Changes external key, name or content
///
/// What is absent stays as it is.
#[utoipa::path(
    patch, path = "/{domain}/clients/configs/{client}", tag = "configs", operation_id = "patchConfig",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the config and its client"),
    ),
    request_body = PatchConfig,
    responses(
        (status = 200, description = "The config now", body = ConfigView),
        (status = 409, description = "The name, or id and key together, are taken", body = onramp_api::ErrorBody),
        Missing, WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
pub(super) async fn patch(
    State(app): State<Arc<App>>,
    granted: Granted<Update>,
    Json(body): Json<PatchConfig>,
) -> Result<Response, Problem> {
    let changed = app.service.patch(&granted, body.external_key, body.name, body.content).await?;
    Ok(json_response(StatusCode::OK, &show(changed)))
}
