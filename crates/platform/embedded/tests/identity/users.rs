//! Who may create, see and change whom.

use crate::world::{FORBIDDEN, World, new_user};
use onramp_embedded::Settings;
use serde_json::json;

#[tokio::test]
async fn platform_administrators_create_users() {
    let world = World::new().await;
    let (_, ada) = world.user("ada").await;
    let refused = world.post("", "/users", new_user("bob")).await;
    assert_eq!(refused.problem(), (401, "missing or invalid bearer user token".into()));
    // The body is not looked at before the right is.
    let refused = world.ask_text(&ada, "POST", "/users", "no JSON".into()).await;
    assert_eq!(refused.problem(), (403, FORBIDDEN.into()));

    let mut second = new_user("root");
    second["role"] = json!("admin");
    second["tags"] = json!(["x"]);
    second["metadata"] = json!({"a": 1});
    let answer = world.post(&world.admin, "/users", second).await.json();
    assert_eq!(
        (&answer["role"], &answer["tags"], &answer["metadata"]),
        (&json!("admin"), &json!(["x"]), &json!({"a": 1}))
    );
    assert_eq!(answer["credentials"], json!({"username": "root"}));
}

#[tokio::test]
async fn refusals_come_in_the_references_order() {
    let world = World::new().await;
    let mut user = json!({"first_name": "x".repeat(1025), "status": "all", "role": "king"});
    for (message, repair) in [
        ("invalid name size", json!({"first_name": ""})),
        ("missing first name", json!({"first_name": "A"})),
        ("missing last name", json!({"last_name": "B"})),
        ("missing username", json!({"credentials": {"username": "a__b"}})),
        ("invalid username", json!({"credentials": {"username": "ada"}})),
        ("missing email", json!({"email": "ada"})),
        ("invalid email", json!({"email": "ada@example.com"})),
        ("missing password", json!({"credentials": {"username": "ada", "secret": "1234567"}})),
        (
            "password does not meet the requirements",
            json!({"credentials": {"username": "ada", "secret": "12345678"}}),
        ),
        ("invalid status", json!({"status": "enabled"})),
        ("invalid user role", json!({"role": "user"})),
    ] {
        assert_eq!(world.post(&world.admin, "/users", user.clone()).await.problem(), (400, message.into()));
        user.as_object_mut().unwrap().extend(repair.as_object().unwrap().clone());
    }
    assert_eq!(world.post(&world.admin, "/users", user.clone()).await.status, 201);
    user["email"] = json!("other@example.com");
    let taken = world.post(&world.admin, "/users", user).await;
    assert_eq!(taken.problem(), (400, "username not available".into()));
}

#[tokio::test]
async fn nobody_registers_as_administrator() {
    let world = World::with(Settings { self_registration: true }).await;
    let mut user = new_user("eve");
    user["role"] = json!("admin");
    assert_eq!(world.post("", "/users", user.clone()).await.json()["role"], "user");
    let (eve, _) = world.log_in("eve", "12345678").await;
    user["email"] = json!("eve2@example.com");
    user["credentials"]["username"] = json!("eve2");
    assert_eq!(world.post(&eve, "/users", user).await.json()["role"], "user");
}

#[tokio::test]
async fn others_see_who_somebody_is_and_no_more() {
    let world = World::new().await;
    let (ada, of_ada) = world.user("ada").await;
    let (_, of_bob) = world.user("bob").await;
    let path = format!("/users/{ada}");
    let stranger = world.get(&of_bob, &path).await.json();
    let expected =
        json!({"id": ada, "first_name": "First", "last_name": "Last", "credentials": {"username": "ada"}});
    assert_eq!(stranger, expected);
    for token in [&of_ada, &world.admin] {
        assert_eq!(world.get(token, &path).await.json()["email"], "ada@example.com");
    }
    for nobody in ["nobody", "%FF", "%00"] {
        let answer = world.get(&of_bob, &format!("/users/{nobody}")).await;
        assert_eq!(answer.problem(), (404, "entity not found".into()), "{nobody}");
    }
    assert_eq!(world.get(&of_bob, "/users").await.problem(), (404, "entity not found".into()));

    let found = world.get(&of_bob, "/users/search?username=AD").await;
    assert_eq!(found.status, 400);
    let found = world.get(&of_bob, "/users/search?username=ADA").await.json();
    assert_eq!((&found["total"], &found["users"][0]), (&json!(1), &expected));
    assert_eq!(
        world.get(&of_bob, "/users/search?limit=5").await.problem(),
        (400, "empty search query".into())
    );
    // What is not shown is not searched: else it could be guessed.
    let found = world.get(&of_bob, "/users/search?first_name=First&email=ada%40").await.json();
    assert_eq!(found["total"], 2);
}

