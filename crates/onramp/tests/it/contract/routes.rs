//! One row for each operation: who may, what to send, and what a success is.

use super::fresh::Fresh;
use crate::harness::{PASSWORD, pem::pem};
use serde_json::{Value, json};

/// Who may do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Everybody.
    Nothing,
    /// A device's credential.
    Device,
    /// A refresh token.
    Refresh,
    /// Any access token, even a personal one without any scope.
    Anybody,
    /// Any session; a personal access token needs a scope.
    Session,
    /// Any session; a personal access token is refused with 400, whatever its scopes.
    SessionOnly,
    /// Role viewer of the domain, or more.
    View,
    /// Role operator.
    Operate,
    /// Role administrator.
    Administer,
    /// The platform's administrator, or the user in the path itself.
    Self_,
    /// The platform's administrator.
    Platform,
    /// The platform's administrator; for others it is not there.
    PlatformHidden,
}

pub struct Route {
    /// Method and path; the names of parameters say what has to be there.
    pub operation: &'static str,
    pub needs: Needs,
    pub success: u16,
    pub body: Option<fn(&Fresh) -> Value>,
}

impl Route {
    pub fn method(&self) -> &'static str {
        self.operation.split_once(' ').unwrap().0
    }

    pub fn path(&self) -> &'static str {
        self.operation.split_once(' ').unwrap().1
    }

    /// A list with `offset` and `limit`?
    pub fn is_list(&self) -> bool {
        LISTS.contains(&self.operation)
    }
}

/// Lists that take `offset` and `limit`.
pub const LISTS: &[&str] = &[
    "GET /{domain}/clients/configs",
    "GET /{domain}/clients",
    "GET /{domain}/channels",
    "GET /users",
    "GET /domains",
    "GET /domains/{domain}/roles",
    "GET /domains/{domain}/roles/members",
    "GET /domains/{domain}/roles/{role}/members",
    "GET /pats",
];

macro_rules! routes {
    ($($operation:literal, $needs:ident, $success:literal $(, $body:expr)?;)*) => {
        &[$(Route {
            operation: $operation,
            needs: Needs::$needs,
            success: $success,
            body: routes!(@body $($body)?),
        }),*]
    };
    (@body) => { None };
    (@body $body:expr) => { Some($body) };
}

