//! Users, domains, channels, clients and connections: `contract/platform-http.md`.

use crate::{Api, Error, Filter, Json, Method, Path};
use serde::Serialize;

/// What lives in a domain and is listed, viewed, changed and switched alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Channels.
    Channels,
    /// Clients.
    Clients,
}

/// A person to be created.
#[derive(Clone)]
pub struct NewUser<'a> {
    /// First name.
    pub first_name: &'a str,
    /// Last name.
    pub last_name: &'a str,
    /// E-mail address.
    pub email: &'a str,
    /// Name to log in with.
    pub username: &'a str,
    /// Password.
    pub password: &'a str,
}

/// One part of a user that has a route of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserChange {
    /// `tags`
    Tags,
    /// `email`
    Email,
    /// `username`
    Username,
    /// `role`
    Role,
}

impl UserChange {
    fn word(self) -> &'static str {
        match self {
            UserChange::Tags => "tags",
            UserChange::Email => "email",
            UserChange::Username => "username",
            UserChange::Role => "role",
        }
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Channels => "channels",
            Kind::Clients => "clients",
        }
    }
}

fn object(members: &[(&str, &Json)]) -> Json {
    Json::Object(members.iter().map(|(key, value)| ((*key).to_owned(), (*value).clone())).collect())
}

fn text(value: &str) -> Json {
    Json::Text(value.to_owned())
}

