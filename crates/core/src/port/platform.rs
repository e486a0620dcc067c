//! The platform: users, domains, clients, channels and their connections. Embedded, or a running Magistrala.

use crate::model::{Caller, Channel, ChannelId, ClientId, DomainId, PlatformClient, Right, Secret};
use async_trait::async_trait;

/// Why the platform did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// The token is unknown, expired or revoked.
    #[error("the token was not accepted")]
    Unauthorized,
    /// The caller may not do this; for non-members also: the domain does not exist.
    #[error("not permitted")]
    Forbidden,
    /// No such object for this caller.
    #[error("not found")]
    NotFound,
    /// Such an object exists already.
    #[error("already exists")]
    Conflict,
    /// Refused for good, with a sentence that the caller may read.
    #[error("rejected: {0}")]
    Rejected(String),
    /// Not now; try again later. The text is for the log.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

/// What the flows need from the platform. Everything is idempotent, so that a flow can be run again.
#[async_trait]
pub trait Platform: Send + Sync {
    /// Authentication: who is behind this token?
    async fn identify(&self, token: &Secret) -> Result<Caller, PlatformError>;

    /// Is the caller a member of the domain (or may act in it)? `Forbidden` when not, also for a domain that
    /// does not exist, so that strangers learn nothing; `NotFound` only to platform administrators.
    async fn member(&self, caller: &Caller, domain: &DomainId) -> Result<(), PlatformError>;

    /// May the caller do this? Membership was checked before. `Ok(false)` is a refusal.
    async fn permits(
        &self,
        caller: &Caller,
        domain: &DomainId,
        right: Right<'_>,
    ) -> Result<bool, PlatformError>;

    /// Reads a client of the domain, with its secret.
    async fn client(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ClientId,
    ) -> Result<PlatformClient, PlatformError>;

    /// Makes sure that a client with this id exists in the domain: creates it, or returns the one that an
    /// earlier, interrupted attempt created.
    async fn ensure_client(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ClientId,
        name: &str,
    ) -> Result<PlatformClient, PlatformError>;

    /// Removes a client that [`ensure_client`](Self::ensure_client) made for a create that failed. A client
    /// that is not there counts as removed.
    async fn discard_client(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ClientId,
    ) -> Result<(), PlatformError>;

    /// Reads a channel of the domain.
    async fn channel(
        &self,
        caller: &Caller,
        domain: &DomainId,
        id: &ChannelId,
    ) -> Result<Channel, PlatformError>;

    /// Connects a client to a channel for publish and subscribe; what is connected already stays so.
    async fn connect(
        &self,
        caller: &Caller,
        domain: &DomainId,
        client: &ClientId,
        channel: &ChannelId,
    ) -> Result<(), PlatformError>;

    /// Disconnects a client from a channel; what is not connected, or gone, counts as done.
    async fn disconnect(
        &self,
        caller: &Caller,
        domain: &DomainId,
        client: &ClientId,
        channel: &ChannelId,
    ) -> Result<(), PlatformError>;

    /// The channels to which a client is connected for both publish and subscribe.
    async fn connections(
        &self,
        caller: &Caller,
        domain: &DomainId,
        client: &ClientId,
    ) -> Result<Vec<ChannelId>, PlatformError>;

    /// Whether devices of the domain may be served. A domain that is gone is not enabled.
    async fn domain_enabled(&self, caller: &Caller, domain: &DomainId) -> Result<bool, PlatformError>;

    /// The identity under which the service itself acts, to finish and repair what was interrupted. `None`
    /// when there is none: unfinished work then waits for an operator's request.
    fn service_caller(&self) -> Option<Caller>;
}
