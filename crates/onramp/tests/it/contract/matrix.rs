//! Route × caller.

use super::fresh::{Fresh, refresh_token};
use super::routes::{Needs, ROUTES, Route};
use super::{assert_decent, routes};
use crate::harness::{NOWHERE, TestApp, Who, get, post};
use serde_json::json;

const EVERYBODY: [Who; 10] = [
    Who::Nobody,
    Who::WrongToken,
    Who::RefreshToken,
    Who::Stranger,
    Who::Elsewhere,
    Who::Viewer,
    Who::Operator,
    Who::Administrator,
    Who::PlatformAdmin,
    Who::NoScope,
];

/// The status that this caller must get.
fn wanted(route: &Route, who: Who) -> u16 {
    let level = match who {
        Who::Viewer => 1,
        Who::Operator => 2,
        Who::Administrator => 3,
        Who::PlatformAdmin => 4,
        _ => 0,
    };
    let from = |least: i32| if level >= least { route.success } else { 403 };
    match (route.needs, who) {
        (Needs::Nothing, _) => route.success,
        (Needs::Refresh, Who::RefreshToken) => route.success,
        (Needs::Device, _) | (_, Who::Nobody | Who::WrongToken | Who::RefreshToken) => 401,
        // No access token refreshes.
        (Needs::Refresh, _) => 401,
        (Needs::SessionOnly, Who::NoScope) => 400,
        (Needs::Anybody, _) => route.success,
        (Needs::PlatformHidden, who) if who != Who::PlatformAdmin => 404,
        (_, Who::NoScope) => 403,
        (Needs::Session | Needs::SessionOnly, _) => route.success,
        (Needs::View, _) => from(1),
        (Needs::Operate, _) => from(2),
        (Needs::Administer, _) => from(3),
        (Needs::Self_ | Needs::Platform | Needs::PlatformHidden, _) => from(4),
    }
}

