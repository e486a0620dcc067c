//! Configs: `contract/http-api.md` sections 5 to 9.

use crate::{Api, Error, Json, Method, Path};
use onramp_api::{ChangeState, PatchConfig, UpdateCerts, UpdateConnections};
use serde::Serialize;

/// What a list is asked for. Absent members are not sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Rows at most.
    pub limit: Option<u64>,
    /// Rows to skip.
    pub offset: Option<u64>,
    /// Part of the name.
    pub name: Option<String>,
    /// `enabled`, `disabled` or `all`.
    pub status: Option<String>,
    /// The wish of a config: 0 or 1.
    pub state: Option<u8>,
    /// What a config's device calls itself.
    pub external_id: Option<String>,
    /// Id of a config.
    pub client_id: Option<String>,
}

impl Filter {
    /// Appends the parameters in alphabetical order, as the reference's client does.
    pub(crate) fn add(&self, path: Path) -> Path {
        let number = |value: Option<u64>| value.map(|value| value.to_string());
        let parameters = [
            ("client_id", self.client_id.clone()),
            ("external_id", self.external_id.clone()),
            ("limit", number(self.limit)),
            ("name", self.name.clone()),
            ("offset", number(self.offset.filter(|offset| *offset > 0))),
            ("state", self.state.map(|state| state.to_string())),
            ("status", self.status.clone()),
        ];
        parameters
            .iter()
            .filter_map(|(name, value)| value.as_ref().map(|value| (name, value)))
            .fold(path, |path, (name, value)| path.query(name, value))
    }
}

fn configs(domain: &str) -> Path {
    Path::id(domain).word("clients/configs")
}

impl Api {
    /// Creates a config; gives its id. The body is [`onramp_api::CreateConfig`] or any JSON.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn create_config(&self, domain: &str, config: &impl Serialize) -> Result<String, Error> {
        let reply = self.call_with(Method::POST, &self.urls.bootstrap, &configs(domain), config)?;
        let location = reply.location.unwrap_or_default();
        let id = location.rsplit_once("/clients/configs/").map_or("", |(_, id)| id);
        Ok(id.to_owned())
    }

    /// A page of configs.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn configs(&self, domain: &str, filter: &Filter) -> Result<Json, Error> {
        self.call(Method::GET, &self.urls.bootstrap, &filter.add(configs(domain)))?.json()
    }

    /// One config.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn config(&self, domain: &str, id: &str) -> Result<Json, Error> {
        self.call(Method::GET, &self.urls.bootstrap, &configs(domain).segment(id))?.json()
    }

    /// Replaces name and content. The body is [`onramp_api::UpdateConfig`] or any JSON.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn update_config(&self, domain: &str, id: &str, config: &impl Serialize) -> Result<(), Error> {
        self.call_with(Method::PUT, &self.urls.bootstrap, &configs(domain).segment(id), config).map(drop)
    }

    /// Changes only what is given.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn patch_config(&self, domain: &str, id: &str, patch: &PatchConfig) -> Result<(), Error> {
        self.call_with(Method::PATCH, &self.urls.bootstrap, &configs(domain).segment(id), patch).map(drop)
    }

    /// Replaces the certificates; gives what was sent.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn update_certs(&self, domain: &str, id: &str, certs: &UpdateCerts) -> Result<Json, Error> {
        let path = configs(domain).word("certs").segment(id);
        self.call_with(Method::PATCH, &self.urls.bootstrap, &path, certs)?.json()
    }

    /// Replaces the channels.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn update_connections(
        &self,
        domain: &str,
        id: &str,
        channels: &UpdateConnections,
    ) -> Result<(), Error> {
        let path = configs(domain).word("connections").segment(id);
        self.call_with(Method::PUT, &self.urls.bootstrap, &path, channels).map(drop)
    }

    /// Removes a config.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn remove_config(&self, domain: &str, id: &str) -> Result<(), Error> {
        self.call(Method::DELETE, &self.urls.bootstrap, &configs(domain).segment(id)).map(drop)
    }

    /// Connects (1) or disconnects (0) the config's client. A 0 is sent like any other value.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn change_state(&self, domain: &str, id: &str, state: i64) -> Result<(), Error> {
        let path = Path::id(domain).word("clients/state").segment(id);
        self.call_with(Method::PUT, &self.urls.bootstrap, &path, &ChangeState { state: Some(state) })
            .map(drop)
    }

    /// Lets the device bootstrap, or refuses it; gives the config.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn switch_config(&self, domain: &str, id: &str, enabled: bool) -> Result<Json, Error> {
        let path = configs(domain).segment(id).word(if enabled { "enable" } else { "disable" });
        self.call(Method::POST, &self.urls.bootstrap, &path)?.json()
    }
}
