//! Personal access tokens.

use crate::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Body of `POST /pats`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct CreatePat {
    /// What to call it.
    pub name: Option<String>,
    /// A sentence about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How long it is good, as Go writes it: `24h`, `1h30m`.
    #[schema(example = "720h")]
    pub duration: Option<String>,
    /// What it may do; without scopes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<NewScope>>,
}

/// A personal access token.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct PatView {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// What it is called.
    pub name: String,
    /// A sentence about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The token itself; only in the answers that make it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// When the token was made.
    pub issued_at: Time,
    /// When it ends.
    pub expires_at: Time,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
    /// When it was last used, to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Time>,
    /// True when it was revoked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub revoked: bool,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Time>,
    /// `active`, `revoked` or `expired`.
    pub status: String,
}

/// A page of personal access tokens.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
pub struct PatPage {
    /// Tokens that match the filter.
    pub total: u64,
    /// Rows skipped.
    pub offset: u64,
    /// Largest number of rows asked for.
    pub limit: u64,
    /// The rows.
    #[serde(default)]
    pub pats: Vec<PatView>,
}

/// Body of `PATCH /pats/{pat}/name`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdatePatName {
    /// What to call it.
    pub name: Option<String>,
}

/// Body of `PATCH /pats/{pat}/description`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdatePatDescription {
    /// A sentence about it.
    pub description: Option<String>,
}

/// Body of `PATCH /pats/{pat}/secret/reset`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct ResetPat {
    /// How long the new token is good, as Go writes it: `24h`, `1h30m`.
    pub duration: Option<String>,
}

/// Something that a personal access token shall be allowed to do. `*` stands for any.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct NewScope {
    /// Id of a domain.
    pub domain_id: Option<String>,
    /// `clients`, `channels`, `domains` or `bootstrap`.
    pub entity_type: Option<String>,
    /// Id of one object.
    pub entity_id: Option<String>,
    /// Name of one operation.
    pub operation: Option<String>,
}

/// Body of `PATCH /pats/{pat}/scope/add`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct AddScopes {
    /// What else the token may do.
    pub scopes: Option<Vec<NewScope>>,
}

/// Body of `PATCH /pats/{pat}/scope/remove`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct RemoveScopes {
    /// Ids of scopes.
    pub scopes_id: Option<Vec<String>>,
}

/// Something that a personal access token may do.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct ScopeView {
    /// Its id.
    pub id: String,
    /// The token's id.
    pub pat_id: String,
    /// `clients`, `channels`, `domains`, `bootstrap` or `*`.
    pub entity_type: String,
    /// Id of a domain, or `*`.
    pub domain_id: String,
    /// Name of one operation, or `*`.
    pub operation: String,
    /// Id of one object, or `*`.
    pub entity_id: String,
}

/// A page of scopes.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
pub struct ScopePage {
    /// Scopes in all.
    pub total: u64,
    /// Rows skipped.
    pub offset: u64,
    /// Largest number of rows asked for.
    pub limit: u64,
    /// The rows.
    #[serde(default)]
    pub scopes: Vec<ScopeView>,
}
