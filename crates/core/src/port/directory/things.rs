//! Clients, channels, connections, and the events that their changes leave for the configs. Another domain's
//! ids give `NotFound`, as unknown ones do.

use crate::model::{
    ChannelChange, ChannelId, Client, ClientChange, ClientId, ConnectionTypes, DomainId, NewClient,
    ObjectQuery, Page, PlatformChannel, PlatformEvent, Status, Timestamp, UserId,
};
use crate::port::{StoreError, store::EventNumber};
use async_trait::async_trait;

/// Clients of the domains.
#[async_trait]
pub trait ClientDirectory: Send + Sync {
    /// Creates all of them or none. The indexes decide about conflicts.
    async fn create_clients(&self, clients: Vec<NewClient>) -> Result<(), StoreError>;

    /// Makes sure that a client exists which the flow that creates a config may call its own: creates it, or
    /// reads the one that an earlier attempt created. `Conflict::Id` when the id belongs to somebody else.
    async fn ensure_client(&self, client: NewClient) -> Result<Client, StoreError>;

    /// Removes a client that [`ensure_client`](Self::ensure_client) created; leaves any other alone.
    async fn discard_client(&self, domain: &DomainId, id: &ClientId) -> Result<(), StoreError>;

    /// Reads one.
    async fn client(&self, domain: &DomainId, id: &ClientId) -> Result<Option<Client>, StoreError>;

    /// Lists clients; total and page are one snapshot.
    async fn clients(&self, domain: &DomainId, query: ObjectQuery) -> Result<Page<Client>, StoreError>;

    /// Changes one, and gives it back as it is now.
    async fn change_client(
        &self,
        domain: &DomainId,
        id: &ClientId,
        change: ClientChange,
        by: &UserId,
        at: Timestamp,
    ) -> Result<Client, StoreError>;

    /// Sets the switch; `None` when it stood so already.
    async fn set_client_status(
        &self,
        domain: &DomainId,
        id: &ClientId,
        status: Status,
        by: &UserId,
        at: Timestamp,
    ) -> Result<Option<Client>, StoreError>;

    /// Removes one with its connections.
    async fn remove_client(&self, domain: &DomainId, id: &ClientId) -> Result<(), StoreError>;
}

/// Channels of the domains.
#[async_trait]
pub trait ChannelDirectory: Send + Sync {
    /// Creates all of them or none. The indexes decide about conflicts.
    async fn create_channels(&self, channels: Vec<PlatformChannel>) -> Result<(), StoreError>;

    /// Reads one.
    async fn channel(&self, domain: &DomainId, id: &ChannelId)
    -> Result<Option<PlatformChannel>, StoreError>;

    /// Lists channels; total and page are one snapshot.
    async fn channels(
        &self,
        domain: &DomainId,
        query: ObjectQuery,
    ) -> Result<Page<PlatformChannel>, StoreError>;

    /// Changes one, and gives it back as it is now.
    async fn change_channel(
        &self,
        domain: &DomainId,
        id: &ChannelId,
        change: ChannelChange,
        by: &UserId,
        at: Timestamp,
    ) -> Result<PlatformChannel, StoreError>;

    /// Sets the switch; `None` when it stood so already.
    async fn set_channel_status(
        &self,
        domain: &DomainId,
        id: &ChannelId,
        status: Status,
        by: &UserId,
        at: Timestamp,
    ) -> Result<Option<PlatformChannel>, StoreError>;

    /// Removes one with its connections.
    async fn remove_channel(&self, domain: &DomainId, id: &ChannelId) -> Result<(), StoreError>;
}

/// Each of the clients with each of the channels.
#[derive(Debug, Clone)]
pub struct Pairs {
    /// Their domain.
    pub domain: DomainId,
    /// Clients.
    pub clients: Vec<ClientId>,
    /// Channels.
    pub channels: Vec<ChannelId>,
    /// Directions.
    pub types: ConnectionTypes,
    /// True when the configs have to hear of it; a flow that works for a config writes the facts down itself.
    pub announce: bool,
}

/// What became of a wish to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connected {
    /// Something was missing and is there now.
    Added,
    /// Everything was there already.
    Already,
    /// A client or channel is disabled; nothing was connected.
    Disabled,
}

/// Which client is connected to which channel.
#[async_trait]
pub trait ConnectionDirectory: Send + Sync {
    /// Adds what is missing of the pairs, all or nothing.
    async fn connect(&self, pairs: Pairs) -> Result<Connected, StoreError>;

    /// Takes away what is there of the pairs, all or nothing.
    async fn disconnect(&self, pairs: Pairs) -> Result<(), StoreError>;

    /// The channels to which a client is connected in both directions.
    async fn connections(&self, domain: &DomainId, client: &ClientId) -> Result<Vec<ChannelId>, StoreError>;
}

/// What happened on the platform and was not yet applied to the configs.
#[async_trait]
pub trait PlatformEvents: Send + Sync {
    /// The oldest unhandled events behind a number, in the order in which they happened.
    async fn pending_events(
        &self,
        after: EventNumber,
        limit: u64,
    ) -> Result<Vec<(EventNumber, PlatformEvent)>, StoreError>;
}
