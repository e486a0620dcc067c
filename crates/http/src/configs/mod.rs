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
use crate::routes;
use crate::routing::Routes;
use std::sync::Arc;

pub(crate) fn routes<R: Routes<Arc<App>>>(into: R) -> R {
    into.routes(routes!(create::create, list::list).and_at("/{domain}/clients/configs/"))
        .routes(routes!(view::view, update::update, patch::patch, remove::remove))
        .routes(routes!(status::enable))
        .routes(routes!(status::disable))
        .routes(routes!(certs::certs))
        .routes(routes!(connections::connections))
        .routes(routes!(state::state))
        .with(domain::routes)
}
