//! `/pats`.

use super::{Lifetime, session_only};
use crate::{
    PlatformApp,
    callers::{Authenticated, body, path_id},
    filters,
};
use axum::{
    extract::{FromRequestParts, Request, State},
    response::Response,
};
use http::{StatusCode, request::Parts};
use onramp_api::{
    Time,
    platform::{
        AddScopes, CreatePat, NewScope, PatPage, PatView, RemoveScopes, ResetPat, ScopePage, ScopeView,
        UpdatePatDescription, UpdatePatName,
    },
};
use onramp_core::model::{Caller, Pat, PatChange, PatFilter, PatStatus, Secret, Timestamp, TokenId};
use onramp_http::{
    kit::{Path, Problem, Query, empty_response, json_response},
    openapi::{Missing, OperatorErrors, WriteErrors},
    routes,
    routing::Routes,
};
use std::sync::Arc;

type App = State<Arc<PlatformApp>>;

pub(crate) fn routes<R: Routes<Arc<PlatformApp>>>(into: R) -> R {
    into.routes(routes!(create, list, remove_all))
        .routes(routes!(view, remove))
        .routes(routes!(update_name))
        .routes(routes!(update_description))
        .routes(routes!(reset))
        .routes(routes!(revoke))
        .routes(routes!(list_scopes, clear_scopes))
        .routes(routes!(add_scopes))
        .routes(routes!(remove_scopes))
}

/// A caller with a session: no personal access token gets past here.
struct InSession(Caller);

impl FromRequestParts<Arc<PlatformApp>> for InSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<PlatformApp>) -> Result<Self, Problem> {
        let Authenticated(caller) = Authenticated::from_request_parts(parts, app).await?;
        session_only(&caller)?;
        Ok(InSession(caller))
    }
}

