//! `POST /{domain}/clients/configs/{client}/enable` and `/disable`.

use super::show::show;
use crate::app::App;
use crate::kit::caller::{Granted, Update};
use crate::kit::{Problem, json_response};
use crate::openapi::{Missing, OperatorErrors};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use onramp_api::ConfigView;
use onramp_core::model::Status;
use std::sync::Arc;

/// Lets the device bootstrap
#[utoipa::path(
    post, path = "/{domain}/clients/configs/{client}/enable", tag = "configs", operation_id = "enableConfig",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the config and its client"),
    ),
    responses((status = 200, description = "The config now", body = ConfigView), Missing, OperatorErrors),
    security(("bearer" = [])),
)]
pub(super) async fn enable(
    State(app): State<Arc<App>>,
    granted: Granted<Update>,
) -> Result<Response, Problem> {
    set(&app, &granted, Status::Enabled).await
}

/// Refuses the device
///
/// From the next request on it is refused like a stranger.
#[utoipa::path(
    post, path = "/{domain}/clients/configs/{client}/disable", tag = "configs", operation_id = "disableConfig",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the config and its client"),
    ),
    responses((status = 200, description = "The config now", body = ConfigView), Missing, OperatorErrors),
    security(("bearer" = [])),
)]
pub(super) async fn disable(
    State(app): State<Arc<App>>,
    granted: Granted<Update>,
) -> Result<Response, Problem> {
    set(&app, &granted, Status::Disabled).await
}

async fn set(app: &App, granted: &Granted<Update>, status: Status) -> Result<Response, Problem> {
    let changed = app.service.set_status(granted, status).await?;
    Ok(json_response(StatusCode::OK, &show(changed)))
}
