//! What the platform knows, as far as this service cares.

use super::{ChannelId, ClientId, DomainId, Secret, TokenId, UserId};

/// Who calls the operator API: the outcome of authentication.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user behind the token.
    pub user: UserId,
    /// May do everything in every domain.
    pub platform_admin: bool,
    /// The token's id, for revoking and for the log.
    pub token_id: TokenId,
    /// The limits of a personal access token; `None` for a session, which has the user's rights.
    pub scopes: Option<Vec<Scope>>,
    /// The token as it came, for a platform that is reached with it.
    pub token: Secret,
}

/// What a personal access token may do. `*` stands for any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The scope's own id, to remove it by.
    pub id: String,
    /// Domain the scope is limited to.
    pub domain_id: String,
    /// `clients`, `channels`, `domains`, `bootstrap`, ….
    pub entity_type: String,
    /// Id of one object, or `*`.
    pub entity_id: String,
    /// Name of one operation, or `*`.
    pub operation: String,
}

/// What somebody wants to do to the configs of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right<'a> {
    /// Create a config.
    Create,
    /// List the configs of the domain.
    List,
    /// Read one config.
    View(&'a ClientId),
    /// Change one config: content, certificates, channels, state, status, key.
    Update(&'a ClientId),
    /// Remove one config.
    Remove(&'a ClientId),
}

/// A client on the platform.
#[derive(Debug, Clone)]
pub struct PlatformClient {
    /// Its id.
    pub id: ClientId,
    /// The domain it really belongs to: compare it with the one that was asked for.
    pub domain_id: DomainId,
    /// Its secret.
    pub secret: Secret,
    /// Whether the platform lets it in.
    pub enabled: bool,
}

/// A channel, as configs carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Its name, possibly empty.
    pub name: String,
    /// Its metadata as JSON text, an object; `None` when it has none.
    pub metadata: Option<String>,
}
