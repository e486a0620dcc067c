//! Logging in and out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Body of `POST /users/tokens/issue`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct IssueToken {
    /// Username or e-mail address.
    pub username: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// What to call the session, so that it can be found again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A pair of tokens.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct Token {
    /// For requests; good for an hour.
    pub access_token: String,
    /// For one new pair; good for a day.
    pub refresh_token: String,
}

/// Body of `POST /users/tokens/revoke`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct RevokeToken {
    /// Id of a session, from `GET /users/tokens/refresh-tokens`.
    pub token_id: Option<String>,
}

/// The caller's sessions.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
pub struct RefreshTokens {
    /// One for each login that has not ended.
    #[serde(default)]
    pub refresh_tokens: Vec<RefreshToken>,
}

/// A session.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
pub struct RefreshToken {
    /// Its id.
    pub id: String,
    /// What it was called at login.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}
