//! `/domains/{domain}/roles`: the three fixed roles, and who has them.

use super::{
    FIXED_ROLES, actions,
    routes::{domain_id, plain_page},
    show,
};
use crate::{
    Failure, Level, PlatformApp,
    callers::{Authenticated, body, path_id},
};
use axum::{
    extract::{Request, State},
    response::Response,
    routing::{post, put},
};
use http::StatusCode;
use onramp_api::platform::{
    AvailableActions, DomainMemberPage, RoleActions, RoleMemberPage, RoleMembers, RolePage, RoleView,
};
use onramp_core::model::{Caller, DomainId, RoleId};
use onramp_http::{
    kit::{Path, Problem, Query, empty_response, json_response},
    openapi::{Missing, OperatorErrors, WriteErrors},
    routes,
    routing::Routes,
};
use std::sync::Arc;

type App = State<Arc<PlatformApp>>;
type DomainAndRole = Path<(String, String)>;

pub(crate) fn routes<R: Routes<Arc<PlatformApp>>>(into: R) -> R {
    into.routes(routes!(available_actions))
        .routes(routes!(list))
        .routes(routes!(members))
        .routes(routes!(view))
        .routes(routes!(list_actions))
        .routes(routes!(list_role_members, add_role_members))
        .routes(routes!(remove_role_members))
        .routes(routes!(remove_all_role_members))
        .undescribed("/domains/{domain}/roles", post(fixed))
        .undescribed("/domains/{domain}/roles/{role}", put(fixed).delete(fixed))
        .undescribed("/domains/{domain}/roles/{role}/actions", post(fixed))
        .undescribed("/domains/{domain}/roles/{role}/actions/delete", post(fixed))
        .undescribed("/domains/{domain}/roles/{role}/actions/delete-all", post(fixed))
}

/// Lists what roles of domains can allow
#[utoipa::path(
    get, path = "/domains/roles/available-actions", tag = "domains", operation_id = "listAvailableActions",
    responses((status = 200, description = "Names of actions", body = AvailableActions), OperatorErrors),
    security(("bearer" = [])),
)]
async fn available_actions(_caller: Authenticated) -> Response {
    json_response(StatusCode::OK, &AvailableActions { available_actions: actions::all() })
}

/// Lists the roles of a domain
#[utoipa::path(
    get, path = "/domains/{domain}/roles", tag = "domains", operation_id = "listRoles",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("offset" = Option<u64>, Query, description = "Rows to skip"),
        ("limit" = Option<u64>, Query, description = "Rows to return, 1 to 100"),
    ),
    responses((status = 200, description = "The roles, the mightiest first", body = RolePage), Missing,
        WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn list(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(domain): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let roles = app.embedded.list_roles(&caller, &domain_id(&caller, &domain)?).await?;
    let page = plain_page(query)?;
    let number = |wanted: u64| usize::try_from(wanted).unwrap_or(usize::MAX);
    let answer = RolePage {
        total: roles.len() as u64,
        offset: page.offset,
        limit: page.limit,
        roles: roles.iter().skip(number(page.offset)).take(number(page.limit)).map(show::role).collect(),
    };
    Ok(json_response(StatusCode::OK, &answer))
}

/// Shows a role of a domain
#[utoipa::path(
    get, path = "/domains/{domain}/roles/{role}", tag = "domains", operation_id = "viewRole",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("role" = String, Path, description = "Id of the role"),
    ),
    responses((status = 200, description = "The role", body = RoleView), Missing, OperatorErrors),
    security(("bearer" = [])),
)]
async fn view(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path((domain, role)): DomainAndRole,
) -> Result<Response, Problem> {
    let role = app.embedded.view_role(&caller, &domain_id(&caller, &domain)?, &role).await?;
    Ok(json_response(StatusCode::OK, &show::role(&role)))
}

/// Lists the members of a domain
#[utoipa::path(
    get, path = "/domains/{domain}/roles/members", tag = "domains", operation_id = "listMembers",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("offset" = Option<u64>, Query, description = "Rows to skip"),
        ("limit" = Option<u64>, Query, description = "Rows to return, 1 to 100"),
    ),
    responses((status = 200, description = "Members with their roles", body = DomainMemberPage), Missing,
        WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn members(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(domain): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let domain = domain_id(&caller, &domain)?;
    app.embedded.require_domain(&caller, &domain, "view_role_users", Level::View).await?;
    let page = plain_page(query)?;
    let members = app.embedded.list_members(&caller, &domain, page).await?;
    Ok(json_response(StatusCode::OK, &show::members(&members, page)))
}

/// Lists what a role allows
#[utoipa::path(
    get, path = "/domains/{domain}/roles/{role}/actions", tag = "domains", operation_id = "listRoleActions",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("role" = String, Path, description = "Id of the role"),
    ),
    responses((status = 200, description = "Names of actions", body = RoleActions), Missing, OperatorErrors),
    security(("bearer" = [])),
)]
async fn list_actions(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path((domain, role)): DomainAndRole,
) -> Result<Response, Problem> {
    let role = app.embedded.view_role(&caller, &domain_id(&caller, &domain)?, &role).await?;
    Ok(json_response(StatusCode::OK, &RoleActions { actions: actions::of(role.level) }))
}

