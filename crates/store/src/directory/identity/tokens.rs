//! The port of sessions and personal access tokens. Here secrets become keyed hashes.

use super::{pats, sessions};
use crate::{SqlStore, db::args};
use async_trait::async_trait;
use onramp_core::{
    model::{
        Bearer, Page, PageRequest, Pat, PatChange, PatFilter, Rotation, Scope, Secret, Session, Timestamp,
        TokenId, TokenPair, UserId,
    },
    port::{StoreError, directory::TokenDirectory},
};

/// With this a personal access token begins; no session's token does.
const PAT_PREFIX: &str = "pat_";

impl SqlStore {
    fn hashes(&self, pair: &TokenPair) -> sessions::Pair {
        sessions::Pair {
            access: self.vault.token_hash(&pair.access),
            refresh: self.vault.token_hash(&pair.refresh),
            access_expires: pair.access_expires,
            refresh_expires: pair.refresh_expires,
        }
    }
}

#[async_trait]
impl TokenDirectory for SqlStore {
    async fn bearer(&self, token: &Secret, now: Timestamp) -> Result<Option<Bearer>, StoreError> {
        let hash = self.vault.token_hash(token);
        let mut found = None;
        if token.expose().starts_with(PAT_PREFIX) {
            let statement = pats::bearer_statement();
            let each = |row: &crate::db::Row<'_>| pats::add_to_bearer(&mut found, row);
            self.db.point("bearer_pat", statement, args![&hash, now.0], each).await?;
        } else {
            let each = |row: &crate::db::Row<'_>| {
                found = Some(sessions::bearer(row)?);
                Ok(())
            };
            self.db.point("bearer", sessions::bearer_statement(), args![&hash, now.0], each).await?;
        }
        Ok(found)
    }

    async fn begin_session(
        &self,
        session: &Session,
        user: &UserId,
        password: &Secret,
        pair: &TokenPair,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (session, user, password, pair) =
            (session.clone(), user.clone(), password.clone(), self.hashes(pair));
        self.db
            .write("begin_session", move |tx| {
                Box::pin(async move { sessions::begin(tx, &session, &user, &password, &pair, at).await })
            })
            .await
    }

    async fn rotate(
        &self,
        refresh: &Secret,
        pair: &TokenPair,
        now: Timestamp,
    ) -> Result<Rotation, StoreError> {
        let (refresh, pair) = (self.vault.token_hash(refresh), self.hashes(pair));
        self.db
            .write("rotate", move |tx| {
                Box::pin(async move { sessions::rotate(tx, &refresh, &pair, now).await })
            })
            .await
    }

    async fn sessions(&self, user: &UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let user = user.clone();
        self.db
            .read("sessions", move |tx| Box::pin(async move { sessions::list(tx, &user, now).await }))
            .await
    }

    async fn end_session(&self, user: &UserId, session: &TokenId) -> Result<bool, StoreError> {
        let (user, session) = (user.clone(), session.clone());
        self.db
            .write("end_session", move |tx| Box::pin(async move { sessions::end(tx, &user, &session).await }))
            .await
    }

    async fn forget_expired(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.db
            .write("forget_expired", move |tx| {
                Box::pin(async move { sessions::forget_expired(tx, before).await })
            })
            .await
    }

    async fn add_pat(&self, pat: &Pat, secret: &Secret, scopes: &[Scope]) -> Result<(), StoreError> {
        let (pat, hash, scopes) = (pat.clone(), self.vault.token_hash(secret), scopes.to_vec());
        self.db
            .write("add_pat", move |tx| Box::pin(async move { pats::insert(tx, &pat, &hash, &scopes).await }))
            .await
    }

    async fn pat(&self, user: &UserId, id: &TokenId) -> Result<Option<Pat>, StoreError> {
        let (user, id) = (user.clone(), id.clone());
        let read =
            self.db.read("pat", move |tx| Box::pin(async move { pats::read(tx, &user, &id).await })).await;
        match read {
            Ok(pat) => Ok(Some(pat)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn pats(
        &self,
        user: &UserId,
        filter: &PatFilter,
        page: PageRequest,
        now: Timestamp,
    ) -> Result<Page<Pat>, StoreError> {
        let (user, filter) = (user.clone(), filter.clone());
        self.db
            .read("pats", move |tx| Box::pin(async move { pats::list(tx, &user, &filter, page, now).await }))
            .await
    }

    async fn change_pat(
        &self,
        user: &UserId,
        id: &TokenId,
        change: &PatChange,
        at: Timestamp,
    ) -> Result<Pat, StoreError> {
        let (user, id, change) = (user.clone(), id.clone(), change.clone());
        self.db
            .write("change_pat", move |tx| {
                Box::pin(async move { pats::change(tx, &user, &id, &change, at).await })
            })
            .await
    }

    async fn reset_pat(
        &self,
        user: &UserId,
        id: &TokenId,
        secret: &Secret,
        expires_at: Timestamp,
        at: Timestamp,
    ) -> Result<Pat, StoreError> {
        let (user, id, hash) = (user.clone(), id.clone(), self.vault.token_hash(secret));
        self.db
            .write("reset_pat", move |tx| {
                Box::pin(async move { pats::reset(tx, &user, &id, &hash, expires_at, at).await })
            })
            .await
    }

    async fn revoke_pat(&self, user: &UserId, id: &TokenId, at: Timestamp) -> Result<(), StoreError> {
        let (user, id) = (user.clone(), id.clone());
        self.db
            .write("revoke_pat", move |tx| Box::pin(async move { pats::revoke(tx, &user, &id, at).await }))
            .await
    }

    async fn remove_pats(&self, user: &UserId, id: Option<&TokenId>) -> Result<(), StoreError> {
        let (user, id) = (user.clone(), id.cloned());
        self.db
            .write("remove_pats", move |tx| {
                Box::pin(async move { pats::remove(tx, &user, id.as_ref()).await })
            })
            .await
    }

    async fn touch_pat(&self, id: &TokenId, at: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        self.db.write("touch_pat", move |tx| Box::pin(async move { pats::touch(tx, &id, at).await })).await
    }

    async fn pat_scopes(
        &self,
        user: &UserId,
        id: &TokenId,
        page: PageRequest,
    ) -> Result<Page<Scope>, StoreError> {
        let (user, id) = (user.clone(), id.clone());
        self.db
            .read("pat_scopes", move |tx| Box::pin(async move { pats::scopes(tx, &user, &id, page).await }))
            .await
    }

    async fn add_pat_scopes(
        &self,
        user: &UserId,
        id: &TokenId,
        scopes: &[Scope],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (user, id, scopes) = (user.clone(), id.clone(), scopes.to_vec());
        self.db
            .write("add_pat_scopes", move |tx| {
                Box::pin(async move { pats::add_scopes(tx, &user, &id, &scopes, at).await })
            })
            .await
    }

    async fn remove_pat_scopes(
        &self,
        user: &UserId,
        id: &TokenId,
        scopes: Option<&[String]>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (user, id, scopes) = (user.clone(), id.clone(), scopes.map(<[String]>::to_vec));
        self.db
            .write("remove_pat_scopes", move |tx| {
                Box::pin(async move { pats::remove_scopes(tx, &user, &id, scopes.as_deref(), at).await })
            })
            .await
    }
}
