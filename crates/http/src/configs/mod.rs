//! The operator's routes, one file per operation: parse, call, encode.

mod certs;
mod connections;
mod create;
mod domain;
mod list;
mod patch;
mod remove;
mod show;
mod state;
mod status;
mod update;
mod view;

use crate::app::App;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    let collection = routes!(create::create, list::list);
    let with_slash = collection.2.clone();
    OpenApiRouter::new()
        .routes(collection)
        .route("/{domain}/clients/configs/", with_slash)
        .routes(routes!(view::view, update::update, patch::patch, remove::remove))
        .routes(routes!(status::enable))
        .routes(routes!(status::disable))
        .routes(routes!(certs::certs))
        .routes(routes!(connections::connections))
        .routes(routes!(state::state))
        .merge(domain::routes())
}
