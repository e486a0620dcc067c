//! `/domains`.

use super::{NewDomain, show};
use crate::{
    Failure, Level, PlatformApp,
    callers::{Authenticated, body},
    fields, filters,
};
use axum::{
    extract::{Request, State},
    response::Response,
};
use http::StatusCode;
use onramp_api::platform::{CreateDomain, DomainPage, DomainView, UpdateDomain};
use onramp_core::model::{
    Caller, DomainChange, DomainFilter, DomainId, DomainOrder, DomainStatus, PageRequest,
};
use onramp_http::{
    kit::{Path, Problem, Query, empty_response, json_response, problem::text},
    openapi::{Missing, OperatorErrors, WriteErrors},
    routes,
    routing::Routes,
};
use std::sync::Arc;

type App = State<Arc<PlatformApp>>;

pub(crate) fn routes<R: Routes<Arc<PlatformApp>>>(into: R) -> R {
    into.routes(routes!(create, list))
        .routes(routes!(view, update))
        .routes(routes!(enable))
        .routes(routes!(disable))
        .routes(routes!(freeze))
}

/// The domain that the path names. What cannot be an id behaves like a domain that does not exist.
pub(super) fn domain_id(caller: &Caller, text: &str) -> Result<DomainId, Failure> {
    text.parse().map_err(|_| if caller.platform_admin { Failure::NotFound } else { Failure::Forbidden })
}

/// Creates a domain
///
/// With the roles administrator, operator and viewer; the caller becomes its administrator.
#[utoipa::path(
    post, path = "/domains", tag = "domains", operation_id = "createDomain", request_body = CreateDomain,
    responses((status = 201, description = "Created", body = DomainView), WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn create(
    State(app): App,
    Authenticated(caller): Authenticated,
    request: Request,
) -> Result<Response, Problem> {
    app.embedded.may_create_domains(&caller)?;
    let body: CreateDomain = body(request).await?;
    let new = NewDomain {
        id: body.id,
        name: body.name.unwrap_or_default(),
        route: body.route.unwrap_or_default(),
        tags: body.tags,
        metadata: body.metadata,
    };
    let domain = app.embedded.create_domain(&caller, new).await?;
    Ok(json_response(StatusCode::CREATED, &show::domain(&domain)))
}

/// Lists domains
///
/// Those that the caller is a member of, with its role; all of them to platform administrators.
#[utoipa::path(
    get, path = "/domains", tag = "domains", operation_id = "listDomains",
    params(
        ("offset" = Option<u64>, Query, description = "Rows to skip"),
        ("limit" = Option<u64>, Query, description = "Rows to return, at most 100"),
        ("order" = Option<String>, Query, description = "`updated_at`, `created_at` or `name`"),
        ("dir" = Option<String>, Query, description = "`desc` or `asc`"),
        ("status" = Option<String>, Query, description = "`enabled`, `disabled`, `freezed` or `all`"),
        ("id" = Option<String>, Query, description = "Exact id"),
        ("name" = Option<String>, Query, description = "Part of the name, in any case"),
        ("route" = Option<String>, Query, description = "Exact route"),
        ("tags" = Option<String>, Query, description = "`a,b` for any of them, `a+b` for all"),
        ("metadata" = Option<String>, Query, description = "JSON object that the metadata must contain"),
        ("role_id" = Option<String>, Query, description = "The caller's role, by id"),
        ("role_name" = Option<String>, Query, description = "The caller's role, by name"),
        ("created_from" = Option<String>, Query, description = "RFC 3339"),
        ("created_to" = Option<String>, Query, description = "RFC 3339"),
        ("only_total" = Option<bool>, Query, description = "Count only"),
    ),
    responses((status = 200, description = "A page of domains", body = DomainPage), WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn list(
    State(app): App,
    Authenticated(caller): Authenticated,
    query: Query,
) -> Result<Response, Problem> {
    let (filter, page) = filter(query)?;
    let domains = app.embedded.list_domains(&caller, filter, page).await?;
    Ok(json_response(StatusCode::OK, &show::page(&domains, page)))
}

/// Shows a domain
#[utoipa::path(
    get, path = "/domains/{domain}", tag = "domains", operation_id = "viewDomain",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("roles" = Option<bool>, Query, description = "With the caller's roles"),
    ),
    responses((status = 200, description = "The domain", body = DomainView), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn view(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    mut query: Query,
) -> Result<Response, Problem> {
    let id = domain_id(&caller, &id)?;
    app.embedded.require_domain(&caller, &id, "read", Level::View).await?;
    let with_roles = query.flag("roles")?.unwrap_or_default();
    query.ignore(&filters::IGNORED);
    query.finish()?;
    let mut shown = show::domain(&app.embedded.read_domain(&id).await?);
    if with_roles {
        let roles = app.embedded.directory.roles_of(&caller.user, &id).await?;
        shown.roles = Some(roles.iter().map(show::member_role).collect());
    }
    Ok(json_response(StatusCode::OK, &shown))
}

/// Changes a domain
///
/// Name, labels and metadata; the route stays. Administrators of the domain only.
#[utoipa::path(
    patch, path = "/domains/{domain}", tag = "domains", operation_id = "updateDomain",
    params(("domain" = String, Path, description = "Id of the domain")), request_body = UpdateDomain,
    responses((status = 200, description = "The domain now", body = DomainView), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn update(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let id = domain_id(&caller, &id)?;
    app.embedded.require_domain(&caller, &id, "update", Level::Administer).await?;
    let body: UpdateDomain = body(request).await?;
    let change = DomainChange {
        name: body.name.filter(|name| !name.is_empty()),
        tags: body.tags.map(|tags| fields::tags(Some(tags))).transpose()?,
        metadata: fields::whole_object("metadata", body.metadata)?,
    };
    let domain = app.embedded.change_domain(&caller, &id, &change).await?;
    Ok(json_response(StatusCode::OK, &show::domain(&domain)))
}

/// Enables a domain
///
/// Its members get in again, its devices are served. A frozen one is enabled by platform administrators.
#[utoipa::path(
    post, path = "/domains/{domain}/enable", tag = "domains", operation_id = "enableDomain",
    params(("domain" = String, Path, description = "Id of the domain")),
    responses((status = 200, description = "Enabled; no body"), Missing, OperatorErrors),
    security(("bearer" = [])),
)]
async fn enable(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    set_status(&app, &caller, &id, DomainStatus::Enabled).await
}

/// Disables a domain
///
/// Its devices are refused; of its members only administrators get in.
#[utoipa::path(
    post, path = "/domains/{domain}/disable", tag = "domains", operation_id = "disableDomain",
    params(("domain" = String, Path, description = "Id of the domain")),
    responses((status = 200, description = "Disabled; no body"), Missing, OperatorErrors),
    security(("bearer" = [])),
)]
async fn disable(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    set_status(&app, &caller, &id, DomainStatus::Disabled).await
}

