//! `/users/tokens`.

use crate::{
    PlatformApp,
    callers::{Authenticated, body},
};
use axum::{
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, StatusCode, header};
use onramp_api::platform::{IssueToken, RefreshToken, RefreshTokens, RevokeToken, Token};
use onramp_core::model::{Secret, TokenPair};
use onramp_http::{
    kit::{BearerToken, Json, Problem, empty_response, json_response, problem::text},
    openapi::{Missing, OperatorErrors, WriteErrors},
    routes,
    routing::Routes,
};
use std::sync::Arc;

type App = State<Arc<PlatformApp>>;

pub(crate) fn routes<R: Routes<Arc<PlatformApp>>>(into: R) -> R {
    into.routes(routes!(issue))
        .routes(routes!(refresh))
        .routes(routes!(revoke))
        .routes(routes!(refresh_tokens))
}

/// Logs in
#[utoipa::path(
    post, path = "/users/tokens/issue", tag = "users", operation_id = "issueToken", request_body = IssueToken,
    responses(
        (status = 201, description = "A pair of tokens", body = Token),
        (status = 401, description = "Unknown user or wrong password", body = onramp_api::ErrorBody),
        (status = 429, description = "Too many logins at once; `Retry-After` says when",
            body = onramp_api::ErrorBody),
        WriteErrors,
    ),
    security(()),
)]
async fn issue(State(app): App, Json(body): Json<IssueToken>) -> Result<Response, Problem> {
    let password = Secret::new(body.password.unwrap_or_default());
    let login = body.username.unwrap_or_default();
    let pair = app.embedded.log_in(&login, &password, body.description.unwrap_or_default()).await?;
    Ok(issued(&pair))
}

/// Exchanges a refresh token for a new pair
///
/// The refresh token is sent as bearer token and good once: used again, it ends its session. Access tokens
/// that were issued before stay good until they expire.
#[utoipa::path(
    post, path = "/users/tokens/refresh", tag = "users", operation_id = "refreshToken",
    responses((status = 201, description = "A pair of tokens", body = Token), WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn refresh(
    State(app): App,
    BearerToken(token): BearerToken,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(|value| value.contains("application/json")) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text::BAD_CONTENT_TYPE));
    }
    Ok(issued(&app.embedded.refresh(&token).await?))
}

/// Ends a session
///
/// With all its tokens, at once.
#[utoipa::path(
    post, path = "/users/tokens/revoke", tag = "users", operation_id = "revokeToken",
    request_body = RevokeToken,
    responses((status = 204, description = "Ended; no body"), Missing, WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
async fn revoke(
    State(app): App,
    Authenticated(caller): Authenticated,
    request: Request,
) -> Result<Response, Problem> {
    let body: RevokeToken = body(request).await?;
    app.embedded.revoke(&caller, &body.token_id.unwrap_or_default()).await?;
    Ok(empty_response(StatusCode::NO_CONTENT))
}

/// Lists the caller's sessions
#[utoipa::path(
    get, path = "/users/tokens/refresh-tokens", tag = "users", operation_id = "listRefreshTokens",
    responses((status = 200, description = "Sessions, oldest first", body = RefreshTokens), OperatorErrors),
    security(("bearer" = [])),
)]
async fn refresh_tokens(State(app): App, Authenticated(caller): Authenticated) -> Result<Response, Problem> {
    let sessions = app.embedded.list_sessions(&caller).await?;
    let show = |session: onramp_core::model::Session| RefreshToken {
        id: session.id.to_string(),
        description: session.description,
    };
    let refresh_tokens = sessions.into_iter().map(show).collect();
    Ok(json_response(StatusCode::OK, &RefreshTokens { refresh_tokens }))
}

fn issued(pair: &TokenPair) -> Response {
    let token = Token {
        access_token: pair.access.expose().to_owned(),
        refresh_token: pair.refresh.expose().to_owned(),
    };
    json_response(StatusCode::CREATED, &token)
}
