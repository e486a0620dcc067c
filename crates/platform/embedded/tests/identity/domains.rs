//! Domains, roles and members.

use crate::world::{FORBIDDEN, World};
use serde_json::{Value, json};

#[tokio::test]
async fn what_makes_no_domain() {
    let world = World::new().await;
    let id = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
    for (body, message) in [
        (json!({"id": id}), "missing identity name"),
        (json!({"id": id, "name": "x"}), "missing route"),
        (json!({"id": id, "name": "x", "route": "1x"}), "invalid route format"),
        (json!({"id": "configs", "name": "x", "route": "x"}), "invalid id format provided"),
        (json!({"name": "x", "route": "default"}), "route not available"),
    ] {
        assert_eq!(world.post(&world.admin, "/domains", body).await.problem(), (400, message.into()));
    }
    let body = json!({"id": id, "name": "x", "route": "x"});
    assert_eq!(world.post(&world.admin, "/domains", body).await.field("id"), id);
    let again = world.post(&world.admin, "/domains", json!({"id": id, "name": "x", "route": "y"})).await;
    assert_eq!(again.problem(), (400, "domain already exists".into()));
}

#[tokio::test]
async fn strangers_learn_nothing() {
    let world = World::new().await;
    let (_, ada) = world.user("ada").await;
    let (_, eve) = world.user("eve").await;
    let plant = world.domain(&ada, "plant").await;
    let nowhere = "00000000-0000-4000-8000-000000000000";
    for (method, end) in [
        ("GET", ""),
        ("PATCH", ""),
        ("POST", "/enable"),
        ("POST", "/disable"),
        ("POST", "/freeze"),
        ("GET", "/roles"),
        ("POST", "/roles"),
        ("GET", "/roles/members"),
        ("GET", "/roles/x"),
        ("PUT", "/roles/x"),
        ("DELETE", "/roles/x"),
        ("GET", "/roles/x/actions"),
        ("POST", "/roles/x/actions"),
        ("POST", "/roles/x/actions/delete"),
        ("GET", "/roles/x/members"),
        ("POST", "/roles/x/members"),
        ("POST", "/roles/x/members/delete"),
        ("POST", "/roles/x/members/delete-all"),
    ] {
        for domain in [plant.as_str(), nowhere, "not-a-uuid", "%0A"] {
            let answer =
                world.ask_text(&eve, method, &format!("/domains/{domain}{end}"), "no JSON".into()).await;
            assert_eq!(answer.problem(), (403, FORBIDDEN.into()), "{method} {domain}{end}");
        }
    }
    for domain in [nowhere, "not-a-uuid"] {
        let answer = world.get(&world.admin, &format!("/domains/{domain}")).await;
        assert_eq!(answer.problem(), (404, "entity not found".into()));
    }
    assert_eq!(world.get(&eve, "/domains").await.json(), json!({"total": 0, "limit": 10, "domains": []}));
}

#[tokio::test]
async fn roles_allow_what_they_say() {
    let world = World::new().await;
    let (_, owner) = world.user("owner").await;
    let (operator, of_operator) = world.user("operator").await;
    let (viewer, of_viewer) = world.user("viewer").await;
    let plant = world.domain(&owner, "plant").await;
    world.add_member(&plant, "operator", &operator).await;
    world.add_member(&plant, "viewer", &viewer).await;
    let path = |end: &str| format!("/domains/{plant}{end}");
    for token in [&owner, &of_operator, &of_viewer] {
        assert_eq!(world.get(token, &path("")).await.status, 200);
        assert_eq!(world.get(token, &path("/roles/members")).await.json()["total"], 3);
        assert_eq!(world.get(token, &format!("/{plant}/clients")).await.status, 200);
    }
    let client = json!({"name": "c"});
    assert_eq!(world.post(&of_operator, &format!("/{plant}/clients"), client.clone()).await.status, 201);
    assert_eq!(world.post(&of_viewer, &format!("/{plant}/clients"), client).await.status, 403);
    let members = path(&format!("/roles/{}/members", world.role(&plant, "viewer").await));
    for token in [&of_operator, &of_viewer] {
        for (method, path) in [("PATCH", path("")), ("POST", path("/disable")), ("POST", members.clone())] {
            let answer = world.ask_text(token, method, &path, "no JSON".into()).await;
            assert_eq!(answer.problem(), (403, FORBIDDEN.into()), "{method} {path}");
        }
    }
    assert_eq!(world.post(&owner, &path("/freeze"), json!(null)).await.status, 403);
    let change = json!({"name": "new", "tags": ["t"], "metadata": {"m": 1}});
    let changed = world.patch(&owner, &path(""), change).await.json();
    assert_eq!(
        (&changed["name"], &changed["tags"], &changed["route"]),
        (&json!("new"), &json!(["t"]), &json!("plant"))
    );

    let seen = world.get(&of_operator, &path("?roles=true")).await.json();
    assert_eq!(seen["roles"][0]["role_name"], "operator");
    let listed = world.get(&of_viewer, "/domains").await.json();
    assert_eq!(listed["domains"][0]["role_name"], "viewer");
    let actions = listed["domains"][0]["actions"].as_array().unwrap();
    assert!(actions.contains(&json!("client_read")) && !actions.contains(&json!("client_create")));
}

