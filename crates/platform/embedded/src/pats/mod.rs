//! Personal access tokens: made, limited and ended by their owners, in a session.

mod duration;
pub(crate) mod routes;
mod scope;

pub use scope::NewScope;

use crate::{Embedded, Failure, secrets, users::fresh_id};
use onramp_core::model::{
    Caller, Page, PageRequest, Pat, PatChange, PatFilter, Scope, Secret, Timestamp, TokenId,
};

const MAX_TEXT: usize = 1024;
const MAX_SCOPES: usize = 1000;

impl Embedded {
    /// Makes a personal access token; the secret is shown this once.
    ///
    /// # Errors
    /// `Invalid`, `Conflict` for a scope given twice, `Unavailable`.
    pub async fn create_pat(
        &self,
        caller: &Caller,
        name: String,
        description: String,
        lifetime: Lifetime,
        scopes: Vec<NewScope>,
    ) -> Result<(Pat, Secret), Failure> {
        check_name(&name)?;
        check_text("description", &description)?;
        let scopes = self.check_scopes(scopes)?;
        let now = self.clock.now();
        let pat = Pat {
            id: fresh_id(self)?,
            user: caller.user.clone(),
            name,
            description,
            issued_at: now,
            expires_at: lifetime.end(now),
            updated_at: None,
            last_used_at: None,
            revoked_at: None,
        };
        let secret = secrets::pat(&*self.random);
        self.directory.add_pat(&pat, &secret, &scopes).await?;
        tracing::info!(user = %pat.user, pat = %pat.id, "personal access token made");
        Ok((pat, secret))
    }

    /// Reads one of the caller's tokens.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn view_pat(&self, caller: &Caller, id: &TokenId) -> Result<Pat, Failure> {
        self.directory.pat(&caller.user, id).await?.ok_or(Failure::NotFound)
    }

    /// Lists the caller's tokens, oldest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list_pats(
        &self,
        caller: &Caller,
        filter: &PatFilter,
        page: PageRequest,
    ) -> Result<Page<Pat>, Failure> {
        Ok(self.directory.pats(&caller.user, filter, page, self.clock.now()).await?)
    }

    /// Renames or describes one of the caller's tokens.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, `Unavailable`.
    pub async fn change_pat(
        &self,
        caller: &Caller,
        id: &TokenId,
        change: &PatChange,
    ) -> Result<Pat, Failure> {
        if let Some(name) = &change.name {
            check_name(name)?;
        }
        check_text("description", change.description.as_deref().unwrap_or_default())?;
        Ok(self.directory.change_pat(&caller.user, id, change, self.clock.now()).await?)
    }

    /// Gives one of the caller's tokens a new secret, shown this once; the old one ends.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn reset_pat(
        &self,
        caller: &Caller,
        id: &TokenId,
        lifetime: Lifetime,
    ) -> Result<(Pat, Secret), Failure> {
        let (now, secret) = (self.clock.now(), secrets::pat(&*self.random));
        let pat = self.directory.reset_pat(&caller.user, id, &secret, lifetime.end(now), now).await?;
        tracing::info!(user = %pat.user, pat = %pat.id, "personal access token made anew");
        Ok((pat, secret))
    }

    /// Ends one of the caller's tokens and keeps it in the list.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn revoke_pat(&self, caller: &Caller, id: &TokenId) -> Result<(), Failure> {
        self.directory.revoke_pat(&caller.user, id, self.clock.now()).await?;
        tracing::info!(user = %caller.user, pat = %id, "personal access token revoked");
        Ok(())
    }

    /// Removes one of the caller's tokens, or all of them.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn remove_pats(&self, caller: &Caller, id: Option<&TokenId>) -> Result<(), Failure> {
        self.directory.remove_pats(&caller.user, id).await?;
        tracing::info!(user = %caller.user, pat = id.map(TokenId::as_str), "personal access tokens removed");
        Ok(())
    }

    /// What one of the caller's tokens may do.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn list_scopes(
        &self,
        caller: &Caller,
        id: &TokenId,
        page: PageRequest,
    ) -> Result<Page<Scope>, Failure> {
        Ok(self.directory.pat_scopes(&caller.user, id, page).await?)
    }

    /// Lets one of the caller's tokens do more.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, `Conflict` for a scope that the token has, `Unavailable`.
    pub async fn add_scopes(
        &self,
        caller: &Caller,
        id: &TokenId,
        scopes: Vec<NewScope>,
    ) -> Result<(), Failure> {
        if scopes.is_empty() {
            return Err(Failure::invalid("empty list provided"));
        }
        let scopes = self.check_scopes(scopes)?;
        Ok(self.directory.add_pat_scopes(&caller.user, id, &scopes, self.clock.now()).await?)
    }

    /// Lets one of the caller's tokens do less, or nothing.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, `Unavailable`.
    pub async fn remove_scopes(
        &self,
        caller: &Caller,
        id: &TokenId,
        scopes: Option<&[String]>,
    ) -> Result<(), Failure> {
        if scopes.is_some_and(<[String]>::is_empty) {
            return Err(Failure::invalid("empty list provided"));
        }
        Ok(self.directory.remove_pat_scopes(&caller.user, id, scopes, self.clock.now()).await?)
    }

    fn check_scopes(&self, scopes: Vec<NewScope>) -> Result<Vec<Scope>, Failure> {
        if scopes.len() > MAX_SCOPES {
            return Err(Failure::invalid("scopes: at most 1000 are accepted"));
        }
        scopes.into_iter().map(|new| scope::check(new, self.random.uuid())).collect()
    }
}

/// A personal access token manages no personal access tokens.
///
/// # Errors
/// `Invalid`, with the reference's words.
pub(crate) fn session_only(caller: &Caller) -> Result<(), Failure> {
    if caller.scopes.is_some() {
        return Err(Failure::invalid("unsupported content token type"));
    }
    Ok(())
}

/// How long a token is good.
#[derive(Debug, Clone, Copy)]
pub struct Lifetime {
    microseconds: i64,
}

impl Lifetime {
    /// Reads a duration as Go writes it: `24h`, `1h30m`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        duration::microseconds(text).map(|microseconds| Lifetime { microseconds })
    }

    fn end(self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_add(self.microseconds))
    }
}

fn check_name(name: &str) -> Result<(), Failure> {
    if name.is_empty() {
        return Err(Failure::invalid("missing identity name"));
    }
    if name.len() > MAX_TEXT {
        return Err(Failure::invalid("invalid name size"));
    }
    check_text("name", name)
}

fn check_text(field: &str, text: &str) -> Result<(), Failure> {
    if text.len() > MAX_TEXT {
        return Err(Failure::invalid(format!("{field} must be at most 1024 bytes long")));
    }
    crate::fields::no_control(field, text)
}
