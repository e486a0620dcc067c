//! What happened on the embedded platform and was not yet applied to the configs. A change writes its event
//! in its own transaction; whoever applies the effect deletes the event in the effect's transaction.

use crate::{
    SqlStore,
    db::{Row, Tx, args, statements},
};
use async_trait::async_trait;
use onramp_core::{
    model::{ChannelId, ClientId, DomainId, PlatformEvent},
    port::{StoreError, directory::things::PlatformEvents, store::EventNumber},
};

statements! {
    EMIT = "INSERT INTO onramp_platform_events (kind, domain_id, object_id) VALUES ($1, $2, $3)";
    PENDING = "SELECT number, kind, domain_id, object_id FROM onramp_platform_events
               WHERE number > $1 ORDER BY number LIMIT $2";
}

/// Writes an event down, in the transaction of the change that it tells of.
pub(crate) async fn emit(tx: &mut Tx<'_>, event: &PlatformEvent) -> Result<(), StoreError> {
    let (kind, domain, object) = parts(event);
    tx.execute(&EMIT, args![kind, domain.as_str(), object]).await?;
    Ok(())
}

fn parts(event: &PlatformEvent) -> (&'static str, &DomainId, &str) {
    match event {
        PlatformEvent::ClientChanged { domain, client } => ("client.changed", domain, client.as_str()),
        PlatformEvent::ClientRemoved { domain, client } => ("client.removed", domain, client.as_str()),
        PlatformEvent::ChannelChanged { domain, channel } => ("channel.changed", domain, channel.as_str()),
        PlatformEvent::ChannelRemoved { domain, channel } => ("channel.removed", domain, channel.as_str()),
        PlatformEvent::DomainChanged { domain } => ("domain.changed", domain, domain.as_str()),
        PlatformEvent::ConnectionsChanged { domain, client } => {
            ("connections.changed", domain, client.as_str())
        }
    }
}

fn event(row: &Row<'_>) -> Result<(EventNumber, PlatformEvent), StoreError> {
    let damaged = |_| StoreError::Corrupt("an unusable id in onramp_platform_events".into());
    let (kind, object) = (row.text(1)?, row.text(3)?);
    let domain = DomainId::parse(row.text(2)?).map_err(damaged)?;
    let client = |object| ClientId::parse(object).map_err(damaged);
    let channel = |object| ChannelId::parse(object).map_err(damaged);
    let event = match kind.as_str() {
        "client.changed" => PlatformEvent::ClientChanged { domain, client: client(object)? },
        "client.removed" => PlatformEvent::ClientRemoved { domain, client: client(object)? },
        "channel.changed" => PlatformEvent::ChannelChanged { domain, channel: channel(object)? },
        "channel.removed" => PlatformEvent::ChannelRemoved { domain, channel: channel(object)? },
        "domain.changed" => PlatformEvent::DomainChanged { domain },
        "connections.changed" => PlatformEvent::ConnectionsChanged { domain, client: client(object)? },
        other => return Err(StoreError::Corrupt(format!("an event of unknown kind {other}"))),
    };
    Ok((EventNumber(row.int(0)?), event))
}

#[async_trait]
impl PlatformEvents for SqlStore {
    async fn pending_events(
        &self,
        after: EventNumber,
        limit: u64,
    ) -> Result<Vec<(EventNumber, PlatformEvent)>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut events = Vec::new();
        self.db
            .point("pending_events", &PENDING, args![after.0, limit], |row| {
                events.push(event(row)?);
                Ok(())
            })
            .await?;
        Ok(events)
    }
}
