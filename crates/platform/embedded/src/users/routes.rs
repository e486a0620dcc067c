//! `/users`.

use super::{NewUser, show};
use crate::{
    Entity, Failure, PlatformApp,
    authority::require_anywhere,
    callers::{Authenticated, body, path_id},
    fields, filters,
    gate::created,
};
use axum::{
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, StatusCode, header};
use onramp_api::platform::{
    CreateUser, UpdateUser, UpdateUserEmail, UpdateUserPicture, UpdateUserRole, UpdateUserSecret,
    UpdateUserTags, UpdateUsername, UserPage, UserView,
};
use onramp_core::model::{
    Caller, PageRequest, Secret, Status, User, UserChange, UserFilter, UserId, UserOrder,
};
use onramp_http::{
    kit::{BearerToken, Path, Problem, Query, empty_response, json_response, problem::text},
    openapi::{Missing, OperatorErrors, WriteErrors},
    routes,
    routing::Routes,
};
use std::sync::Arc;

type App = State<Arc<PlatformApp>>;

pub(crate) fn routes<R: Routes<Arc<PlatformApp>>>(into: R) -> R {
    into.routes(routes!(create, list))
        .routes(routes!(profile))
        .routes(routes!(search))
        .routes(routes!(update_secret))
        .routes(routes!(view, update, remove))
        .routes(routes!(update_tags))
        .routes(routes!(update_email))
        .routes(routes!(update_username))
        .routes(routes!(update_picture))
        .routes(routes!(update_role))
        .routes(routes!(enable))
        .routes(routes!(disable))
}

/// Creates a user
///
/// Platform administrators do; everybody, without a token, where self-registration is switched on.
#[utoipa::path(
    post, path = "/users", tag = "users", operation_id = "createUser", request_body = CreateUser,
    responses((status = 201, description = "Created", body = UserView, headers(
        ("Location" = String, description = "`/users/` and the id"))), WriteErrors, OperatorErrors),
    security((), ("bearer" = [])),
)]
async fn create(State(app): App, headers: HeaderMap, request: Request) -> Result<Response, Problem> {
    let caller = match headers.get(header::AUTHORIZATION) {
        Some(_) => Some(app.embedded.identify(&BearerToken::from_headers(&headers)?.0).await?),
        None if app.embedded.settings.self_registration => None,
        None => return Err(Problem::new(StatusCode::UNAUTHORIZED, text::NO_TOKEN)),
    };
    app.embedded.may_create_users(caller.as_ref())?;
    let body: CreateUser = body(request).await?;
    let credentials = body.credentials.unwrap_or_default();
    let new = NewUser {
        first_name: body.first_name.unwrap_or_default(),
        last_name: body.last_name.unwrap_or_default(),
        email: body.email.unwrap_or_default(),
        username: credentials.username.unwrap_or_default(),
        password: Secret::new(credentials.secret.unwrap_or_default()),
        tags: body.tags,
        metadata: body.metadata,
        private_metadata: body.private_metadata,
        profile_picture: body.profile_picture.unwrap_or_default(),
        role: body.role,
        status: body.status,
    };
    let user = app.embedded.create_user(caller.as_ref(), new).await?;
    Ok(created(&format!("/users/{}", user.id), &show::view(None, &user)))
}

/// Shows the caller
#[utoipa::path(
    get, path = "/users/profile", tag = "users", operation_id = "viewProfile",
    responses((status = 200, description = "The caller", body = UserView), OperatorErrors),
    security(("bearer" = [])),
)]
async fn profile(State(app): App, Authenticated(caller): Authenticated) -> Result<Response, Problem> {
    let user = app.embedded.view_user(&caller, &caller.user).await?;
    Ok(shown(&caller, &user))
}

/// Shows a user
///
/// Somebody else than the user and administrators sees id, names, metadata and username only.
#[utoipa::path(
    get, path = "/users/{user}", tag = "users", operation_id = "viewUser",
    params(("user" = String, Path, description = "Id of the user")),
    responses((status = 200, description = "The user", body = UserView), Missing, OperatorErrors),
    security(("bearer" = [])),
)]
async fn view(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let user = app.embedded.view_user(&caller, &path_id(&id)?).await?;
    Ok(shown(&caller, &user))
}

