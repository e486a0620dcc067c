//! Which client is connected to which channel, one row a pair.

use super::bad_id;
use crate::{
    SqlStore,
    db::{Sql, Tx, args, statements},
    directory::events::emit,
};
use async_trait::async_trait;
use onramp_core::{
    model::{ChannelId, ClientId, ConnectionTypes, DomainId, PlatformEvent},
    port::{
        StoreError,
        directory::things::{Connected, ConnectionDirectory, Pairs},
    },
};

statements! {
    CLIENT = "SELECT enabled FROM onramp_clients WHERE domain_id = $1 AND id = $2";
    CHANNEL = "SELECT enabled FROM onramp_platform_channels WHERE domain_id = $1 AND id = $2";
    ADD = "INSERT INTO onramp_connections (client_id, channel_id, domain_id, types) VALUES ($1, $2, $3, $4)
           ON CONFLICT (client_id, channel_id) DO UPDATE SET types = onramp_connections.types | excluded.types
           WHERE (onramp_connections.types & excluded.types) <> excluded.types";
    TAKE = "UPDATE onramp_connections SET types = types & (3 - $4)
            WHERE client_id = $1 AND channel_id = $2 AND domain_id = $3 AND (types & $4) <> 0";
    CLEAR = "DELETE FROM onramp_connections WHERE client_id = $1 AND channel_id = $2 AND types = 0";
    OF_CLIENT = "SELECT channel_id FROM onramp_connections
                 WHERE client_id = $1 AND domain_id = $2 AND types = $3 ORDER BY channel_id";
}

/// Whether all of them are enabled; `NotFound` when one does not exist in the domain.
async fn all_enabled(
    tx: &mut Tx<'_>,
    sql: &'static Sql,
    domain: &DomainId,
    ids: impl Iterator<Item = &str> + Send,
) -> Result<bool, StoreError> {
    let mut all = true;
    for id in ids {
        let enabled = tx.row(sql, args![domain.as_str(), id], |row| row.flag(0)).await?;
        all &= enabled.ok_or(StoreError::NotFound)?;
    }
    Ok(all)
}

async fn check(tx: &mut Tx<'_>, pairs: &Pairs) -> Result<bool, StoreError> {
    let clients = all_enabled(tx, &CLIENT, &pairs.domain, pairs.clients.iter().map(ClientId::as_str)).await?;
    let channels =
        all_enabled(tx, &CHANNEL, &pairs.domain, pairs.channels.iter().map(ChannelId::as_str)).await?;
    Ok(clients && channels)
}

/// Runs a change for each pair; whether any of them changed something. One event a client that did.
async fn for_each_pair(tx: &mut Tx<'_>, pairs: &Pairs, connect: bool) -> Result<bool, StoreError> {
    let mut any = false;
    for client in &pairs.clients {
        let mut changed = false;
        for channel in &pairs.channels {
            let pair = args![client.as_str(), channel.as_str(), pairs.domain.as_str(), pairs.types.bits()];
            if connect {
                changed |= tx.execute(&ADD, pair).await? > 0;
            } else {
                changed |= tx.execute(&TAKE, pair).await? > 0;
                tx.execute(&CLEAR, args![client.as_str(), channel.as_str()]).await?;
            }
        }
        if changed && pairs.announce {
            let (domain, client) = (pairs.domain.clone(), client.clone());
            emit(tx, &PlatformEvent::ConnectionsChanged { domain, client }).await?;
        }
        any |= changed;
    }
    Ok(any)
}

#[async_trait]
impl ConnectionDirectory for SqlStore {
    async fn connect(&self, pairs: Pairs) -> Result<Connected, StoreError> {
        self.db
            .write("connect", move |tx| {
                Box::pin(async move {
                    if !check(tx, &pairs).await? {
                        return Ok(Connected::Disabled);
                    }
                    let added = for_each_pair(tx, &pairs, true).await?;
                    Ok(if added { Connected::Added } else { Connected::Already })
                })
            })
            .await
    }

    async fn disconnect(&self, pairs: Pairs) -> Result<(), StoreError> {
        self.db
            .write("disconnect", move |tx| {
                Box::pin(async move {
                    check(tx, &pairs).await?;
                    for_each_pair(tx, &pairs, false).await?;
                    Ok(())
                })
            })
            .await
    }

    async fn connections(&self, domain: &DomainId, client: &ClientId) -> Result<Vec<ChannelId>, StoreError> {
        let mut channels = Vec::new();
        let args = args![client.as_str(), domain.as_str(), ConnectionTypes::BOTH.bits()];
        self.db
            .point("connections", &OF_CLIENT, args, |row| {
                channels.push(ChannelId::parse(row.text(0)?).map_err(|_| bad_id())?);
                Ok(())
            })
            .await?;
        Ok(channels)
    }
}