#[tokio::test]
async fn lists_are_filtered_and_their_parameters_known() {
    let world = World::new().await;
    for name in ["ada", "bob", "cyd"] {
        world.user(name).await;
    }
    let names = |query: &'static str| {
        let world = &world;
        async move {
            let page = world.get(&world.admin, &format!("/users?{query}")).await.json();
            let users = page["users"].as_array().unwrap_or_else(|| panic!("{page}")).clone();
            let name =
                |user: &serde_json::Value| user["credentials"]["username"].as_str().unwrap().to_owned();
            (page["total"].as_u64().unwrap(), users.iter().map(name).collect::<Vec<_>>().join(" "))
        }
    };
    assert_eq!(names("order=username&dir=asc&limit=2&offset=1").await, (4, "admin bob".into()));
    assert_eq!(
        names("email=BOB%40&with_metadata=false&with_attributes=false?roles=true").await,
        (1, "bob".into())
    );
    assert_eq!(names("only_total=true").await, (4, String::new()));
    assert_eq!(names("status=disabled").await, (0, String::new()));
    assert_eq!(names("created_to=2000-01-01T00:00:00Z").await, (0, String::new()));
    for (query, message) in [
        ("limit=0", "invalid limit size"),
        ("limit=101", "invalid limit size"),
        ("order=age", "invalid list order provided"),
        ("dir=up", "invalid list direction provided"),
        ("status=deleted", "invalid status"),
        ("colour=red", "invalid query parameters: colour: unknown parameter"),
    ] {
        let answer = world.get(&world.admin, &format!("/users?{query}")).await;
        assert_eq!(answer.problem(), (400, message.into()), "{query}");
    }
}

#[tokio::test]
async fn everybody_changes_themselves_and_administrators_everybody() {
    let world = World::new().await;
    let (ada, of_ada) = world.user("ada").await;
    let (_, of_bob) = world.user("bob").await;
    let path = |end: &str| format!("/users/{ada}{end}");
    let changed = world.patch(&of_ada, &path(""), json!({"first_name": "Ada", "last_name": ""})).await.json();
    assert_eq!((&changed["first_name"], &changed["last_name"]), (&json!("Ada"), &json!("Last")));
    assert_eq!(changed["updated_by"], json!(ada));
    for (end, body, key, value) in [
        ("/tags", json!({"tags": ["a", "b"]}), "tags", json!(["a", "b"])),
        ("/email", json!({"email": "new@example.com"}), "email", json!("new@example.com")),
        ("/username", json!({"username": "lovelace"}), "credentials", json!({"username": "lovelace"})),
        ("/picture", json!({"profile_picture": "https://x/y"}), "profile_picture", json!("https://x/y")),
        (
            "",
            json!({"metadata": {"x": 1}, "private_metadata": {"y": 2}}),
            "private_metadata",
            json!({"y": 2}),
        ),
    ] {
        let foreign = world.patch(&of_bob, &path(end), body.clone()).await;
        assert_eq!(foreign.problem(), (403, FORBIDDEN.into()), "{end}");
        assert_eq!(world.patch(&of_ada, &path(end), body).await.json()[key], value, "{end}");
    }
    assert_eq!(
        world.patch(&world.admin, &path(""), json!({"metadata": {}})).await.json()["metadata"],
        json!(null)
    );
    let taken = world.patch(&of_ada, &path("/email"), json!({"email": "bob@example.com"})).await;
    assert_eq!(taken.problem(), (400, "email id already registered".into()));
    let role = world.patch(&of_ada, &path("/role"), json!({"role": "admin"})).await;
    assert_eq!(role.problem(), (403, FORBIDDEN.into()));
    assert_eq!(
        world.patch(&world.admin, &path("/role"), json!({"role": "admin"})).await.json()["role"],
        "admin"
    );
    assert_eq!(world.get(&of_ada, "/users").await.status, 200, "the role counts at once");
    let nobody = world.patch(&world.admin, "/users/nobody/tags", json!({})).await;
    assert_eq!(nobody.problem(), (404, "entity not found".into()));
}

#[tokio::test]
async fn the_last_platform_administrator_stays() {
    let world = World::new().await;
    let admin = world.get(&world.admin, "/users/profile").await.field("id");
    let sentence = (400, "the last enabled platform administrator must stay one".to_owned());
    let path = format!("/users/{admin}");
    assert_eq!(world.delete(&world.admin, &path).await.problem(), sentence);
    assert_eq!(world.post(&world.admin, &format!("{path}/disable"), json!(null)).await.problem(), sentence);
    let demote = json!({"role": "user"});
    assert_eq!(world.patch(&world.admin, &format!("{path}/role"), demote).await.problem(), sentence);

    let (ada, of_ada) = world.user("ada").await;
    assert_eq!(world.delete(&of_ada, &path).await.status, 403);
    assert_eq!(world.delete(&of_ada, &format!("/users/{ada}")).await.status, 204);
    assert_eq!(world.get(&of_ada, "/users/profile").await.status, 401);
    assert_eq!(world.get(&world.admin, &format!("/users/{ada}")).await.status, 404);
}
