//! Channels (`contract/platform-http.md` section 7).

use super::clients::is_zero;
use crate::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Body of `POST /{domain}/channels`, and one element of `POST /{domain}/channels/bulk`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct CreateChannel {
    /// An id of your own, a lower-case UUID; absent or empty: a fresh one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Label. At most 1024 bytes, not unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Its address in messaging, unique in the domain: a letter, then letters, digits, `-`, `_`; at most 36.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// An object of your own; devices get it with the channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// `enabled`, also when absent, or `disabled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// Body of `PATCH /{domain}/channels/{channel}`: what is absent or empty stays.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct UpdateChannel {
    /// Label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// An object of your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
}

/// A channel of the platform, as its own routes show it.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct PlatformChannelView {
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
    /// Its address in messaging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// An object of your own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
    /// Who changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<String>,
    /// In a list of a client's channels: `Publish`, `Subscribe`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connection_types: Vec<String>,
    /// `enabled` or `disabled`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
}

/// A page of channels, and the answer to a creation in bulk.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct ChannelPage {
    /// Largest number of rows asked for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub limit: u64,
    /// Rows skipped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub offset: u64,
    /// Channels that match the filter.
    pub total: u64,
    /// The rows.
    #[serde(default)]
    pub channels: Vec<PlatformChannelView>,
}
