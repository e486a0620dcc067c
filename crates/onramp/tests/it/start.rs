//! Starts that cannot succeed, and a disk that fills up: a sentence and an exit code, nothing half.

use crate::binary::{Process, admin_file};
use crate::harness::{key_of, pem::pem};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Exit code and what was said on stderr by a server that must not start.
fn refused(folder: &Path, listen: &str, environment: &[(&str, &str)]) -> (i32, String) {
    // A server that does start must not keep the test waiting.
    let output = Command::new("timeout")
        .args(["20", "env", "-i"])
        .args(environment.iter().map(|(name, value)| format!("{name}={value}")))
        .args([env!("CARGO_BIN_EXE_onramp"), "serve", "--listen", listen, "--data-dir"])
        .arg(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.stdout.is_empty(), "it announced itself: {}", String::from_utf8_lossy(&output.stdout));
    assert!(!said.contains("panicked"), "{said}");
    (output.status.code().unwrap(), said)
}

#[test]
fn a_key_of_50_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let key = "x".repeat(50);
    let (code, said) =
        refused(&folder.path().join("d"), "127.0.0.1:0", &[("MG_BOOTSTRAP_ENCRYPT_KEY", &key)]);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("MG_BOOTSTRAP_ENCRYPT_KEY") && said.contains("16, 24 or 32") && !said.contains(&key),
        "{said}"
    );
    assert!(!folder.path().join("d").exists());
}

/// Wrong settings: exit code 2, a sentence that names the setting, and no folder.
#[test]
fn wrong_settings() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    let hush = folder.path().join("hush");
    std::fs::write(&hush, "canary-no-key").unwrap();
    let hush = hush.to_str().unwrap();
    let (unfit, not_pem) = (rcgen::KeyPair::generate().unwrap().serialize_pem(), "-----BEGIN canary");
    let cert = pem().cert.as_str();
    let tls = ["MG_BOOTSTRAP_HTTP_SERVER_CERT", "MG_BOOTSTRAP_HTTP_SERVER_KEY"];
    for (environment, named) in [
        (vec![("MG_BOOTSTRAP_ENCRYPT_KEY", "canary-15-bytes")], "MG_BOOTSTRAP_ENCRYPT_KEY"),
        (vec![("ONRAMP_MASTER_KEY", "canary")], "ONRAMP_MASTER_KEY:"),
        (vec![("ONRAMP_MASTER_KEY_FILE", hush)], "ONRAMP_MASTER_KEY_FILE:"),
        (vec![("ONRAMP_MASTER_KEY_FILE", "/nowhere/key")], "ONRAMP_MASTER_KEY_FILE:"),
        (vec![("MG_BOOTSTRAP_HTTP_SERVER_READ_TIMEOUT", "soon")], "MG_BOOTSTRAP_HTTP_SERVER_READ_TIMEOUT"),
        (vec![("MG_BOOTSTRAP_HTTP_SERVER_MAX_HEADER_BYTES", "-1")], "MAX_HEADER_BYTES"),
        (vec![("ONRAMP_METRICS_LISTEN", "nonsense")], "nonsense"),
        (vec![(tls[0], cert)], tls[1]),
        (vec![(tls[0], cert), (tls[1], unfit.as_str())], tls[1]),
        (vec![(tls[0], cert), (tls[1], not_pem)], tls[1]),
        (vec![(tls[0], not_pem), (tls[1], pem().key.as_str())], tls[0]),
        (vec![(tls[0], "/nowhere.pem"), (tls[1], pem().key.as_str())], tls[0]),
    ] {
        let (code, said) = refused(&data, "127.0.0.1:0", &environment);
        assert!(code == 2 && said.contains(named), "{named}: {code} {said}");
        assert!(!said.contains("canary") && !said.contains("PRIVATE"), "{said}");
        assert_eq!(said.trim().lines().count(), 1, "one sentence: {said}");
        assert!(!data.exists(), "{named}: something was written");
    }
    for listen in ["nonsense", "127.0.0.1:99999", "127.0.0.1:http"] {
        let (code, said) = refused(&data, listen, &[]);
        assert!(code == 2 && said.contains(listen) && !data.exists(), "{code} {said}");
    }
    let unknown = Command::new(env!("CARGO_BIN_EXE_onramp")).args(["serve", "--bogus"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn a_taken_port() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, said) = refused(&folder.path().join("d"), &address, &[]);
    assert!(code == 1 && said.contains(&address), "{code} {said}");
    assert!(!folder.path().join("d").exists(), "nothing was written yet");
}

