//! The program while it lives: how it is repaired, stopped, spoken to over TLS, and what it does when nobody
//! reads what it says.

use crate::binary::{Client, Process, admin_file};
use onramp::serve::data_dir::AdminFile;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const ONRAMP: &str = env!("CARGO_BIN_EXE_onramp");

fn program(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new("timeout");
    command.args(["20", "env", "-i", ONRAMP]).args(arguments).arg("--data-dir").arg(folder);
    command.stdin(Stdio::null()).output().unwrap()
}

fn reset(folder: &Path) -> (i32, String) {
    let output = program(&["admin", "reset"], folder);
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// The way in works: name and password, and the token.
fn gets_in(client: &Client, admin: &AdminFile) {
    let login = json!({"username": admin.username, "password": admin.password}).to_string();
    let (status, text) =
        client.send("POST", "/users/tokens/issue", &[("Content-Type", "application/json")], &login).unwrap();
    assert_eq!(status, 201, "{text}");
    let (status, text) =
        client.json("GET", &format!("/{}/clients/configs", admin.domain_id), &admin.token, "").unwrap();
    assert_eq!(status, 200, "{text}");
}

#[test]
fn a_lost_or_broken_way_in_is_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("d"), folder.path().join("log"));
    assert_eq!(Process::start(&data, &log, &[], &[]).terminate(), 0);
    let file = data.join("admin.json");
    let whole = std::fs::read_to_string(&file).unwrap();
    let domain = admin_file(&data).domain_id;
    for broken in [
        None,
        Some(String::new()),
        Some("{\"url\":".to_owned()),
        Some("\"canary\"".to_owned()),
        Some("{\"url\":\"http://127.0.0.1\"}".to_owned()),
        Some(whole.replace(&domain, "")),
    ] {
        match &broken {
            None => std::fs::remove_file(&file).unwrap(),
            Some(text) => std::fs::write(&file, text).unwrap(),
        }
        let said = program(&["serve", "--listen", "127.0.0.1:0"], &data);
        let (code, said) = (said.status.code(), String::from_utf8(said.stderr).unwrap());
        assert!(code == Some(1) && said.contains("admin.json"), "{broken:?}: {code:?} {said}");
        assert!(said.contains(&format!("onramp admin reset --data-dir {}", data.display())), "{said}");
        assert!(!said.contains("canary"), "{said}");
        let (code, said) = reset(&data);
        assert_eq!(code, 0, "{broken:?}: {said}");
        let mut process = Process::start(&data, &log, &[], &[]);
        let admin = admin_file(&data);
        assert!(admin.domain_id == domain && admin.url == process.url);
        gets_in(&process.client(), &admin);
        assert!(!said.contains(&admin.password) && !said.contains(&admin.token), "{said}");
        assert_eq!(process.terminate(), 0);
    }
    // A domain that is gone is no reason to stay outside.
    std::fs::write(&file, whole.replace(&domain, "00000000-0000-4000-8000-000000000007")).unwrap();
    assert_eq!(reset(&data).0, 0);
    assert_eq!(admin_file(&data).domain_id, domain);
}

#[test]
fn the_way_in_is_not_reset_while_the_server_runs_or_where_none_is() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("d"), folder.path().join("log"));
    let process = Process::start(&data, &log, &[], &[]);
    let (code, said) = reset(&data);
    assert!(code == 1 && said.contains("another onramp server"), "{code} {said}");
    gets_in(&process.client(), &admin_file(&data));
    let nowhere = folder.path().join("nowhere");
    let (code, said) = reset(&nowhere);
    assert!(code == 1 && said.contains("onramp.db"), "{code} {said}");
    assert!(!nowhere.exists(), "a folder was made");
}

/// The first start writes keys, then the way in, then commits: whatever it died between, the next one goes on.
#[test]
fn a_first_start_that_was_killed_is_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("d"), folder.path().join("log"));
    let mut process = Process::start(&data, &log, &[], &[]);
    process.kill();
    let (master, old) = (std::fs::read(data.join("master.key")).unwrap(), admin_file(&data));
    for leftover in ["onramp.db", "onramp.db-wal", "onramp.db-shm"] {
        let _ = std::fs::remove_file(data.join(leftover));
    }
    std::fs::write(data.join("admin.new"), "{\"url\": \"ht").unwrap();
    let mut process = Process::start(&data, &log, &[], &[]);
    let new = admin_file(&data);
    assert_eq!(std::fs::read(data.join("master.key")).unwrap(), master);
    assert!(new.password != old.password && !data.join("admin.new").exists());
    gets_in(&process.client(), &new);
    assert_eq!(process.terminate(), 0);
}

