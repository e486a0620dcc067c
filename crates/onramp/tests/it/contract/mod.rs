//! Every operation that the server describes, against everybody who may knock and everything bad that may be
//! sent. A route without a row in [`routes`] fails the first test.

mod bad_input;
mod fresh;
mod matrix;
mod routes;

use crate::harness::{Answer, TestApp, get};
use routes::ROUTES;
use std::collections::BTreeSet;

/// Words that only a database driver or our own tables use.
const DRIVER_WORDS: [&str; 6] = ["sqlite", "unique constraint", "rusqlite", "onramp_", "panicked", "src/"];

/// What holds for every answer, whatever was asked.
#[track_caller]
fn assert_decent(answer: &Answer) {
    assert_ne!(answer.status, 500, "{}: {}", answer.request, answer.text());
    if answer.status < 400 || answer.status == 405 {
        return;
    }
    assert!(!answer.body.is_empty(), "{}: {} without a word", answer.request, answer.status);
    let is_page = answer.header("Content-Type").is_some_and(|value| value.starts_with("text/plain"));
    if !(answer.status == 404 && is_page) {
        assert!(!answer.message().is_empty(), "{}", answer.request);
        assert_eq!(answer.header("Content-Type"), Some("application/json"), "{}", answer.request);
    }
    let said = answer.text().to_lowercase();
    for word in DRIVER_WORDS {
        assert!(!said.contains(word), "{}: {said}", answer.request);
    }
}

#[tokio::test]
async fn every_described_operation_has_a_row() {
    let app = TestApp::start().await;
    let document = app.send(get("/openapi.json")).await.expect(200).json();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            described.insert(nameless(&format!("{} {path}", method.to_uppercase())));
        }
    }
    let rows: BTreeSet<String> = ROUTES.iter().map(|route| nameless(route.operation)).collect();
    assert_eq!(rows.len(), ROUTES.len(), "a row stands there twice");
    let without: Vec<_> = described.difference(&rows).collect();
    let stale: Vec<_> = rows.difference(&described).collect();
    assert!(
        without.is_empty() && stale.is_empty(),
        "without a row: {without:#?}\nrows of nothing: {stale:#?}"
    );
}

/// `GET /{domain}/clients` → `GET /{}/clients`: what a parameter is called is nobody's contract.
fn nameless(operation: &str) -> String {
    let mut inside = false;
    operation
        .chars()
        .filter(|letter| {
            let keep = !inside || *letter == '}';
            inside = *letter == '{' || (inside && *letter != '}');
            keep
        })
        .collect()
}
