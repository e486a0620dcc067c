//! `PUT /{domain}/clients/configs/connections/{client}`.

use crate::app::App;
use crate::kit::caller::{Granted, Update};
use crate::kit::{Json, Problem, empty_response};
use crate::openapi::{Missing, OperatorErrors, WriteErrors};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use onramp_api::{ChannelRef, UpdateConnections};
use std::sync::Arc;

/// Replaces the list of channels
///
/// An active config is connected to and disconnected from the difference only. An empty list clears.
#[utoipa::path(
    put, path = "/{domain}/clients/configs/connections/{client}", tag = "configs",
    operation_id = "updateConfigConnections",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the config and its client"),
    ),
    request_body = UpdateConnections,
    responses((status = 200, description = "Replaced; no body"), Missing, WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
pub(super) async fn connections(
    State(app): State<Arc<App>>,
    granted: Granted<Update>,
    Json(body): Json<UpdateConnections>,
) -> Result<Response, Problem> {
    let channels = body.channels.unwrap_or_default().into_iter().map(ChannelRef::into_id).collect();
    app.service.set_channels(&granted, channels).await?;
    Ok(empty_response(StatusCode::OK))
}
