//! Operators read, change and remove configs.

use crate::access::Grant;
use crate::error::Error;
use crate::model::{Config, Page, PageRequest, Status};
use crate::port::store::ConfigFilter;
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
        let _ = grant;
        todo!()
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
        let _ = (grant, filter, page);
        todo!()
    }

    /// Replaces name and content (deed: update).
    ///
    /// # Errors
    /// `Invalid`, `Conflict`, `NotFound`, `Unavailable`, `Internal`; `Forbidden` when the grant does not fit.
    pub async fn update(&self, grant: &Grant, name: String, content: String) -> Result<(), Error> {
        let _ = (grant, name, content);
        todo!()
    }

    /// Changes what is given, leaves the rest (deed: update).
    ///
    /// # Errors
    /// `Invalid`, `Conflict`, `NotFound`, `Unavailable`, `Internal`; `Forbidden` when the grant does not fit.
    pub async fn patch(
        &self,
        grant: &Grant,
        external_key: Option<String>,
        name: Option<String>,
        content: Option<String>,
    ) -> Result<Visible, Error> {
        let _ = (grant, external_key, name, content);
        todo!()
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
        let _ = (grant, client_cert, client_key, ca_cert);
        todo!()
    }

    /// Sets the switch (deed: update).
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`, `Internal`; `Forbidden` when the grant does not fit.
    pub async fn set_status(&self, grant: &Grant, status: Status) -> Result<Visible, Error> {
        let _ = (grant, status);
        todo!()
    }

    /// Removes a config (deed: remove); one that is not there counts as removed.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`; `Forbidden` when the grant does not fit.
    pub async fn remove(&self, grant: &Grant) -> Result<(), Error> {
        let _ = grant;
        todo!()
    }
}
