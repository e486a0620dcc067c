//! What a device's request can reach.

use super::rows::{self, Places};
use crate::{
    SqlStore,
    db::{Row, args, statements},
    seal::Vault,
};
use async_trait::async_trait;
use onramp_core::{
    model::{Certificates, Enrolment, ExternalId, Timestamp},
    port::{
        StoreError,
        store::{Attempts, DeviceStore, Holder},
    },
};

statements! {
    RECOGNISE = "SELECT c.external_id, c.external_key, c.domain_id, c.client_id, c.enabled, c.client_enabled,
            o.domain_id, c.client_secret, c.content, c.client_cert, c.client_key, c.ca_cert,
            k.channel_id, n.name, n.metadata
        FROM onramp_configs c
        LEFT JOIN onramp_domains_off o ON o.domain_id = c.domain_id
        LEFT JOIN onramp_config_channels k ON k.client_id = c.client_id AND k.position IS NOT NULL
        LEFT JOIN onramp_channels n ON n.domain_id = c.domain_id AND n.channel_id = k.channel_id
        WHERE c.tag = $1 AND c.phase = 1
        ORDER BY k.position";
    HOLDERS = "SELECT c.domain_id, c.client_id, c.enabled, c.client_enabled, o.domain_id
        FROM onramp_configs c
        LEFT JOIN onramp_domains_off o ON o.domain_id = c.domain_id
        WHERE c.external_id = $1 AND c.phase = 1
        ORDER BY c.domain_id";
    // Most devices were seen before: one probe changes their row. (An upsert would take three, and a
    // savepoint of its own.)
    SEEN_AGAIN = "UPDATE onramp_seen SET
            count = count + $3,
            refused = refused + $5,
            last = CASE WHEN $2 IS NULL OR $2 < last THEN last ELSE $2 END,
            last_refused = CASE WHEN $4 IS NULL OR $4 < last_refused THEN last_refused ELSE $4 END,
            refused_reason = coalesce($6, refused_reason)
        WHERE client_id = $1";
    // Clients whose configs are gone are passed over.
    SEEN_FIRST = "INSERT INTO onramp_seen (client_id, last, count, last_refused, refused, refused_reason)
        SELECT c.client_id, $2, $3, $4, $5, $6 FROM onramp_configs c WHERE c.client_id = $1 AND c.phase = 1";
}

#[async_trait]
impl DeviceStore for SqlStore {
    async fn recognise(&self, id: &ExternalId, key: &[u8]) -> Result<Option<Enrolment>, StoreError> {
        let tag = self.vault.credential_tag(id.as_str(), key);
        let mut found = Found::Nothing;
        self.db
            .point("recognise", &RECOGNISE, args![tag], |row| {
                if let Found::Nothing = found {
                    found = match enrolment(&self.vault, id, key, row)? {
                        Some(enrolment) => Found::Theirs(enrolment),
                        None => Found::Foreign,
                    };
                }
                if let Found::Theirs(enrolment) = &mut found {
                    enrolment.channels.extend(rows::channel(row, 12)?);
                }
                Ok(())
            })
            .await?;
        match found {
            Found::Theirs(enrolment) => Ok(Some(enrolment)),
            Found::Nothing | Found::Foreign => Ok(None),
        }
    }

    async fn holders(&self, id: &ExternalId) -> Result<Vec<Holder>, StoreError> {
        let id = id.as_str().to_owned();
        self.db
            .read("holders", move |tx| Box::pin(async move { tx.rows(&HOLDERS, args![&id], holder).await }))
            .await
    }

    async fn record(&self, attempts: Vec<Attempts>) -> Result<(), StoreError> {
        if attempts.is_empty() {
            return Ok(());
        }
        self.db
            .write("record", move |tx| {
                Box::pin(async move {
                    for attempt in &attempts {
                        let at = |count: u64| (count > 0).then_some(attempt.last).map(|Timestamp(at)| at);
                        let values = args![
                            attempt.client.as_str(),
                            at(attempt.served),
                            counter(attempt.served),
                            at(attempt.refused),
                            counter(attempt.refused),
                            attempt.reason.as_deref(),
                        ];
                        if tx.execute(&SEEN_AGAIN, values).await? == 0 {
                            tx.execute(&SEEN_FIRST, values).await?;
                        }
                    }
                    Ok(())
                })
            })
            .await
    }
}

enum Found {
    Nothing,
    /// A row with the right tag that does not belong to this id and key: somebody has planted it.
    Foreign,
    Theirs(Enrolment),
}

/// The config of a row, without channels, if the device has proved that it is its own.
fn enrolment(
    vault: &Vault,
    id: &ExternalId,
    key: &[u8],
    row: &Row<'_>,
) -> Result<Option<Enrolment>, StoreError> {
    if row.text_ref(0)? != Some(id.as_str()) {
        return Ok(None);
    }
    let (domain, client) = (rows::domain_id(row, 2)?, rows::client_id(row, 3)?);
    let at = Places { domain: domain.as_str(), client: client.as_str() };
    let stored_key = vault.open(at.external_key(id.as_str()), row.bytes_ref(1)?.unwrap_or_default())?;
    if !onramp_protocol::equal_in_constant_time(&stored_key, key) {
        return Ok(None);
    }
    Ok(Some(Enrolment {
        client_secret: rows::secret(vault, at.client_secret(), row, 7)?,
        content: rows::secret(vault, at.content(), row, 8)?,
        certificates: Certificates {
            client_cert: row.opt_text(9)?,
            client_key: rows::opt_secret(vault, at.client_key(), row, 10)?,
            ca_cert: row.opt_text(11)?,
        },
        channels: Vec::new(),
        status: rows::status(row, 4)?,
        client_enabled: row.flag(5)?,
        domain_enabled: row.text_ref(6)?.is_none(),
        domain,
        client,
    }))
}

fn holder(row: &Row<'_>) -> Result<Holder, StoreError> {
    Ok(Holder {
        domain: rows::domain_id(row, 0)?,
        client: rows::client_id(row, 1)?,
        status: rows::status(row, 2)?,
        client_enabled: row.flag(3)?,
        domain_enabled: row.text_ref(4)?.is_none(),
    })
}

fn counter(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
