//! Every exchange that was recorded with the reference, replayed against our server in the same order.
//!
//! Compared are the status, the content type, the form of `Location`, the error's text, and keys and types of
//! the JSON. Whatever differs stands in [`expected`] with a row of `docs/compatibility.md`, and nothing stands
//! there that doesn't differ.

mod expected;
mod names;
mod shape;

use crate::harness::{Answer, Ask, TestApp, ask, exchange_key, get, pem::pem};
use expected::{EXPECTED, Rule, rules};
use names::Names;
use onramp_testkit::recordings::{Body, Exchange, all};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[tokio::test]
async fn what_the_reference_answered_is_answered() {
    // A first start's administrator has the recorded one's name and mail, and a password of its own.
    let app = TestApp::empty().await;
    let (mut names, mut found) = (Names::default(), BTreeMap::new());
    for (file, exchange) in all() {
        let ask = request(&exchange, &names, &app.server().admin.password);
        let answer = app.send(ask.clone()).await;
        names.learn(&exchange, &answer);
        let differences = compare(&exchange, &answer);
        assert!(
            found.insert((file, exchange.note.clone()), differences).is_none(),
            "{file}: {} twice",
            exchange.note
        );
        if exchange.response.status >= 400 && answer.status == 201 {
            undo(&app, ask, &answer).await;
        }
    }
    judge(found);
}

/// Takes back what only we accept, so that all that follows meets the recorded world.
async fn undo(app: &TestApp, create: Ask, answer: &Answer) {
    let path = format!("{}/{}", create.path, answer.located());
    app.send(Ask { method: "DELETE".into(), path, body: Vec::new(), ..create }).await.expect(204);
}

#[test]
fn every_expected_difference_is_documented() {
    let documented = documented_rows();
    let used: BTreeSet<&str> = EXPECTED
        .iter()
        .flat_map(|entry| entry.rows.iter())
        .copied()
        .chain(rules().iter().map(|rule| rule.row))
        .collect();
    for row in &used {
        assert!(documented.contains(*row), "docs/compatibility.md has no row {row}");
    }
}

/// Ids in the first column of the tables of `docs/compatibility.md`.
fn documented_rows() -> BTreeSet<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/compatibility.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut rows = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with("| C-")) {
        let id = line.split('|').nth(1).unwrap().trim().to_owned();
        assert!(rows.insert(id.clone()), "docs/compatibility.md: row {id} twice");
    }
    rows
}

/// The recorded request with our ids, tokens and password, and real certificates for the placeholders.
fn request(exchange: &Exchange, names: &Names, password: &str) -> Ask {
    let recorded = &exchange.request;
    let mut request = ask(&recorded.method, &names.ours(&recorded.path));
    for (name, value) in &recorded.headers {
        let value = if exchange.decrypted.is_some() { credential(value) } else { names.ours(value) };
        request = request.header(name, &value);
    }
    if let Some(body) = &recorded.body {
        let mut body = with_real_certificates(&names.ours(body));
        if body.contains("\"username\": \"admin") {
            body = body.replace("12345678", password);
        }
        request = request.bytes(body.as_bytes());
    }
    request
}

/// The keys of devices were renamed in the recordings after they had been encrypted: the recorded
/// initialisation vector with the key as it is called now.
fn credential(recorded: &str) -> String {
    let hex = recorded.strip_prefix("Client ").unwrap();
    let mut iv = [0; 16];
    hex::decode_to_slice(&hex[..32], &mut iv).unwrap();
    format!("Client {}", exchange_key().seal_credential(iv, b"key-r1"))
}

fn with_real_certificates(body: &str) -> String {
    let Ok(Value::Object(mut object)) = serde_json::from_str(body) else { return body.to_owned() };
    let pem = pem();
    let mut changed = false;
    for (key, real) in [("client_cert", &pem.cert), ("client_key", &pem.key), ("ca_cert", &pem.ca)] {
        if let Some(value) = object.get_mut(key) {
            *value = json!(real);
            changed = true;
        }
    }
    if changed { Value::Object(object).to_string() } else { body.to_owned() }
}

