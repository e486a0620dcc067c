//! A8 to A10: planted secrets are searched wherever they must not be.

use crate::binary::{Process, admin_file};
use crate::harness::{
    Answer, Ask, EXCHANGE_KEY, PASSWORD, TestApp, Who, device, get, key_of, patch, pem::pem, post, put,
    secure_device,
};
use serde_json::json;
use std::path::Path;

const EXTERNAL_KEY: &str = "canary-external-key-6f1d";
const CLIENT_SECRET: &str = "canary-client-secret-92ab";
const CONTENT: &str = "canary-content-77ce";
const NEW_PASSWORD: &str = "canary-password-03d4";
const WRONG_KEY: &str = "canary-wrong-key-51e0";
const WRONG_TOKEN: &str = "canary-wrong-token-e8aa";

/// A line from the middle of the TLS private key.
fn tls_key() -> &'static str {
    pem().key.lines().nth(1).unwrap()
}

fn device_secrets() -> Vec<String> {
    [EXTERNAL_KEY, CLIENT_SECRET, CONTENT, tls_key()].map(str::to_owned).to_vec()
}

#[track_caller]
fn assert_absent(place: &str, bytes: &[u8], secrets: &[String]) {
    for secret in secrets {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{place} holds {secret}");
    }
}

/// A config that holds all of a device's secrets.
async fn planted(app: &TestApp) -> String {
    let body = json!({"name": "planted", "credentials": {"secret": CLIENT_SECRET}});
    let client = app.ask(post(&app.at("/clients")).json(&body)).await.expect(201).text_at("id");
    app.create(json!({
        "external_id": "planted", "external_key": EXTERNAL_KEY, "client_id": client, "name": "planted",
        "content": CONTENT, "client_cert": pem().cert, "client_key": pem().key, "ca_cert": pem().ca,
    }))
    .await
}

#[tokio::test]
async fn a08_nothing_of_it_lies_in_the_data_folder() {
    let mut app = TestApp::start().await;
    let config = planted(&app).await;
    let login = app.log_in("operator", PASSWORD).await;
    let token = login["access_token"].as_str().unwrap().to_owned();
    let change = json!({"old_secret": PASSWORD, "new_secret": NEW_PASSWORD});
    app.send(patch("/users/secret").bearer(&token).json(&change)).await.expect(200);
    let pat = json!({"name": "canary", "duration": "1h"});
    let pat = app.send(post("/pats").bearer(&token).json(&pat)).await.expect(201).text_at("secret");
    let path = app.at(&format!("/clients/configs/{config}"));
    let rekeyed = json!({"external_key": format!("{EXTERNAL_KEY}-2"), "content": format!("{CONTENT}-2")});
    app.ask(patch(&path).json(&rekeyed)).await.expect(200);

    let mut secrets = device_secrets();
    secrets.extend([NEW_PASSWORD.to_owned(), EXCHANGE_KEY.to_owned(), token, pat]);
    secrets.push(login["refresh_token"].as_str().unwrap().to_owned());
    secrets.push(app.world.token(Who::PlatformAdmin).to_owned());
    // With the write-ahead log full, and after it was folded in.
    search_folder(app.folder.path(), &secrets);
    app.stop();
    search_folder(app.folder.path(), &secrets);
}

/// Every file of the folder, whatever it is for.
fn search_folder(folder: &Path, secrets: &[String]) {
    let mut databases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        databases += usize::from(bytes.starts_with(b"SQLite format 3"));
        assert_absent(&path.display().to_string(), &bytes, secrets);
    }
    assert_eq!(databases, 1);
}

#[tokio::test]
async fn a06_a_viewer_sees_no_secret_and_nobody_the_private_key() {
    let app = TestApp::start().await;
    let config = planted(&app).await;
    let own = app.at(&format!("/clients/configs/{config}"));
    let client = app.at(&format!("/clients/{config}"));
    let reads: Vec<Ask> = [
        own.clone(),
        app.at("/clients/configs"),
        app.at("/clients/configs?name=planted"),
        client.clone(),
        app.at("/clients"),
        "/metrics".into(),
        "/health".into(),
        "/health/ready".into(),
        "/openapi.json".into(),
        "/".into(),
    ]
    .iter()
    .map(|path| get(path))
    .collect();
    app.send(device("planted", EXTERNAL_KEY)).await.expect(200);
    for read in &reads {
        let seen = app.send_as(Who::Viewer, read.clone()).await.expect(200);
        assert_absent(&format!("a viewer's {}", seen.request), &seen.body, &device_secrets());
    }
    // Those who may change the config see its secrets, but not the private key.
    let writes = [
        put(&own).json(&json!({"name": "planted", "content": CONTENT})),
        patch(&own).json(&json!({"external_key": EXTERNAL_KEY})),
        post(&format!("{own}/disable")),
        post(&format!("{own}/enable")),
        put(&app.at(&format!("/clients/state/{config}"))).json(&json!({"state": 1})),
        put(&app.at(&format!("/clients/configs/connections/{config}"))).json(&json!({"channels": []})),
        patch(&client).json(&json!({"name": "renamed"})),
    ];
    for ask in reads.into_iter().chain(writes) {
        let seen = app.ask(ask).await.expect(200);
        assert_absent(&format!("an administrator's {}", seen.request), &seen.body, &[tls_key().to_owned()]);
    }
    let shown = app.ask(get(&own)).await.text();
    for secret in [EXTERNAL_KEY, CLIENT_SECRET, CONTENT] {
        assert!(shown.contains(secret), "{secret}");
    }
    // The two places where the private key belongs.
    let certs = json!({"client_cert": pem().cert, "client_key": pem().key});
    let echo =
        app.ask(patch(&app.at(&format!("/clients/configs/certs/{config}"))).json(&certs)).await.expect(200);
    assert_eq!(echo.text_at("client_key"), pem().key);
    assert_eq!(app.send(device("planted", EXTERNAL_KEY)).await.expect(200).text_at("client_key"), pem().key);
}

