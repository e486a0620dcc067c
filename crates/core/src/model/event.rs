//! What happens on the platform and must reach the configs.

use super::{ChannelId, ClientId, DomainId};

/// One change on the platform. Events carry ids, never secrets: what changed is read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlatformEvent {
    /// A client's secret or status changed: read the client again.
    ClientChanged {
        /// The client's domain.
        domain: DomainId,
        /// The client.
        client: ClientId,
    },
    /// A client is gone, and its config with it.
    ClientRemoved {
        /// The client's domain.
        domain: DomainId,
        /// The client.
        client: ClientId,
    },
    /// A channel's name or metadata changed: read the channel again.
    ChannelChanged {
        /// The channel's domain.
        domain: DomainId,
        /// The channel.
        channel: ChannelId,
    },
    /// A channel is gone from all lists.
    ChannelRemoved {
        /// The channel's domain.
        domain: DomainId,
        /// The channel.
        channel: ChannelId,
    },
    /// A domain was enabled, disabled or frozen: read it again.
    DomainChanged {
        /// The domain.
        domain: DomainId,
    },
    /// A client was connected to or disconnected from some channel: read its connections again.
    ConnectionsChanged {
        /// The client's domain.
        domain: DomainId,
        /// The client.
        client: ClientId,
    },
}