/// Freezes a domain
///
/// Platform administrators only, and nobody else gets in afterwards.
#[utoipa::path(
    post, path = "/domains/{domain}/freeze", tag = "domains", operation_id = "freezeDomain",
    params(("domain" = String, Path, description = "Id of the domain")),
    responses((status = 200, description = "Frozen; no body"), Missing, OperatorErrors),
    security(("bearer" = [])),
)]
async fn freeze(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    set_status(&app, &caller, &id, DomainStatus::Frozen).await
}

async fn set_status(
    app: &PlatformApp,
    caller: &Caller,
    id: &str,
    status: DomainStatus,
) -> Result<Response, Problem> {
    let id = domain_id(caller, id)?;
    app.embedded.set_domain_status(caller, &id, status).await?;
    app.apply_events().await?;
    Ok(empty_response(StatusCode::OK))
}

fn filter(mut query: Query) -> Result<(DomainFilter, PageRequest), Problem> {
    let mut page = query.page()?;
    if query.flag("only_total")? == Some(true) {
        page.limit = 0;
    }
    let order = match query.text("order").as_deref() {
        None | Some("" | "updated_at") => DomainOrder::Updated,
        Some("created_at") => DomainOrder::Created,
        Some("name") => DomainOrder::Name,
        Some(_) => return Err(Problem::bad_request("invalid list order provided")),
    };
    let status = match query.text("status").as_deref() {
        None | Some("" | "enabled") => Some(DomainStatus::Enabled),
        Some("disabled") => Some(DomainStatus::Disabled),
        Some("freezed") => Some(DomainStatus::Frozen),
        Some("all") => None,
        Some(_) => return Err(Problem::bad_request("invalid status")),
    };
    let filter = DomainFilter {
        among: None,
        id: filters::text(&mut query, "id")?,
        name: filters::text(&mut query, "name")?,
        route: filters::text(&mut query, "route")?,
        status,
        tags: filters::tags(&mut query)?,
        metadata: filters::metadata(&mut query)?,
        created_from: filters::time(&mut query, "created_from")?,
        created_to: filters::time(&mut query, "created_to")?,
        role_id: filters::text(&mut query, "role_id")?,
        role_name: filters::text(&mut query, "role_name")?,
        order,
        direction: filters::direction(&mut query)?,
    };
    query.ignore(&filters::IGNORED);
    query.finish()?;
    Ok((filter, page))
}

/// The page of a list of roles or members.
pub(super) fn plain_page(mut query: Query) -> Result<PageRequest, Problem> {
    let page = query.page()?;
    if page.limit == 0 {
        return Err(Problem::bad_request(text::BAD_LIMIT));
    }
    query.ignore(&filters::IGNORED);
    query.finish()?;
    Ok(page)
}