#[test]
fn a_folder_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    // A file where a folder is needed stops even root.
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let (code, said) = refused(&file.join("d"), "127.0.0.1:0", &[]);
    assert!(code == 1 && said.contains("data folder"), "{code} {said}");
    let (code, said) = refused(&file, "127.0.0.1:0", &[]);
    assert!(code == 1 && said.contains("not a folder"), "{code} {said}");
    let locked = folder.path().join("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o500)).unwrap();
    if std::fs::write(locked.join("probe"), "").is_err() {
        let (code, said) = refused(&locked, "127.0.0.1:0", &[]);
        assert!(code == 1 && said.contains("not writable"), "{code} {said}");
    }
}

#[test]
fn a_database_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("d"), folder.path().join("log"));
    assert_eq!(Process::start(&data, &log, &[], &[]).terminate(), 0);
    // Everything is in the one file after a clean stop: copying it is a backup.
    assert!(!data.join("onramp.db-wal").exists());
    let garbage = "this is no database, it is a letter to a friend. ".repeat(500);
    std::fs::write(data.join("onramp.db"), &garbage).unwrap();
    let (code, said) = refused(&data, "127.0.0.1:0", &[]);
    assert!(
        code == 1 && said.contains("onramp.db") && said.contains("not an Onramp database"),
        "{code} {said}"
    );
    assert_eq!(std::fs::read_to_string(data.join("onramp.db")).unwrap(), garbage, "it must be left alone");
}

#[test]
fn a_database_that_is_broken_or_somebody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("d"), folder.path().join("log"));
    assert_eq!(Process::start(&data, &log, &[], &[]).terminate(), 0);
    let file = data.join("onramp.db");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "the database is its owner's");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..20_000]).unwrap();
    let (code, said) = refused(&data, "127.0.0.1:0", &[]);
    assert!(code == 1 && said.contains("onramp.db"), "{code} {said}");
    assert_eq!(std::fs::read(&file).unwrap(), &whole[..20_000], "it must be left alone");

    std::fs::remove_file(&file).unwrap();
    let theirs = rusqlite::Connection::open(&file).unwrap();
    theirs.execute_batch("CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('x')").unwrap();
    drop(theirs);
    let before = std::fs::read(&file).unwrap();
    let (code, said) = refused(&data, "127.0.0.1:0", &[]);
    assert!(code == 1 && said.contains("not an Onramp database"), "{code} {said}");
    assert!(std::fs::read(&file).unwrap() == before, "it must be left alone");
}

#[test]
fn a_database_of_a_newer_program() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("d"), folder.path().join("log"));
    assert_eq!(Process::start(&data, &log, &[], &[]).terminate(), 0);
    let sql = "INSERT INTO onramp_schema_history (version, name, applied_on, checksum) \
               VALUES (999, 'x', '', '0')";
    rusqlite::Connection::open(data.join("onramp.db")).unwrap().execute(sql, []).unwrap();
    let (code, said) = refused(&data, "127.0.0.1:0", &[]);
    assert!(code == 1 && said.contains("999") && said.contains("newer"), "{code} {said}");
}

/// A key that is gone or unusable is not replaced: what was sealed with it would be lost.
#[test]
fn a_lost_or_broken_key_file() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("d"), folder.path().join("log"));
    assert_eq!(Process::start(&data, &log, &[], &[]).terminate(), 0);
    for name in ["master.key", "exchange.key"] {
        let file = data.join(name);
        let kept = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let (code, said) = refused(&data, "127.0.0.1:0", &[]);
        assert!(code == 1 && said.contains(name) && said.contains("missing"), "{code} {said}");
        assert!(!file.exists(), "{name} was replaced");
        std::fs::write(&file, "canary-xy").unwrap();
        let (code, said) = refused(&data, "127.0.0.1:0", &[]);
        assert!(code == 1 && said.contains(name) && !said.contains("canary"), "{code} {said}");
        std::fs::write(&file, kept).unwrap();
    }
    assert_eq!(Process::start(&data, &log, &[], &[]).terminate(), 0);

    // Neither does an unusable key make a database that later fits no other one.
    let fresh = folder.path().join("fresh");
    std::fs::create_dir(&fresh).unwrap();
    std::fs::write(fresh.join("exchange.key"), "short").unwrap();
    let (code, said) = refused(&fresh, "127.0.0.1:0", &[]);
    assert!(code == 1 && said.contains("exchange.key"), "{code} {said}");
    assert!(!fresh.join("onramp.db").exists());
}