#[tokio::test]
async fn members_come_and_go_but_the_last_administrator_stays() {
    let world = World::new().await;
    let (ada, of_ada) = world.user("ada").await;
    let (bob, of_bob) = world.user("bob").await;
    let plant = world.domain(&of_ada, "plant").await;
    let role = world.role(&plant, "administrator").await;
    assert!(role.starts_with("domain_"));
    let members = format!("/domains/{plant}/roles/{role}/members");
    let list = world.get(&of_ada, &members).await.json();
    assert_eq!(list, json!({"total": 1, "offset": 0, "limit": 10, "members": [ada]}));

    let last = (400, "the last administrator of a domain cannot be removed from this role".to_owned());
    let of = |users: &[&String]| json!({"members": users});
    assert_eq!(world.post(&of_ada, &format!("{members}/delete"), of(&[&ada])).await.problem(), last);
    assert_eq!(world.post(&of_ada, &format!("{members}/delete-all"), json!(null)).await.problem(), last);
    let added = world.post(&of_ada, &members, of(&[&bob])).await;
    assert_eq!((added.status, added.json()), (200, of(&[&bob])));
    assert_eq!(world.post(&of_bob, &format!("{members}/delete"), of(&[&ada])).await.status, 204);
    assert_eq!(world.get(&of_ada, &format!("/domains/{plant}")).await.status, 403);

    let nobody = world.post(&of_bob, &members, of(&[&"nobody".to_owned()])).await;
    assert_eq!(nobody.problem(), (404, "entity not found".into()));
    assert_eq!(world.post(&of_bob, &members, json!({})).await.problem(), (400, "missing member ids".into()));
    let other = world.domain(&of_bob, "other").await;
    let foreign = world.post(&of_bob, &format!("/domains/{other}/roles/{role}/members"), of(&[&ada])).await;
    assert_eq!(foreign.problem(), (404, "entity not found".into()), "a role of another domain");
    assert_eq!(world.get(&of_bob, &format!("/domains/{other}/roles/{role}")).await.status, 404);
}

#[tokio::test]
async fn roles_are_fixed() {
    let world = World::new().await;
    let plant = world.domain(&world.admin, "plant").await;
    let role = world.role(&plant, "viewer").await;
    let fixed = (400, "roles of a domain are fixed: administrator, operator, viewer".to_owned());
    for (method, end) in [
        ("POST", String::new()),
        ("PUT", format!("/{role}")),
        ("DELETE", format!("/{role}")),
        ("POST", format!("/{role}/actions")),
        ("POST", format!("/{role}/actions/delete")),
        ("POST", format!("/{role}/actions/delete-all")),
    ] {
        let answer =
            world.ask(&world.admin, method, &format!("/domains/{plant}/roles{end}"), json!({})).await;
        assert_eq!(answer.problem(), fixed, "{method} {end}");
    }
    let actions = world.get(&world.admin, &format!("/domains/{plant}/roles/{role}/actions")).await.json();
    assert!(actions["actions"].as_array().unwrap().contains(&json!("read")));
    assert_eq!(world.get(&world.admin, &format!("/domains/{plant}/roles")).await.json()["total"], 3);
}

#[tokio::test]
async fn a_domains_status_decides_who_enters() {
    let world = World::new().await;
    let (_, owner) = world.user("owner").await;
    let (operator, of_operator) = world.user("operator").await;
    let plant = world.domain(&owner, "plant").await;
    world.add_member(&plant, "operator", &operator).await;
    let path = |end: &str| format!("/domains/{plant}{end}");
    let enters = |token: &str| {
        let (token, path) = (token.to_owned(), path(""));
        let world = &world;
        async move { world.get(&token, &path).await.status == 200 }
    };
    let go = |token: &str, end: &str| {
        let (token, path) = (token.to_owned(), path(end));
        let world = &world;
        async move {
            let answer = world.post(&token, &path, Value::Null).await;
            assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{path}");
        }
    };
    go(&owner, "/disable").await;
    go(&owner, "/disable").await;
    assert!(enters(&owner).await && !enters(&of_operator).await && enters(&world.admin).await);
    let list = |query: &'static str| {
        let (world, owner) = (&world, &owner);
        async move { world.get(owner, &format!("/domains?{query}")).await.json()["total"].as_u64().unwrap() }
    };
    assert_eq!((list("").await, list("status=disabled").await, list("status=all").await), (0, 1, 1));
    go(&world.admin, "/freeze").await;
    assert!(!enters(&owner).await && !enters(&of_operator).await && enters(&world.admin).await);
    assert_eq!(world.post(&owner, &path("/enable"), Value::Null).await.problem(), (403, FORBIDDEN.into()));
    assert_eq!(world.get(&world.admin, &path("")).await.json()["status"], "freezed");
    go(&world.admin, "/enable").await;
    assert!(enters(&owner).await && enters(&of_operator).await);
}

#[tokio::test]
async fn the_devices_of_a_disabled_domain_are_refused_at_once() {
    let world = World::new().await;
    let (_, owner) = world.user("owner").await;
    let plant = world.domain(&owner, "plant").await;
    let config = json!({"external_id": "mac", "external_key": "key"});
    assert_eq!(world.post(&owner, &format!("/{plant}/clients/configs"), config).await.status, 201);
    let bootstrap = || {
        let request = http::Request::builder().uri("/clients/bootstrap/mac");
        let request = request.header("Authorization", "Client key").body(axum::body::Body::empty()).unwrap();
        world.send(request)
    };
    assert_eq!(bootstrap().await.status, 200);
    world.post(&owner, &format!("/domains/{plant}/disable"), Value::Null).await;
    assert_eq!(bootstrap().await.status, 403);
    world.post(&world.admin, &format!("/domains/{plant}/freeze"), Value::Null).await;
    assert_eq!(bootstrap().await.status, 403);
    world.post(&world.admin, &format!("/domains/{plant}/enable"), Value::Null).await;
    assert_eq!(bootstrap().await.status, 200);
}
