//! `PUT /{domain}/clients/state/{client}`.

use crate::app::App;
use crate::kit::caller::{Granted, Update};
use crate::kit::{Json, Problem, empty_response};
use crate::openapi::{Missing, OperatorErrors, WriteErrors};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use onramp_api::ChangeState;
use std::sync::Arc;

/// Connects or disconnects the client
///
/// 1 connects it to all channels of its config, 0 disconnects it; absent means 0. When that could not be done
/// fully the answer is 503, the wish is kept, and it is carried out later.
#[utoipa::path(
    put, path = "/{domain}/clients/state/{client}", tag = "configs", operation_id = "changeConfigState",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the config and its client"),
    ),
    request_body = ChangeState,
    responses((status = 200, description = "Done; no body"), Missing, WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
pub(super) async fn state(
    State(app): State<Arc<App>>,
    granted: Granted<Update>,
    Json(body): Json<ChangeState>,
) -> Result<Response, Problem> {
    app.service.set_state(&granted, body.state.unwrap_or_default()).await?;
    Ok(empty_response(StatusCode::OK))
}
