//! Personal access tokens: their owners, their limits, their ends.

use crate::world::{FORBIDDEN, HOUR, UNAUTHENTICATED, World};
use serde_json::{Value, json};

async fn pat(world: &World, token: &str, scopes: Value) -> (String, String) {
    let body = json!({"name": "ci", "duration": "1h30m", "scopes": scopes});
    let answer = world.post(token, "/pats", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    (answer.field("id"), answer.field("secret"))
}

fn scope(domain: &str, entity: &str, operation: &str) -> Value {
    json!({"domain_id": domain, "entity_type": entity, "entity_id": "*", "operation": operation})
}

#[tokio::test]
async fn a_token_is_shown_once_and_ends() {
    let world = World::new().await;
    let (id, secret) = pat(&world, &world.admin, json!([])).await;
    assert!(secret.starts_with("pat_"));
    let path = format!("/pats/{id}");
    for shown in [&path, "/pats", &format!("{path}/scope")] {
        let answer = world.get(&world.admin, shown).await;
        assert!(answer.status == 200 && !answer.text.contains("secret"), "{}", answer.text);
    }
    assert_eq!(world.get(&secret, "/users/profile").await.status, 200);
    let used = world.get(&world.admin, &path).await.json();
    assert!(used["last_used_at"].is_string(), "{used}");
    let renamed = world.patch(&world.admin, &format!("{path}/name"), json!({"name": "new"})).await;
    assert_eq!((renamed.status, renamed.field("name")), (202, "new".into()));
    let described =
        world.patch(&world.admin, &format!("{path}/description"), json!({"description": "d"})).await;
    assert_eq!((described.status, described.field("description")), (202, "d".into()));

    let reset = world.patch(&world.admin, &format!("{path}/secret/reset"), json!({"duration": "2h"})).await;
    assert_eq!(reset.status, 200);
    assert_eq!(world.get(&secret, "/users/profile").await.problem(), (401, UNAUTHENTICATED.into()));
    let secret = reset.field("secret");
    assert_eq!(world.get(&secret, "/users/profile").await.status, 200);

    assert_eq!(world.patch(&world.admin, &format!("{path}/secret/revoke"), json!(null)).await.status, 204);
    assert_eq!(world.get(&secret, "/users/profile").await.status, 401);
    let revoked = world.get(&world.admin, &path).await.json();
    assert_eq!((&revoked["status"], &revoked["revoked"]), (&json!("revoked"), &json!(true)));
    let total = |query: &'static str| {
        let world = &world;
        async move { world.get(&world.admin, &format!("/pats?{query}")).await.json()["total"].as_u64().unwrap() }
    };
    // The other one is the first start's.
    assert_eq!((total("").await, total("status=revoked").await, total("status=all").await), (1, 1, 2));
    assert_eq!(world.delete(&world.admin, &path).await.status, 204);
    assert_eq!(world.get(&world.admin, &path).await.status, 404);
    assert_eq!(world.delete(&world.admin, "/pats").await.status, 200);
    assert_eq!(total("status=all").await, 0);
}

#[tokio::test]
async fn a_token_ends_by_time() {
    let world = World::new().await;
    let (ada, of_ada) = world.user("ada").await;
    let (_, secret) = pat(&world, &of_ada, json!([])).await;
    world.clock.advance(HOUR * 3 / 2 - 1);
    assert_eq!(world.get(&secret, "/users/profile").await.field("id"), ada);
    world.clock.advance(1);
    assert_eq!(world.get(&secret, "/users/profile").await.status, 401);
}

#[tokio::test]
async fn what_makes_no_token() {
    let world = World::new().await;
    for (body, message) in [
        (json!({"duration": "1h"}), "missing identity name"),
        (
            json!({"name": "x"}),
            "request body is not a valid JSON, expecting a valid JSON: duration: expected a duration above \
             zero, such as 24h or 1h30m",
        ),
        (json!({"name": "x", "duration": "1h", "scopes": [{}]}), "missing domainID"),
    ] {
        assert_eq!(world.post(&world.admin, "/pats", body).await.problem(), (400, message.into()));
    }
    let days = world.post(&world.admin, "/pats", json!({"name": "x", "duration": "30d"})).await;
    assert_eq!(days.status, 400);
}

