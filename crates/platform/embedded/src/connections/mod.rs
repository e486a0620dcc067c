//! Connections of clients and channels: the rules.

pub(crate) mod routes;

use crate::{Action, Embedded, Entity, Failure, Level};
use onramp_core::{
    model::{Caller, ChannelId, ClientId, ConnectionTypes, DomainId},
    port::directory::things::{Connected, Pairs},
};
use std::{collections::HashSet, hash::Hash, str::FromStr};

/// Pairs that one request may name.
const MAX_PAIRS: usize = 10_000;

/// To connect, or to disconnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Connect,
    Disconnect,
}

impl Wish {
    /// The operation's name in scopes for a channel.
    fn of_channel(self) -> &'static str {
        match self {
            Wish::Connect => "connect_client",
            Wish::Disconnect => "disconnect_client",
        }
    }

    /// The operation's name in scopes for a client.
    fn of_client(self) -> &'static str {
        match self {
            Wish::Connect => "connect_to_channel",
            Wish::Disconnect => "disconnect_from_channel",
        }
    }
}

/// What a request may name as an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ids {
    /// Any text; what is no UUID is unknown.
    Any,
    /// UUIDs only.
    Uuids,
}

impl Embedded {
    /// Adds what is missing of the pairs.
    pub(crate) async fn connect(&self, caller: &Caller, pairs: Pairs) -> Result<Connected, Failure> {
        self.may(caller, &pairs, Wish::Connect).await?;
        Ok(self.directory.connect(pairs).await?)
    }

    /// Takes away what is there of the pairs.
    pub(crate) async fn disconnect(&self, caller: &Caller, pairs: Pairs) -> Result<(), Failure> {
        self.may(caller, &pairs, Wish::Disconnect).await?;
        Ok(self.directory.disconnect(pairs).await?)
    }

    /// Whether a session's user may connect anything at all; a personal access token is looked at id by id,
    /// once these are known.
    pub(crate) async fn may_connect(
        &self,
        caller: &Caller,
        domain: &DomainId,
        wish: Wish,
    ) -> Result<(), Failure> {
        if caller.scopes.is_none() && !self.may_channel(caller, domain, None, wish).await? {
            return Err(Failure::Forbidden);
        }
        Ok(())
    }

    async fn may(&self, caller: &Caller, pairs: &Pairs, wish: Wish) -> Result<(), Failure> {
        self.may_connect(caller, &pairs.domain, wish).await?;
        if caller.scopes.is_none() {
            return Ok(());
        }
        for channel in &pairs.channels {
            if !self.may_channel(caller, &pairs.domain, Some(channel), wish).await? {
                return Err(Failure::Forbidden);
            }
        }
        for client in &pairs.clients {
            if !self.may_client(caller, &pairs.domain, client, wish).await? {
                return Err(Failure::Forbidden);
            }
        }
        Ok(())
    }

    async fn may_channel(
        &self,
        caller: &Caller,
        domain: &DomainId,
        channel: Option<&ChannelId>,
        wish: Wish,
    ) -> Result<bool, Failure> {
        let entity_id = channel.map(ChannelId::as_str);
        let (entity, operation) = (Entity::Channels, wish.of_channel());
        let action = Action { entity, entity_id, operation, level: Level::Operate };
        Ok(self.permits(caller, domain, action).await?)
    }