/// Lists users
///
/// Platform administrators only.
#[utoipa::path(
    get, path = "/users", tag = "users", operation_id = "listUsers",
    params(
        ("offset" = Option<u64>, Query, description = "Rows to skip"),
        ("limit" = Option<u64>, Query, description = "Rows to return, 1 to 100"),
        ("order" = Option<String>, Query,
            description = "`updated_at`, `created_at`, `first_name`, `last_name`, `username` or `email`"),
        ("dir" = Option<String>, Query, description = "`desc` or `asc`"),
        ("status" = Option<String>, Query, description = "`enabled`, `disabled` or `all`"),
        ("id" = Option<String>, Query, description = "Exact id"),
        ("username" = Option<String>, Query, description = "Part of the username, in any case"),
        ("email" = Option<String>, Query, description = "Part of the e-mail address"),
        ("first_name" = Option<String>, Query, description = "Part of the first name"),
        ("last_name" = Option<String>, Query, description = "Part of the last name"),
        ("tags" = Option<String>, Query, description = "`a,b` for any of them, `a+b` for all"),
        ("metadata" = Option<String>, Query, description = "JSON object that the metadata must contain"),
        ("created_from" = Option<String>, Query, description = "RFC 3339"),
        ("created_to" = Option<String>, Query, description = "RFC 3339"),
        ("only_total" = Option<bool>, Query, description = "Count only"),
    ),
    responses((status = 200, description = "A page of users", body = UserPage), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn list(
    State(app): App,
    Authenticated(caller): Authenticated,
    query: Query,
) -> Result<Response, Problem> {
    let (filter, page) = filter(query)?;
    let users = app.embedded.list_users(&caller, &filter, page).await?;
    Ok(json_response(StatusCode::OK, &show::page(&caller, &users, page)))
}

/// Searches users
///
/// By id or parts of their names; at least one of `username`, `id`, `first_name`, `last_name` is needed.
#[utoipa::path(
    get, path = "/users/search", tag = "users", operation_id = "searchUsers",
    params(
        ("offset" = Option<u64>, Query, description = "Rows to skip"),
        ("limit" = Option<u64>, Query, description = "Rows to return, 1 to 100"),
        ("id" = Option<String>, Query, description = "Exact id"),
        ("username" = Option<String>, Query, description = "Part of the username, at least 3 characters"),
        ("first_name" = Option<String>, Query, description = "Part of the first name"),
        ("last_name" = Option<String>, Query, description = "Part of the last name"),
    ),
    responses((status = 200, description = "A page of users", body = UserPage), WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn search(
    State(app): App,
    Authenticated(caller): Authenticated,
    query: Query,
) -> Result<Response, Problem> {
    let (given, page) = filter(query)?;
    // What strangers do not see of a user they cannot search by either.
    let filter = UserFilter {
        id: given.id,
        username: given.username,
        first_name: given.first_name,
        last_name: given.last_name,
        status: Some(Status::Enabled),
        order: given.order,
        direction: given.direction,
        ..UserFilter::default()
    };
    let users = app.embedded.search_users(&caller, &filter, page).await?;
    Ok(json_response(StatusCode::OK, &show::page(&caller, &users, page)))
}

/// Changes names and metadata
#[utoipa::path(
    patch, path = "/users/{user}", tag = "users", operation_id = "updateUser",
    params(("user" = String, Path, description = "Id of the user")), request_body = UpdateUser,
    responses((status = 200, description = "The user now", body = UserView), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn update(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let id = changeable(&app, &caller, &id, "update")?;
    let body: UpdateUser = body(request).await?;
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let change = UserChange {
        first_name: given(body.first_name),
        last_name: given(body.last_name),
        metadata: fields::whole_object("metadata", body.metadata)?,
        private_metadata: fields::whole_object("private_metadata", body.private_metadata)?,
        ..UserChange::default()
    };
    changed(&app, &caller, &id, &change).await
}

/// Replaces the labels
#[utoipa::path(
    patch, path = "/users/{user}/tags", tag = "users", operation_id = "updateUserTags",
    params(("user" = String, Path, description = "Id of the user")), request_body = UpdateUserTags,
    responses((status = 200, description = "The user now", body = UserView), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn update_tags(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let id = changeable(&app, &caller, &id, "update_tags")?;
    let body: UpdateUserTags = body(request).await?;
    let tags = fields::tags(body.tags)?;
    changed(&app, &caller, &id, &UserChange { tags: Some(tags), ..UserChange::default() }).await
}

/// Changes the e-mail address
#[utoipa::path(
    patch, path = "/users/{user}/email", tag = "users", operation_id = "updateUserEmail",
    params(("user" = String, Path, description = "Id of the user")), request_body = UpdateUserEmail,
    responses((status = 200, description = "The user now", body = UserView), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn update_email(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let id = changeable(&app, &caller, &id, "update_email")?;
    let body: UpdateUserEmail = body(request).await?;
    let email = Some(body.email.unwrap_or_default());
    changed(&app, &caller, &id, &UserChange { email, ..UserChange::default() }).await
}

/// Changes the username
#[utoipa::path(
    patch, path = "/users/{user}/username", tag = "users", operation_id = "updateUsername",
    params(("user" = String, Path, description = "Id of the user")), request_body = UpdateUsername,
    responses((status = 200, description = "The user now", body = UserView), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn update_username(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let id = changeable(&app, &caller, &id, "update_username")?;
    let body: UpdateUsername = body(request).await?;
    let username = Some(body.username.unwrap_or_default());
    changed(&app, &caller, &id, &UserChange { username, ..UserChange::default() }).await
}

/// Changes the picture
#[utoipa::path(
    patch, path = "/users/{user}/picture", tag = "users", operation_id = "updateUserPicture",
    params(("user" = String, Path, description = "Id of the user")), request_body = UpdateUserPicture,
    responses((status = 200, description = "The user now", body = UserView), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn update_picture(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let id = changeable(&app, &caller, &id, "update_profile_picture")?;
    let body: UpdateUserPicture = body(request).await?;
    let profile_picture = Some(body.profile_picture.unwrap_or_default());
    changed(&app, &caller, &id, &UserChange { profile_picture, ..UserChange::default() }).await
}

/// Makes a platform administrator, or an ordinary user again
///
/// Platform administrators only; the last of them stays one.
#[utoipa::path(
    patch, path = "/users/{user}/role", tag = "users", operation_id = "updateUserRole",
    params(("user" = String, Path, description = "Id of the user")), request_body = UpdateUserRole,
    responses((status = 200, description = "The user now", body = UserView), Missing, WriteErrors,
        OperatorErrors),
    security(("bearer" = [])),
)]
async fn update_role(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    if !caller.platform_admin {
        return Err(Failure::Forbidden.into());
    }
    let id = changeable(&app, &caller, &id, "update_role")?;
    let body: UpdateUserRole = body(request).await?;
    let user = app.embedded.set_user_role(&caller, &id, &body.role.unwrap_or_default()).await?;
    Ok(shown(&caller, &user))
}

/// Changes the caller's password
///
/// The caller's other sessions end.
#[utoipa::path(
    patch, path = "/users/secret", tag = "users", operation_id = "updateUserSecret",
    request_body = UpdateUserSecret,
    responses((status = 200, description = "The caller", body = UserView), WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn update_secret(
    State(app): App,
    Authenticated(caller): Authenticated,
    request: Request,
) -> Result<Response, Problem> {
    require_anywhere(&caller, Entity::Users, Some(caller.user.as_str()), "update_secret")?;
    let body: UpdateUserSecret = body(request).await?;
    let secret = |text: Option<String>| Secret::new(text.unwrap_or_default());
    let (old, new) = (secret(body.old_secret), secret(body.new_secret));
    let user = app.embedded.change_password(&caller, &old, &new).await?;
    Ok(shown(&caller, &user))
}

/// Lets a user in again
#[utoipa::path(
    post, path = "/users/{user}/enable", tag = "users", operation_id = "enableUser",
    params(("user" = String, Path, description = "Id of the user")),
    responses((status = 200, description = "The user now", body = UserView),
        (status = 422, description = "It is enabled already", body = onramp_api::ErrorBody),
        Missing, WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn enable(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = changeable(&app, &caller, &id, "enable")?;
    let user = app.embedded.set_user_status(&caller, &id, Status::Enabled).await?;
    Ok(shown(&caller, &user))
}

/// Lets a user in no more
///
/// Its sessions end at once. The last platform administrator cannot be disabled.
#[utoipa::path(
    post, path = "/users/{user}/disable", tag = "users", operation_id = "disableUser",
    params(("user" = String, Path, description = "Id of the user")),
    responses((status = 200, description = "The user now", body = UserView),
        (status = 422, description = "It is disabled already", body = onramp_api::ErrorBody),
        Missing, WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn disable(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = changeable(&app, &caller, &id, "disable")?;
    let user = app.embedded.set_user_status(&caller, &id, Status::Disabled).await?;
    Ok(shown(&caller, &user))
}

/// Removes a user
///
/// With its sessions, tokens and memberships. The last platform administrator cannot be removed.
#[utoipa::path(
    delete, path = "/users/{user}", tag = "users", operation_id = "removeUser",
    params(("user" = String, Path, description = "Id of the user")),
    responses((status = 204, description = "Removed; no body"), Missing, WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn remove(
    State(app): App,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = changeable(&app, &caller, &id, "delete")?;
    app.embedded.remove_user(&caller, &id).await?;
    Ok(empty_response(StatusCode::NO_CONTENT))
}

fn shown(caller: &Caller, user: &User) -> Response {
    json_response(StatusCode::OK, &show::view(Some(caller), user))
}

/// The user that the path names, if the caller may change it.
fn changeable(
    app: &PlatformApp,
    caller: &Caller,
    id: &str,
    operation: &'static str,
) -> Result<UserId, Failure> {
    let id = path_id(id)?;
    app.embedded.may_change_user(caller, &id, operation)?;
    Ok(id)
}

async fn changed(
    app: &PlatformApp,
    caller: &Caller,
    id: &UserId,
    change: &UserChange,
) -> Result<Response, Problem> {
    let user = app.embedded.change_user(caller, id, change).await?;
    Ok(shown(caller, &user))
}

fn filter(mut query: Query) -> Result<(UserFilter, PageRequest), Problem> {
    let mut page = query.page()?;
    if page.limit == 0 {
        return Err(Problem::bad_request(text::BAD_LIMIT));
    }
    if query.flag("only_total")? == Some(true) {
        page.limit = 0;
    }
    let order = match query.text("order").as_deref() {
        None | Some("" | "updated_at") => UserOrder::Updated,
        Some("created_at") => UserOrder::Created,
        Some("first_name") => UserOrder::FirstName,
        Some("last_name") => UserOrder::LastName,
        Some("username") => UserOrder::Username,
        Some("email") => UserOrder::Email,
        Some(_) => return Err(Problem::bad_request("invalid list order provided")),
    };
    let status = match query.text("status").as_deref() {
        None | Some("" | "enabled") => Some(Status::Enabled),
        Some("disabled") => Some(Status::Disabled),
        Some("all") => None,
        Some(_) => return Err(Problem::bad_request("invalid status")),
    };
    let filter = UserFilter {
        id: filters::text(&mut query, "id")?,
        username: filters::text(&mut query, "username")?,
        email: filters::text(&mut query, "email")?,
        first_name: filters::text(&mut query, "first_name")?,
        last_name: filters::text(&mut query, "last_name")?,
        status,
        tags: filters::tags(&mut query)?,
        metadata: filters::metadata(&mut query)?,
        created_from: filters::time(&mut query, "created_from")?,
        created_to: filters::time(&mut query, "created_to")?,
        order,
        direction: filters::direction(&mut query)?,
    };
    query.ignore(&filters::IGNORED);
    query.finish()?;
    Ok((filter, page))
}
