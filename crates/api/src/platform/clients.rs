//! Clients (`contract/platform-http.md` section 6).

use crate::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Body of `POST /{domain}/clients`, and one element of `POST /{domain}/clients/bulk`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct CreateClient {
    /// An id of your own, a lower-case UUID; absent or empty: a fresh one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Label. At most 1024 bytes, not unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// What it proves itself with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<ClientCredentials>,
    /// An object of your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// Another object of your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub private_metadata: Option<Map<String, Value>>,
    /// `enabled`, also when absent, or `disabled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// What a client proves itself with on the platform.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct ClientCredentials {
    /// What it calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Its secret, unique in the domain. At most 4096 bytes; absent or empty in a request: a fresh one. In
    /// answers only for callers who may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// Body of `PATCH /{domain}/clients/{client}`: what is absent or empty stays.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateClient {
    /// Label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// An object of your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// Another object of your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub private_metadata: Option<Map<String, Value>>,
}

/// Body of `PATCH …/tags`: the whole list; absent or empty clears.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateObjectTags {
    /// Words to find it by.
    pub tags: Option<Vec<String>>,
}

/// Body of `PATCH /{domain}/clients/{client}/secret`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateClientSecret {
    /// The new secret, unique in the domain. At most 4096 bytes.
    pub secret: Option<String>,
}

/// A client, as answers show it.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct ClientView {
    /// Its id.
    pub id: String,
    /// Label.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Its domain.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub domain_id: String,
    /// What it proves itself with.
    #[serde(default)]
    pub credentials: ClientCredentials,
    /// An object of your own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// Another object of your own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<Value>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
    /// Who changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<String>,
    /// In a list of a channel's clients: `Publish`, `Subscribe`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connection_types: Vec<String>,
    /// `enabled` or `disabled`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
}

/// A page of clients, and the answer to a creation in bulk.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct ClientPage {
    /// Largest number of rows asked for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub limit: u64,
    /// Rows skipped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub offset: u64,
    /// Clients that match the filter.
    pub total: u64,
    /// The rows.
    #[serde(default)]
    pub clients: Vec<ClientView>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn is_zero(number: &u64) -> bool {
    *number == 0
}