#[tokio::test]
async fn errors_do_not_repeat_secrets() {
    let app = TestApp::start().await;
    let config = planted(&app).await;
    let configs = app.at("/clients/configs");
    let own = format!("{configs}/{config}");
    let certs = app.at(&format!("/clients/configs/certs/{config}"));
    let key = tls_key();
    let mut asks = vec![
        post(&configs).text(&format!("{{\"external_key\":\"{EXTERNAL_KEY}\"")),
        post(&configs).text(&format!("{{\"external_id\":\"x\",\"external_key\":{EXTERNAL_KEY}}}")),
        post(&configs).json(&json!({"external_id": "x", "external_key": [EXTERNAL_KEY]})),
        post(&configs).json(&json!({"external_id": 1, "external_key": EXTERNAL_KEY, "content": CONTENT})),
        post(&configs).json(&json!({"external_id": "x", "external_key": EXTERNAL_KEY, "client_key": key})),
        post(&configs)
            .json(&json!({"external_id": "x", "external_key": EXTERNAL_KEY, "client_cert": pem().key})),
        post(&configs)
            .json(&json!({"external_id": "planted", "external_key": EXTERNAL_KEY, "content": CONTENT})),
        post(&configs).json(&json!({"external_id": "x", "external_key": EXTERNAL_KEY.repeat(100)})),
        post(&configs).bytes(CONTENT.as_bytes()),
        put(&own).text(&format!("{{\"content\":\"{CONTENT}\"}}{CONTENT}")),
        put(&own).json(&json!({"content": {"x": CONTENT}})),
        patch(&own).json(&json!({"external_key": {"x": EXTERNAL_KEY}})),
        patch(&certs).json(&json!({"client_cert": pem().ca, "client_key": pem().key})),
        get(&format!("{configs}?client_key={CLIENT_SECRET}")),
        get(&format!("{configs}?state={CLIENT_SECRET}")),
        post("/users/tokens/issue").json(&json!({"username": "operator", "password": [NEW_PASSWORD]})),
        post("/users/tokens/issue").json(&json!({"username": "operator", "password": NEW_PASSWORD})),
        patch("/users/secret").json(&json!({"old_secret": NEW_PASSWORD, "new_secret": NEW_PASSWORD})),
        post(&app.at("/clients")).json(&json!({"credentials": {"secret": CLIENT_SECRET}})),
    ];
    asks = asks.into_iter().map(|ask| app.world.sign(Who::Administrator, ask)).collect();
    asks.push(get(&own).bearer(WRONG_TOKEN));
    asks.push(device("planted", WRONG_KEY));
    asks.push(secure_device("planted", WRONG_KEY));
    asks.push(
        get("/clients/bootstrap/secure/planted").header("Authorization", &format!("Client {WRONG_KEY}")),
    );
    let mut secrets = device_secrets();
    secrets.extend([NEW_PASSWORD, WRONG_KEY, WRONG_TOKEN, EXCHANGE_KEY].map(str::to_owned));
    for ask in asks {
        let answer: Answer = app.send(ask).await;
        assert!(answer.status >= 400, "{}: {}", answer.request, answer.status);
        assert_absent(
            &answer.request,
            &[answer.body.clone(), answer.message().into_bytes()].concat(),
            &secrets,
        );
        assert!(!answer.message().is_empty());
    }
    let metrics = app.send(get("/metrics")).await.expect(200);
    assert_absent("/metrics", &metrics.body, &secrets);
    assert!(!metrics.text().contains("planted"), "labels are made of templates, never of what was sent");
}

