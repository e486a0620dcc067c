//! Who may do what. Every operator flow takes a [`Grant`], and only this file can make one: a flow that was
//! not authorized does not compile.

use crate::error::Error;
use crate::model::{Caller, ClientId, DomainId, Right, Secret};
use crate::service::Service;

/// Proof that a caller was authenticated, belongs to the domain, and may do one kind of thing there.
#[derive(Debug, Clone)]
pub struct Grant {
    caller: Caller,
    domain: DomainId,
    deed: Deed,
    config: Option<ClientId>,
}

impl Grant {
    /// Who calls.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// In which domain.
    #[must_use]
    pub fn domain(&self) -> &DomainId {
        &self.domain
    }

    /// For which kind of thing.
    #[must_use]
    pub fn deed(&self) -> Deed {
        self.deed
    }

    /// To which config, if to one.
    #[must_use]
    pub fn config(&self) -> Option<&ClientId> {
        self.config.as_ref()
    }

    /// The grant must be for this deed: one that lets somebody read must never let them change.
    pub(crate) fn demand(&self, deed: Deed) -> Result<(), Error> {
        if self.deed == deed { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// The config that the grant lets the caller do this to.
    pub(crate) fn target(&self, deed: Deed) -> Result<&ClientId, Error> {
        self.demand(deed)?;
        self.config.as_ref().ok_or(Error::Forbidden)
    }
}

/// The kinds of things that are done to configs; the config they are done to comes from the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Create a config.
    Create,
    /// List configs.
    List,
    /// Read one.
    View,
    /// Change one.
    Update,
    /// Remove one.
    Remove,
}

impl Service {
    /// Authentication, membership in the domain, then the right itself, in this order. A refusal for a config
    /// that does not exist says so to members; to strangers everything is forbidden alike.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`, `NotFound`, `Unavailable`.
    pub async fn grant(
        &self,
        token: &Secret,
        domain: &DomainId,
        deed: Deed,
        config: Option<&ClientId>,
    ) -> Result<Grant, Error> {
        let caller = self.platform.identify(token).await?;
        self.platform.member(&caller, domain).await?;
        let right = match (deed, config) {
            (Deed::Create, _) => Right::Create,
            (Deed::View, Some(id)) => Right::View(id),
            (Deed::Update, Some(id)) => Right::Update(id),
            (Deed::Remove, Some(id)) => Right::Remove(id),
            (Deed::List, _) | (_, None) => Right::List,
        };
        if self.platform.permits(&caller, domain, right).await? {
            return Ok(Grant { caller, domain: domain.clone(), deed, config: config.cloned() });
        }
        match config {
            Some(id) if !self.store.exists(domain, id).await? => Err(Error::NotFound),
            _ => Err(Error::Forbidden),
        }
    }

    /// Whether the caller may see the secrets of a config: those who may update it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn may_see_secrets(&self, grant: &Grant, config: &ClientId) -> Result<bool, Error> {
        Ok(self.platform.permits(&grant.caller, &grant.domain, Right::Update(config)).await?)
    }
}
