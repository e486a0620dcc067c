//! A config comes into being in two steps, with the platform's part between them.

use super::{
    channels,
    rows::{COMPLETE, Places, RESERVED, stored_name},
};
use crate::{
    SqlStore,
    db::{Tx, args, statements},
};
use onramp_core::{
    model::{ClientId, DomainId, NewConfig, Secret},
    port::{
        StoreError,
        store::{Conflict, Reservation},
    },
};

statements! {
    INSERT = "INSERT INTO onramp_configs (client_id, domain_id, phase, state, enabled, client_enabled,
            creates_client, created_at, updated_at, created_by, fingerprint, external_id, tag,
            idempotency_key, name, name_folded, external_key, content, client_cert, client_key, ca_cert)
        VALUES ($1, $2, 0, 0, 1, 1, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    BY_IDEMPOTENCY_KEY = "SELECT client_id, phase, fingerprint FROM onramp_configs
        WHERE domain_id = $1 AND created_by = $2 AND idempotency_key = $3";
    OWN_RESERVATION = "SELECT client_id FROM onramp_configs
        WHERE domain_id = $1 AND external_id = $2 AND phase = 0 AND created_by = $3 AND fingerprint = $4";
    // A secret that is there already came with an event, which knows better than who asked before it.
    COMPLETE_IT = "UPDATE onramp_configs SET phase = 1,
            client_enabled = CASE WHEN client_secret IS NULL THEN $4 ELSE client_enabled END,
            client_secret = coalesce(client_secret, $3)
        WHERE client_id = $1 AND domain_id = $2 AND phase = 0";
    PHASE = "SELECT phase FROM onramp_configs WHERE client_id = $1 AND domain_id = $2";
    RELEASE = "DELETE FROM onramp_configs WHERE client_id = $1 AND domain_id = $2 AND phase = 0";
}

/// A new config as it is stored; everything is sealed before the writer sees it.
#[derive(Clone)]
struct Draft {
    new: NewConfig,
    fingerprint: [u8; 32],
    tag: i64,
    external_key: Vec<u8>,
    content: Vec<u8>,
    client_key: Option<Vec<u8>>,
}

impl SqlStore {
    fn draft(&self, new: &NewConfig) -> Draft {
        let at = Places { domain: new.domain.as_str(), client: new.client.as_str() };
        let id = new.external_id.as_str();
        let key = &new.external_key;
        Draft {
            fingerprint: self.vault.blind_index("fingerprint", &[new.fingerprint.expose()]),
            tag: self.vault.credential_tag(id, key.expose().as_bytes()),
            external_key: self.vault.seal_text(at.external_key(id), key),
            content: self.vault.seal_text(at.content(), &new.content),
            client_key: new
                .certificates
                .client_key
                .as_ref()
                .map(|key| self.vault.seal_text(at.client_key(), key)),
            new: new.clone(),
        }
    }

    pub(super) async fn reserve_config(&self, new: &NewConfig) -> Result<Reservation, StoreError> {
        let draft = self.draft(new);
        let fingerprint = draft.fingerprint;
        let saved =
            self.db.write("reserve", move |tx| Box::pin(async move { insert(tx, &draft).await })).await;
        match saved {
            Ok(()) => Ok(Reservation::Fresh),
            // A look of its own: an engine may refuse to go on in a transaction in which an index has spoken.
            Err(StoreError::Conflict(which)) => self.look_at_conflict(new, fingerprint, which).await,
            Err(other) => Err(other),
        }
    }

    /// Is what stands in the way the caller's own earlier attempt?
    async fn look_at_conflict(
        &self,
        new: &NewConfig,
        fingerprint: [u8; 32],
        which: Conflict,
    ) -> Result<Reservation, StoreError> {
        let (domain, user) = (new.domain.as_str(), new.created_by.as_str());
        if let Some(key) = &new.idempotency_key {
            let mut earlier = None;
            self.db
                .point("idempotency key", &BY_IDEMPOTENCY_KEY, args![domain, user, key], |row| {
                    earlier = Some((
                        super::rows::client_id(row, 0)?,
                        row.int(1)?,
                        row.bytes_ref(2)? == Some(&fingerprint[..]),
                    ));
                    Ok(())
                })
                .await?;
            match earlier {
                Some((client, COMPLETE, true)) => return Ok(Reservation::Answered(client)),
                Some((client, RESERVED, true)) => return Ok(Reservation::TakenOver(client)),
                Some(_) => return Err(StoreError::Conflict(Conflict::IdempotencyKey)),
                None => {}
            }
        }
        let mut own = None;
        let id = new.external_id.as_str();
        self.db
            .point("own reservation", &OWN_RESERVATION, args![domain, id, user, &fingerprint], |row| {
                own = Some(super::rows::client_id(row, 0)?);
                Ok(())
            })
            .await?;
        match own {
            Some(client) if new.creates_client || client == new.client => Ok(Reservation::TakenOver(client)),
            _ => Err(StoreError::Conflict(which)),
        }
    }

    pub(super) async fn complete_config(
        &self,
        domain: &DomainId,
        client: &ClientId,
        secret: &Secret,
        client_enabled: bool,
    ) -> Result<(), StoreError> {
        let at = Places { domain: domain.as_str(), client: client.as_str() };
        let secret = self.vault.seal_text(at.client_secret(), secret);
        let (domain, client) = (domain.as_str().to_owned(), client.as_str().to_owned());
        self.db
            .write("complete", move |tx| {
                Box::pin(async move {
                    let done =
                        tx.execute(&COMPLETE_IT, args![&client, &domain, &secret, client_enabled]).await?;
                    if done == 1 {
                        return Ok(());
                    }
                    // Two identical requests may work on one reservation; the second finds it complete.
                    match tx.row(&PHASE, args![&client, &domain], |row| row.int(0)).await? {
                        Some(COMPLETE) => Ok(()),
                        _ => Err(StoreError::NotFound),
                    }
                })
            })
            .await
    }

    pub(super) async fn release_config(
        &self,
        domain: &DomainId,
        client: &ClientId,
    ) -> Result<(), StoreError> {
        let (domain, client) = (domain.as_str().to_owned(), client.as_str().to_owned());
        self.db
            .write("release", move |tx| {
                Box::pin(async move {
                    let channels = channels::listed(tx, &client).await?;
                    if tx.execute(&RELEASE, args![&client, &domain]).await? == 1 {
                        channels::forget_unused(tx, &domain, &channels).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

async fn insert(tx: &mut Tx<'_>, draft: &Draft) -> Result<(), StoreError> {
    let new = &draft.new;
    let (domain, client) = (new.domain.as_str(), new.client.as_str());
    let (name, folded) = stored_name(&new.name);
    tx.execute(
        &INSERT,
        args![
            client,
            domain,
            new.creates_client,
            new.created_at.0,
            new.created_by.as_str(),
            &draft.fingerprint,
            new.external_id.as_str(),
            draft.tag,
            new.idempotency_key.as_deref(),
            name,
            folded.as_ref(),
            &draft.external_key,
            &draft.content,
            new.certificates.client_cert.as_deref(),
            draft.client_key.as_ref(),
            new.certificates.ca_cert.as_deref(),
        ],
    )
    .await?;
    channels::list(tx, domain, client, &new.channels).await
}
