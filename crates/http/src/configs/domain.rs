//! Paths whose domain is empty, such as `//clients/configs`: what a script makes of an unset variable.

use crate::app::App;
use crate::kit::BearerToken;
use crate::kit::problem::{Problem, text};
use axum::extract::State;
use axum::routing::any;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

async fn missing(State(app): State<Arc<App>>, BearerToken(token): BearerToken) -> Problem {
    match app.service.platform.identify(&token).await {
        Ok(_) => Problem::bad_request(text::NO_DOMAIN),
        Err(error) => error.into(),
    }
}

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .route("//clients/configs", any(missing))
        .route("//clients/configs/", any(missing))
        .route("//clients/configs/{*rest}", any(missing))
        .route("//clients/state/{*rest}", any(missing))
}
