//! The same requests as in the recordings of the reference: the same answers, down to the order of the keys,
//! but for the differences that stand here.

use crate::world::World;
use http::Method;
use serde_json::Value;
use std::collections::HashMap;

const CHANNELS: &str = include_str!("../../../../testkit/data/recordings/channels.json");
const CLIENTS: &str = include_str!("../../../../testkit/data/recordings/clients.json");

/// Where we answer something else, on purpose: members of the domain learn that an id is unknown.
const NOT_FOUND: [&str; 4] = [
    "view unknown client",
    "view unknown channel",
    "connect an unknown channel",
    "connect an unknown client",
];

/// The reference hides secrets in the lists of platform administrators only; we hide them from viewers.
const AS_VIEWER: [&str; 2] = ["list clients", "clients of a channel"];

/// From ids of the recording to ids of this run.
#[derive(Default)]
struct Ids(HashMap<String, String>);

impl Ids {
    fn translate(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
    }

    /// Both texts name ids in the same order; those that are new belong to each other.
    fn learn(&mut self, theirs: &str, ours: &str) {
        for (theirs, ours) in uuids(theirs).zip(uuids(ours)) {
            if !self.0.contains_key(theirs) && theirs != ours {
                self.0.insert(theirs.to_owned(), ours.to_owned());
            }
        }
    }
}

fn uuids(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_hexdigit() && letter != '-')
        .filter(|word| word.len() == 36 && word.matches('-').count() == 4)
}

/// Times become `T`; times that were never set are left out.
fn without_times(text: &str) -> String {
    let mut text = text.replace("\"updated_at\":\"0001-01-01T00:00:00Z\",", "");
    for key in ["\"created_at\":\"", "\"updated_at\":\""] {
        let mut from = 0;
        while let Some(at) = text[from..].find(key) {
            let start = from + at + key.len();
            let length = text[start..].find('"').expect("a time ends");
            text.replace_range(start..start + length, "T");
            from = start;
        }
    }
    text
}

async fn replay(world: &World, recording: &str, ids: &mut Ids) {
    let exchanges: Vec<Value> = serde_json::from_str(recording).unwrap();
    assert!(exchanges.len() >= 10);
    for exchange in &exchanges {
        let note = exchange["note"].as_str().unwrap();
        let (request, response) = (&exchange["request"], &exchange["response"]);
        let token = match request["headers"]["Authorization"].as_str().unwrap() {
            "Bearer <jwt-6>" => "stranger",
            _ if AS_VIEWER.contains(&note) => "viewer",
            _ => "owner",
        };
        let method: Method = request["method"].as_str().unwrap().parse().unwrap();
        let path = ids.translate(request["path"].as_str().unwrap());
        let body = request["body"].as_str().map(|body| ids.translate(body));
        let answer = world.ask(token, method, &path, body.as_deref()).await;

        if NOT_FOUND.contains(&note) {
            assert_eq!(answer.problem(), (404, "entity not found".into()), "{note}");
            continue;
        }
        let theirs = response["body"].as_str().unwrap();
        assert_eq!(
            u64::from(answer.status.as_u16()),
            response["status"].as_u64().unwrap(),
            "{note}: {}",
            answer.text
        );
        ids.learn(theirs, &answer.text);
        assert_eq!(without_times(&answer.text), without_times(&ids.translate(theirs)), "{note}");
        for header in response["headers"].as_array().unwrap() {
            let (name, value) = (header[0].as_str().unwrap(), header[1].as_str().unwrap());
            if matches!(name, "Content-Type" | "Location") {
                assert_eq!(answer.headers.get(name).unwrap(), &ids.translate(value), "{note}: {name}");
            }
        }
    }
}

#[tokio::test]
async fn we_answer_as_the_reference_does() {
    let world = World::new().await;
    let mut ids = Ids::default();
    replay(&world, CHANNELS, &mut ids).await;
    replay(&world, CLIENTS, &mut ids).await;
    assert!(ids.0.len() >= 8, "ids were learnt: {:?}", ids.0);
}
