//! `/{domain}/channels/…connect`: parse, call, encode.

use super::{Ids, Wish, ids, pairs, types};
use crate::{PlatformApp, gate::Insider};
use axum::{
    extract::{FromRequestParts, State},
    response::Response,
};
use http::{StatusCode, request::Parts};
use onramp_api::{
    ErrorBody,
    platform::{Connect, ConnectClients},
};
use onramp_core::{
    model::{ChannelId, ConnectionTypes},
    port::directory::things::{Connected, Pairs},
};
use onramp_http::{
    kit::{Json, Problem, empty_response, problem::text},
    openapi::{Missing, OperatorErrors, WriteErrors},
    routes,
    routing::Routes,
};
use std::sync::Arc;

pub(crate) fn routes<R: Routes<Arc<PlatformApp>>>(into: R) -> R {
    into.routes(routes!(connect))
        .routes(routes!(disconnect))
        .routes(routes!(connect_clients))
        .routes(routes!(disconnect_clients))
}

/// A caller who may connect, as far as that can be said before the body is read.
struct Connecting(Insider);

impl FromRequestParts<Arc<PlatformApp>> for Connecting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<PlatformApp>) -> Result<Self, Problem> {
        let insider = Insider::from_request_parts(parts, app).await?;
        let wish = if parts.uri.path().ends_with("/disconnect") { Wish::Disconnect } else { Wish::Connect };
        app.embedded.may_connect(&insider.caller, &insider.domain, wish).await?;
        Ok(Connecting(insider))
    }
}

/// Connects clients to channels
///
/// Each client with each channel; what is connected already stays so.
#[utoipa::path(
    post, path = "/{domain}/channels/connect", tag = "channels", operation_id = "connect",
    params(("domain" = String, Path, description = "Id of the domain")),
    request_body = Connect,
    responses(
        (status = 201, description = "Connected; no body"),
        (status = 400, description = "Everything was connected already, or the request is wrong", body = ErrorBody),
        (status = 422, description = "A client or channel is disabled", body = ErrorBody),
        Missing, WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn connect(
    State(app): State<Arc<PlatformApp>>,
    Connecting(insider): Connecting,
    Json(body): Json<Connect>,
) -> Result<Response, Problem> {
    let types = known(types(body.types)?)?;
    let channels = ids(body.channel_ids, Ids::Any, "missing channel id")?;
    let clients = ids(body.client_ids, Ids::Any, "missing entity id")?;
    connected(&app, &insider, pairs(insider.domain.clone(), channels, clients, types)?).await
}

/// Disconnects clients from channels
///
/// Each client from each channel; what is not connected counts as done.
#[utoipa::path(
    post, path = "/{domain}/channels/disconnect", tag = "channels", operation_id = "disconnect",
    params(("domain" = String, Path, description = "Id of the domain")),
    request_body = Connect,
    responses(
        (status = 204, description = "Disconnected"),
        Missing, WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn disconnect(
    State(app): State<Arc<PlatformApp>>,
    Connecting(insider): Connecting,
    Json(body): Json<Connect>,
) -> Result<Response, Problem> {
    let types = known(types(body.types)?)?;
    let channels = ids(body.channel_ids, Ids::Uuids, "missing channel id")?;
    let clients = ids(body.client_ids, Ids::Uuids, "missing entity id")?;
    disconnected(&app, &insider, pairs(insider.domain.clone(), channels, clients, types)?).await
}

/// Connects clients to a channel
#[utoipa::path(
    post, path = "/{domain}/channels/{channel}/connect", tag = "channels", operation_id = "connectClients",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("channel" = String, Path, description = "Id of the channel"),
    ),
    request_body = ConnectClients,
    responses(
        (status = 201, description = "Connected; no body"),
        (status = 400, description = "Everything was connected already, or the request is wrong", body = ErrorBody),
        (status = 422, description = "A client or the channel is disabled", body = ErrorBody),
        Missing, WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn connect_clients(
    State(app): State<Arc<PlatformApp>>,
    Connecting(insider): Connecting,
    Json(body): Json<ConnectClients>,
) -> Result<Response, Problem> {
    let pairs = of_channel(&insider, body)?;
    connected(&app, &insider, pairs).await
}

/// Disconnects clients from a channel
#[utoipa::path(
    post, path = "/{domain}/channels/{channel}/disconnect", tag = "channels", operation_id = "disconnectClients",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("channel" = String, Path, description = "Id of the channel"),
    ),
    request_body = ConnectClients,
    responses(
        (status = 204, description = "Disconnected"),
        Missing, WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn disconnect_clients(
    State(app): State<Arc<PlatformApp>>,
    Connecting(insider): Connecting,
    Json(body): Json<ConnectClients>,
) -> Result<Response, Problem> {
    let pairs = of_channel(&insider, body)?;
    disconnected(&app, &insider, pairs).await
}

fn of_channel(insider: &Insider, body: ConnectClients) -> Result<Pairs, Problem> {
    let types = known(types(body.types)?)?;
    let clients = ids(body.client_ids, Ids::Uuids, "missing entity id")?;
    let channel: ChannelId = insider.object()?;
    Ok(pairs(insider.domain.clone(), vec![channel], clients, types)?)
}

fn known(types: Option<ConnectionTypes>) -> Result<ConnectionTypes, Problem> {
    types.ok_or_else(|| Problem::bad_json("types: expected publish or subscribe"))
}

async fn connected(app: &PlatformApp, insider: &Insider, pairs: Pairs) -> Result<Response, Problem> {
    match app.embedded.connect(&insider.caller, pairs).await? {
        Connected::Added => {
            app.apply_events().await?;
            Ok(empty_response(StatusCode::CREATED))
        }
        Connected::Already => Err(Problem::bad_request(text::CONFLICT)),
        Connected::Disabled => Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "failed to create entity")),
    }
}

async fn disconnected(app: &PlatformApp, insider: &Insider, pairs: Pairs) -> Result<Response, Problem> {
    app.embedded.disconnect(&insider.caller, pairs).await?;
    app.apply_events().await?;
    Ok(empty_response(StatusCode::NO_CONTENT))
}
