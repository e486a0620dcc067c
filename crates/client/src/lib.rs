//! Blocking client of the operator API, of the platform's routes and of the device exchanges.
//!
//! Requests are the types of `onramp-api` or any JSON; answers are [`Json`], which keeps every key and every
//! number as the server wrote it. Nothing here prints, reads settings or holds state between calls.

mod configs;
mod device;
mod error;
mod json;
mod path;
mod platform;
mod transport;

pub use configs::Filter;
pub use error::Error;
pub use json::Json;
pub use platform::{Kind, NewUser, UserChange};
pub use transport::{Sent, TlsSettings, Transport};

use path::Path;
use serde::Serialize;
use transport::{Method, Reply, Request};

/// Where each service is reached. Standalone it is five times the same address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// Configs and devices.
    pub bootstrap: String,
    /// Users and tokens.
    pub users: String,
    /// Domains.
    pub domains: String,
    /// Channels and connections.
    pub channels: String,
    /// Clients.
    pub clients: String,
}

impl Urls {
    /// One address for everything.
    #[must_use]
    pub fn one(url: &str) -> Self {
        let url = url.to_owned();
        Urls {
            bootstrap: url.clone(),
            users: url.clone(),
            domains: url.clone(),
            channels: url.clone(),
            clients: url,
        }
    }
}

/// The typed client. It has no `Debug`: it carries a token.
pub struct Api {
    transport: Transport,
    urls: Urls,
    token: Option<String>,
}

impl Api {
    /// A client that sends `token`, when there is one, to `urls`.
    ///
    /// # Errors
    /// [`Error::Url`] when one of the addresses can't be used.
    pub fn new(transport: Transport, urls: Urls, token: Option<String>) -> Result<Self, Error> {
        for url in [&urls.bootstrap, &urls.users, &urls.domains, &urls.channels, &urls.clients] {
            path::check_base(url)?;
        }
        let token = token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty());
        Ok(Api { transport, urls, token })
    }

    fn bearer(&self) -> Option<Vec<u8>> {
        // A token copied together with its scheme is meant as a token.
        self.token.as_ref().map(|token| {
            let token = token.strip_prefix("Bearer ").unwrap_or(token);
            format!("Bearer {token}").into_bytes()
        })
    }

    fn call(&self, method: Method, base: &str, path: &Path) -> Result<Reply, Error> {
        self.send(Request { method, url: path.on(base)?, authorization: self.bearer(), body: None })
    }

    fn call_with(
        &self,
        method: Method,
        base: &str,
        path: &Path,
        body: &(impl Serialize + ?Sized),
    ) -> Result<Reply, Error> {
        let body = serde_json::to_vec(body).map_err(|error| Error::Body(error.to_string()))?;
        self.send(Request { method, url: path.on(base)?, authorization: self.bearer(), body: Some(body) })
    }

    fn send(&self, request: Request) -> Result<Reply, Error> {
        self.transport.send(&request)
    }

    /// `GET /health` of the service at `base`.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn health(&self, base: &str) -> Result<Json, Error> {
        path::check_base(base)?;
        let request = Request {
            method: Method::GET,
            url: Path::fixed("health").on(base)?,
            authorization: None,
            body: None,
        };
        self.send(request)?.json()
    }
}
