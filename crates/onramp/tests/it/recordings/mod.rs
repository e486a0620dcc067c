//! Every exchange that was recorded with the reference, replayed against our server in the same order.
//!
//! Compared are the status, the content type, the form of `Location`, the error's text, and keys and types of
//! the JSON. Whatever differs stands in [`expected`] with a row of `docs/compatibility.md`, and nothing stands
//! there that doesn't differ.

mod expected;
mod names;
mod shape;

use crate::harness::{Answer, Ask, PASSWORD, TestApp, ask, exchange_key, get, patch, pem::pem};
use expected::{EXPECTED, Rule, rules};
use names::Names;
use onramp_testkit::recordings::{Body, Exchange, all};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[tokio::test]
async fn what_the_reference_answered_is_answered() {
    let app = server_as_recorded().await;
    let (mut names, mut found) = (Names::default(), BTreeMap::new());
    for (file, exchange) in all() {
        let answer = app.send(request(&exchange, &names)).await;
        names.learn(&exchange, &answer);
        let differences = compare(&exchange, &answer);
        assert!(found.insert((file, exchange.note.clone()), differences).is_none(), "{file}: {} twice", exchange.note);
    }
    judge(found);
}

#[test]
fn every_expected_difference_is_documented() {
    let documented = documented_rows();
    let used: BTreeSet<&str> =
        EXPECTED.iter().flat_map(|entry| entry.rows).copied().chain(rules().iter().map(|rule| rule.row)).collect();
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

/// A first start whose administrator has the recorded one's name, mail and password.
async fn server_as_recorded() -> TestApp {
    let app = TestApp::empty().await;
    let (name, password) = (app.server().admin.username.clone(), app.server().admin.password.clone());
    assert_eq!(name, "admin");
    let token = app.log_in(&name, &password).await["access_token"].as_str().unwrap().to_owned();
    let profile = app.send(get("/users/profile").bearer(&token)).await.expect(200).json();
    let me = profile["id"].as_str().unwrap();
    let changes = [
        (format!("/users/{me}/email"), json!({"email": "admin@example.com"})),
        (format!("/users/{me}"), json!({"first_name": "super", "last_name": "admin", "metadata": {"role": "admin"}})),
        ("/users/secret".to_owned(), json!({"old_secret": password, "new_secret": PASSWORD})),
    ];
    for (path, body) in changes {
        if body["email"].is_null() || body["email"] != profile["email"] {
            app.send(patch(&path).bearer(&token).json(&body)).await.expect(200);
        }
    }
    app
}

/// The recorded request with our ids and tokens, and real certificates for the placeholders.
fn request(exchange: &Exchange, names: &Names) -> Ask {
    let recorded = &exchange.request;
    let mut request = ask(&recorded.method, &names.ours(&recorded.path));
    for (name, value) in &recorded.headers {
        request = request.header(name, &names.ours(value));
    }
    if let Some(body) = &recorded.body {
        request = request.bytes(with_real_certificates(&names.ours(body)).as_bytes());
    }
    request
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
    let prefix = |value: Option<&str>| value.map_or("none", |path| path.rsplit_once('/').map_or("", |(p, _)| p)).to_owned();
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
                (Some(theirs), None) => differences.push(format!("body: {theirs} -> {:?}", answer.text().trim())),
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
            } else if let Some(rule) = rules.iter().find(|rule: &&Rule| (rule.covers)(difference)) {
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
    assert!(wrong.is_empty(), "{} exchanges differ otherwise than listed:\n{}", wrong.len(), wrong.join("\n"));
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