#[tokio::test]
async fn foreign_tokens_do_not_exist_and_tokens_manage_no_tokens() {
    let world = World::new().await;
    let (_, ada) = world.user("ada").await;
    let (id, secret) = pat(&world, &world.admin, json!([scope("*", "*", "*")])).await;
    for (method, end) in [
        ("GET", ""),
        ("DELETE", ""),
        ("PATCH", "/name"),
        ("PATCH", "/description"),
        ("PATCH", "/secret/reset"),
        ("PATCH", "/secret/revoke"),
        ("GET", "/scope"),
        ("DELETE", "/scope"),
        ("PATCH", "/scope/add"),
        ("PATCH", "/scope/remove"),
    ] {
        let path = format!("/pats/{id}{end}");
        let body =
            json!({"name": "x", "duration": "1h", "scopes": [scope("d", "*", "*")], "scopes_id": ["x"]});
        let foreign = world.ask(&ada, method, &path, body.clone()).await;
        assert_eq!(foreign.problem(), (404, "entity not found".into()), "{method} {path}");
        let pat = world.ask(&secret, method, &path, body).await;
        assert_eq!(pat.problem(), (400, "unsupported content token type".into()), "{method} {path}");
    }
    assert_eq!(world.get(&secret, "/pats").await.status, 400);
    assert_eq!(world.get(&world.admin, &format!("/pats/{id}/scope")).await.json()["total"], 1);
}

#[tokio::test]
async fn scopes_limit_what_the_user_may() {
    let world = World::new().await;
    let (_, ada) = world.user("ada").await;
    let (plant, other) = (world.domain(&ada, "plant").await, world.domain(&ada, "other").await);
    let (id, secret) = pat(&world, &ada, json!([scope(&plant, "domains", "read")])).await;
    let refused = (403, FORBIDDEN.to_owned());
    let (view, roles) = (format!("/domains/{plant}"), format!("/domains/{plant}/roles"));
    assert_eq!(world.get(&secret, &view).await.status, 200);
    assert_eq!(world.get(&secret, &format!("/domains/{other}")).await.problem(), refused);
    assert_eq!(world.get(&secret, &roles).await.problem(), refused);
    assert_eq!(world.patch(&secret, &view, json!({"name": "x"})).await.problem(), refused);
    assert_eq!(world.get(&secret, &format!("/{plant}/clients")).await.problem(), refused);
    assert_eq!(world.get(&secret, &format!("/{plant}/clients/configs")).await.problem(), refused);
    let create = json!({"name": "x", "route": "x"});
    assert_eq!(world.post(&secret, "/domains", create.clone()).await.problem(), refused);
    assert_eq!(world.get(&secret, "/domains").await.json()["total"], 0);

    let path = format!("/pats/{id}/scope");
    let more = json!({"scopes": [scope(&plant, "bootstrap", "list"), scope(&plant, "domains", "list")]});
    assert_eq!(world.patch(&ada, &format!("{path}/add"), more.clone()).await.status, 200);
    assert_eq!(world.patch(&ada, &format!("{path}/add"), more).await.status, 409);
    assert_eq!(world.get(&secret, &format!("/{plant}/clients/configs")).await.status, 200);
    assert_eq!(world.get(&secret, "/domains").await.json()["domains"][0]["id"], json!(plant));

    let scopes = world.get(&ada, &path).await.json();
    let read =
        scopes["scopes"].as_array().unwrap().iter().find(|scope| scope["operation"] == "read").unwrap();
    let remove = json!({"scopes_id": [read["id"]]});
    assert_eq!(world.patch(&ada, &format!("{path}/remove"), remove).await.status, 200);
    assert_eq!(world.get(&secret, &view).await.problem(), refused);
    assert_eq!(world.delete(&ada, &path).await.status, 200);
    assert_eq!(world.get(&secret, &format!("/{plant}/clients/configs")).await.problem(), refused);

    let (_, everything) = pat(&world, &ada, json!([scope("*", "*", "*")])).await;
    assert_eq!(world.post(&everything, "/domains", create).await.status, 201);
    assert_eq!(world.get(&everything, "/users").await.status, 404, "scopes add nothing to the user's rights");
}