fn compare(exchange: &Exchange, answer: &Answer) -> Vec<String> {
    let recorded = &exchange.response;
    let mut differences = Vec::new();
    let mut differ = |what: &str, theirs: &str, ours: &str| {
        if theirs != ours {
            differences.push(format!("{what}: {theirs} -> {ours}"));
        }
    };
    differ("status", &recorded.status.to_string(), &answer.status.to_string());
    let content_type = |value: Option<&str>| value.unwrap_or("none").to_owned();
    differ(
        "content type",
        &content_type(recorded.header("Content-Type")),
        &content_type(answer.header("Content-Type")),
    );
    let prefix = |value: Option<&str>| {
        value.map_or("none", |path| path.rsplit_once('/').map_or("", |(p, _)| p)).to_owned()
    };
    differ("location", &prefix(recorded.header("Location")), &prefix(answer.header("Location")));
    match &recorded.body {
        Body::Bytes { .. } => {
            let theirs: Value = serde_json::from_str(exchange.decrypted.as_ref().unwrap()).unwrap();
            let opened = exchange_key().open(&answer.body).ok();
            match opened.and_then(|text| serde_json::from_slice(text.as_slice()).ok()) {
                Some(ours) => differences.extend(shape::differences(&theirs, &ours)),
                None => differences.push("secure answer: cannot be opened".into()),
            }
        }
        Body::Text(text) => {
            let theirs: Option<Value> = serde_json::from_str(text).ok();
            let ours: Option<Value> = serde_json::from_slice(&answer.body).ok();
            match (theirs, ours) {
                (Some(theirs), Some(ours)) => {
                    if let (Some(theirs), Some(ours)) = (theirs["message"].as_str(), ours["message"].as_str())
                        && theirs != ours
                    {
                        differences.push(format!("message: {theirs} -> {ours}"));
                    }
                    differences.extend(shape::differences(&theirs, &ours));
                }
                (None, Some(ours)) => differences.push(format!("body: {:?} -> {ours}", text.trim())),
                (Some(theirs), None) => {
                    let theirs =
                        if theirs["message"].is_string() { theirs.to_string() } else { "JSON".into() };
                    differences.push(format!("body: {theirs} -> {:?}", answer.text().trim()));
                }
                (None, None) if text.trim() != answer.text().trim() => {
                    differences.push(format!("body: {:?} -> {:?}", text.trim(), answer.text().trim()));
                }
                (None, None) => {}
            }
        }
    }
    differences
}

/// Compares what differs with what may.
fn judge(found: BTreeMap<(&'static str, String), Vec<String>>) {
    let rules = rules();
    let mut unused: BTreeSet<&str> = rules.iter().map(|rule| rule.row).collect();
    let mut wrong = Vec::new();
    for ((file, note), differences) in &found {
        let listed: BTreeSet<&str> = EXPECTED
            .iter()
            .filter(|entry| entry.file == *file && entry.note == note)
            .flat_map(|entry| entry.differences.iter().copied())
            .collect();
        let mut left = BTreeSet::new();
        for difference in differences {
            if listed.contains(difference.as_str()) {
                left.insert(difference.as_str());
            } else if let Some(rule) = rules.iter().find(|rule: &&Rule| (rule.covers)(file, difference)) {
                unused.remove(rule.row);
            } else {
                left.insert(difference.as_str());
            }
        }
        if left != listed {
            wrong.push(format!("{file}: {note}\n  found  {left:#?}\n  listed {listed:#?}"));
        }
    }
    for entry in EXPECTED {
        if !found.contains_key(&(entry.file, entry.note.to_owned())) {
            wrong.push(format!("{}: {}: no such recording", entry.file, entry.note));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} exchanges differ otherwise than listed:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(unused.is_empty(), "rules that cover nothing: {unused:?}");
}

/// What the list ignores stands on the page, and what stands there is ignored.
#[tokio::test]
async fn the_documented_parameters_are_ignored() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/compatibility.md");
    let text = std::fs::read_to_string(path).unwrap();
    let section = text.split("## Parameters that are accepted and ignored").nth(1).unwrap();
    let list = section.split("`client_key`").next().unwrap();
    let names: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
    assert!(names.len() > 35, "{names:?}");
    let app = TestApp::start().await;
    for name in names {
        app.ask(get(&app.at(&format!("/clients/configs?{name}=x")))).await.expect(200);
    }
}
