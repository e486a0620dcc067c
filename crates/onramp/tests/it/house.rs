//! The house keeps its shape: who may use whom, and what is written about it is true.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who may use which of our crates (`docs/architecture.md`). Tests may also use `onramp-testkit`, and
/// those of the embedded platform run on the real store.
const ARROWS: &[(&str, &[&str])] = &[
    ("onramp-protocol", &[]),
    ("onramp-api", &[]),
    ("onramp-core", &["onramp-protocol"]),
    ("onramp-store", &["onramp-core", "onramp-protocol"]),
    ("onramp-http", &["onramp-core", "onramp-protocol", "onramp-api"]),
    ("onramp-embedded", &["onramp-core", "onramp-protocol", "onramp-api", "onramp-http"]),
    ("onramp-client", &["onramp-api", "onramp-protocol"]),
    ("onramp-testkit", &["onramp-core", "onramp-protocol"]),
    (
        "onramp",
        &[
            "onramp-protocol",
            "onramp-api",
            "onramp-core",
            "onramp-store",
            "onramp-http",
            "onramp-embedded",
            "onramp-client",
        ],
    ),
];

/// What a crate never names as a dependency, not even for its tests.
const NEVER: &[(&str, &[&str])] = &[
    ("onramp-protocol", &["tokio", "axum", "rusqlite"]),
    ("onramp-api", &["tokio", "axum", "rusqlite"]),
    (
        "onramp-core",
        &["tokio", "axum", "rusqlite", "sqlx", "reqwest", "ureq", "hyper", "async-nats", "anyhow"],
    ),
    ("onramp-store", &["axum", "hyper", "utoipa", "ureq"]),
    ("onramp-http", &["rusqlite", "sqlx", "refinery", "ureq"]),
    ("onramp-embedded", &["rusqlite", "sqlx", "refinery", "ureq"]),
    ("onramp-client", &["rusqlite", "axum", "tokio"]),
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn array(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Our crates with the dependencies that they name: name and kind.
fn named(metadata: &Value) -> BTreeMap<String, Vec<(String, bool)>> {
    let members: BTreeSet<&str> = array(&metadata["workspace_members"]).iter().map(text).collect();
    let ours = array(&metadata["packages"]).iter().filter(|package| members.contains(text(&package["id"])));
    ours.map(|package| {
        let dependencies = array(&package["dependencies"])
            .iter()
            .map(|dependency| (text(&dependency["name"]).to_owned(), dependency["kind"] == "dev"))
            .collect();
        (text(&package["name"]).to_owned(), dependencies)
    })
    .collect()
}

#[test]
fn only_the_allowed_arrows() {
    let named = named(&metadata());
    let known: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    assert_eq!(named.keys().map(String::as_str).collect::<BTreeSet<_>>(), known, "a crate without a row");
    for (name, allowed) in ARROWS {
        for (dependency, is_dev) in &named[*name] {
            if !dependency.starts_with("onramp") {
                continue;
            }
            let dependency = dependency.as_str();
            let for_tests =
                dependency == "onramp-testkit" || (*name, dependency) == ("onramp-embedded", "onramp-store");
            let is_fine = allowed.contains(&dependency) || (*is_dev && for_tests);
            assert!(is_fine, "{name} uses {dependency}");
        }
    }
}

#[test]
fn what_a_crate_never_sees() {
    let named = named(&metadata());
    for (name, never) in NEVER {
        for (dependency, is_dev) in &named[*name] {
            // Tests of async code need something to run them.
            let runs_tests = *is_dev && dependency == "tokio";
            assert!(runs_tests || !never.contains(&dependency.as_str()), "{name} names {dependency}");
        }
    }
}

/// Not named is not enough: nothing below core may bring a runtime or a database in either.
#[test]
fn core_is_free_of_runtime_and_database_all_the_way_down() {
    let metadata = metadata();
    let nodes: BTreeMap<&str, &Value> =
        array(&metadata["resolve"]["nodes"]).iter().map(|node| (text(&node["id"]), node)).collect();
    let names: BTreeMap<&str, &str> = array(&metadata["packages"])
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    for (crate_name, never) in [
        ("onramp-protocol", ["tokio", "axum", "hyper", "rusqlite"]),
        ("onramp-core", ["tokio", "axum", "hyper", "rusqlite"]),
    ] {
        let start = names.iter().find(|(_, name)| **name == crate_name).unwrap().0;
        let (mut seen, mut left) = (BTreeSet::new(), vec![*start]);
        while let Some(id) = left.pop() {
            if !seen.insert(id) {
                continue;
            }
            assert!(!never.contains(&names[id]), "{crate_name} reaches {}", names[id]);
            for dependency in array(&nodes[id]["deps"]) {
                let is_normal = array(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
                if is_normal {
                    left.push(text(&dependency["pkg"]));
                }
            }
        }
    }
}

/// Files and folders that `docs/architecture.md` names in backquotes, or in its tree, exist.
#[test]
fn the_described_rooms_exist() {
    let text = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let parts: Vec<&str> = text.splitn(3, "```").collect();
    let [before, tree, after] = parts[..] else { panic!("docs/architecture.md has no tree") };
    let mut missing = missing_from_tree(tree);
    for word in format!("{before}{after}").split('`').skip(1).step_by(2) {
        if word.contains('/') && !word.starts_with('/') && !word.contains([' ', '<', '*', '{', '…', '!']) {
            let places = [root().join(word), root().join("crates").join(word)];
            if !places.iter().any(|place| place.exists()) {
                missing.push(word.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "docs/architecture.md names {missing:?}");
}

/// Indented lines are inside the folder above them; a crate's folder may leave out its `src/`.
fn missing_from_tree(tree: &str) -> Vec<String> {
    let (mut above, mut missing): (Vec<(usize, PathBuf)>, _) = (Vec::new(), Vec::new());
    for line in tree.lines().filter(|line| !line.trim().is_empty()) {
        let depth = line.len() - line.trim_start().len();
        above.retain(|(other, _)| *other < depth);
        let parent = above.last().map_or_else(|| root().to_owned(), |(_, path)| path.clone());
        let named: Vec<&str> = line
            .split([' ', ',', ';', ':', '('])
            .enumerate()
            .filter(|(place, word)| {
                (*place == depth && !word.is_empty()) || word.ends_with(".rs") || word.ends_with('/')
            })
            .map(|(_, word)| word)
            .collect();
        for (place, word) in named.iter().enumerate() {
            let found =
                [parent.join(word), parent.join("src").join(word)].into_iter().find(|path| path.exists());
            match found {
                Some(path) if place == 0 => above.push((depth, path)),
                Some(_) => {}
                // A line about a crate names rooms inside it.
                None if above.last().is_some_and(|(_, own)| own.join("src").join(word).exists()) => {}
                None => missing.push((*word).to_owned()),
            }
        }
    }
    missing
}

/// A file is a room: one responsibility, and rarely above 500 lines.
#[test]
fn no_file_grows_without_bound() {
    let mut left = vec![root().join("crates")];
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let lines = std::fs::read_to_string(&path).unwrap().lines().count();
                // A suite of cases is one room, however many there are.
                let is_suite = path
                    .components()
                    .any(|part| part.as_os_str() == "testkit" || part.as_os_str() == "tests");
                let most = if is_suite { 1000 } else { 650 };
                assert!(lines <= most, "{}: {lines} lines", path.display());
            }
        }
    }
}