#[test]
fn a_master_key_from_a_file_stays_outside_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log, key) =
        (folder.path().join("d"), folder.path().join("log"), folder.path().join("outside.key"));
    std::fs::write(&key, format!("{}\n", "5A".repeat(32))).unwrap();
    let environment = [("ONRAMP_MASTER_KEY_FILE", key.to_str().unwrap())];
    assert_eq!(Process::start(&data, &log, &environment, &[]).terminate(), 0);
    assert!(!data.join("master.key").exists());
    let mut process = Process::start(&data, &log, &environment, &[]);
    gets_in(&process.client(), &admin_file(&data));
    assert_eq!(process.terminate(), 0);
}

#[test]
fn secrets_leave_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log, master) = (folder.path().join("d"), folder.path().join("log"), "5a".repeat(32));
    let environment =
        [("ONRAMP_MASTER_KEY", master.as_str()), ("MG_BOOTSTRAP_ENCRYPT_KEY", "canary-key-16-by")];
    let process = Process::start(&data, &log, &environment, &[]);
    let seen = std::fs::read(format!("/proc/{}/environ", process.id())).unwrap();
    let arguments = std::fs::read(format!("/proc/{}/cmdline", process.id())).unwrap();
    let seen = String::from_utf8_lossy(&[seen, arguments].concat()).into_owned();
    assert!(!seen.contains(&master) && !seen.contains("canary"), "{seen}");
    let (status, _) = process.client().send("GET", "/health", &[], "").unwrap();
    assert_eq!(status, 200);
}

#[test]
fn a_stop_lets_a_request_in_flight_finish() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["-TERM", "-INT"] {
        let (data, log) = (folder.path().join(signal), folder.path().join("log"));
        let mut process = Process::start(&data, &log, &[], &[]);
        let admin = admin_file(&data);
        let body = json!({"external_id": "slow", "external_key": "key"}).to_string();
        let mut stream = TcpStream::connect(process.url.strip_prefix("http://").unwrap()).unwrap();
        write!(
            stream,
            "POST /{}/clients/configs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            admin.domain_id,
            admin.token,
            body.len()
        )
        .unwrap();
        stream.write_all(&body.as_bytes()[..10]).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        let pid = process.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        std::thread::sleep(Duration::from_millis(300));
        stream.write_all(&body.as_bytes()[10..]).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{signal}: {answer}");
        assert_eq!(process.wait(), 0, "{signal}");
        let mut process = Process::start(&data, &log, &[], &[]);
        let served =
            process.client().send("GET", "/clients/bootstrap/slow", &[("Authorization", "Client key")], "");
        assert_eq!(served.unwrap().0, 200, "{signal}");
        assert_eq!(process.terminate(), 0);
    }
}

/// `onramp serve 2>&1 | head -1`: whoever read the output has gone, the server serves and stops all the same.
#[test]
fn nobody_reads_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&[][..], &["--demo"]] {
        let data = folder.path().join(format!("d{}", arguments.len()));
        let mut child = Command::new(ONRAMP)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(&data)
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stderr.take());
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        drop(stdout);
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("said {line:?}"));
        std::thread::sleep(Duration::from_millis(500));
        for _ in 0..3 {
            let answer = ureq::get(format!("{url}/health")).call();
            assert!(answer.is_ok(), "{arguments:?}: {answer:?}");
        }
        assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
        assert_eq!(exit_code(&mut child), Some(0), "{arguments:?}");
    }
}

