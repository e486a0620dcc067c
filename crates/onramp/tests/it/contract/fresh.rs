//! Objects for one request: what one caller removes, the next one must still find.

use super::routes::Route;
use crate::harness::{Ask, NOWHERE, PASSWORD, TestApp, Who, ask, get, patch, post, world};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Ids for the places in a path and in a body.
#[derive(Debug, Clone, Default)]
pub struct Fresh {
    /// A text that was never used before.
    pub unique: String,
    pub domain: String,
    pub own_domain: String,
    pub config: String,
    pub client: String,
    pub channel: String,
    pub user: String,
    pub role: String,
    pub own_role: String,
    pub pat: String,
    pub scope: String,
    pub session: String,
}

impl Fresh {
    /// Makes what the route's path and body name. The personal access token is `owner`'s.
    pub async fn new(app: &TestApp, route: &Route, owner: Who) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let unique = format!("u{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let path = route.path();
        let names = |name: &str| path.contains(name);
        let in_domain = path.starts_with("/{domain}/");
        let admin = app.world.token(Who::PlatformAdmin).to_owned();
        let mut fresh =
            Fresh { unique: unique.clone(), domain: app.world.domain.clone(), ..Fresh::default() };
        if in_domain {
            fresh.client = app.client(&unique).await;
            fresh.channel = app.channel(&unique).await;
        }
        if names("{config}") {
            fresh.config = app.config(&format!("of {unique}"), &[]).await;
        }
        for (name, thing, id) in [
            ("{disabled_client}", "clients", &fresh.client),
            ("{disabled_channel}", "channels", &fresh.channel),
        ] {
            if names(name) {
                app.ask(post(&app.at(&format!("/{thing}/{id}/disable")))).await.expect(200);
            }
        }
        if names("{user}") || names("/members") {
            fresh.user = world::user(app, &admin, &format!("user-{unique}")).await;
        }
        if names("{role}") {
            fresh.role = world::role(app, &admin, &fresh.domain, "viewer").await;
        }
        if path.ends_with("/members/delete") {
            world::join(app, &admin, &fresh.domain, "viewer", &fresh.user).await;
        }
        if names("{own_domain}") {
            fresh.own_domain = world::domain(app, &admin, &unique).await;
            for (who, role) in
                [(Who::Viewer, "viewer"), (Who::Operator, "operator"), (Who::Administrator, "administrator")]
            {
                world::join(app, &admin, &fresh.own_domain, role, &app.world.users[&who]).await;
            }
        }
        if names("{own_role}") {
            fresh.own_role = world::role(app, &admin, &fresh.own_domain, "viewer").await;
        }
        if names("{pat}") {
            fresh.pat(app, owner).await;
        }
        if names("tokens/revoke") {
            fresh.session(app, owner).await;
        }
        if path.ends_with("/users/{user}/enable") {
            app.send_as(Who::PlatformAdmin, post(&format!("/users/{}/disable", fresh.user)))
                .await
                .expect(200);
        }
        fresh
    }

    /// A token with a scope; who cannot have one asks for one that is not there.
    async fn pat(&mut self, app: &TestApp, owner: Who) {
        let body = json!({"name": self.unique, "duration": "1h"});
        let made = app.send(app.world.sign(owner, post("/pats").json(&body))).await;
        (self.pat, self.scope) = (NOWHERE.into(), NOWHERE.into());
        if made.status == 201 {
            self.pat = made.text_at("id");
            let scope = json!({"scopes": [{
                "domain_id": self.domain, "entity_type": "channels", "entity_id": "*", "operation": "view",
            }]});
            let path = format!("/pats/{}/scope", self.pat);
            app.send_as(owner, patch(&format!("{path}/add")).json(&scope)).await.expect(200);
            let scopes = app.send_as(owner, get(&path)).await.expect(200).json();
            self.scope = scopes["scopes"][0]["id"].as_str().unwrap().to_owned();
        }
    }

    /// Another session of the owner, to be ended.
    async fn session(&mut self, app: &TestApp, owner: Who) {
        self.session = NOWHERE.into();
        if let Some(name) = owner.username() {
            let login = app.log_in(name, PASSWORD).await;
            let token = login["access_token"].as_str().unwrap();
            let list = app.send(get("/users/tokens/refresh-tokens").bearer(token)).await.expect(200).json();
            let last = list["refresh_tokens"].as_array().unwrap().last().unwrap().clone();
            self.session = last["id"].as_str().unwrap().to_owned();
        }
    }

    /// The path with these ids in it.
    pub fn path(&self, route: &Route) -> String {
        [
            ("{domain}", &self.domain),
            ("{own_domain}", &self.own_domain),
            ("{config}", &self.config),
            ("{client}", &self.client),
            ("{disabled_client}", &self.client),
            ("{channel}", &self.channel),
            ("{disabled_channel}", &self.channel),
            ("{user}", &self.user),
            ("{role}", &self.role),
            ("{own_role}", &self.own_role),
            ("{pat}", &self.pat),
            ("{external}", &self.unique),
        ]
        .iter()
        .fold(route.path().to_owned(), |path, (name, id)| path.replace(name, id))
    }

    /// A good request, without credentials.
    pub fn ask(&self, route: &Route) -> Ask {
        let mut request = ask(route.method(), &self.path(route));
        if route.path() == "/users/search" {
            request.path.push_str("?username=operator");
        }
        match route.body {
            Some(body) => request.json(&body(self)),
            // The published SDK sends it with every request.
            None => request.header("Content-Type", "application/json"),
        }
    }
}

/// Another refresh token: each is good for one refresh.
pub async fn refresh_token(app: &TestApp) -> String {
    app.log_in("viewer", PASSWORD).await["refresh_token"].as_str().unwrap().to_owned()
}