impl Api {
    /// Logs in.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn issue_token(&self, username: &str, password: &str) -> Result<Json, Error> {
        let body = object(&[("username", &text(username)), ("password", &text(password))]);
        self.anonymous()
            .call_with(Method::POST, &self.urls.users, &Path::fixed("users/tokens/issue"), &body)?
            .json()
    }

    /// A new pair of tokens; the client's token must be the refresh token.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn refresh_token(&self) -> Result<Json, Error> {
        self.call(Method::POST, &self.urls.users, &Path::fixed("users/tokens/refresh"))?.json()
    }

    /// Creates a user. Without a token this is self-registration.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn create_user(&self, user: &NewUser<'_>) -> Result<Json, Error> {
        let body = object(&[
            ("first_name", &text(user.first_name)),
            ("last_name", &text(user.last_name)),
            ("email", &text(user.email)),
            ("credentials", &object(&[("username", &text(user.username)), ("secret", &text(user.password))])),
            ("status", &text("enabled")),
        ]);
        self.call_with(Method::POST, &self.urls.users, &Path::fixed("users"), &body)?.json()
    }

    /// The caller.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn profile(&self) -> Result<Json, Error> {
        self.call(Method::GET, &self.urls.users, &Path::fixed("users/profile"))?.json()
    }

    /// A page of users.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn users(&self, filter: &Filter) -> Result<Json, Error> {
        self.call(Method::GET, &self.urls.users, &filter.add(Path::fixed("users")))?.json()
    }

    /// One user.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn user(&self, id: &str) -> Result<Json, Error> {
        self.call(Method::GET, &self.urls.users, &Path::fixed("users").segment(id))?.json()
    }

    /// Changes names or metadata of a user.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn update_user(&self, id: &str, change: &impl Serialize) -> Result<Json, Error> {
        self.call_with(Method::PATCH, &self.urls.users, &Path::fixed("users").segment(id), change)?.json()
    }

    /// Changes one part of a user that has a route of its own.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn change_user(&self, id: &str, change: UserChange, value: &Json) -> Result<Json, Error> {
        let path = Path::fixed("users").segment(id).word(change.word());
        self.call_with(Method::PATCH, &self.urls.users, &path, &object(&[(change.word(), value)]))?.json()
    }

    /// Changes the caller's password.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn change_password(&self, old: &str, new: &str) -> Result<Json, Error> {
        let body = object(&[("old_secret", &text(old)), ("new_secret", &text(new))]);
        self.call_with(Method::PATCH, &self.urls.users, &Path::fixed("users/secret"), &body)?.json()
    }

    /// Enables or disables a user.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn switch_user(&self, id: &str, enabled: bool) -> Result<Json, Error> {
        let path = Path::fixed("users").segment(id).word(if enabled { "enable" } else { "disable" });
        self.call(Method::POST, &self.urls.users, &path)?.json()
    }

    /// Removes a user.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn remove_user(&self, id: &str) -> Result<(), Error> {
        self.call(Method::DELETE, &self.urls.users, &Path::fixed("users").segment(id)).map(drop)
    }

    /// Creates a domain.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn create_domain(&self, name: &str, route: &str) -> Result<Json, Error> {
        let body = object(&[("name", &text(name)), ("route", &text(route))]);
        self.call_with(Method::POST, &self.urls.domains, &Path::fixed("domains"), &body)?.json()
    }

    /// A page of domains.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn domains(&self, filter: &Filter) -> Result<Json, Error> {
        self.call(Method::GET, &self.urls.domains, &filter.add(Path::fixed("domains")))?.json()
    }

    /// One domain.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn domain(&self, id: &str) -> Result<Json, Error> {
        self.call(Method::GET, &self.urls.domains, &Path::fixed("domains").segment(id))?.json()
    }

    /// Changes name, metadata or tags of a domain.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn update_domain(&self, id: &str, change: &impl Serialize) -> Result<Json, Error> {
        self.call_with(Method::PATCH, &self.urls.domains, &Path::fixed("domains").segment(id), change)?.json()
    }

    /// `enable`, `disable` or `freeze` a domain.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn switch_domain(&self, id: &str, operation: &'static str) -> Result<(), Error> {
        let path = Path::fixed("domains").segment(id).word(operation);
        self.call(Method::POST, &self.urls.domains, &path).map(drop)
    }

    /// The members of a domain and their roles.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn domain_members(&self, id: &str, filter: &Filter) -> Result<Json, Error> {
        let path = Path::fixed("domains").segment(id).word("roles/members");
        self.call(Method::GET, &self.urls.domains, &filter.add(path))?.json()
    }

    /// Creates a channel or client from its JSON.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn create(&self, kind: Kind, domain: &str, body: &impl Serialize) -> Result<Json, Error> {
        self.call_with(Method::POST, self.base(kind), &Path::id(domain).word(kind.word()), body)?.json()
    }

    /// A page of channels or clients.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn list(&self, kind: Kind, domain: &str, filter: &Filter) -> Result<Json, Error> {
        let path = filter.add(Path::id(domain).word(kind.word()));
        self.call(Method::GET, self.base(kind), &path)?.json()
    }

    /// One channel or client.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn view(&self, kind: Kind, domain: &str, id: &str) -> Result<Json, Error> {
        self.call(Method::GET, self.base(kind), &entity(kind, domain, id))?.json()
    }

    /// Changes name or metadata.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn update(&self, kind: Kind, domain: &str, id: &str, change: &impl Serialize) -> Result<Json, Error> {
        self.call_with(Method::PATCH, self.base(kind), &entity(kind, domain, id), change)?.json()
    }

    /// Replaces the tags.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn update_tags(&self, kind: Kind, domain: &str, id: &str, tags: &Json) -> Result<Json, Error> {
        let path = entity(kind, domain, id).word("tags");
        self.call_with(Method::PATCH, self.base(kind), &path, &object(&[("tags", tags)]))?.json()
    }

    /// Gives a client a new secret.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn update_client_secret(&self, domain: &str, id: &str, secret: &str) -> Result<Json, Error> {
        let path = entity(Kind::Clients, domain, id).word("secret");
        self.call_with(Method::PATCH, &self.urls.clients, &path, &object(&[("secret", &text(secret))]))?
            .json()
    }

    /// Enables or disables a channel or client.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn switch(&self, kind: Kind, domain: &str, id: &str, enabled: bool) -> Result<Json, Error> {
        let path = entity(kind, domain, id).word(if enabled { "enable" } else { "disable" });
        self.call(Method::POST, self.base(kind), &path)?.json()
    }

    /// Removes a channel or client.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn remove(&self, kind: Kind, domain: &str, id: &str) -> Result<(), Error> {
        self.call(Method::DELETE, self.base(kind), &entity(kind, domain, id)).map(drop)
    }

    /// Connects or disconnects a client and a channel. `types` is a list such as `["publish","subscribe"]`.
    ///
    /// # Errors
    /// [`Error`], as every call.
    pub fn connect(
        &self,
        domain: &str,
        client: &str,
        channel: &str,
        types: &Json,
        connected: bool,
    ) -> Result<(), Error> {
        if client.is_empty() || channel.is_empty() {
            return Err(Error::MissingId);
        }
        let path = Path::id(domain).word(if connected { "channels/connect" } else { "channels/disconnect" });
        let one = |id: &str| Json::List(vec![text(id)]);
        let body = object(&[("client_ids", &one(client)), ("channel_ids", &one(channel)), ("types", types)]);
        self.call_with(Method::POST, &self.urls.channels, &path, &body).map(drop)
    }

    fn base(&self, kind: Kind) -> &str {
        match kind {
            Kind::Channels => &self.urls.channels,
            Kind::Clients => &self.urls.clients,
        }
    }

    /// A login must never carry a token that happens to lie around.
    fn anonymous(&self) -> Anonymous<'_> {
        Anonymous(self)
    }
}

struct Anonymous<'a>(&'a Api);

impl Anonymous<'_> {
    fn call_with(&self, method: Method, base: &str, path: &Path, body: &Json) -> Result<crate::Reply, Error> {
        let body = Some(body.compact().into_bytes());
        self.0.send(crate::Request { method, url: path.on(base)?, authorization: None, body })
    }
}

fn entity(kind: Kind, domain: &str, id: &str) -> Path {
    Path::id(domain).word(kind.word()).segment(id)
}
