//! Operators read, change and remove configs.

use crate::access::{Deed, Grant};
use crate::certificates;
use crate::error::Error;
use crate::limits;
use crate::model::{ClientId, Config, DomainId, ExternalId, Page, PageRequest, Status};
use crate::port::StoreError;
use crate::port::store::{ConfigChange, ConfigFilter, Conflict};
use crate::service::Service;

/// A config, and what of it the caller may see.
#[derive(Debug, Clone)]
pub struct Visible {
    /// The config with everything in it.
    pub config: Config,
    /// May the caller see external key, client secret and content?
    pub secrets: bool,
}

impl Service {
    /// Reads the config of the grant (deed: view).
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`, `Internal`; `Forbidden` when the grant does not fit.
    pub async fn config(&self, grant: &Grant) -> Result<Visible, Error> {
        let id = grant.target(Deed::View)?;
        let config = self.store.config(grant.domain(), id).await?.ok_or(Error::NotFound)?;
        let secrets = self.may_see_secrets(grant, id).await?;
        Ok(Visible { config, secrets })
    }

    /// Lists configs (deed: list).
    ///
    /// # Errors
    /// `Unavailable`, `Internal`; `Forbidden` when the grant does not fit.
    pub async fn configs(
        &self,
        grant: &Grant,
        filter: ConfigFilter,
        page: PageRequest,
    ) -> Result<Page<Visible>, Error> {
        grant.demand(Deed::List)?;
        let Page { total, items } = self.store.configs(grant.domain(), &filter, page).await?;
        let mut visible = Vec::with_capacity(items.len());
        for config in items {
            let secrets = self.may_see_secrets(grant, &config.client).await?;
            visible.push(Visible { config, secrets });
        }
        Ok(Page { total, items: visible })
    }

    /// Replaces name and content (deed: update).
    ///
    /// # Errors
    /// `Invalid`, `Conflict`, `NotFound`, `Unavailable`, `Internal`; `Forbidden` when the grant does not fit.
    pub async fn update(&self, grant: &Grant, name: String, content: String) -> Result<(), Error> {
        let change = ConfigChange {
            name: Some(limits::name(name)?),
            content: Some(limits::content(content)?),
            ..ConfigChange::default()
        };
        self.change(grant, &change).await.map(drop)
    }

    /// Changes what is given, leaves the rest (deed: update).
    ///
    /// # Errors
    /// `Invalid`, `MissingExternalKey`, `Conflict`, `NotFound`, `Unavailable`, `Internal`; `Forbidden` when the
    /// grant does not fit.
    pub async fn patch(
        &self,
        grant: &Grant,
        external_key: Option<String>,
        name: Option<String>,
        content: Option<String>,
    ) -> Result<Visible, Error> {
        let nothing = external_key.is_none() && name.is_none() && content.is_none();
        let change = ConfigChange {
            external_key: external_key.map(limits::external_key).transpose()?,
            name: name.map(limits::name).transpose()?,
            content: content.map(limits::content).transpose()?,
            ..ConfigChange::default()
        };
        let id = if nothing { grant.target(Deed::Update)? } else { self.change(grant, &change).await? };
        self.changed(grant, id).await
    }

    /// Replaces all three certificates (deed: update).
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, `Unavailable`, `Internal`; `Forbidden` when the grant does not fit.
    pub async fn set_certificates(
        &self,
        grant: &Grant,
        client_cert: Option<String>,
        client_key: Option<String>,
        ca_cert: Option<String>,
    ) -> Result<(), Error> {
        let certificates = certificates::check(client_cert, client_key, ca_cert)?;
        let change = ConfigChange { certificates: Some(certificates), ..ConfigChange::default() };
        self.change(grant, &change).await.map(drop)
    }

    /// Sets the switch (deed: update).
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`, `Internal`; `Forbidden` when the grant does not fit.
    pub async fn set_status(&self, grant: &Grant, status: Status) -> Result<Visible, Error> {
        let change = ConfigChange { status: Some(status), ..ConfigChange::default() };
        let id = self.change(grant, &change).await?;
        self.changed(grant, id).await
    }

    /// Removes a config (deed: remove); one that is not there counts as removed. Its device is refused from
    /// now on; if its client can't be disconnected at once, that is done later.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`; `Forbidden` when the grant does not fit.
    pub async fn remove(&self, grant: &Grant) -> Result<(), Error> {
        let id = grant.target(Deed::Remove)?;
        if !self.store.remove(grant.domain(), id).await? {
            return Ok(());
        }
        match self.converge(grant.caller(), grant.domain(), id).await {
            // `NotFound`: somebody else's loop disconnected the last channel.
            Ok(()) | Err(Error::NotFound) => {}
            Err(error) => {
                tracing::warn!(domain = %grant.domain(), client = %id, %error, "a removed config waits to be disconnected");
            }
        }
        Ok(())
    }

    async fn change<'a>(&self, grant: &'a Grant, change: &ConfigChange) -> Result<&'a ClientId, Error> {
        let id = grant.target(Deed::Update)?;
        let changed = self.store.change(grant.domain(), id, change, self.clock.now()).await;
        if let Err(StoreError::Conflict(Conflict::ExternalId)) = changed
            && let Ok(Some(config)) = self.store.config(grant.domain(), id).await
        {
            self.tell_of_clash(grant.domain(), &config.external_id).await;
        }
        changed?;
        Ok(id)
    }

    /// After a conflict: tells the log when the external id is in use in other domains too, because then somebody
    /// may be guessing their keys. The caller learns nothing but that there is a conflict.
    pub(crate) async fn tell_of_clash(&self, domain: &DomainId, id: &ExternalId) {
        let Ok(holders) = self.store.holders(id).await else { return };
        let others = holders.iter().filter(|holder| holder.domain != *domain).count();
        if others > 0 {
            tracing::warn!(%domain, external_id = %id, others, "conflict over an external id that other domains hold too");
        }
    }

    /// The config after a change. Who may change it may see it whole.
    async fn changed(&self, grant: &Grant, id: &ClientId) -> Result<Visible, Error> {
        let config = self.store.config(grant.domain(), id).await?.ok_or(Error::NotFound)?;
        Ok(Visible { config, secrets: true })
    }
}
