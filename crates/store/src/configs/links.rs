//! What is connected, what should be, and what was interrupted.

use super::{
    channels,
    rows::{self, RESERVED},
};
use crate::{
    SqlStore,
    db::{Row, args, statements},
};
use async_trait::async_trait;
use onramp_core::{
    model::{ChannelId, ClientId, DomainId, Timestamp},
    port::{
        StoreError,
        store::{Link, LinkOutcome, LinkStore, Links, Settlement, Unfinished},
    },
};

statements! {
    LINKS = "SELECT k.channel_id, k.connected,
            CASE WHEN c.phase = 1 AND c.state = 1 AND k.position IS NOT NULL THEN 1 ELSE 0 END
        FROM onramp_configs c LEFT JOIN onramp_config_channels k ON k.client_id = c.client_id
        WHERE c.client_id = $1 AND c.domain_id = $2 AND c.phase <> 0
        ORDER BY k.channel_id";
    HOLD = "UPDATE onramp_configs SET links_due = links_due
        WHERE client_id = $1 AND domain_id = $2 AND phase <> 0";
    // A channel that left the list while it was being connected comes back as one to disconnect.
    CONNECTED = "INSERT INTO onramp_config_channels (client_id, channel_id, position, connected)
        VALUES ($1, $2, NULL, 1)
        ON CONFLICT (client_id, channel_id) DO UPDATE SET connected = 1";
    DISCONNECTED = "UPDATE onramp_config_channels SET connected = 0 WHERE client_id = $1 AND channel_id = $2";
    STILL_DUE = "UPDATE onramp_configs SET links_due = 1, links_error = $2,
            links_failed = CASE WHEN $3 = 1 THEN links_failed + 1 ELSE 0 END
        WHERE client_id = $1";
    UNFINISHED = "SELECT phase, domain_id, client_id, creates_client, created_at FROM onramp_configs
        WHERE phase <> 1 OR links_due = 1 ORDER BY links_failed, created_at LIMIT $1";
}

#[async_trait]
impl LinkStore for SqlStore {
    async fn links(&self, domain: &DomainId, client: &ClientId) -> Result<Option<Links>, StoreError> {
        let mut links: Option<Links> = None;
        self.db
            .point("links", &LINKS, args![client.as_str(), domain.as_str()], |row| {
                let links = links.get_or_insert_with(|| Links { channels: Vec::new() });
                links.channels.extend(link(row)?);
                Ok(())
            })
            .await?;
        Ok(links)
    }

    async fn record_links(
        &self,
        domain: &DomainId,
        client: &ClientId,
        outcome: &LinkOutcome,
    ) -> Result<Settlement, StoreError> {
        let (domain, client) = (domain.as_str().to_owned(), client.as_str().to_owned());
        let outcome = outcome.clone();
        self.db
            .write("record links", move |tx| {
                Box::pin(async move {
                    if tx.execute(&HOLD, args![&client, &domain]).await? == 0 {
                        // An event may have settled a removal already. But what was connected for a config
                        // that is gone, somebody has to know about.
                        let settled = outcome.connected.is_empty();
                        return if settled { Ok(Settlement::Settled) } else { Err(StoreError::NotFound) };
                    }
                    for channel in outcome.connected.iter().map(ChannelId::as_str) {
                        tx.execute(&CONNECTED, args![&client, channel]).await?;
                    }
                    for channel in outcome.disconnected.iter().map(ChannelId::as_str) {
                        tx.execute(&DISCONNECTED, args![&client, channel]).await?;
                    }
                    if channels::settle(tx, &client).await? {
                        return Ok(Settlement::Settled);
                    }
                    let error = outcome.error.as_deref();
                    tx.execute(&STILL_DUE, args![&client, error, error.is_some()]).await?;
                    Ok(Settlement::Due)
                })
            })
            .await
    }

    async fn unfinished(&self, limit: u64) -> Result<Vec<Unfinished>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.db
            .read("unfinished", move |tx| {
                Box::pin(async move { tx.rows(&UNFINISHED, args![limit], unfinished).await })
            })
            .await
    }
}

/// A channel of an outer join. One that is perhaps connected counts as what still calls for an attempt.
fn link(row: &Row<'_>) -> Result<Option<Link>, StoreError> {
    let Some(channel) = row.opt_text(0)? else { return Ok(None) };
    let (fact, wanted) = (row.int(1)?, row.flag(2)?);
    let connected = if wanted { fact == 1 } else { fact != 0 };
    Ok(Some(Link { channel: rows::channel_id(channel)?, wanted, connected }))
}

fn unfinished(row: &Row<'_>) -> Result<Unfinished, StoreError> {
    let (domain, client) = (rows::domain_id(row, 1)?, rows::client_id(row, 2)?);
    Ok(match row.int(0)? {
        RESERVED => Unfinished::Reservation {
            domain,
            client,
            creates_client: row.flag(3)?,
            since: Timestamp(row.int(4)?),
        },
        _ => Unfinished::Links { domain, client },
    })
}