#[test]
fn a_second_server_on_the_same_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("d"), folder.path().join("log"));
    let first = Process::start(&data, &log, &[], &[]);
    let (code, said) = refused(&data, "127.0.0.1:0", &[]);
    assert!(code == 1 && said.contains("another onramp server"), "{code} {said}");
    assert_eq!(first.client().send("GET", "/health", &[], "").unwrap().0, 200);
}

#[test]
fn another_key_than_the_database_was_made_with() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("d"), folder.path().join("log"));
    assert_eq!(Process::start(&data, &log, &[], &[]).terminate(), 0);
    let (master, exchange) = ("5a".repeat(32), "another-key-0123456789abcdefghij");
    for (name, value, which) in [
        ("ONRAMP_MASTER_KEY", master.as_str(), "master key"),
        ("MG_BOOTSTRAP_ENCRYPT_KEY", exchange, "exchange key"),
    ] {
        let (code, said) = refused(&data, "127.0.0.1:0", &[(name, value)]);
        assert!(code == 1 && said.contains(which) && !said.contains(value), "{code} {said}");
    }
    assert_eq!(Process::start(&data, &log, &[], &[]).terminate(), 0);
}

#[test]
fn a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("d"), folder.path().join("log"));
    std::fs::create_dir(&data).unwrap();
    // A small disk of its own, where the system lets us make one.
    let script =
        r#"mount -t tmpfs -o size=3m tmpfs "$1" && exec "$2" serve --listen 127.0.0.1:0 --data-dir "$1""#;
    let mut command = Command::new("unshare");
    command.args(["-Urm", "sh", "-c", script, "sh"]).arg(&data).arg(env!("CARGO_BIN_EXE_onramp"));
    if !Command::new("unshare").args(["-Urm", "true"]).status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: this system lets nobody mount a small disk");
        return;
    }
    let process = Process::spawn(command, &log);
    let root = format!("/proc/{}/root{}", process.id(), data.display());
    let admin = admin_file(Path::new(&root));
    // Something that can be thrown away later.
    let ballast = Path::new(&root).join("ballast");
    std::fs::write(&ballast, vec![0; 1 << 20]).unwrap();
    let client = process.client();
    let (path, content) = (format!("/{}/clients/configs", admin.domain_id), "x".repeat(200 << 10));
    let (mut created, mut refusals) = (Vec::new(), 0);
    for number in 0..40 {
        let id = format!("d{number}");
        let body = json!({"external_id": id, "external_key": key_of(&id), "content": content}).to_string();
        let (status, text) = client.json("POST", &path, &admin.token, &body).unwrap();
        match status {
            201 => created.push(id),
            _ => {
                assert_eq!(status, 503, "{text}");
                let said =
                    serde_json::from_str::<Value>(&text).unwrap()["message"].as_str().unwrap().to_lowercase();
                assert!(
                    !said.contains("sqlite") && !said.contains("disk") && !said.contains("onramp_"),
                    "{said}"
                );
                refusals += 1;
            }
        }
        if refusals == 3 {
            break;
        }
    }
    assert!(refusals == 3 && !created.is_empty(), "{} created, {refusals} refused", created.len());
    // What was acknowledged is served, the rest does not exist.
    for id in &created {
        let key = format!("Client {}", key_of(id));
        let (status, _) =
            client.send("GET", &format!("/clients/bootstrap/{id}"), &[("Authorization", &key)], "").unwrap();
        assert_eq!(status, 200, "{id}");
    }
    let (_, text) = client.json("GET", &format!("{path}?limit=1"), &admin.token, "").unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["total"], created.len());
    // With space again it goes on, without a restart.
    std::fs::remove_file(&ballast).unwrap();
    let body = json!({"external_id": "late", "external_key": key_of("late")}).to_string();
    let (status, text) = client.json("POST", &path, &admin.token, &body).unwrap();
    assert_eq!(status, 201, "{text}");
    let key = format!("Client {}", key_of("late"));
    let (status, _) = client.send("GET", "/clients/bootstrap/late", &[("Authorization", &key)], "").unwrap();
    assert_eq!(status, 200);
}
