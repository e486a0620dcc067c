//! What the routes accept and refuse.

use crate::world::{ELSEWHERE, World};
use http::Method;
use serde_json::json;

const UNKNOWN: &str = "00000000-0000-4000-8000-000000000007";

fn problem(status: u16, message: &str) -> (u16, String) {
    (status, message.to_owned())
}

#[tokio::test]
async fn secrets_are_kept_byte_for_byte() {
    let world = World::new().await;
    let secret = "é\"\\ \t\u{1f511} <&>".repeat(200);
    let body = json!({"credentials": {"secret": secret, "identity": "me"}}).to_string();
    let created = world.post("clients", &body).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.json()["credentials"], json!({"identity": "me", "secret": secret}));
    let path = format!("clients/{}", created.id());
    assert_eq!(world.get("owner", &path).await.json()["credentials"]["secret"], secret.as_str());

    let longest = "x".repeat(4096);
    let changed = world.patch(&format!("{path}/secret"), &json!({"secret": longest}).to_string()).await;
    assert_eq!(
        (changed.status.as_u16(), changed.json()["credentials"].clone()),
        (200, json!({"identity": "me"}))
    );
    assert_eq!(world.get("owner", &path).await.json()["credentials"]["secret"], longest.as_str());
    let longer = json!({"secret": "x".repeat(4097)}).to_string();
    assert_eq!(world.patch(&format!("{path}/secret"), &longer).await.status, 400);
    for empty in ["{}", r#"{"secret":""}"#, r#"{"secret":null}"#] {
        let answer = world.patch(&format!("{path}/secret"), empty).await;
        assert_eq!(answer.problem(), problem(400, "missing secret"));
    }
}

