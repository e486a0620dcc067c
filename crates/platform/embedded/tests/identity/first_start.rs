//! The first start, and what keeps its results usable.

use crate::world::{HOUR, World, embedded, id};
use onramp_core::model::Secret;
use onramp_embedded::{Failure, Settings};
use serde_json::json;

const DAY: i64 = 24 * HOUR;

#[tokio::test]
async fn nothing_is_written_before_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, _clock, platform) = embedded(&folder, Settings::default());
    assert!(platform.is_empty().await.unwrap());
    let killed = platform.prepare_first_start().await.unwrap();
    let second = platform.prepare_first_start().await.unwrap();
    assert_ne!(killed.password, second.password);
    assert!(platform.is_empty().await.unwrap());
    let (lost, token, domain) = (killed.token.clone(), second.token.clone(), second.domain.clone());
    platform.commit_first_start(second).await.unwrap();
    assert!(!platform.is_empty().await.unwrap());
    let late = platform.commit_first_start(killed).await;
    assert!(matches!(late, Err(Failure::Conflict(_))), "only one of them counts");
    assert!(platform.identify(&token).await.is_ok());
    assert!(platform.identify(&lost).await.is_err());
    assert_eq!(platform.default_domain().await.unwrap(), Some(domain));
}

#[tokio::test]
async fn the_first_token_does_everything_in_the_first_domain_and_nothing_elsewhere() {
    let world = World::new().await;
    let (token, domain) = (world.first.token.expose(), &world.first.domain);
    let view = world.get(token, &format!("/domains/{domain}")).await.json();
    assert_eq!((&view["name"], &view["route"]), (&json!("default"), &json!("default")));
    assert_eq!(domain.as_str().len(), 36);
    let config = json!({"external_id": "mac", "external_key": "key"});
    assert_eq!(world.post(token, &format!("/{domain}/clients/configs"), config).await.status, 201);
    assert_eq!(world.get(token, "/domains").await.json()["total"], 1);
    let other = world.domain(&world.admin, "other").await;
    assert_eq!(world.get(token, &format!("/domains/{other}")).await.status, 403);
    assert_eq!(world.post(token, "/domains", json!({"name": "x", "route": "x"})).await.status, 403);
}

#[tokio::test]
async fn the_operators_token_is_renewed_in_time() {
    let world = World::new().await;
    let (first, domain) = (world.first.token.clone(), world.first.domain.clone());
    let renew = |token: Secret| {
        let (world, domain) = (&world, domain.clone());
        async move { world.embedded.renew_operator_token(&token, &domain).await.unwrap() }
    };
    assert!(renew(first.clone()).await.is_none());
    world.clock.advance(61 * DAY);
    let second = renew(first.clone()).await.unwrap();
    for token in [&first, &second] {
        assert!(world.embedded.identify(token).await.is_ok(), "the old one may still be in the file");
    }
    assert!(renew(second.clone()).await.is_none());

    world.clock.advance(91 * DAY);
    assert!(world.embedded.identify(&second).await.is_err());
    let third = renew(second).await.unwrap();
    assert!(world.embedded.identify(&third).await.is_ok());
    assert!(renew(Secret::new("pat_of_another_database")).await.is_some());

    let gone = id("00000000-0000-4000-8000-000000000000");
    let nowhere = world.embedded.renew_operator_token(&first, &gone).await;
    assert!(matches!(nowhere, Err(Failure::NotFound)));
}

#[tokio::test]
async fn a_lost_password_is_made_anew_by_whoever_owns_the_file() {
    let world = World::new().await;
    let old = world.first.password.expose().to_owned();
    let domain = world.first.domain.clone();
    let nowhere = world.embedded.reset_admin(&id("00000000-0000-4000-8000-000000000000")).await;
    assert!(matches!(nowhere, Err(Failure::Invalid(_))));
    assert_eq!(world.get(&world.admin, "/users/profile").await.status, 200, "nothing was changed");
    let (new, token) = world.embedded.reset_admin(&domain).await.unwrap();
    assert_eq!(world.get(&world.admin, "/users/profile").await.status, 401, "its sessions end");
    assert!(world.embedded.identify(&world.first.token).await.is_err(), "its token too");
    assert!(world.embedded.identify(&token).await.is_ok());
    let body = json!({"username": "admin", "password": old});
    assert_eq!(world.post("", "/users/tokens/issue", body).await.status, 401);
    let (admin, _) = world.log_in("admin", new.expose()).await;

    // Even when it was disabled, demoted or removed meanwhile.
    let root = world.post(&admin, "/users", crate::world::new_user("root")).await.field("id");
    world.patch(&admin, &format!("/users/{root}/role"), json!({"role": "admin"})).await;
    let (of_root, _) = world.log_in("root", "12345678").await;
    let path = format!("/users/{}", world.get(&admin, "/users/profile").await.field("id"));
    world.patch(&of_root, &format!("{path}/role"), json!({"role": "user"})).await;
    world.post(&of_root, &format!("{path}/disable"), json!(null)).await;
    let (new, _) = world.embedded.reset_admin(&domain).await.unwrap();
    let (admin, _) = world.log_in("admin", new.expose()).await;
    assert_eq!(world.get(&admin, "/users").await.status, 200);

    assert_eq!(world.delete(&of_root, &path).await.status, 204);
    let (new, _) = world.embedded.reset_admin(&domain).await.unwrap();
    let (admin, _) = world.log_in("admin", new.expose()).await;
    assert_eq!(world.get(&admin, "/users").await.status, 200);
}
