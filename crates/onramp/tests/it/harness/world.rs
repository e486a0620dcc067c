//! The people of the tests: one of each kind.

use super::{Ask, PASSWORD, TestApp, get, patch, post};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tempfile::TempDir;

/// Everybody who may knock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Nobody: no token at all.
    Nobody,
    /// A token that was never given out.
    WrongToken,
    /// The administrator's refresh token, where an access token is expected.
    RefreshToken,
    /// A user without any role.
    Stranger,
    /// Administrator of another domain.
    Elsewhere,
    /// Role `viewer`.
    Viewer,
    /// Role `operator`.
    Operator,
    /// Role `administrator`.
    Administrator,
    /// Administrator of the whole platform.
    PlatformAdmin,
    /// A personal access token without any scope, of an administrator of the domain.
    NoScope,
}

impl Who {
    /// The name of who has a session.
    pub fn username(self) -> Option<&'static str> {
        match self {
            Who::Stranger => Some("stranger"),
            Who::Elsewhere => Some("elsewhere"),
            Who::Viewer => Some("viewer"),
            Who::Operator => Some("operator"),
            Who::Administrator => Some("administrator"),
            Who::PlatformAdmin => Some("admin"),
            Who::Nobody | Who::WrongToken | Who::RefreshToken | Who::NoScope => None,
        }
    }
}

/// Tokens and ids of the people.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub domain: String,
    pub other_domain: String,
    pub users: BTreeMap<Who, String>,
    tokens: BTreeMap<Who, String>,
}

impl World {
    /// # Panics
    /// For [`Who::Nobody`].
    pub fn token(&self, who: Who) -> &str {
        &self.tokens[&who]
    }

    /// The request as it comes from them.
    pub fn sign(&self, who: Who, ask: Ask) -> Ask {
        match self.tokens.get(&who) {
            Some(token) => ask.bearer(token),
            None => ask,
        }
    }
}

/// Starts a server for the first time, makes everybody known there, and stops it.
pub async fn build() -> (TempDir, World) {
    let mut app = TestApp::empty().await;
    let (name, password) = (app.server().admin.username.clone(), app.server().admin.password.clone());
    let first = app.log_in(&name, &password).await;
    let admin = first["access_token"].as_str().unwrap().to_owned();
    become_the_recorded_administrator(&app, &admin, &password).await;

    let tokens = app.log_in(&name, PASSWORD).await;
    let admin = tokens["access_token"].as_str().unwrap().to_owned();
    let mut world = World {
        domain: domain(&app, &admin, "plant").await,
        other_domain: String::new(),
        users: BTreeMap::new(),
        tokens: BTreeMap::new(),
    };
    world.tokens.insert(Who::PlatformAdmin, admin.clone());
    world.tokens.insert(Who::RefreshToken, tokens["refresh_token"].as_str().unwrap().to_owned());
    world.tokens.insert(Who::WrongToken, "never-given-out".into());
    for who in [Who::Stranger, Who::Elsewhere, Who::Viewer, Who::Operator, Who::Administrator] {
        let name = who.username().unwrap();
        let id = user(&app, &admin, name).await;
        let login = app.log_in(name, PASSWORD).await;
        world.users.insert(who, id);
        world.tokens.insert(who, login["access_token"].as_str().unwrap().to_owned());
    }
    world.other_domain = domain(&app, &world.tokens[&Who::Elsewhere], "elsewhere").await;
    for (who, role) in
        [(Who::Viewer, "viewer"), (Who::Operator, "operator"), (Who::Administrator, "administrator")]
    {
        join(&app, &admin, &world.domain, role, &world.users[&who]).await;
    }
    let owner = user(&app, &admin, "owner").await;
    join(&app, &admin, &world.domain, "administrator", &owner).await;
    let login = app.log_in("owner", PASSWORD).await;
    let pat = json!({"name": "no scope", "duration": "24h"});
    let pat =
        app.send(post("/pats").bearer(login["access_token"].as_str().unwrap()).json(&pat)).await.expect(201);
    world.tokens.insert(Who::NoScope, pat.text_at("secret"));
    app.stop();
    (app.folder, world)
}

async fn become_the_recorded_administrator(app: &TestApp, token: &str, password: &str) {
    let profile = app.send(get("/users/profile").bearer(token)).await.expect(200).json();
    if profile["email"] != "admin@example.com" {
        let path = format!("/users/{}/email", profile["id"].as_str().unwrap());
        let body = json!({"email": "admin@example.com"});
        app.send(patch(&path).bearer(token).json(&body)).await.expect(200);
    }
    let body = json!({"old_secret": password, "new_secret": PASSWORD});
    app.send(patch("/users/secret").bearer(token).json(&body)).await.expect(200);
}

pub async fn user(app: &TestApp, token: &str, name: &str) -> String {
    let body = json!({
        "first_name": name, "last_name": "Test", "email": format!("{name}@example.com"),
        "credentials": {"username": name, "secret": PASSWORD},
    });
    app.send(post("/users").bearer(token).json(&body)).await.expect(201).text_at("id")
}

pub async fn domain(app: &TestApp, token: &str, route: &str) -> String {
    let body = json!({"name": route, "route": route});
    app.send(post("/domains").bearer(token).json(&body)).await.expect(201).text_at("id")
}

/// The id of a domain's role.
pub async fn role(app: &TestApp, token: &str, domain: &str, name: &str) -> String {
    let path = format!("/domains/{domain}/roles");
    let page: Value = app.send(get(&path).bearer(token)).await.expect(200).json();
    let roles = page["roles"].as_array().unwrap();
    let role =
        roles.iter().find(|role| role["name"] == name).unwrap_or_else(|| panic!("no role {name}: {page}"));
    role["id"].as_str().unwrap().to_owned()
}

pub async fn join(app: &TestApp, token: &str, domain: &str, name: &str, user: &str) {
    let role = role(app, token, domain, name).await;
    let path = format!("/domains/{domain}/roles/{role}/members");
    app.send(post(&path).bearer(token).json(&json!({"members": [user]}))).await.expect(200);
}
