//! Connections of clients and channels (`contract/platform-http.md` section 7).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Body of `POST /{domain}/channels/connect` and `…/disconnect`: each client with each channel.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct Connect {
    /// Channels.
    pub channel_ids: Option<Vec<String>>,
    /// Clients.
    pub client_ids: Option<Vec<String>>,
    /// `publish`, `subscribe`, in any case.
    pub types: Option<Vec<String>>,
}

/// Body of `POST /{domain}/channels/{channel}/connect` and `…/disconnect`.
#[derive(Serialize, Deserialize, Clone, Default, ToSchema)]
#[serde(default)]
pub struct ConnectClients {
    /// Clients.
    pub client_ids: Option<Vec<String>>,
    /// `publish`, `subscribe`, in any case.
    pub types: Option<Vec<String>>,
}
