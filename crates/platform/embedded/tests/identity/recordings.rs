//! The same requests as in the recordings of the reference: the same statuses, keys and values, but for the
//! differences that stand here.

use crate::world::World;
use serde_json::{Value, json};
use std::collections::HashMap;

const USERS: &str = include_str!("../../../../testkit/data/recordings/users.json");
const DOMAINS: &str = include_str!("../../../../testkit/data/recordings/domains.json");
const AUTH: &str = include_str!("../../../../testkit/data/recordings/auth.json");

/// Where we say something else, on purpose.
const OTHERWISE: [(&str, u16, &str); 4] = [
    ("wrong password", 401, "invalid credentials"),
    ("unknown user", 401, "invalid credentials"),
    ("refresh with an access token", 401, "failed to perform authentication over the entity"),
    (
        "bad json",
        400,
        "request body is not a valid JSON, expecting a valid JSON: line 1, column 2: key must be a string",
    ),
];

/// Where the content depends on what else is there, or on our own roles: status and keys are compared.
const SHAPE_ONLY: [&str; 6] = [
    "list users",
    "list domains as second user",
    "list domains as admin",
    "roles of a domain",
    "available actions",
    "create PAT",
];

/// Keys that the reference writes and we do not: zero times, and times of e-mail verification.
const LEFT_OUT: [&str; 5] = ["updated_at", "verified_at", "last_used_at", "revoked_at", "updated_by"];

/// What the reference leaves out and we write.
const ADDED: [&str; 2] = ["updated_by", "offset"];

/// From ids and tokens of the recording to those of this run.
#[derive(Default)]
struct Known(Vec<(String, String)>);

impl Known {
    fn translate(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
    }

    fn learn(&mut self, theirs: &Value, ours: &Value) {
        match (theirs, ours) {
            (Value::Object(theirs), Value::Object(ours)) => {
                for (key, theirs) in theirs {
                    self.learn(theirs, ours.get(key).unwrap_or(&Value::Null));
                }
            }
            (Value::String(theirs), Value::String(ours)) if is_placeholder(theirs) => {
                self.0.retain(|(known, _)| known != theirs);
                self.0.push((theirs.clone(), ours.clone()));
            }
            _ => {}
        }
    }
}

fn is_placeholder(text: &str) -> bool {
    text.starts_with("<jwt-") || (text.len() == 36 && text.starts_with("000000"))
}

fn is_time(text: &str) -> bool {
    text.len() >= 20 && text.ends_with('Z') && text.as_bytes()[4] == b'-'
}

/// The keys, without those that one of us leaves out.
fn keys(value: &Value) -> Vec<&String> {
    let skipped = |key: &str| LEFT_OUT.contains(&key) || ADDED.contains(&key);
    value.as_object().into_iter().flatten().map(|(key, _)| key).filter(|key| !skipped(key)).collect()
}

fn compare(note: &str, theirs: &Value, ours: &Value) {
    assert_eq!(keys(ours), keys(theirs), "{note}: {ours}");
    for (key, theirs) in theirs.as_object().into_iter().flatten() {
        let Some(ours) = ours.get(key) else { continue };
        match theirs.as_str() {
            Some(time) if is_time(time) => assert!(is_time(ours.as_str().unwrap()), "{note}: {key}"),
            Some(text) if text.starts_with("<jwt-") || is_placeholder(text) => {}
            _ => assert_eq!(ours, theirs, "{note}: {key}"),
        }
    }
}

async fn replay(world: &World, recording: &str, known: &mut Known) -> usize {
    let exchanges: Vec<Value> = serde_json::from_str(recording).unwrap();
    let mut compared = 0;
    for exchange in &exchanges {
        let note = exchange["note"].as_str().unwrap();
        let (request, response) = (&exchange["request"], &exchange["response"]);
        let path = known.translate(request["path"].as_str().unwrap());
        // Configs are replayed elsewhere, and our tokens are no JWTs.
        if path.contains("/clients/configs") || path.starts_with("/keys") {
            continue;
        }
        let token = request["headers"]["Authorization"].as_str().unwrap_or_default();
        let token = known.translate(token.strip_prefix("Bearer ").unwrap_or_default());
        let body = known.translate(request["body"].as_str().unwrap_or_default());
        let method = request["method"].as_str().unwrap();
        let answer = world.ask_text(&token, method, &path, body).await;
        compared += 1;
        if let Some((_, status, message)) = OTHERWISE.iter().find(|(known, _, _)| *known == note) {
            assert_eq!(answer.problem(), (*status, (*message).to_owned()), "{note}");
            continue;
        }
        let status = response["status"].as_u64().unwrap();
        assert_eq!(u64::from(answer.status), status, "{note}: {}", answer.text);
        let theirs = response["body"].as_str().unwrap();
        if theirs.is_empty() {
            assert_eq!(answer.text, "", "{note}");
            continue;
        }
        let (theirs, ours): (Value, _) = (serde_json::from_str(theirs).unwrap(), answer.json());
        known.learn(&theirs, &ours);
        if SHAPE_ONLY.contains(&note) {
            assert_eq!(keys(&ours), keys(&theirs), "{note}: {ours}");
        } else {
            compare(note, &theirs, &ours);
        }
        for header in response["headers"].as_array().unwrap() {
            let (name, value) = (header[0].as_str().unwrap(), header[1].as_str().unwrap());
            if matches!(name, "Content-Type" | "Location") {
                assert_eq!(answer.headers.get(name).unwrap(), &known.translate(value), "{note}: {name}");
            }
        }
    }
    compared
}

#[tokio::test]
async fn we_answer_as_the_reference_does() {
    let world = World::new().await;
    let change = json!({"old_secret": world.first.password.expose(), "new_secret": "12345678"});
    assert_eq!(world.patch(&world.admin, "/users/secret", change).await.status, 200);
    let mut known = Known::default();
    assert_eq!(replay(&world, USERS, &mut known).await, 17);
    assert_eq!(replay(&world, AUTH, &mut known).await, 2);
    assert_eq!(replay(&world, DOMAINS, &mut known).await, 17);
    let distinct: HashMap<_, _> = known.0.iter().cloned().collect();
    assert!(distinct.len() >= 9, "ids and tokens were learnt: {distinct:?}");
}