fn exit_code(child: &mut Child) -> Option<i32> {
    let end = Instant::now() + Duration::from_secs(10);
    while Instant::now() < end {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// What a first start tells the operator to type does what it says, wherever the folder is.
#[test]
fn the_next_commands_work_as_they_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("elsewhere"), folder.path().join("log"));
    let process = Process::start(&data, &log, &[], &[]);
    let end = Instant::now() + Duration::from_secs(5);
    let said = loop {
        let said = std::fs::read_to_string(&log).unwrap();
        if said.contains("curl") || Instant::now() > end {
            break said;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("  ")).collect();
    assert_eq!(lines.len(), 2, "{said}");
    let typed = |line: &str| Command::new("sh").args(["-c", line]).env_clear().output().unwrap();
    let created = typed(lines[0]);
    assert!(created.status.success(), "{}: {created:?}", lines[0]);
    // Neither does the page for people with a browser name another address.
    let (_, page) = process.client().send("GET", "/", &[], "").unwrap();
    assert!(page.contains(&format!("{}/clients/bootstrap/", process.url)), "{page}");
    assert!(lines[1].starts_with("  curl -H 'Authorization: Client my-key' http://127.0.0.1:"), "{said}");
}

/// The demo's openssl lines give the configuration, with a key from a file and with one from outside, of any
/// length that is allowed.
#[test]
fn the_demos_commands_work_as_they_are_printed() {
    if !["openssl", "curl"].iter().all(|tool| Command::new(tool).arg("version").output().is_ok()) {
        eprintln!("skipped: openssl or curl is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for key in ["", "canary-key-of-16", "canary-key-of-24-bytes-x"] {
        let (data, log) = (folder.path().join(format!("d{}", key.len())), folder.path().join("log"));
        let mut command = Command::new(ONRAMP);
        command.args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&data);
        command.env_clear().env("MG_BOOTSTRAP_ENCRYPT_KEY", key);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(std::fs::File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let mut said = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            said.push(line.unwrap());
            if said.last().unwrap().starts_with("Serving on") {
                break;
            }
        }
        let script: Vec<&str> = said
            .iter()
            .filter_map(|line| line.strip_prefix("  "))
            .skip_while(|l| !l.starts_with("K="))
            .collect();
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &script.join("\n")])
            .env("MG_BOOTSTRAP_ENCRYPT_KEY", key)
            .current_dir(folder.path());
        let shown = shell.output();
        let _ = child.kill();
        let _ = child.wait();
        let shown = shown.unwrap();
        assert!(
            String::from_utf8_lossy(&shown.stdout).contains("client_secret"),
            "{}: {script:#?} {shown:?}",
            key.len()
        );
    }
}

/// A certificate that an authority signed, verified by the command line and by curl.
#[test]
fn tls_that_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("d"), folder.path().join("log"));
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    // Without names of their own both would look self-signed to OpenSSL.
    params.distinguished_name.push(DnType::CommonName, "fleet authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &ca)
        .unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (ca_file, other_ca) = (file("ca.pem", &ca.pem()), file("other.pem", &crate::harness::pem::pem().ca));
    let (cert_file, key_file) = (file("cert.pem", &leaf.pem()), file("key.pem", &key.serialize_pem()));
    let mut process = Process::start(
        &data,
        &log,
        &[("MG_BOOTSTRAP_HTTP_SERVER_CERT", &cert_file), ("MG_BOOTSTRAP_HTTP_SERVER_KEY", &key_file)],
        &[],
    );
    assert!(process.url.starts_with("https://127.0.0.1:"));
    let config = r#"{"external_id":"pump","external_key":"pump-key"}"#;
    let created = program(&["bootstrap", "create", config, "--ca-file", &ca_file], &data);
    assert!(created.status.success(), "{created:?}");
    let served = program(&["bootstrap", "bootstrap", "pump", "pump-key", "--ca-file", &ca_file], &data);
    assert!(served.status.success() && String::from_utf8_lossy(&served.stdout).contains("client_secret"));
    for arguments in [&["--ca-file", other_ca.as_str()][..], &[]] {
        let refused = program(&[&["bootstrap", "get", "all"], arguments].concat(), &data);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(refused.status.code() == Some(1) && said.contains("--ca-file"), "{said}");
    }
    let url = format!("{}/clients/bootstrap/pump", process.url);
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--cacert", &ca_file, "-H", "Authorization: Client pump-key", &url]);
    if let Ok(output) = curl.output() {
        assert!(String::from_utf8_lossy(&output.stdout).contains("client_secret"), "{output:?}");
    }
    assert_eq!(process.terminate(), 0);
}