pub const ROUTES: &[Route] = routes! {
    // Devices, and what needs no credentials.
    "GET /clients/bootstrap/{external}", Device, 200;
    "GET /clients/bootstrap/secure/{external}", Device, 200;
    "GET /things/bootstrap/{external}", Device, 200;
    "GET /things/bootstrap/secure/{external}", Device, 200;
    "GET /health", Nothing, 200;
    "GET /health/ready", Nothing, 200;
    "GET /metrics", Nothing, 200;

    // Configs.
    "POST /{domain}/clients/configs", Operate, 201, |fresh| json!({
        "external_id": fresh.unique, "external_key": "k", "client_id": fresh.client, "name": fresh.unique,
        "channels": [fresh.channel], "content": "c",
        "client_cert": pem().cert, "client_key": pem().key, "ca_cert": pem().ca,
    });
    "GET /{domain}/clients/configs", View, 200;
    "GET /{domain}/clients/configs/{config}", View, 200;
    "PUT /{domain}/clients/configs/{config}", Operate, 200, |fresh| json!({"name": fresh.unique, "content": "c"});
    "PATCH /{domain}/clients/configs/{config}", Operate, 200, |fresh| json!({
        "external_key": "k2", "name": fresh.unique, "content": "c",
    });
    "DELETE /{domain}/clients/configs/{config}", Operate, 204;
    "POST /{domain}/clients/configs/{config}/enable", Operate, 200;
    "POST /{domain}/clients/configs/{config}/disable", Operate, 200;
    "PATCH /{domain}/clients/configs/certs/{config}", Operate, 200, |_| json!({
        "client_cert": pem().cert, "client_key": pem().key, "ca_cert": pem().ca,
    });
    "PUT /{domain}/clients/configs/connections/{config}", Operate, 200, |fresh| json!({"channels": [fresh.channel]});
    "PUT /{domain}/clients/state/{config}", Operate, 200, |_| json!({"state": 1});

    // Users and sessions.
    "POST /users", Platform, 201, |fresh| json!({
        "first_name": "A", "last_name": "B", "email": format!("{}@example.com", fresh.unique),
        "credentials": {"username": fresh.unique, "secret": PASSWORD}, "tags": ["t"], "metadata": {"m": 1},
    });
    "GET /users", PlatformHidden, 200;
    "GET /users/search", Session, 200;
    "GET /users/profile", Anybody, 200;
    "PATCH /users/secret", Session, 200, |_| json!({"old_secret": PASSWORD, "new_secret": PASSWORD});
    "GET /users/{user}", Session, 200;
    "PATCH /users/{user}", Self_, 200, |_| json!({"first_name": "A", "last_name": "B", "metadata": {"m": 2}});
    "PATCH /users/{user}/tags", Self_, 200, |_| json!({"tags": ["a"]});
    "PATCH /users/{user}/email", Self_, 200, |fresh| json!({"email": format!("{}@example.org", fresh.unique)});
    "PATCH /users/{user}/username", Self_, 200, |fresh| json!({"username": format!("{}x", fresh.unique)});
    "PATCH /users/{user}/picture", Self_, 200, |_| json!({"profile_picture": "https://example.com/a.png"});
    "PATCH /users/{user}/role", Platform, 200, |_| json!({"role": "admin"});
    "POST /users/{user}/disable", Self_, 200;
    "POST /users/{user}/enable", Self_, 200;
    "DELETE /users/{user}", Self_, 204;
    "POST /users/tokens/issue", Nothing, 201, |_| json!({"username": "viewer", "password": PASSWORD});
    "POST /users/tokens/refresh", Refresh, 201;
    "GET /users/tokens/refresh-tokens", Session, 200;
    "POST /users/tokens/revoke", Session, 204, |fresh| json!({"token_id": fresh.session});

    // Domains, roles, members.
    "POST /domains", Session, 201, |fresh| json!({
        "name": "n", "route": fresh.unique, "tags": ["t"], "metadata": {"m": 1},
    });
    "GET /domains", Anybody, 200;
    "GET /domains/{domain}", View, 200;
    "PATCH /domains/{own_domain}", Administer, 200, |_| json!({"name": "n", "tags": ["t"], "metadata": {"m": 1}});
    "POST /domains/{own_domain}/disable", Administer, 200;
    "POST /domains/{own_domain}/enable", Administer, 200;
    "POST /domains/{own_domain}/freeze", Platform, 200;
    "GET /domains/roles/available-actions", Anybody, 200;
    "GET /domains/{domain}/roles", View, 200;
    "GET /domains/{domain}/roles/{role}", View, 200;
    "GET /domains/{domain}/roles/{role}/actions", View, 200;
    "GET /domains/{domain}/roles/{role}/members", View, 200;
    "POST /domains/{domain}/roles/{role}/members", Administer, 200, |fresh| json!({"members": [fresh.user]});
    "POST /domains/{domain}/roles/{role}/members/delete", Administer, 204, |fresh| json!({"members": [fresh.user]});
    "POST /domains/{own_domain}/roles/{own_role}/members/delete-all", Administer, 204;
    "GET /domains/{domain}/roles/members", View, 200;

    // Clients.
    "POST /{domain}/clients", Operate, 201, |fresh| json!({
        "name": "c", "credentials": {"identity": fresh.unique, "secret": fresh.unique},
        "tags": ["t"], "metadata": {"m": 1}, "status": "enabled",
    });
    "POST /{domain}/clients/bulk", Operate, 200, |_| json!([{"name": "a"}, {"name": "b"}]);
    "GET /{domain}/clients", View, 200;
    "GET /{domain}/clients/{client}", View, 200;
    "PATCH /{domain}/clients/{client}", Operate, 200, |_| json!({"name": "n", "metadata": {"m": 1}});
    "PATCH /{domain}/clients/{client}/tags", Operate, 200, |_| json!({"tags": ["t"]});
    "PATCH /{domain}/clients/{client}/secret", Operate, 200, |fresh| json!({"secret": fresh.unique});
    "POST /{domain}/clients/{client}/disable", Operate, 200;
    "POST /{domain}/clients/{disabled_client}/enable", Operate, 200;
    "DELETE /{domain}/clients/{client}", Operate, 204;

    // Channels and connections.
    "POST /{domain}/channels", Operate, 201, |fresh| json!({
        "name": "c", "route": fresh.unique, "tags": ["t"], "metadata": {"m": 1}, "status": "enabled",
    });
    "POST /{domain}/channels/bulk", Operate, 200, |_| json!([{"name": "a"}, {"name": "b"}]);
    "GET /{domain}/channels", View, 200;
    "GET /{domain}/channels/{channel}", View, 200;
    "PATCH /{domain}/channels/{channel}", Operate, 200, |_| json!({"name": "n", "metadata": {"m": 1}});
    "PATCH /{domain}/channels/{channel}/tags", Operate, 200, |_| json!({"tags": ["t"]});
    "POST /{domain}/channels/{channel}/disable", Operate, 200;
    "POST /{domain}/channels/{disabled_channel}/enable", Operate, 200;
    "DELETE /{domain}/channels/{channel}", Operate, 204;
    "POST /{domain}/channels/connect", Operate, 201, |fresh| json!({
        "channel_ids": [fresh.channel], "client_ids": [fresh.client], "types": ["publish", "Subscribe"],
    });
    "POST /{domain}/channels/disconnect", Operate, 204, |fresh| json!({
        "channel_ids": [fresh.channel], "client_ids": [fresh.client], "types": ["publish"],
    });
    "POST /{domain}/channels/{channel}/connect", Operate, 201, |fresh| json!({
        "client_ids": [fresh.client], "types": ["publish"],
    });
    "POST /{domain}/channels/{channel}/disconnect", Operate, 204, |fresh| json!({
        "client_ids": [fresh.client], "types": ["publish"],
    });

    // Personal access tokens.
    "POST /pats", SessionOnly, 201, |fresh| json!({"name": fresh.unique, "description": "d", "duration": "1h"});
    "GET /pats", SessionOnly, 200;
    "GET /pats/{pat}", SessionOnly, 200;
    "PATCH /pats/{pat}/name", SessionOnly, 202, |fresh| json!({"name": fresh.unique});
    "PATCH /pats/{pat}/description", SessionOnly, 202, |_| json!({"description": "d"});
    "PATCH /pats/{pat}/secret/reset", SessionOnly, 200, |_| json!({"duration": "1h"});
    "PATCH /pats/{pat}/secret/revoke", SessionOnly, 204;
    "DELETE /pats/{pat}", SessionOnly, 204;
    "PATCH /pats/{pat}/scope/add", SessionOnly, 200, |fresh| json!({"scopes": [{
        "domain_id": fresh.domain, "entity_type": "clients", "entity_id": "*", "operation": "view",
    }]});
    "GET /pats/{pat}/scope", SessionOnly, 200;
    "PATCH /pats/{pat}/scope/remove", SessionOnly, 200, |fresh| json!({"scopes_id": [fresh.scope]});
    "DELETE /pats/{pat}/scope", SessionOnly, 200;
    "DELETE /pats", SessionOnly, 200;
};