/// The program at its most talkative, through every kind of request.
#[test]
fn a09_the_log_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["text", "json"] {
        let (data, log) = (folder.path().join(format), folder.path().join(format!("{format}.log")));
        let key = "canary-exchange-key-0123456789ab";
        let environment = [("MG_BOOTSTRAP_ENCRYPT_KEY", key)];
        let mut process =
            Process::start(&data, &log, &environment, &["--log-level", "debug", "--log-format", format]);
        let admin = admin_file(&data);
        let mut secrets = exercise(&process, &admin.username, &admin.password, &admin.domain_id);
        assert_eq!(process.terminate(), 0);
        secrets.extend([admin.password, admin.token, key.to_owned()]);
        secrets.push(std::fs::read_to_string(data.join("master.key")).unwrap().trim().to_owned());
        let log = std::fs::read(&log).unwrap();
        assert!(log.len() > 1000, "the log says too little to be searched");
        assert_absent("the log", &log, &secrets);
    }
}

/// Requests of all kinds, good and bad; what was secret in them.
fn exercise(process: &Process, name: &str, password: &str, domain: &str) -> Vec<String> {
    let client = process.client();
    let plain = |method: &str, path: &str, headers: &[(&str, &str)], body: &str, want: u16| {
        let (status, text) = client.send(method, path, headers, body).unwrap();
        assert_eq!(status, want, "{method} {path}: {text}");
        serde_json::from_str::<serde_json::Value>(&text).unwrap_or_default()
    };
    let json_type = ("Content-Type", "application/json");
    let login = json!({"username": name, "password": password}).to_string();
    let tokens = plain("POST", "/users/tokens/issue", &[json_type], &login, 201);
    let text = |value: &serde_json::Value, key: &str| value[key].as_str().unwrap().to_owned();
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let wrong = json!({"username": name, "password": NEW_PASSWORD}).to_string();
    plain("POST", "/users/tokens/issue", &[json_type], &wrong, 401);

    let bearer = format!("Bearer {access}");
    let signed = [("Authorization", bearer.as_str()), json_type];
    let new_client = json!({"name": "c", "credentials": {"secret": CLIENT_SECRET}}).to_string();
    let id = text(&plain("POST", &format!("/{domain}/clients"), &signed, &new_client, 201), "id");
    let config = json!({
        "external_id": "d1", "external_key": EXTERNAL_KEY, "content": CONTENT, "client_id": id,
        "client_cert": pem().cert, "client_key": pem().key,
    })
    .to_string();
    let configs = format!("/{domain}/clients/configs");
    plain("POST", &configs, &signed, &config, 201);
    plain("POST", &configs, &signed, &config, 409);
    plain("POST", &configs, &signed, &format!("{config}{CONTENT}"), 400);
    plain("GET", &format!("{configs}?client_key={CLIENT_SECRET}"), &signed, "", 400);
    plain("GET", &format!("{configs}/{id}"), &signed, "", 200);
    plain("GET", &configs, &[("Authorization", &format!("Bearer {WRONG_TOKEN}"))], "", 401);
    let pat = json!({"name": "canary", "duration": "1h"}).to_string();
    let pat = text(&plain("POST", "/pats", &signed, &pat, 201), "secret");

    plain("GET", "/clients/bootstrap/d1", &[("Authorization", &format!("Client {EXTERNAL_KEY}"))], "", 200);
    plain("GET", "/clients/bootstrap/d1", &[("Authorization", &format!("Client {WRONG_KEY}"))], "", 403);
    plain("GET", "/clients/bootstrap/unknown", &[("Authorization", &format!("Client {WRONG_KEY}"))], "", 403);
    plain(
        "GET",
        "/clients/bootstrap/secure/d1",
        &[("Authorization", &format!("Client {WRONG_KEY}"))],
        "",
        403,
    );
    plain("POST", &format!("{configs}/{id}/disable"), &signed, "", 200);
    plain("GET", "/clients/bootstrap/d1", &[("Authorization", &format!("Client {EXTERNAL_KEY}"))], "", 403);
    let refreshed = plain(
        "POST",
        "/users/tokens/refresh",
        &[("Authorization", &format!("Bearer {refresh}")), json_type],
        "{}",
        201,
    );
    plain(
        "POST",
        "/users/tokens/refresh",
        &[("Authorization", &format!("Bearer {refresh}")), json_type],
        "{}",
        401,
    );
    // Refused attempts are looked into, and tallies written, within a second.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let mut secrets = device_secrets();
    secrets.extend([NEW_PASSWORD, WRONG_KEY, WRONG_TOKEN].map(str::to_owned));
    secrets.extend([
        access,
        refresh,
        pat,
        text(&refreshed, "access_token"),
        text(&refreshed, "refresh_token"),
    ]);
    secrets
}

#[tokio::test]
async fn keys_of_devices_are_no_part_of_any_list() {
    let app = TestApp::start().await;
    app.config("d1", &[]).await;
    let page = app.send_as(Who::Viewer, get(&app.at("/clients/configs"))).await.expect(200).text();
    assert!(page.contains("d1") && !page.contains(&key_of("d1")));
}