#[tokio::test]
async fn every_route_for_everybody() {
    let app = TestApp::start().await;
    let mut wrong = Vec::new();
    for route in ROUTES {
        for who in EVERYBODY {
            let fresh = Fresh::new(&app, route, who).await;
            let ask = match (route.needs, who) {
                // The one that the others are judged by must not be spent.
                (Needs::Refresh, Who::RefreshToken) => fresh.ask(route).bearer(&refresh_token(&app).await),
                _ => app.world.sign(who, fresh.ask(route)),
            };
            let answer = app.send(ask).await;
            assert_decent(&answer);
            let want = wanted(route, who);
            if answer.status != want {
                let said: String = answer.text().chars().take(150).collect();
                wrong.push(format!(
                    "{} as {who:?}: {} instead of {want} {said}",
                    route.operation, answer.status
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A refusal changes nothing: after all refused callers, the object is as it was.
#[tokio::test]
async fn what_was_refused_was_not_done() {
    let app = TestApp::start().await;
    let config =
        app.create(json!({"external_id": "d1", "external_key": "k", "name": "n", "content": "c"})).await;
    let before = app.view(&config).await;
    for route in ROUTES.iter().filter(|route| route.operation.contains("{config}") && route.method() != "GET")
    {
        for who in EVERYBODY.into_iter().filter(|who| wanted(route, *who) >= 400) {
            let mut fresh = Fresh::new(&app, route, who).await;
            fresh.config.clone_from(&config);
            app.send(app.world.sign(who, fresh.ask(route))).await;
        }
    }
    assert_eq!(app.view(&config).await, before);
}

#[tokio::test]
async fn a_refresh_token_refreshes_once_and_its_reuse_ends_the_family() {
    let app = TestApp::start().await;
    let first = refresh_token(&app).await;
    let refresh = |token: &str| post("/users/tokens/refresh").bearer(token).json(&json!({}));
    let second = app.send(refresh(&first)).await.expect(201);
    let (access, next) = (second.text_at("access_token"), second.text_at("refresh_token"));
    app.send(get("/users/profile").bearer(&access)).await.expect(200);
    app.send(refresh(&first)).await.expect(401);
    app.send(refresh(&next)).await.expect(401);
}

/// A user in the path may do to itself what only the platform's administrator may do to others.
#[tokio::test]
async fn users_may_change_themselves() {
    let app = TestApp::start().await;
    for route in
        ROUTES.iter().filter(|route| route.needs == Needs::Self_ && !route.operation.ends_with("/enable"))
    {
        let fresh = Fresh::new(&app, route, Who::Nobody).await;
        let name = format!("user-{}", fresh.unique);
        let login = app.log_in(&name, crate::harness::PASSWORD).await;
        let token = login["access_token"].as_str().unwrap();
        app.send(fresh.ask(route).bearer(token)).await.expect(route.success);
    }
}

/// Another domain's ids behave as ids that do not exist, in paths and in bodies.
#[tokio::test]
async fn ids_of_another_domain_do_not_exist() {
    let app = TestApp::start().await;
    for route in ROUTES.iter().filter(|route| route.path().starts_with("/{domain}/")) {
        let mut theirs = Fresh::new(&app, route, Who::Elsewhere).await;
        theirs.domain.clone_from(&app.world.other_domain);
        let mut nowhere = theirs.clone();
        nowhere.unique.push('n');
        for id in [&mut nowhere.config, &mut nowhere.client, &mut nowhere.channel] {
            NOWHERE.clone_into(id);
        }
        let foreign = app.send(app.world.sign(Who::Elsewhere, theirs.ask(route))).await;
        let unknown = app.send(app.world.sign(Who::Elsewhere, nowhere.ask(route))).await;
        assert_decent(&foreign);
        assert_eq!(foreign.status, unknown.status, "{}: {}", route.operation, foreign.text());
        let mut said = foreign.text();
        for id in [&theirs.config, &theirs.client, &theirs.channel].into_iter().filter(|id| !id.is_empty()) {
            said = said.replace(id.as_str(), NOWHERE);
        }
        if foreign.status >= 400 {
            assert_eq!(said, unknown.text(), "{}", route.operation);
        } else {
            // Nothing in the request named a foreign object, or it was a removal, which is idempotent.
            let names_none = !theirs.ask(route).path.contains(&theirs.client) && route.body.is_none();
            let is_removal = route.method() == "DELETE" || route.operation.contains("disconnect");
            let own = !String::from_utf8_lossy(&theirs.ask(route).body).contains(&theirs.client);
            assert!(names_none || is_removal || own, "{}: {}", route.operation, foreign.status);
        }
    }
    // Nothing was done to them.
    let page = app.ask(get(&app.at("/clients?limit=100&status=disabled"))).await.expect(200).json();
    let touched = page["clients"].as_array().unwrap().iter().filter(|client| client["name"] == "n").count();
    assert_eq!(touched, 0);
}

#[tokio::test]
async fn a_personal_access_token_does_what_its_scopes_say_and_no_more() {
    let app = TestApp::start().await;
    let config = app.config("d1", &[]).await;
    let admin = app.world.token(Who::PlatformAdmin).to_owned();
    let pat = app
        .send(post("/pats").bearer(&admin).json(&json!({"name": "p", "duration": "1h"})))
        .await
        .expect(201);
    let (id, secret) = (pat.text_at("id"), pat.text_at("secret"));
    let add = json!({"scopes": [{
        "domain_id": app.world.domain, "entity_type": "bootstrap", "entity_id": config, "operation": "view",
    }]});
    let path = format!("/pats/{id}/scope/add");
    app.send(crate::harness::patch(&path).bearer(&admin).json(&add)).await.expect(200);
    let own = app.at(&format!("/clients/configs/{config}"));
    let seen = app.send(get(&own).bearer(&secret)).await.expect(200).json();
    assert!(seen.get("external_key").is_none(), "viewing is not updating: {seen}");
    let other = app.config("d2", &[]).await;
    for ask in [
        get(&app.at(&format!("/clients/configs/{other}"))),
        get(&app.at("/clients/configs")),
        get(&app.at("/clients")),
        crate::harness::delete(&own),
        get(&format!("/{}/clients/configs/{config}", app.world.other_domain)),
    ] {
        // Its owner may enter every domain, so there what does not exist is 404.
        let status = app.send(ask.bearer(&secret)).await.status;
        assert!(matches!(status, 403 | 404), "{status}");
    }
    // A token dies with its revocation.
    app.send(crate::harness::patch(&format!("/pats/{id}/secret/revoke")).bearer(&admin)).await.expect(204);
    app.send(get(&own).bearer(&secret)).await.expect(401);
}

#[test]
fn each_list_is_a_route() {
    for list in routes::LISTS {
        assert!(ROUTES.iter().any(|route| route.operation == *list), "{list}");
    }
}
