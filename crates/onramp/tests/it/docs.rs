//! What is written for operators keeps up with the program. `ONRAMP_UPDATE=1` writes the table of commands.

use crate::harness::{TestApp, ask};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files in a folder and below that end like this.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What an operator reads: the words in it, so that `--a` is not found in `--a-b`.
fn operators_words() -> BTreeSet<String> {
    let text: String = ["docs/operations.md", "docs/cli.md", "README.md"]
        .iter()
        .filter_map(|name| std::fs::read_to_string(root().join(name)).ok())
        .collect();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.split(|c| !is_part(c)).map(str::to_owned).collect()
}

#[test]
fn every_flag_of_the_server_is_described() {
    let words = operators_words();
    let program = onramp::command("onramp");
    let serve = program.find_subcommand("serve").unwrap();
    let missing: Vec<String> = serve
        .get_arguments()
        .filter_map(|argument| argument.get_long().map(|long| format!("--{long}")))
        .filter(|flag| flag != "--help" && !words.contains(flag))
        .collect();
    assert!(missing.is_empty(), "docs/operations.md does not name {missing:?}");
}

/// Names in capitals that stand alone in quotes.
fn variables(source: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]").next().unwrap();
    let is_name = |text: &&str| {
        text.contains('_')
            && !text.ends_with('_')
            && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    let named = source.split('"').filter(is_name).map(|name| match name.split('_').next().unwrap() {
        "ONRAMP" | "MG" | "NO" | "XDG" => name.to_owned(),
        "SMQ" => name.replacen("SMQ_", "MG_", 1),
        // The reference's names are read with either of its prefixes.
        _ => format!("MG_{name}"),
    });
    named.collect()
}

#[test]
fn every_variable_is_described() {
    let words = operators_words();
    let mut sources = files(&root().join("crates/onramp/src/cli/settings"), ".rs");
    sources.push(root().join("crates/onramp/src/serve/settings.rs"));
    let named: BTreeSet<String> = sources.iter().flat_map(|path| variables(&read(path))).collect();
    for known in ["MG_BOOTSTRAP_ENCRYPT_KEY", "ONRAMP_MASTER_KEY_FILE", "ONRAMP_TOKEN"] {
        assert!(named.contains(known), "the sources are not understood: {named:?}");
    }
    let missing: Vec<&String> = named.iter().filter(|name| !words.contains(*name)).collect();
    assert!(missing.is_empty(), "docs/operations.md and docs/cli.md do not name {missing:?}");
}

#[test]
fn every_table_is_described() {
    let words: BTreeSet<String> =
        read("docs/operations.md").split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let mut tables = BTreeSet::new();
    for file in files(&root().join("crates/store/migrations"), ".sql") {
        let text = read(file);
        let made = text.split("CREATE TABLE ").skip(1);
        tables.extend(made.map(|rest| rest.split([' ', '(']).next().unwrap().to_owned()));
    }
    assert!(tables.len() >= 20, "the migrations are not understood: {tables:?}");
    let missing: Vec<&String> = tables.iter().filter(|table| !words.contains(*table)).collect();
    assert!(missing.is_empty(), "docs/operations.md does not name {missing:?}");
}

#[tokio::test]
async fn every_described_route_is_there() {
    let app = TestApp::start().await;
    let document: serde_json::Value = serde_json::from_str(&read("docs/openapi.json")).unwrap();
    let mut seen = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            let concrete: Vec<&str> =
                path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
            let answer = app.send(ask(&method.to_uppercase(), &concrete.join("/"))).await;
            let is_there = answer.status != 405 && answer.text().trim() != "404 page not found";
            assert!(is_there, "{method} {path}: {} {}", answer.status, answer.text());
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} operations");
}

/// Links to files of the project lead somewhere.
#[test]
fn no_link_is_dead() {
    let mut pages = files(&root().join("docs"), ".md");
    pages.extend(
        ["README.md", "SECURITY.md"].map(|name| root().join(name)).into_iter().filter(|p| p.exists()),
    );
    let mut dead = Vec::new();
    for page in pages {
        for rest in read(&page).split("](").skip(1) {
            let target = rest.split([')', '#', ' ']).next().unwrap();
            let is_ours = !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:");
            if is_ours && !page.parent().unwrap().join(target).exists() {
                dead.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:?}");
}

const BEGIN: &str = "<!-- commands: written by ONRAMP_UPDATE=1 cargo test -p onramp --test it docs -->\n";
const END: &str = "<!-- end of commands -->\n";

#[test]
fn the_table_of_commands_is_the_programs() {
    let path = root().join("docs/cli.md");
    let page = read(&path);
    let (before, rest) = page.split_once(BEGIN).expect("docs/cli.md has the place for the table");
    let (table, after) = rest.split_once(END).expect("the table ends");
    let mut made = String::from("| command | what it does | example |\n| --- | --- | --- |\n");
    let mut rows = 0;
    describe(&onramp::command("onramp"), &mut Vec::new(), &mut |row| {
        made.push_str(&row);
        rows += 1;
    });
    assert!(rows > 40, "only {rows} commands");
    if std::env::var_os("ONRAMP_UPDATE").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{made}{END}{after}")).unwrap();
        return;
    }
    let differing = made.lines().zip(table.lines()).find(|(made, table)| made != table);
    assert!(made == table, "docs/cli.md is behind; the first difference: {differing:?}");
}

/// One row for each command that does something.
fn describe(command: &clap::Command, path: &mut Vec<String>, row: &mut impl FnMut(String)) {
    path.push(command.get_name().to_owned());
    let children: Vec<_> = command.get_subcommands().filter(|child| child.get_name() != "help").collect();
    if children.is_empty() || !command.is_subcommand_required_set() && path.len() > 1 {
        let words = path.join(" ");
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        // What an example is for may stand behind it.
        let example = help.lines().find_map(|line| line.strip_prefix("  ")).unwrap_or(&words);
        let cell = |text: &str| text.replace('|', "\\|");
        row(format!("| `{words}` | {} | `{}` |\n", cell(&about), cell(example.split("   ").next().unwrap())));
    }
    for child in children {
        describe(child, path, row);
    }
    path.pop();
}
