//! Paths whose domain is empty, such as `//clients/configs`: what a script makes of an unset variable.

use crate::app::App;
use crate::kit::BearerToken;
use crate::kit::problem::{Problem, text};
use crate::routing::Routes;
use axum::extract::State;
use axum::routing::any;
use std::sync::Arc;

async fn missing(State(app): State<Arc<App>>, BearerToken(token): BearerToken) -> Problem {
    match app.service.platform.identify(&token).await {
        Ok(_) => Problem::bad_request(text::NO_DOMAIN),
        Err(error) => error.into(),
    }
}

pub(super) fn routes<R: Routes<Arc<App>>>(into: R) -> R {
    into.undescribed("//clients/configs", any(missing))
        .undescribed("//clients/configs/", any(missing))
        .undescribed("//clients/configs/{*rest}", any(missing))
        .undescribed("//clients/state/{*rest}", any(missing))
}