#[tokio::test]
async fn a_client_without_secret_gets_one() {
    let world = World::new().await;
    let created =
        world.post("clients", r#"{"credentials":{},"created_at":"0001-01-01T00:00:00Z","x":1}"#).await;
    let secret = created.json()["credentials"]["secret"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 36);
    assert_ne!(secret, created.id());
}

#[tokio::test]
async fn chosen_ids_are_uuids_and_taken_once() {
    let world = World::new().await;
    let chosen = json!({"id": UNKNOWN}).to_string();
    for list in ["clients", "channels"] {
        for bad in ["bulk", "connect", "configs", "state", "3FA85F64-5717-4562-B3FC-2C963F66AFA6"] {
            let answer = world.post(list, &json!({"id": bad}).to_string()).await;
            assert_eq!(answer.problem(), problem(400, "invalid id format provided"), "{list} {bad}");
        }
        assert_eq!(world.post(list, &chosen).await.id(), UNKNOWN);
        assert_eq!(world.post(list, &chosen).await.problem(), problem(409, "entity already exists"));
        let elsewhere =
            world.ask("stranger", Method::POST, &format!("/{ELSEWHERE}/{list}"), Some(&chosen)).await;
        assert_eq!(elsewhere.problem(), problem(409, "entity already exists"));
    }
}

#[tokio::test]
async fn bulk_creates_all_or_none() {
    let world = World::new().await;
    let clash = r#"[{"name":"a"},{"credentials":{"secret":"s"}},{"credentials":{"secret":"s"}}]"#;
    assert_eq!(
        world.post("clients/bulk", clash).await.problem(),
        problem(400, "client key is not available")
    );
    assert_eq!(world.get("owner", "clients").await.json(), json!({"limit": 10, "total": 0, "clients": []}));
    let clash = r#"[{"route":"r"},{"route":"r"}]"#;
    assert_eq!(world.post("channels/bulk", clash).await.problem(), problem(400, "route not available"));
    assert_eq!(world.get("owner", "channels").await.json(), json!({"limit": 10, "total": 0, "channels": []}));
    for list in ["clients", "channels"] {
        let path = format!("{list}/bulk");
        assert_eq!(world.post(&path, "[]").await.problem(), problem(400, "empty list provided"));
        assert_eq!(world.post(&path, "{}").await.status, 400);
        let many = format!("[{}]", vec!["{}"; 1001].join(","));
        assert_eq!(world.post(&path, &many).await.status, 400);
    }
}

#[tokio::test]
async fn updates_leave_alone_what_they_do_not_name() {
    let world = World::new().await;
    for (list, extra) in [("clients", r#""private_metadata":{"p":1}"#), ("channels", r#""route":"r""#)] {
        let full = format!(r#"{{"name":"n","tags":["t"],"metadata":{{"m":1}},{extra}}}"#);
        let created = world.post(list, &full).await;
        let path = format!("{list}/{}", created.id());
        let touched =
            world.patch(&path, r#"{"name":"","metadata":{},"tags":["ignored"],"route":"other"}"#).await;
        assert_eq!(touched.status, 200, "{}", touched.text);
        let (before, mut after) = (created.json(), touched.json());
        assert_eq!(after["updated_by"], crate::world::OWNER);
        let fields = after.as_object_mut().unwrap();
        fields.remove("updated_at").unwrap();
        fields.remove("updated_by").unwrap();
        assert_eq!(before, after, "{list}");

        let tagged = world.patch(&format!("{path}/tags"), r#"{"tags":["b","a","b"]}"#).await;
        assert_eq!(tagged.json()["tags"], json!(["b", "a"]));
        assert_eq!(tagged.json()["name"], "n");
        let cleared = world.patch(&format!("{path}/tags"), "{}").await;
        assert!(cleared.json().get("tags").is_none());
        assert_eq!(world.get("owner", &format!("{list}?tags=b")).await.json()["total"], 0);
    }
}

#[tokio::test]
async fn switching_twice_is_refused() {
    let world = World::new().await;
    for (list, object) in [("clients", world.new_client().await), ("channels", world.new_channel().await)] {
        let to = |status: &str| format!("{list}/{object}/{status}");
        assert_eq!(world.post(&to("enable"), "").await.problem(), problem(422, "status already assigned"));
        assert_eq!(world.post(&to("disable"), "").await.json()["status"], "disabled");
        assert_eq!(world.post(&to("disable"), "").await.problem(), problem(422, "status already assigned"));
        assert_eq!(world.get("owner", list).await.json()["total"], 0, "lists show what is enabled");
        assert_eq!(world.get("owner", &format!("{list}?status=all")).await.json()["total"], 1);
        assert_eq!(world.post(&to("enable"), "").await.json()["status"], "enabled");
    }
}

#[tokio::test]
async fn what_is_gone_or_was_never_there_is_not_found() {
    let world = World::new().await;
    for (list, object) in [("clients", world.new_client().await), ("channels", world.new_channel().await)] {
        let path = format!("{list}/{object}");
        assert_eq!(world.delete(&path).await.status, 204);
        assert_eq!(world.delete(&path).await.problem(), problem(404, "entity not found"));
        for gone in [path, format!("{list}/{UNKNOWN}"), format!("{list}/none")] {
            let not_found = problem(404, "entity not found");
            assert_eq!(world.get("owner", &gone).await.problem(), not_found);
            assert_eq!(world.patch(&gone, "{}").await.problem(), not_found);
            assert_eq!(world.patch(&format!("{gone}/tags"), "{}").await.problem(), not_found);
            assert_eq!(world.post(&format!("{gone}/disable"), "").await.problem(), not_found);
        }
    }
}

#[tokio::test]
async fn connecting_adds_what_is_missing_and_says_so_when_nothing_was() {
    let world = World::new().await;
    let (client, one, two) = (world.new_client().await, world.new_channel().await, world.new_channel().await);
    let body = |channels: &[&str], types: &[&str]| {
        json!({"channel_ids": channels, "client_ids": [client], "types": types}).to_string()
    };
    let both = ["publish", "SUBSCRIBE"];
    assert_eq!(world.post("channels/connect", &body(&[&one], &["publish"])).await.status, 201);
    let answer = world.post("channels/connect", &body(&[&one, &two], &both)).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (201, ""));
    let again = world.post("channels/connect", &body(&[&one, &two], &both)).await;
    assert_eq!(again.problem(), problem(400, "entity already exists"));

    let list = world.get("owner", &format!("channels?client={client}")).await.json();
    assert_eq!(list["total"], 2);
    assert_eq!(list["channels"][0]["connection_types"], json!(["Publish", "Subscribe"]));

    let half = json!({"client_ids": [client], "types": ["Publish"]}).to_string();
    for _ in 0..2 {
        assert_eq!(world.post(&format!("channels/{one}/disconnect"), &half).await.status, 204);
    }
    let path = format!("clients?channel={one}&connection_type=publish");
    assert_eq!(world.get("owner", &path).await.json()["total"], 0);
    let path = format!("clients?channel={one}&connection_type=subscribe");
    assert_eq!(
        world.get("owner", &path).await.json()["clients"][0]["connection_types"],
        json!(["Subscribe"])
    );
    assert_eq!(world.post(&format!("channels/{one}/connect"), &half).await.status, 201);
    assert_eq!(world.post("channels/disconnect", &body(&[&one, &two], &both)).await.status, 204);
    assert_eq!(world.get("owner", &format!("channels?client={client}")).await.json()["total"], 0);
}

#[tokio::test]
async fn connections_that_cannot_be() {
    let world = World::new().await;
    let (client, channel) = (world.new_client().await, world.new_channel().await);
    let body = |channels: &[&str], clients: &[&str], types: &[&str]| {
        json!({"channel_ids": channels, "client_ids": clients, "types": types}).to_string()
    };
    let both = &["publish", "subscribe"][..];
    let cases = [
        (body(&[&channel], &[&client], &[]), problem(400, "missing connection type")),
        (
            body(&[&channel], &[&client], &["write"]),
            problem(
                400,
                "request body is not a valid JSON, expecting a valid JSON: types: expected publish or subscribe",
            ),
        ),
        (body(&[], &[&client], both), problem(400, "missing entity id")),
        (body(&[&channel], &[], both), problem(400, "missing entity id")),
        (body(&[" "], &[&client], both), problem(400, "missing channel id")),
        (body(&[UNKNOWN], &[&client], both), problem(404, "entity not found")),
        (body(&[&channel], &[UNKNOWN, &client], both), problem(404, "entity not found")),
        (body(&["none"], &[&client], both), problem(404, "entity not found")),
    ];
    for (body, expected) in cases {
        assert_eq!(world.post("channels/connect", &body).await.problem(), expected, "{body}");
    }
    let odd = body(&["none"], &[&client], both);
    assert_eq!(
        world.post("channels/disconnect", &odd).await.problem(),
        problem(400, "invalid id format provided")
    );
    assert_eq!(world.get("owner", &format!("channels?client={client}")).await.json()["total"], 0);

    world.post(&format!("channels/{channel}/disable"), "").await;
    let one = json!({"client_ids": [client], "types": both}).to_string();
    let disabled = world.post(&format!("channels/{channel}/connect"), &one).await;
    assert_eq!(disabled.problem(), problem(422, "failed to create entity"));
    assert_eq!(world.post(&format!("channels/{channel}/disconnect"), &one).await.status, 204);
}

#[tokio::test]
async fn lists_name_what_they_do_not_understand() {
    let world = World::new().await;
    for list in ["clients", "channels"] {
        let ask = |query: &str| format!("{list}?{query}");
        let fine =
            world.get("owner", &ask("limit=10&with_attributes=false&with_metadata=false?roles=true")).await;
        assert_eq!(fine.status, 200, "{}", fine.text);
        let total = world.get("owner", &ask("only_total=true")).await;
        assert_eq!(total.json()["total"], 0);
        for (query, message) in [
            ("limit=0", "invalid limit size"),
            ("limit=101", "invalid limit size"),
            ("order=x", "invalid list order provided"),
            ("dir=x", "invalid list direction provided"),
            ("status=x", "invalid status"),
            ("colour=red", "invalid query parameters: colour: unknown parameter"),
        ] {
            assert_eq!(
                world.get("owner", &ask(query)).await.problem(),
                problem(400, message),
                "{list} {query}"
            );
        }
    }
}
