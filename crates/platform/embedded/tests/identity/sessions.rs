//! Logging in, staying in, being thrown out.

use crate::world::{FORBIDDEN, HOUR, UNAUTHENTICATED, World, new_user};
use axum::body::Body;
use http::Request;
use serde_json::json;

fn refused() -> (u16, String) {
    (401, UNAUTHENTICATED.into())
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_an_access_token_for_an_hour() {
    let world = World::new().await;
    world.user("ada").await;
    let (access, refresh) = world.log_in("ada", "12345678").await;
    assert_eq!(world.get(&refresh, "/users/profile").await.problem(), refused());
    assert_eq!(world.post(&access, "/users/tokens/refresh", json!({})).await.problem(), refused());

    let answer = world.post(&refresh, "/users/tokens/refresh", json!(null)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let (second, rotated) = (answer.field("access_token"), answer.field("refresh_token"));
    for token in [&access, &second] {
        assert_eq!(world.get(token, "/users/profile").await.status, 200);
    }

    world.clock.advance(HOUR - 1);
    assert_eq!(world.get(&second, "/users/profile").await.status, 200);
    world.clock.advance(1);
    assert_eq!(world.get(&second, "/users/profile").await.problem(), refused());
    let answer = world.post(&rotated, "/users/tokens/refresh", json!(null)).await;
    let third = answer.field("access_token");

    // Somebody else has the old one: nobody stays in.
    assert_eq!(world.post(&refresh, "/users/tokens/refresh", json!(null)).await.problem(), refused());
    assert_eq!(world.get(&third, "/users/profile").await.problem(), refused());
    let last = answer.field("refresh_token");
    assert_eq!(world.post(&last, "/users/tokens/refresh", json!(null)).await.problem(), refused());
}

#[tokio::test]
async fn refreshing_takes_a_content_type_and_a_day_at_most() {
    let world = World::new().await;
    let (_, refresh) = world.log_in("admin", world.first.password.expose()).await;
    let bare = Request::builder().method("POST").uri("/users/tokens/refresh");
    let bare = bare.header("Authorization", format!("Bearer {refresh}")).body(Body::empty()).unwrap();
    assert_eq!(world.send(bare).await.problem(), (415, "unsupported content type".into()));
    world.clock.advance(24 * HOUR);
    assert_eq!(world.post(&refresh, "/users/tokens/refresh", json!(null)).await.problem(), refused());
    assert!(world.embedded.forget_expired().await.unwrap() >= 4);
    assert_eq!(world.embedded.forget_expired().await.unwrap(), 0);
}

#[tokio::test]
async fn a_revoked_session_ends_at_once() {
    let world = World::new().await;
    let (_, other) = world.user("ada").await;
    let body = json!({"username": "ada", "password": "12345678", "description": "laptop"});
    let answer = world.post("", "/users/tokens/issue", body).await;
    let (access, refresh) = (answer.field("access_token"), answer.field("refresh_token"));
    let list = world.get(&other, "/users/tokens/refresh-tokens").await.json();
    assert_eq!(list["refresh_tokens"].as_array().unwrap().len(), 2);
    assert_eq!(list["refresh_tokens"][1]["description"], "laptop");
    let session = list["refresh_tokens"][1]["id"].clone();

    let revoke = json!({"token_id": session});
    assert_eq!(world.post(&world.admin, "/users/tokens/revoke", revoke.clone()).await.status, 404);
    assert_eq!(world.post(&other, "/users/tokens/revoke", json!({})).await.problem().1, "missing token id");
    assert_eq!(world.post(&other, "/users/tokens/revoke", revoke).await.status, 204);
    assert_eq!(world.get(&access, "/users/profile").await.problem(), refused());
    assert_eq!(world.post(&refresh, "/users/tokens/refresh", json!(null)).await.problem(), refused());
    assert_eq!(world.get(&other, "/users/profile").await.status, 200);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let world = World::new().await;
    let (_, here) = world.user("ada").await;
    let (elsewhere, _) = world.log_in("ada", "12345678").await;
    let change = |old: &str, new: &str| json!({"old_secret": old, "new_secret": new});
    let wrong = world.patch(&here, "/users/secret", change("87654321", "new-password")).await;
    assert_eq!(wrong.problem(), (401, "invalid credentials".into()));
    let weak = world.patch(&here, "/users/secret", change("12345678", "short")).await;
    assert_eq!(weak.problem(), (400, "password does not meet the requirements".into()));
    assert_eq!(world.get(&elsewhere, "/users/profile").await.status, 200);

    let done = world.patch(&here, "/users/secret", change("12345678", "new-password")).await;
    assert_eq!(done.status, 200);
    assert!(!done.text.contains("new-password"));
    assert_eq!(world.get(&here, "/users/profile").await.status, 200);
    assert_eq!(world.get(&elsewhere, "/users/profile").await.problem(), refused());
    let old = world.post("", "/users/tokens/issue", json!({"username": "ada", "password": "12345678"})).await;
    assert_eq!(old.status, 401);
    world.log_in("ada@example.com", "new-password").await;
}

#[tokio::test]
async fn who_is_disabled_is_refused_like_a_stranger() {
    let world = World::new().await;
    let (ada, access) = world.user("ada").await;
    assert_eq!(world.post(&world.admin, &format!("/users/{ada}/disable"), json!(null)).await.status, 200);
    assert_eq!(world.get(&access, "/users/profile").await.problem(), refused());
    for (username, password) in [("ada", "12345678"), ("ada", "wrong-pass"), ("nobody", "12345678")] {
        let body = json!({"username": username, "password": password});
        let answer = world.post("", "/users/tokens/issue", body).await;
        assert_eq!(answer.problem(), (401, "invalid credentials".into()), "{username}");
    }
    let again = world.post(&world.admin, &format!("/users/{ada}/disable"), json!(null)).await;
    assert_eq!(again.problem(), (422, "status already assigned".into()));
    assert_eq!(world.post(&world.admin, &format!("/users/{ada}/enable"), json!(null)).await.status, 200);
    world.log_in("ada", "12345678").await;
}

#[tokio::test]
async fn a_crowd_at_the_door_is_told_to_come_back() {
    let world = World::new().await;
    let ask = || world.post("", "/users/tokens/issue", json!({"username": "x", "password": "y"}));
    let (a, b, c, d, e, f, g, h, i, j, k, l) =
        tokio::join!(ask(), ask(), ask(), ask(), ask(), ask(), ask(), ask(), ask(), ask(), ask(), ask());
    let answers = [a, b, c, d, e, f, g, h, i, j, k, l];
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(401), count(429)), (9, 3));
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert!(refused.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn sessions_are_no_business_of_personal_access_tokens() {
    let world = World::new().await;
    let pat = world.first.token.expose();
    for path in ["/users/tokens/refresh-tokens", "/users"] {
        assert_eq!(world.get(pat, path).await.problem(), (403, FORBIDDEN.into()), "{path}");
    }
    let create = world.post(pat, "/users", new_user("ada")).await;
    assert_eq!(create.problem(), (403, FORBIDDEN.into()));
    assert_eq!(world.get(pat, "/users/profile").await.status, 200);
    let change = json!({"old_secret": world.first.password.expose(), "new_secret": "new-password"});
    assert_eq!(world.patch(pat, "/users/secret", change).await.problem(), (403, FORBIDDEN.into()));
}