/// Lists who has a role
#[utoipa::path(
    get, path = "/domains/{domain}/roles/{role}/members", tag = "domains",
    operation_id = "listRoleMembers",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("role" = String, Path, description = "Id of the role"),
        ("offset" = Option<u64>, Query, description = "Rows to skip"),
        ("limit" = Option<u64>, Query, description = "Rows to return, 1 to 100"),
    ),
    responses((status = 200, description = "Ids of users", body = RoleMemberPage), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn list_role_members(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path((domain, role)): DomainAndRole,
    query: Query,
) -> Result<Response, Problem> {
    let domain = domain_id(&caller, &domain)?;
    let role = app.embedded.view_role(&caller, &domain, &role).await?;
    let page = plain_page(query)?;
    let members = app.embedded.list_role_members(&caller, &domain, role.id.as_str(), page).await?;
    let answer = RoleMemberPage {
        total: members.total,
        offset: page.offset,
        limit: page.limit,
        members: members.items.iter().map(ToString::to_string).collect(),
    };
    Ok(json_response(StatusCode::OK, &answer))
}

/// Gives users a role
///
/// Administrators of the domain only. A user may have several roles, the mightiest counts.
#[utoipa::path(
    post, path = "/domains/{domain}/roles/{role}/members", tag = "domains",
    operation_id = "addRoleMembers",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("role" = String, Path, description = "Id of the role"),
    ),
    request_body = RoleMembers,
    responses((status = 200, description = "The users' ids", body = RoleMembers), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn add_role_members(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path((domain, role)): DomainAndRole,
    request: Request,
) -> Result<Response, Problem> {
    let (domain, role) = changeable(&app, &caller, &domain, &role, "add_role_users").await?;
    let body: RoleMembers = body(request).await?;
    let users = body.members.unwrap_or_default();
    let added = app.embedded.add_role_members(&caller, &domain, &role, &users).await?;
    let members = Some(added.iter().map(ToString::to_string).collect());
    Ok(json_response(StatusCode::OK, &RoleMembers { members }))
}

/// Takes a role from users
///
/// Administrators of the domain only. The last administrator keeps the role.
#[utoipa::path(
    post, path = "/domains/{domain}/roles/{role}/members/delete", tag = "domains",
    operation_id = "removeRoleMembers",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("role" = String, Path, description = "Id of the role"),
    ),
    request_body = RoleMembers,
    responses((status = 204, description = "Taken; no body"), Missing, WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn remove_role_members(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path((domain, role)): DomainAndRole,
    request: Request,
) -> Result<Response, Problem> {
    let (domain, role) = changeable(&app, &caller, &domain, &role, "remove_role_users").await?;
    let body: RoleMembers = body(request).await?;
    let users = body.members.unwrap_or_default();
    app.embedded.remove_role_members(&caller, &domain, &role, Some(&users)).await?;
    Ok(empty_response(StatusCode::NO_CONTENT))
}

/// Takes a role from everybody
///
/// Administrators of the domain only; the role of administrators is never left without members.
#[utoipa::path(
    post, path = "/domains/{domain}/roles/{role}/members/delete-all", tag = "domains",
    operation_id = "removeAllRoleMembers",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("role" = String, Path, description = "Id of the role"),
    ),
    responses((status = 204, description = "Taken; no body"), Missing, WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn remove_all_role_members(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path((domain, role)): DomainAndRole,
) -> Result<Response, Problem> {
    let (domain, role) = changeable(&app, &caller, &domain, &role, "remove_role_users").await?;
    app.embedded.remove_role_members(&caller, &domain, &role, None).await?;
    Ok(empty_response(StatusCode::NO_CONTENT))
}

/// What would change the roles themselves; not in the description of the API, because it never succeeds.
async fn fixed(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(path): Path<Vec<String>>,
) -> Problem {
    let refused = async {
        let domain = domain_id(&caller, path.first().map_or("", String::as_str))?;
        app.embedded.require_domain(&caller, &domain, "manage_role", Level::Administer).await
    };
    refused.await.err().unwrap_or_else(|| Failure::invalid(FIXED_ROLES)).into()
}

/// The role that the path names, if the caller may change who has it.
async fn changeable(
    app: &PlatformApp,
    caller: &Caller,
    domain: &str,
    role: &str,
    operation: &'static str,
) -> Result<(DomainId, RoleId), Failure> {
    let domain = domain_id(caller, domain)?;
    app.embedded.require_domain(caller, &domain, operation, Level::Administer).await?;
    Ok((domain, path_id(role)?))
}
