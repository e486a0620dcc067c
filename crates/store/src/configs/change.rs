//! Operators change configs, and take them away.

use super::{
    channels,
    rows::{Places, stored_name},
};
use crate::{
    SqlStore,
    db::{args, statements},
};
use onramp_core::{
    model::{Channel, ClientId, DomainId, State, Status, Timestamp},
    port::{StoreError, store::ConfigChange},
};

statements! {
    EXTERNAL_ID = "SELECT external_id FROM onramp_configs WHERE client_id = $1 AND domain_id = $2 AND phase = 1";
    CHANGE = "UPDATE onramp_configs SET updated_at = $3,
            name = CASE WHEN $4 = 1 THEN $5 ELSE name END,
            name_folded = CASE WHEN $4 = 1 THEN $6 ELSE name_folded END,
            content = coalesce($7, content),
            external_key = coalesce($8, external_key), tag = coalesce($9, tag),
            client_cert = CASE WHEN $10 = 1 THEN $11 ELSE client_cert END,
            client_key = CASE WHEN $10 = 1 THEN $12 ELSE client_key END,
            ca_cert = CASE WHEN $10 = 1 THEN $13 ELSE ca_cert END,
            enabled = coalesce($14, enabled)
        WHERE client_id = $1 AND domain_id = $2 AND phase = 1";
    TOUCH = "UPDATE onramp_configs SET updated_at = $3 WHERE client_id = $1 AND domain_id = $2 AND phase = 1
        RETURNING state";
    SET_STATE = "UPDATE onramp_configs SET state = $4, updated_at = $3
        WHERE client_id = $1 AND domain_id = $2 AND phase = 1";
    // What identifies it becomes free for others; its secrets are of no more use.
    REMOVE = "UPDATE onramp_configs SET phase = 2, external_id = NULL, tag = $4, idempotency_key = NULL,
            name = NULL, name_folded = NULL, external_key = $3, client_secret = NULL, content = $3,
            client_cert = NULL, client_key = NULL, ca_cert = NULL,
            links_due = 1, links_failed = 0, links_error = NULL
        WHERE client_id = $1 AND domain_id = $2 AND phase = 1";
}

impl SqlStore {
    pub(super) async fn change_config(
        &self,
        domain: &DomainId,
        client: &ClientId,
        change: &ConfigChange,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let places = Places { domain: domain.as_str(), client: client.as_str() };
        let content = change.content.as_ref().map(|content| self.vault.seal_text(places.content(), content));
        let certificates = change.certificates.clone();
        let private_key = certificates
            .as_ref()
            .and_then(|all| all.client_key.as_ref())
            .map(|key| self.vault.seal_text(places.client_key(), key));
        let (name, external_key) = (change.name.clone(), change.external_key.clone());
        let enabled = change.status.map(|status| status == Status::Enabled);
        let (domain, client) = (domain.as_str().to_owned(), client.as_str().to_owned());
        let vault = self.vault.clone();
        self.db
            .write("change", move |tx| {
                Box::pin(async move {
                    let mut credential = None;
                    if let Some(key) = &external_key {
                        let id = tx.row(&EXTERNAL_ID, args![&client, &domain], |row| row.text(0)).await?;
                        let id = id.ok_or(StoreError::NotFound)?;
                        let places = Places { domain: &domain, client: &client };
                        let sealed = vault.seal_text(places.external_key(&id), key);
                        credential = Some((sealed, vault.credential_tag(&id, key.expose().as_bytes())));
                    }
                    let (plain, folded) = stored_name(name.as_deref().unwrap_or_default());
                    let arguments = args![
                        &client,
                        &domain,
                        at.0,
                        name.is_some(),
                        plain,
                        folded.as_ref(),
                        content.as_ref(),
                        credential.as_ref().map(|(sealed, _)| sealed),
                        credential.as_ref().map(|(_, tag)| *tag),
                        certificates.is_some(),
                        certificates.as_ref().and_then(|all| all.client_cert.as_deref()),
                        private_key.as_ref(),
                        certificates.as_ref().and_then(|all| all.ca_cert.as_deref()),
                        enabled,
                    ];
                    match tx.execute(&CHANGE, arguments).await? {
                        0 => Err(StoreError::NotFound),
                        _ => Ok(()),
                    }
                })
            })
            .await
    }

    pub(super) async fn change_channels(
        &self,
        domain: &DomainId,
        client: &ClientId,
        list: &[Channel],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (domain, client) = (domain.as_str().to_owned(), client.as_str().to_owned());
        let list = list.to_vec();
        self.db
            .write("set channels", move |tx| {
                Box::pin(async move {
                    let state = tx.row(&TOUCH, args![&client, &domain, at.0], |row| row.int(0)).await?;
                    let state = state.ok_or(StoreError::NotFound)?;
                    let before = channels::unlist(tx, &client).await?;
                    channels::list(tx, &domain, &client, &list).await?;
                    channels::drop_idle(tx, &client).await?;
                    channels::forget_unused(tx, &domain, &before).await?;
                    channels::wish_changed(tx, &client, state == State::Active.as_number()).await
                })
            })
            .await
    }

    pub(super) async fn change_state(
        &self,
        domain: &DomainId,
        client: &ClientId,
        state: State,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (domain, client) = (domain.as_str().to_owned(), client.as_str().to_owned());
        self.db
            .write("set state", move |tx| {
                Box::pin(async move {
                    let changed =
                        tx.execute(&SET_STATE, args![&client, &domain, at.0, state.as_number()]).await?;
                    if changed == 0 {
                        return Err(StoreError::NotFound);
                    }
                    channels::wish_changed(tx, &client, state == State::Active).await
                })
            })
            .await
    }

    pub(super) async fn remove_config(
        &self,
        domain: &DomainId,
        client: &ClientId,
    ) -> Result<bool, StoreError> {
        let (domain, client) = (domain.as_str().to_owned(), client.as_str().to_owned());
        let no_tag = self.vault.no_tag();
        self.db
            .write("remove", move |tx| {
                Box::pin(async move {
                    if tx.execute(&REMOVE, args![&client, &domain, &[][..], no_tag]).await? == 0 {
                        return Ok(false);
                    }
                    let before = channels::unlist(tx, &client).await?;
                    channels::forget_unused(tx, &domain, &before).await?;
                    channels::settle(tx, &client).await?;
                    Ok(true)
                })
            })
            .await
    }
}
