//! `/{domain}/clients`: parse, call, encode.

use super::show::{show, show_to_reader};
use crate::{
    PlatformApp,
    gate::{Permitted, created, operations},
    listing,
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use onramp_api::{
    ErrorBody,
    platform::{ClientPage, ClientView, CreateClient, UpdateClient, UpdateClientSecret, UpdateObjectTags},
};
use onramp_core::model::{self, ClientId};
use onramp_http::{
    kit::{Json, Problem, Query, empty_response, json_response},
    openapi::{Missing, OperatorErrors, WriteErrors},
    routes,
    routing::Routes,
};
use std::sync::Arc;

operations! {
    Create = Clients "create_clients" Operate;
    List = Clients "list_clients" View;
    View = Clients "view" View;
    Update = Clients "update" Operate;
    UpdateTags = Clients "update_tags" Operate;
    UpdateSecret = Clients "update_secret" Operate;
    Enable = Clients "enable" Operate;
    Disable = Clients "disable" Operate;
    Delete = Clients "delete" Operate;
}

pub(crate) fn routes<R: Routes<Arc<PlatformApp>>>(into: R) -> R {
    into.routes(routes!(create, list))
        .routes(routes!(create_bulk))
        .routes(routes!(view, update, remove))
        .routes(routes!(update_tags))
        .routes(routes!(update_secret))
        .routes(routes!(enable))
        .routes(routes!(disable))
}

/// Creates a client
#[utoipa::path(
    post, path = "/{domain}/clients", tag = "clients", operation_id = "createClient",
    params(("domain" = String, Path, description = "Id of the domain")),
    request_body = CreateClient,
    responses(
        (status = 201, description = "Created, with its secret", body = ClientView, headers(
            ("Location" = String, description = "`/clients/` and its id"))),
        (status = 409, description = "The id is taken", body = ErrorBody),
        WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn create(
    State(app): State<Arc<PlatformApp>>,
    permitted: Permitted<Create>,
    Json(body): Json<CreateClient>,
) -> Result<Response, Problem> {
    let mut clients = app.embedded.create_clients(&permitted.domain, vec![body]).await?;
    let client = clients.pop().ok_or_else(|| Problem::internal("a created client is missing"))?;
    Ok(created(&format!("/clients/{}", client.id), &show(client, true)))
}

/// Creates clients, all or none
#[utoipa::path(
    post, path = "/{domain}/clients/bulk", tag = "clients", operation_id = "createClients",
    params(("domain" = String, Path, description = "Id of the domain")),
    request_body = Vec<CreateClient>,
    responses(
        (status = 200, description = "Created, in the same order", body = ClientPage),
        (status = 409, description = "An id is taken", body = ErrorBody),
        WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn create_bulk(
    State(app): State<Arc<PlatformApp>>,
    permitted: Permitted<Create>,
    Json(body): Json<Vec<CreateClient>>,
) -> Result<Response, Problem> {
    let clients = app.embedded.create_clients(&permitted.domain, body).await?;
    let clients: Vec<_> = clients.into_iter().map(|client| show(client, true)).collect();
    let answer = ClientPage { limit: 0, offset: 0, total: clients.len() as u64, clients };
    Ok(json_response(StatusCode::OK, &answer))
}

/// Lists the clients of a domain
#[utoipa::path(
    get, path = "/{domain}/clients", tag = "clients", operation_id = "listClients",
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
        ("channel" = Option<String>, Query, description = "Connected to this channel"),
        ("connection_type" = Option<String>, Query, description = "And that for `publish` or `subscribe`"),
        ("only_total" = Option<bool>, Query, description = "Just the number"),
    ),
    responses(
        (status = 200, description = "Secrets and private metadata only for callers who may change clients", body = ClientPage),
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
    let query = listing::read(query, "channel")?;
    let page = query.page;
    let found = app.embedded.clients(&permitted.domain, query).await?;
    let secrets = app.embedded.sees_client_secrets(&permitted.caller, &permitted.domain, None).await?;
    let answer = ClientPage {
        limit: page.limit,
        offset: page.offset,
        total: found.total,
        clients: found.items.into_iter().map(|client| show_to_reader(client, secrets)).collect(),
    };
    Ok(json_response(StatusCode::OK, &answer))
}

/// Shows a client
#[utoipa::path(
    get, path = "/{domain}/clients/{client}", tag = "clients", operation_id = "viewClient",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the client"),
    ),
    responses(
        (status = 200, description = "With secret and private metadata for callers who may change it", body = ClientView),
        Missing, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn view(State(app): State<Arc<PlatformApp>>, permitted: Permitted<View>) -> Result<Response, Problem> {
    let id: ClientId = permitted.object()?;
    let client = app.embedded.client(&permitted.domain, &id).await?;
    let secrets = app.embedded.sees_client_secrets(&permitted.caller, &permitted.domain, Some(&id)).await?;
    Ok(json_response(StatusCode::OK, &show_to_reader(client, secrets)))
}

/// Changes a client
///
/// What is absent or empty stays.
#[utoipa::path(
    patch, path = "/{domain}/clients/{client}", tag = "clients", operation_id = "updateClient",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the client"),
    ),
    request_body = UpdateClient,
    responses(
        (status = 200, description = "As it is now, with its secret", body = ClientView),
        Missing, WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn update(
    State(app): State<Arc<PlatformApp>>,
    permitted: Permitted<Update>,
    Json(body): Json<UpdateClient>,
) -> Result<Response, Problem> {
    let id = permitted.object()?;
    let client = app.embedded.update_client(&permitted.caller, &permitted.domain, &id, body).await?;
    Ok(json_response(StatusCode::OK, &show(client, true)))
}

/// Replaces a client's tags
#[utoipa::path(
    patch, path = "/{domain}/clients/{client}/tags", tag = "clients", operation_id = "updateClientTags",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the client"),
    ),
    request_body = UpdateObjectTags,
    responses(
        (status = 200, description = "As it is now, without its secret", body = ClientView),
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
    let client = app.embedded.set_client_tags(&permitted.caller, &permitted.domain, &id, body.tags).await?;
    Ok(json_response(StatusCode::OK, &show(client, false)))
}

/// Replaces a client's secret
///
/// Its config delivers the new one from the moment of the answer.
#[utoipa::path(
    patch, path = "/{domain}/clients/{client}/secret", tag = "clients", operation_id = "updateClientSecret",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the client"),
    ),
    request_body = UpdateClientSecret,
    responses(
        (status = 200, description = "As it is now, without its secret", body = ClientView),
        Missing, WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
async fn update_secret(
    State(app): State<Arc<PlatformApp>>,
    permitted: Permitted<UpdateSecret>,
    Json(body): Json<UpdateClientSecret>,
) -> Result<Response, Problem> {
    let id = permitted.object()?;
    let client =
        app.embedded.set_client_secret(&permitted.caller, &permitted.domain, &id, body.secret).await?;
    app.apply_events().await?;
    Ok(json_response(StatusCode::OK, &show(client, false)))
}

/// Enables a client
#[utoipa::path(
    post, path = "/{domain}/clients/{client}/enable", tag = "clients", operation_id = "enableClient",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the client"),
    ),
    responses(
        (status = 200, description = "As it is now, without its secret", body = ClientView),
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

/// Disables a client
///
/// Its device is refused from the moment of the answer.
#[utoipa::path(
    post, path = "/{domain}/clients/{client}/disable", tag = "clients", operation_id = "disableClient",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the client"),
    ),
    responses(
        (status = 200, description = "As it is now, without its secret", body = ClientView),
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
    let client = app.embedded.set_client_status(&permitted.caller, &permitted.domain, &id, status).await?;
    app.apply_events().await?;
    Ok(json_response(StatusCode::OK, &show(client, false)))
}

/// Removes a client
///
/// Its connections and its config too.
#[utoipa::path(
    delete, path = "/{domain}/clients/{client}", tag = "clients", operation_id = "removeClient",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the client"),
    ),
    responses((status = 204, description = "Removed"), Missing, OperatorErrors),
    security(("bearer" = [])),
)]
async fn remove(
    State(app): State<Arc<PlatformApp>>,
    permitted: Permitted<Delete>,
) -> Result<Response, Problem> {
    app.embedded.remove_client(&permitted.domain, &permitted.object()?).await?;
    app.apply_events().await?;
    Ok(empty_response(StatusCode::NO_CONTENT))
}