/// Makes a personal access token
///
/// The answer is the only one that shows the token itself.
#[utoipa::path(
    post, path = "/pats", tag = "tokens", operation_id = "createPat", request_body = CreatePat,
    responses((status = 201, description = "The token", body = PatView), WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn create(
    State(app): App,
    InSession(caller): InSession,
    request: Request,
) -> Result<Response, Problem> {
    let body: CreatePat = body(request).await?;
    let lifetime = lifetime(body.duration.as_deref())?;
    let scopes = body.scopes.unwrap_or_default().into_iter().map(new_scope).collect();
    let (name, description) = (body.name.unwrap_or_default(), body.description.unwrap_or_default());
    let (pat, secret) = app.embedded.create_pat(&caller, name, description, lifetime, scopes).await?;
    Ok(json_response(StatusCode::CREATED, &show(&app, &pat, Some(&secret))))
}

/// Lists the caller's personal access tokens
#[utoipa::path(
    get, path = "/pats", tag = "tokens", operation_id = "listPats",
    params(
        ("offset" = Option<u64>, Query, description = "Rows to skip"),
        ("limit" = Option<u64>, Query, description = "Rows to return, at most 100"),
        ("id" = Option<String>, Query, description = "Exact id"),
        ("name" = Option<String>, Query, description = "Part of the name, in any case"),
        ("status" = Option<String>, Query, description = "`active`, `revoked`, `expired` or `all`"),
    ),
    responses((status = 200, description = "A page of tokens", body = PatPage), WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn list(State(app): App, InSession(caller): InSession, mut query: Query) -> Result<Response, Problem> {
    let page = query.page()?;
    let status = match query.text("status").as_deref() {
        None | Some("" | "active") => Some(PatStatus::Active),
        Some("revoked") => Some(PatStatus::Revoked),
        Some("expired") => Some(PatStatus::Expired),
        Some("all") => None,
        Some(_) => return Err(Problem::bad_request("invalid status")),
    };
    let filter =
        PatFilter { id: filters::text(&mut query, "id")?, name: filters::text(&mut query, "name")?, status };
    query.ignore(&filters::IGNORED);
    query.finish()?;
    let pats = app.embedded.list_pats(&caller, &filter, page).await?;
    let answer = PatPage {
        total: pats.total,
        offset: page.offset,
        limit: page.limit,
        pats: pats.items.iter().map(|pat| show(&app, pat, None)).collect(),
    };
    Ok(json_response(StatusCode::OK, &answer))
}

/// Shows a personal access token
#[utoipa::path(
    get, path = "/pats/{pat}", tag = "tokens", operation_id = "viewPat",
    params(("pat" = String, Path, description = "Id of the token")),
    responses((status = 200, description = "The token, without its secret", body = PatView), Missing,
        WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn view(
    State(app): App,
    InSession(caller): InSession,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let pat = app.embedded.view_pat(&caller, &path_id(&id)?).await?;
    Ok(json_response(StatusCode::OK, &show(&app, &pat, None)))
}

/// Removes a personal access token
#[utoipa::path(
    delete, path = "/pats/{pat}", tag = "tokens", operation_id = "removePat",
    params(("pat" = String, Path, description = "Id of the token")),
    responses((status = 204, description = "Removed; no body"), Missing, WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn remove(
    State(app): App,
    InSession(caller): InSession,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    app.embedded.remove_pats(&caller, Some(&path_id(&id)?)).await?;
    Ok(empty_response(StatusCode::NO_CONTENT))
}

/// Removes all of the caller's personal access tokens
#[utoipa::path(
    delete, path = "/pats", tag = "tokens", operation_id = "removePats",
    responses((status = 200, description = "Removed; no body"), WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn remove_all(State(app): App, InSession(caller): InSession) -> Result<Response, Problem> {
    app.embedded.remove_pats(&caller, None).await?;
    Ok(empty_response(StatusCode::OK))
}

/// Renames a personal access token
#[utoipa::path(
    patch, path = "/pats/{pat}/name", tag = "tokens", operation_id = "updatePatName",
    params(("pat" = String, Path, description = "Id of the token")), request_body = UpdatePatName,
    responses((status = 202, description = "The token now", body = PatView), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn update_name(
    State(app): App,
    InSession(caller): InSession,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let body: UpdatePatName = body(request).await?;
    let change = PatChange { name: Some(body.name.unwrap_or_default()), ..PatChange::default() };
    let pat = app.embedded.change_pat(&caller, &path_id(&id)?, &change).await?;
    Ok(json_response(StatusCode::ACCEPTED, &show(&app, &pat, None)))
}

/// Describes a personal access token
#[utoipa::path(
    patch, path = "/pats/{pat}/description", tag = "tokens", operation_id = "updatePatDescription",
    params(("pat" = String, Path, description = "Id of the token")), request_body = UpdatePatDescription,
    responses((status = 202, description = "The token now", body = PatView), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn update_description(
    State(app): App,
    InSession(caller): InSession,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let body: UpdatePatDescription = body(request).await?;
    let description = Some(body.description.unwrap_or_default());
    let change = PatChange { description, ..PatChange::default() };
    let pat = app.embedded.change_pat(&caller, &path_id(&id)?, &change).await?;
    Ok(json_response(StatusCode::ACCEPTED, &show(&app, &pat, None)))
}

/// Makes a personal access token anew
///
/// The old one ends, a revoked one lives again. The answer is the only one that shows the token itself.
#[utoipa::path(
    patch, path = "/pats/{pat}/secret/reset", tag = "tokens", operation_id = "resetPat",
    params(("pat" = String, Path, description = "Id of the token")), request_body = ResetPat,
    responses((status = 200, description = "The token", body = PatView), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn reset(
    State(app): App,
    InSession(caller): InSession,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let body: ResetPat = body(request).await?;
    let lifetime = lifetime(body.duration.as_deref())?;
    let (pat, secret) = app.embedded.reset_pat(&caller, &path_id(&id)?, lifetime).await?;
    Ok(json_response(StatusCode::OK, &show(&app, &pat, Some(&secret))))
}

/// Revokes a personal access token
///
/// It is accepted no more and stays in the list.
#[utoipa::path(
    patch, path = "/pats/{pat}/secret/revoke", tag = "tokens", operation_id = "revokePat",
    params(("pat" = String, Path, description = "Id of the token")),
    responses((status = 204, description = "Revoked; no body"), Missing, WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn revoke(
    State(app): App,
    InSession(caller): InSession,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    app.embedded.revoke_pat(&caller, &path_id(&id)?).await?;
    Ok(empty_response(StatusCode::NO_CONTENT))
}

/// Lists what a personal access token may do
#[utoipa::path(
    get, path = "/pats/{pat}/scope", tag = "tokens", operation_id = "listScopes",
    params(
        ("pat" = String, Path, description = "Id of the token"),
        ("offset" = Option<u64>, Query, description = "Rows to skip"),
        ("limit" = Option<u64>, Query, description = "Rows to return, at most 100"),
    ),
    responses((status = 200, description = "A page of scopes", body = ScopePage), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn list_scopes(
    State(app): App,
    InSession(caller): InSession,
    Path(id): Path<String>,
    mut query: Query,
) -> Result<Response, Problem> {
    let page = query.page()?;
    query.ignore(&filters::IGNORED);
    query.finish()?;
    let pat: TokenId = path_id(&id)?;
    let scopes = app.embedded.list_scopes(&caller, &pat, page).await?;
    let show = |scope: onramp_core::model::Scope| ScopeView {
        id: scope.id,
        pat_id: pat.to_string(),
        entity_type: scope.entity_type,
        domain_id: scope.domain_id,
        operation: scope.operation,
        entity_id: scope.entity_id,
    };
    let answer = ScopePage {
        total: scopes.total,
        offset: page.offset,
        limit: page.limit,
        scopes: scopes.items.into_iter().map(show).collect(),
    };
    Ok(json_response(StatusCode::OK, &answer))
}

/// Lets a personal access token do more
#[utoipa::path(
    patch, path = "/pats/{pat}/scope/add", tag = "tokens", operation_id = "addScopes",
    params(("pat" = String, Path, description = "Id of the token")), request_body = AddScopes,
    responses((status = 200, description = "Added; no body"),
        (status = 409, description = "The token has one of these scopes", body = onramp_api::ErrorBody),
        Missing, WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn add_scopes(
    State(app): App,
    InSession(caller): InSession,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let body: AddScopes = body(request).await?;
    let scopes = body.scopes.unwrap_or_default().into_iter().map(new_scope).collect();
    app.embedded.add_scopes(&caller, &path_id(&id)?, scopes).await?;
    Ok(empty_response(StatusCode::OK))
}

/// Lets a personal access token do less
#[utoipa::path(
    patch, path = "/pats/{pat}/scope/remove", tag = "tokens", operation_id = "removeScopes",
    params(("pat" = String, Path, description = "Id of the token")), request_body = RemoveScopes,
    responses((status = 200, description = "Removed; no body"), Missing, WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn remove_scopes(
    State(app): App,
    InSession(caller): InSession,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let body: RemoveScopes = body(request).await?;
    let scopes = body.scopes_id.unwrap_or_default();
    app.embedded.remove_scopes(&caller, &path_id(&id)?, Some(&scopes)).await?;
    Ok(empty_response(StatusCode::OK))
}

/// Lets a personal access token do nothing
#[utoipa::path(
    delete, path = "/pats/{pat}/scope", tag = "tokens", operation_id = "clearScopes",
    params(("pat" = String, Path, description = "Id of the token")),
    responses((status = 200, description = "Removed; no body"), Missing, WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn clear_scopes(
    State(app): App,
    InSession(caller): InSession,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    app.embedded.remove_scopes(&caller, &path_id(&id)?, None).await?;
    Ok(empty_response(StatusCode::OK))
}

fn lifetime(text: Option<&str>) -> Result<Lifetime, Problem> {
    text.and_then(Lifetime::parse)
        .ok_or_else(|| Problem::bad_json("duration: expected a duration above zero, such as 24h or 1h30m"))
}

fn new_scope(new: NewScope) -> super::NewScope {
    super::NewScope {
        domain_id: new.domain_id.unwrap_or_default(),
        entity_type: new.entity_type.unwrap_or_default(),
        entity_id: new.entity_id.unwrap_or_default(),
        operation: new.operation.unwrap_or_default(),
    }
}

fn show(app: &PlatformApp, pat: &Pat, secret: Option<&Secret>) -> PatView {
    let time = |at: Option<Timestamp>| at.map(|at| Time(at.0));
    PatView {
        id: pat.id.to_string(),
        user_id: pat.user.to_string(),
        name: pat.name.clone(),
        description: pat.description.clone(),
        secret: secret.map(|secret| secret.expose().to_owned()),
        issued_at: Time(pat.issued_at.0),
        expires_at: Time(pat.expires_at.0),
        updated_at: time(pat.updated_at),
        last_used_at: time(pat.last_used_at),
        revoked: pat.revoked_at.is_some(),
        revoked_at: time(pat.revoked_at),
        status: pat.status(app.embedded.clock.now()).as_str().to_owned(),
    }
}
