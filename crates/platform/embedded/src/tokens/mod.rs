//! Logging in and out: sessions and the pairs of tokens that come from them.

pub(crate) mod routes;

use crate::{Embedded, Failure, secrets, users::fresh_id};
use onramp_core::model::{Caller, Rotation, Secret, Session, Status, Timestamp, TokenId, TokenPair};

const ACCESS_SECONDS: i64 = 3600;
const REFRESH_SECONDS: i64 = 24 * 3600;
const MAX_DESCRIPTION: usize = 1024;

impl Embedded {
    /// Begins a session. Unknown users, disabled users and wrong passwords all get the same answer, at the
    /// same cost.
    ///
    /// # Errors
    /// `Credentials`, `Invalid`, `Busy`, `Unavailable`.
    pub async fn log_in(
        &self,
        login: &str,
        password: &Secret,
        description: String,
    ) -> Result<TokenPair, Failure> {
        if login.is_empty() {
            return Err(Failure::invalid("missing username / email"));
        }
        if password.is_empty() {
            return Err(Failure::invalid("missing password"));
        }
        if description.len() > MAX_DESCRIPTION {
            return Err(Failure::invalid("description must be at most 1024 bytes long"));
        }
        let found = self.directory.user_by_login(login).await?;
        let stored = found.as_ref().map(|(_, stored)| stored);
        let fits = self.passwords.verify(password, stored).await?;
        let (user, stored) = match found {
            Some(known) if fits && known.0.status == Status::Enabled => known,
            Some((user, _)) => {
                tracing::warn!(user = %user.id, disabled = user.status == Status::Disabled, "login refused");
                return Err(Failure::Credentials);
            }
            None => {
                // What was typed may be a password in the wrong field.
                tracing::warn!("login refused: no such user");
                return Err(Failure::Credentials);
            }
        };
        let (now, session) = (self.clock.now(), Session { id: fresh_id(self)?, description });
        let pair = self.fresh_pair(now);
        if !self.directory.begin_session(&session, &user.id, &stored, &pair, now).await? {
            tracing::warn!(user = %user.id, "login refused: the user changed meanwhile");
            return Err(Failure::Credentials);
        }
        tracing::info!(user = %user.id, session = %session.id, "logged in");
        Ok(pair)
    }

    /// Exchanges a refresh token for a new pair; it is good once. Live access tokens stay.
    ///
    /// # Errors
    /// `Unauthenticated`, `Unavailable`.
    pub async fn refresh(&self, refresh: &Secret) -> Result<TokenPair, Failure> {
        let now = self.clock.now();
        let pair = self.fresh_pair(now);
        match self.directory.rotate(refresh, &pair, now).await? {
            Rotation::Rotated(_) => Ok(pair),
            Rotation::Reused(user) => {
                tracing::warn!(%user, "a refresh token came twice: the session was ended");
                Err(Failure::Unauthenticated)
            }
            Rotation::Disabled | Rotation::Refused => Err(Failure::Unauthenticated),
        }
    }

    /// Ends one of the caller's sessions, with all its tokens.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, `Forbidden` for a personal access token, `Unavailable`.
    pub async fn revoke(&self, caller: &Caller, session: &str) -> Result<(), Failure> {
        session_only(caller)?;
        if session.is_empty() {
            return Err(Failure::invalid("missing token id"));
        }
        let session: TokenId = session.parse().map_err(|_| Failure::NotFound)?;
        if !self.directory.end_session(&caller.user, &session).await? {
            return Err(Failure::NotFound);
        }
        tracing::info!(user = %caller.user, %session, "session ended");
        Ok(())
    }

    /// The caller's sessions, oldest first.
    ///
    /// # Errors
    /// `Forbidden` for a personal access token, `Unavailable`.
    pub async fn list_sessions(&self, caller: &Caller) -> Result<Vec<Session>, Failure> {
        session_only(caller)?;
        Ok(self.directory.sessions(&caller.user, self.clock.now()).await?)
    }

    /// Forgets sessions and tokens that have ended. To be called now and then.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn forget_expired(&self) -> Result<u64, Failure> {
        Ok(self.directory.forget_expired(self.clock.now()).await?)
    }

    fn fresh_pair(&self, now: Timestamp) -> TokenPair {
        TokenPair {
            access: secrets::session_token(&*self.random),
            refresh: secrets::session_token(&*self.random),
            access_expires: now.plus_seconds(ACCESS_SECONDS),
            refresh_expires: now.plus_seconds(REFRESH_SECONDS),
        }
    }
}

/// Sessions are no business of personal access tokens.
fn session_only(caller: &Caller) -> Result<(), Failure> {
    if caller.scopes.is_some() { Err(Failure::Forbidden) } else { Ok(()) }
}
