//! What the embedded platform manages in a domain: clients, channels, and which client is connected to which
//! channel.

use super::{
    ChannelId, ClientId, Direction, DomainId, PageRequest, Secret, Status, TagFilter, Timestamp, UserId,
};

/// A client, as the embedded platform keeps it.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// Its domain.
    pub domain: DomainId,
    /// Label, possibly empty, not unique.
    pub name: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// What it calls itself on the platform, possibly empty.
    pub identity: String,
    /// What it proves itself with on the platform.
    pub secret: Secret,
    /// Metadata as JSON text, an object.
    pub metadata: Option<String>,
    /// More metadata as JSON text, an object.
    pub private_metadata: Option<String>,
    /// Whether the platform lets it in.
    pub status: Status,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed, and by whom; `None` until somebody does.
    pub updated: Option<(Timestamp, UserId)>,
    /// In a list of a channel's clients: how it is connected to that channel.
    pub connected: Option<ConnectionTypes>,
}

/// A client that is about to exist.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// Its id.
    pub id: ClientId,
    /// Its domain.
    pub domain: DomainId,
    /// Label.
    pub name: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// What it calls itself on the platform.
    pub identity: String,
    /// What it proves itself with, unique in the domain.
    pub secret: Secret,
    /// Metadata as JSON text.
    pub metadata: Option<String>,
    /// More metadata as JSON text.
    pub private_metadata: Option<String>,
    /// Whether the platform lets it in.
    pub status: Status,
    /// When.
    pub created_at: Timestamp,
    /// True when it is made by the flow that creates a config, which may take it back.
    pub for_config: bool,
}

/// New values for a client; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ClientChange {
    /// Label.
    pub name: Option<String>,
    /// Words to find it by, all of them.
    pub tags: Option<Vec<String>>,
    /// Metadata as JSON text.
    pub metadata: Option<String>,
    /// More metadata as JSON text.
    pub private_metadata: Option<String>,
    /// What it proves itself with.
    pub secret: Option<Secret>,
}

/// A channel, as the embedded platform keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformChannel {
    /// Its id.
    pub id: ChannelId,
    /// Its domain.
    pub domain: DomainId,
    /// Label, possibly empty, not unique.
    pub name: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Its address in messaging, unique in the domain.
    pub route: Option<String>,
    /// Metadata as JSON text, an object.
    pub metadata: Option<String>,
    /// The switch.
    pub status: Status,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed, and by whom; `None` until somebody does.
    pub updated: Option<(Timestamp, UserId)>,
    /// In a list of a client's channels: how the client is connected to it.
    pub connected: Option<ConnectionTypes>,
}

/// New values for a channel; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ChannelChange {
    /// Label.
    pub name: Option<String>,
    /// Words to find it by, all of them.
    pub tags: Option<Vec<String>>,
    /// Metadata as JSON text.
    pub metadata: Option<String>,
}

/// In which directions a client is connected to a channel; never none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionTypes(u8);

impl ConnectionTypes {
    /// The client may publish.
    pub const PUBLISH: Self = ConnectionTypes(1);
    /// The client may subscribe.
    pub const SUBSCRIBE: Self = ConnectionTypes(2);
    /// Both.
    pub const BOTH: Self = ConnectionTypes(3);

    /// Reads one type's name, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::PUBLISH, Self::SUBSCRIBE]
            .into_iter()
            .find(|types| types.names().iter().any(|known| known.eq_ignore_ascii_case(name)))
    }

    /// Either of them.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        ConnectionTypes(self.0 | other.0)
    }

    /// The names on the wire.
    #[must_use]
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::PUBLISH => &["Publish"],
            Self::SUBSCRIBE => &["Subscribe"],
            _ => &["Publish", "Subscribe"],
        }
    }

    /// As a set of bits: 1 publish, 2 subscribe.
    #[must_use]
    pub fn bits(self) -> i64 {
        self.0.into()
    }

    /// Reads a set of bits.
    #[must_use]
    pub fn from_bits(bits: i64) -> Option<Self> {
        u8::try_from(bits).ok().filter(|bits| (1..=3).contains(bits)).map(ConnectionTypes)
    }
}

/// Conditions on a list of clients or channels; all of them must hold.
#[derive(Debug, Clone, Default)]
pub struct ObjectFilter {
    /// Exact id.
    pub id: Option<String>,
    /// Part of the name, any case, `%` and `_` literal.
    pub name: Option<String>,
    /// Exact status.
    pub status: Option<Status>,
    /// Tags.
    pub tags: Option<TagFilter>,
    /// A JSON object that the metadata must contain.
    pub metadata: Option<serde_json::Value>,
    /// Not older than this.
    pub created_from: Option<Timestamp>,
    /// Not younger than this.
    pub created_to: Option<Timestamp>,
    /// For clients: connected to this channel. For channels: connected to this client.
    pub connected_to: Option<String>,
    /// And that for these directions.
    pub connection: Option<ConnectionTypes>,
}

/// Tags that the filter of one list may name.
pub const MAX_FILTER_TAGS: usize = 8;

/// What a list is sorted by; ties by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ObjectOrder {
    /// Name, regardless of case.
    Name,
    /// Creation.
    CreatedAt,
    /// Last change, or creation while there was none.
    #[default]
    UpdatedAt,
}

/// A wanted piece of a list.
#[derive(Debug, Clone)]
pub struct ObjectQuery {
    /// Conditions.
    pub filter: ObjectFilter,
    /// Order.
    pub order: ObjectOrder,
    /// Which way.
    pub direction: Direction,
    /// Piece.
    pub page: PageRequest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_types_have_names_and_bits() {
        assert_eq!(ConnectionTypes::from_name("pUBLISH"), Some(ConnectionTypes::PUBLISH));
        assert_eq!(ConnectionTypes::from_name("subscribe"), Some(ConnectionTypes::SUBSCRIBE));
        assert_eq!(ConnectionTypes::from_name(""), None);
        assert_eq!(ConnectionTypes::PUBLISH.and(ConnectionTypes::SUBSCRIBE), ConnectionTypes::BOTH);
        for types in [ConnectionTypes::PUBLISH, ConnectionTypes::SUBSCRIBE, ConnectionTypes::BOTH] {
            assert_eq!(ConnectionTypes::from_bits(types.bits()), Some(types));
        }
        for bits in [0, 4, -1, i64::MAX] {
            assert_eq!(ConnectionTypes::from_bits(bits), None);
        }
    }
}
