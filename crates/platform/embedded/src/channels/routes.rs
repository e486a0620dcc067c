//! `/{domain}/channels`: parse, call, encode.

use super::show::show;
use crate::{
    PlatformApp,
    gate::{Permitted, created, operations},
    listing,
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use onramp_api::{
    ErrorBody,
    platform::{ChannelPage, CreateChannel, PlatformChannelView, UpdateChannel, UpdateObjectTags},
};
use onramp_core::model;
use onramp_http::{
    kit::{Json, Problem, Query, empty_response, json_response},
    openapi::{Missing, OperatorErrors, WriteErrors},
    routes,
    routing::Routes,
};
use std::sync::Arc;

operations! {
    Create = Channels "create_channels" Operate;
    List = Channels "list_channels" View;
    View = Channels "view" View;
    Update = Channels "update" Operate;
    UpdateTags = Channels "update_tags" Operate;
    Enable = Channels "enable" Operate;
    Disable = Channels "disable" Operate;
    Delete = Channels "delete" Operate;
}

pub(crate) fn routes<R: Routes<Arc<PlatformApp>>>(into: R) -> R {
    into.routes(routes!(create, list))
        .routes(routes!(create_bulk))
        .routes(routes!(view, update, remove))
        .routes(routes!(update_tags))
        .routes(routes!(enable))
        .routes(routes!(disable))
}

/// Creates a channel
#[utoipa::path(
    post, path = "/{domain}/channels", tag = "channels", operation_id = "createChannel",
    params(("domain" = String, Path, description = "Id of the domain")),
    request_body = CreateChannel,
    responses(
        (status = 201, description = "Created", body = PlatformChannelView, headers(
            ("Location" = String, description = "`/channels/` and its id"))),
        (status = 409, description = "The id is taken", body = ErrorBody),
        WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn create(
    State(app): State<Arc<PlatformApp>>,
    permitted: Permitted<Create>,
    Json(body): Json<CreateChannel>,
) -> Result<Response, Problem> {
    let mut channels = app.embedded.create_channels(&permitted.domain, vec![body]).await?;
    let channel = channels.pop().ok_or_else(|| Problem::internal("a created channel is missing"))?;
    Ok(created(&format!("/channels/{}", channel.id), &show(channel)))
}

/// Creates channels, all or none
#[utoipa::path(
    post, path = "/{domain}/channels/bulk", tag = "channels", operation_id = "createChannels",
    params(("domain" = String, Path, description = "Id of the domain")),
    request_body = Vec<CreateChannel>,
    responses(
        (status = 200, description = "Created, in the same order", body = ChannelPage),
        (status = 409, description = "An id is taken", body = ErrorBody),
        WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn create_bulk(
    State(app): State<Arc<PlatformApp>>,
    permitted: Permitted<Create>,
    Json(body): Json<Vec<CreateChannel>>,
) -> Result<Response, Problem> {
    let channels = app.embedded.create_channels(&permitted.domain, body).await?;
    let channels: Vec<_> = channels.into_iter().map(show).collect();
    let answer = ChannelPage { limit: 0, offset: 0, total: channels.len() as u64, channels };
    Ok(json_response(StatusCode::OK, &answer))
}

/// Lists the channels of a domain
#[utoipa::path(
    get, path = "/{domain}/channels", tag = "channels", operation_id = "listChannels",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("offset" = Option<u64>, Query, description = "Rows to skip"),
        ("limit" = Option<u64>, Query, description = "Rows to return", minimum = 1, maximum = 100),
        ("order" = Option<String>, Query, description = "`updated_at`, `created_at` or `name`"),
        ("dir" = Option<String>, Query, description = "`desc` or `asc`"),
        ("status" = Option<String>, Query, description = "`enabled`, `disabled` or `all`; absent: `enabled`"),
        ("id" = Option<String>, Query, description = "Exactly this id"),
        ("name" = Option<String>, Query, description = "Part of the name, in any case"),
        ("tags" = Option<String>, Query, description = "`a,b`: any of them; `a+b`: all of them"),
        ("metadata" = Option<String>, Query, description = "A JSON object that the metadata must contain"),
        ("created_from" = Option<String>, Query, description = "Not older than this"),
        ("created_to" = Option<String>, Query, description = "Not younger than this"),
        ("client" = Option<String>, Query, description = "To which this client is connected"),
        ("connection_type" = Option<String>, Query, description = "And that for `publish` or `subscribe`"),
        ("only_total" = Option<bool>, Query, description = "Just the number"),
    ),
    responses(
        (status = 200, description = "A piece of the list", body = ChannelPage),
        (status = 400, description = "A parameter is unknown or wrong", body = ErrorBody),
        OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn list(
    State(app): State<Arc<PlatformApp>>,
    permitted: Permitted<List>,
    query: Query,
) -> Result<Response, Problem> {
    let query = listing::read(query, "client")?;
    let page = query.page;
    let found = app.embedded.channels(&permitted.domain, query).await?;
    let answer = ChannelPage {
        limit: page.limit,
        offset: page.offset,
        total: found.total,
        channels: found.items.into_iter().map(show).collect(),
    };
    Ok(json_response(StatusCode::OK, &answer))
}

/// Shows a channel
#[utoipa::path(
    get, path = "/{domain}/channels/{channel}", tag = "channels", operation_id = "viewChannel",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("channel" = String, Path, description = "Id of the channel"),
    ),
    responses(
        (status = 200, description = "The channel", body = PlatformChannelView),
        Missing, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn view(State(app): State<Arc<PlatformApp>>, permitted: Permitted<View>) -> Result<Response, Problem> {
    let channel = app.embedded.channel(&permitted.domain, &permitted.object()?).await?;
    Ok(json_response(StatusCode::OK, &show(channel)))
}

/// Changes a channel
///
/// What is absent or empty stays.
#[utoipa::path(
    patch, path = "/{domain}/channels/{channel}", tag = "channels", operation_id = "updateChannel",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("channel" = String, Path, description = "Id of the channel"),
    ),
    request_body = UpdateChannel,
    responses(
        (status = 200, description = "As it is now", body = PlatformChannelView),
        Missing, WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn update(
    State(app): State<Arc<PlatformApp>>,
    permitted: Permitted<Update>,
    Json(body): Json<UpdateChannel>,
) -> Result<Response, Problem> {
    let id = permitted.object()?;
    let channel = app.embedded.update_channel(&permitted.caller, &permitted.domain, &id, body).await?;
    app.apply_events().await?;
    Ok(json_response(StatusCode::OK, &show(channel)))
}

/// Replaces a channel's tags
#[utoipa::path(
    patch, path = "/{domain}/channels/{channel}/tags", tag = "channels", operation_id = "updateChannelTags",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("channel" = String, Path, description = "Id of the channel"),
    ),
    request_body = UpdateObjectTags,
    responses(
        (status = 200, description = "As it is now", body = PlatformChannelView),
        Missing, WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn update_tags(
    State(app): State<Arc<PlatformApp>>,
    permitted: Permitted<UpdateTags>,
    Json(body): Json<UpdateObjectTags>,
) -> Result<Response, Problem> {
    let id = permitted.object()?;
    let channel = app.embedded.set_channel_tags(&permitted.caller, &permitted.domain, &id, body.tags).await?;
    Ok(json_response(StatusCode::OK, &show(channel)))
}

/// Enables a channel
#[utoipa::path(
    post, path = "/{domain}/channels/{channel}/enable", tag = "channels", operation_id = "enableChannel",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("channel" = String, Path, description = "Id of the channel"),
    ),
    responses(
        (status = 200, description = "As it is now", body = PlatformChannelView),
        (status = 422, description = "It is enabled already", body = ErrorBody),
        Missing, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn enable(
    State(app): State<Arc<PlatformApp>>,
    permitted: Permitted<Enable>,
) -> Result<Response, Problem> {
    switch(&app, &permitted, model::Status::Enabled).await
}

/// Disables a channel
///
/// Nothing more can be connected to it.
#[utoipa::path(
    post, path = "/{domain}/channels/{channel}/disable", tag = "channels", operation_id = "disableChannel",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("channel" = String, Path, description = "Id of the channel"),
    ),
    responses(
        (status = 200, description = "As it is now", body = PlatformChannelView),
        (status = 422, description = "It is disabled already", body = ErrorBody),
        Missing, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn disable(
    State(app): State<Arc<PlatformApp>>,
    permitted: Permitted<Disable>,
) -> Result<Response, Problem> {
    switch(&app, &permitted, model::Status::Disabled).await
}

async fn switch<O>(
    app: &PlatformApp,
    permitted: &Permitted<O>,
    status: model::Status,
) -> Result<Response, Problem> {
    let id = permitted.object()?;
    let channel = app.embedded.set_channel_status(&permitted.caller, &permitted.domain, &id, status).await?;
    Ok(json_response(StatusCode::OK, &show(channel)))
}

/// Removes a channel
///
/// From the configs too.
#[utoipa::path(
    delete, path = "/{domain}/channels/{channel}", tag = "channels", operation_id = "removeChannel",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("channel" = String, Path, description = "Id of the channel"),
    ),
    responses((status = 204, description = "Removed"), Missing, OperatorErrors),
    security(("bearer" = [])),
)]
async fn remove(
    State(app): State<Arc<PlatformApp>>,
    permitted: Permitted<Delete>,
) -> Result<Response, Problem> {
    app.embedded.remove_channel(&permitted.domain, &permitted.object()?).await?;
    app.apply_events().await?;
    Ok(empty_response(StatusCode::NO_CONTENT))
}