    /// The reference asks for the client's operation among the scopes for channels; both will do.
    async fn may_client(
        &self,
        caller: &Caller,
        domain: &DomainId,
        client: &ClientId,
        wish: Wish,
    ) -> Result<bool, Failure> {
        for entity in [Entity::Clients, Entity::Channels] {
            let (entity_id, operation) = (Some(client.as_str()), wish.of_client());
            let action = Action { entity, entity_id, operation, level: Level::Operate };
            if self.permits(caller, domain, action).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Checks the parts of a request and puts them together.
pub(crate) fn pairs(
    domain: DomainId,
    channels: Vec<ChannelId>,
    clients: Vec<ClientId>,
    types: ConnectionTypes,
) -> Result<Pairs, Failure> {
    if channels.len().saturating_mul(clients.len()) > MAX_PAIRS {
        return Err(Failure::invalid("at most 10000 connections are changed at once"));
    }
    Ok(Pairs { domain, clients, channels, types, announce: true })
}

/// Ids in the order of the request, each once.
pub(crate) fn ids<T: FromStr + Clone + Eq + Hash>(
    texts: Option<Vec<String>>,
    allowed: Ids,
    blank: &str,
) -> Result<Vec<T>, Failure> {
    let texts = texts.unwrap_or_default();
    if texts.is_empty() {
        return Err(Failure::invalid("missing entity id"));
    }
    let mut seen = HashSet::new();
    let mut ids = Vec::with_capacity(texts.len());
    for text in texts {
        if text.trim().is_empty() {
            return Err(Failure::invalid(blank));
        }
        if allowed == Ids::Uuids && uuid::Uuid::try_parse(&text).is_err() {
            return Err(Failure::invalid("invalid id format provided"));
        }
        // What cannot be an id does not exist.
        let id: T = text.parse().map_err(|_| Failure::NotFound)?;
        if seen.insert(id.clone()) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// The directions that a request names; `None` for a word that is none.
pub(crate) fn types(names: Option<Vec<String>>) -> Result<Option<ConnectionTypes>, Failure> {
    let names = names.unwrap_or_default();
    let Some((first, rest)) = names.split_first() else {
        return Err(Failure::invalid("missing connection type"));
    };
    let first = ConnectionTypes::from_name(first);
    Ok(rest.iter().fold(first, |all, name| Some(all?.and(ConnectionTypes::from_name(name)?))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(texts: &[&str]) -> Option<Vec<String>> {
        Some(texts.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn types_are_words_in_any_case() {
        let of = |names: &[&str]| types(strings(names)).unwrap();
        assert_eq!(of(&["Publish"]), Some(ConnectionTypes::PUBLISH));
        assert_eq!(of(&["SUBSCRIBE", "subscribe"]), Some(ConnectionTypes::SUBSCRIBE));
        assert_eq!(of(&["publish", "subscribe"]), Some(ConnectionTypes::BOTH));
        assert_eq!(of(&["publish", "write"]), None);
        assert_eq!(of(&[""]), None);
        assert_eq!(types(None).unwrap_err().to_string(), "missing connection type");
        assert_eq!(types(strings(&[])).unwrap_err().to_string(), "missing connection type");
    }

    #[test]
    fn ids_are_taken_once() {
        let of = |texts: &[&str], allowed| {
            ids::<ClientId>(strings(texts), allowed, "missing entity id")
                .map_err(|failure| failure.to_string())
        };
        let (a, b) = ("3fa85f64-5717-4562-b3fc-2c963f66afa6", "x");
        assert_eq!(of(&[a, b, a], Ids::Any).unwrap().len(), 2);
        assert_eq!(of(&[], Ids::Any).unwrap_err(), "missing entity id");
        assert_eq!(of(&[a, " "], Ids::Any).unwrap_err(), "missing entity id");
        assert_eq!(of(&[a, b], Ids::Uuids).unwrap_err(), "invalid id format provided");
        assert_eq!(of(&["a\0"], Ids::Any).unwrap_err(), "not found");
    }

    #[test]
    fn a_request_stays_within_bounds() {
        let numbered = |count: usize| (0..count).map(|number| number.to_string());
        let channels = |count| numbered(count).map(|id| id.parse().unwrap()).collect::<Vec<ChannelId>>();
        let clients = |count| numbered(count).map(|id| id.parse().unwrap()).collect::<Vec<ClientId>>();
        let of = |channel_count, client_count| {
            let domain = DomainId::parse("d").unwrap();
            pairs(domain, channels(channel_count), clients(client_count), ConnectionTypes::BOTH)
        };
        assert!(of(100, 100).is_ok());
        assert!(of(101, 100).is_err());
    }
}
