//! `DELETE /{domain}/clients/configs/{client}`.

use crate::app::App;
use crate::kit::caller::{Granted, Remove};
use crate::kit::{Problem, empty_response};
use crate::openapi::{Missing, OperatorErrors};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use std::sync::Arc;

/// Removes a config
///
/// Its device is refused from then on. The client is disconnected from the config's channels, and stays.
#[utoipa::path(
    delete, path = "/{domain}/clients/configs/{client}", tag = "configs", operation_id = "removeConfig",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the config and its client"),
    ),
    responses((status = 204, description = "Removed"), Missing, OperatorErrors),
    security(("bearer" = [])),
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    granted: Granted<Remove>,
) -> Result<Response, Problem> {
    app.service.remove(&granted).await?;
    Ok(empty_response(StatusCode::NO_CONTENT))
}
