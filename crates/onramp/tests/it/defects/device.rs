//! A11 to A24: the device's path.

use crate::binary::Process;
use crate::harness::{
    Answer, Options, TestApp, Who, device, get, patch, pem::pem, post, put, secure_device, settings,
};
use onramp::serve::{ServeArgs, Settings, environment::Environment};
use serde_json::{Value, json};

/// Everything that a refused device can see; request ids differ by nature.
fn seen(answer: &Answer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("x-request-id"));
    headers.sort();
    (answer.status, headers, answer.body.clone())
}

#[tokio::test]
async fn a11_all_refusals_look_the_same() {
    let app = TestApp::start().await;
    app.config("known", &[]).await;
    let off = app.config("off", &[]).await;
    app.ask(post(&app.at(&format!("/clients/configs/{off}/disable")))).await.expect(200);
    let dark = app.config("dark", &[]).await;
    app.ask(post(&app.at(&format!("/clients/{dark}/disable")))).await.expect(200);

    let first = app.send(device("unknown", "key")).await.expect(403);
    assert_eq!(first.message(), "failed to get bootstrap configuration for given external key");
    let secure = |id: &str, credential: &str| {
        get(&format!("/clients/bootstrap/secure/{id}"))
            .header("Authorization", &format!("Client {credential}"))
    };
    for ask in [
        device("known", "wrong"),
        device("off", "key-of-off"),
        device("off", "wrong"),
        device("dark", "key-of-dark"),
        device(&"x".repeat(1025), "key"),
        device("%FF%FE", "key"),
        device("a%00b", "key"),
        secure_device("known", "wrong"),
        secure_device("unknown", "key"),
        secure_device("off", "key-of-off"),
        secure("known", "zz"),
        secure("known", "abc"),
        secure("known", "00"),
        secure("unknown", "00"),
    ] {
        assert_eq!(seen(&app.send(ask.clone()).await), seen(&first), "{ask:?}");
    }
}

#[tokio::test]
async fn a11_the_reference_s_codes_on_request() {
    let app = TestApp::with(Options { detailed_errors: true, ..Options::default() }).await;
    app.config("known", &[]).await;
    app.send(device("unknown", "key")).await.expect(404);
    app.send(device("known", "wrong")).await.expect(403);
    app.send(secure_device("unknown", "key")).await.expect(404);
    app.bootstrap("known").await.expect(200);
}

#[tokio::test]
async fn a12_a_switched_off_device_gets_nothing_and_state_is_no_switch() {
    let app = TestApp::start().await;
    let config = app.config("d1", &[]).await;
    assert_eq!(app.view(&config).await["state"], 0);
    app.bootstrap("d1").await.expect(200);
    app.ask(post(&app.at(&format!("/clients/configs/{config}/disable")))).await.expect(200);
    app.bootstrap("d1").await.expect(403);
    app.send(secure_device("d1", "key-of-d1")).await.expect(403);
    app.set_state(&config, 1).await.expect(200);
    app.bootstrap("d1").await.expect(403);
    app.ask(post(&app.at(&format!("/clients/configs/{config}/enable")))).await.expect(200);
    app.bootstrap("d1").await.expect(200);
}

#[tokio::test]
async fn a14_a_short_ciphertext_is_an_error() {
    let app = TestApp::start().await;
    app.config("d1", &[]).await;
    for digits in [0, 2, 30, 32] {
        let credential = format!("Client {}", "0".repeat(digits));
        let answer = app.send(get("/clients/bootstrap/secure/d1").header("Authorization", &credential)).await;
        assert_eq!(answer.status, if digits == 0 { 401 } else { 403 }, "{digits} digits");
    }
    assert_eq!(app.send(secure_device("d1", "key-of-d1")).await.expect(200).opened()["channels"], json!([]));
}

#[tokio::test]
async fn a15_a_key_of_wrong_size_stops_the_start_and_a_published_one_is_told() {
    for text in ["x".repeat(50), "x".repeat(15), "x".repeat(33)] {
        let environment = Environment::from_pairs([("MG_BOOTSTRAP_ENCRYPT_KEY", text.as_str())]);
        let refused = Settings::gather(ServeArgs::default(), &environment);
        let sentence = refused.err().expect("must be refused").to_string();
        assert!(sentence.contains("MG_BOOTSTRAP_ENCRYPT_KEY") && !sentence.contains(&text), "{sentence}");
    }
    // The key of these tests is one that everybody can read in the reference's source.
    let app = TestApp::start().await;
    let health = app.send(get("/health")).await.expect(200).text();
    assert!(health.contains("MG_BOOTSTRAP_ENCRYPT_KEY"), "{health}");
    // A key made at the first start is nobody's.
    let folder = tempfile::tempdir().unwrap();
    let args = ServeArgs { data_dir: Some(folder.path().into()), ..ServeArgs::default() };
    let own = Settings::gather(args, &Environment::from_pairs([])).unwrap_or_else(|error| panic!("{error}"));
    assert!(own.exchange_key.is_none() && settings(folder.path(), Options::default()).exchange_key.is_some());
}

#[test]
fn a16_the_key_is_not_in_the_process_environment() {
    let folder = tempfile::tempdir().unwrap();
    let key = "canary-key-0123456789abcdefghij!";
    let master = "5a".repeat(32);
    let environment =
        [("MG_BOOTSTRAP_ENCRYPT_KEY", key), ("ONRAMP_MASTER_KEY", &master), ("HARMLESS", "visible")];
    let process = Process::start(&folder.path().join("data"), &folder.path().join("log"), &environment, &[]);
    for file in ["environ", "cmdline"] {
        let text = std::fs::read(format!("/proc/{}/{file}", process.id())).unwrap();
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains(key) && !text.contains(&master), "/proc/<pid>/{file}");
        assert!(file == "cmdline" || text.contains("HARMLESS=visible"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a17_a_flood_of_wrong_keys_exhausts_nothing() {
    let app = TestApp::start().await;
    app.config("d1", &[]).await;
    let before = std::fs::metadata(app.database().with_extension("db-wal")).map_or(0, |file| file.len());
    let mut flood = tokio::task::JoinSet::new();
    for number in 0..400 {
        let router = app.server().router.clone();
        flood.spawn(async move { device("d1", &format!("wrong-{number}")).send(router).await.status });
    }
    while let Some(status) = flood.join_next().await {
        assert_eq!(status.unwrap(), 403);
    }
    app.bootstrap("d1").await.expect(200);
    // Nobody outside makes us write.
    let after = std::fs::metadata(app.database().with_extension("db-wal")).map_or(0, |file| file.len());
    assert_eq!(after, before);
}

#[tokio::test]
async fn a19_bodies_and_contents_are_limited() {
    let app = TestApp::start().await;
    let path = app.at("/clients/configs");
    let content =
        |bytes: usize| json!({"external_id": "d1", "external_key": "k", "content": "x".repeat(bytes)});
    app.ask(post(&path).json(&content(2 << 20))).await.expect(413);
    let message = app.ask(post(&path).json(&content((512 << 10) + 1))).await.expect(400).message();
    assert!(message.contains("content"), "{message}");
    app.ask(post(&path).json(&content(512 << 10))).await.expect(201);
    let served = app.send(device("d1", "k")).await.expect(200).text_at("content");
    assert_eq!(served.len(), 512 << 10);
}

#[tokio::test]
async fn a20_nul_and_invalid_utf8_are_like_any_unknown_id() {
    let app = TestApp::start().await;
    let unknown = app.send(device("unknown", "k")).await;
    for id in ["a%00b", "%ff", "%C3%28", "%ED%A0%80", "a%0Ab", "%F5%80%80%80"] {
        assert_eq!(seen(&app.send(device(id, "k")).await), seen(&unknown), "{id}");
        assert_eq!(seen(&app.send(secure_device(id, "k")).await), seen(&unknown), "{id}");
    }
    // And a credential is bytes: whatever they are, no panic and no 500.
    let ask = get("/clients/bootstrap/unknown").raw_header("Authorization", b"Client \xff\xfe\x80");
    assert_eq!(seen(&app.send(ask).await), seen(&unknown));
}

#[tokio::test]
async fn a21_percent_encoded_ids_are_decoded_once() {
    let app = TestApp::start().await;
    for (id, paths) in [
        ("aa:bb", &["aa:bb", "aa%3Abb", "aa%3abb", "%61a:bb"][..]),
        ("a b", &["a%20b"]),
        ("a/b", &["a%2Fb", "a%2fb"]),
        ("100%", &["100%25"]),
        ("a%2Fb", &["a%252Fb"]),
        ("secure", &["secure"]),
        ("a+b", &["a+b", "a%2Bb"]),
        ("ünïcode", &["%C3%BCn%C3%AFcode"]),
        ("a?b#c", &["a%3Fb%23c"]),
    ] {
        let body = json!({"external_id": id, "external_key": format!("k {id}").replace(|c: char| !c.is_ascii(), "?")});
        let key = body["external_key"].as_str().unwrap().to_owned();
        app.create(body).await;
        for path in paths {
            app.send(device(path, &key)).await.expect(200);
            app.send(secure_device(path, &key)).await.expect(200);
        }
    }
    app.send(device("a%2520b", "k a b")).await.expect(403);
}

#[tokio::test]
async fn a21_devices_in_the_field_use_the_older_words() {
    let app = TestApp::start().await;
    app.config("old", &[]).await;
    let ask = get("/things/bootstrap/old").header("Authorization", "Thing key-of-old");
    app.send(ask).await.expect(200);
    let credential = crate::harness::exchange_key().seal_credential([1; 16], b"key-of-old");
    let ask = get("/things/bootstrap/secure/old").header("Authorization", &format!("Thing {credential}"));
    assert!(app.send(ask).await.expect(200).opened()["client_id"].is_string());
}

#[tokio::test]
async fn a22_client_secrets_come_back_byte_for_byte() {
    let app = TestApp::start().await;
    for length in [1, 8, 35, 36, 37, 255, 4096] {
        let secret: String = "sécret-Ω ".chars().cycle().filter(char::is_ascii).take(length).collect();
        let body = json!({"name": "c", "credentials": {"secret": secret}});
        let client = app.ask(post(&app.at("/clients")).json(&body)).await.expect(201).text_at("id");
        let id = format!("d{length}");
        app.create(json!({"external_id": id, "external_key": "k", "client_id": client})).await;
        let served = app.send(device(&id, "k")).await.expect(200);
        assert_eq!(served.text_at("client_secret"), secret);
        assert_eq!(served.text_at("client_key"), secret, "the specification's name for it");
        assert_eq!(app.send(secure_device(&id, "k")).await.expect(200).opened()["client_secret"], secret);
    }
    let app = TestApp::with(Options { no_alias: true, ..Options::default() }).await;
    app.config("d1", &[]).await;
    assert!(app.bootstrap("d1").await.expect(200).json().get("client_key").is_none());
}

#[tokio::test]
async fn a23_channels_keep_the_operator_s_order() {
    let app = TestApp::start().await;
    let mut channels = Vec::new();
    for number in 0..6 {
        channels.push(app.channel(&format!("ch{number}")).await);
    }
    channels.reverse();
    channels.swap(1, 4);
    let order = |answer: &Value| -> Vec<String> {
        answer["channels"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect()
    };
    let given: Vec<&str> = channels.iter().map(String::as_str).collect();
    let config = app.config("d1", &given).await;
    assert_eq!(order(&app.bootstrap("d1").await.json()), channels);
    assert_eq!(order(&app.view(&config).await), channels);
    app.config("d2", &[]).await;
    assert_eq!(app.bootstrap("d2").await.json()["channels"], json!([]));
}

#[tokio::test]
async fn a24_a_changed_client_secret_reaches_the_device_at_once() {
    let app = TestApp::start().await;
    let config = app.config("d1", &[]).await;
    let old = app.bootstrap("d1").await.text_at("client_secret");
    let path = app.at(&format!("/clients/{config}/secret"));
    app.ask(patch(&path).json(&json!({"secret": "rotated-secret"}))).await.expect(200);
    assert_ne!(old, "rotated-secret");
    assert_eq!(app.bootstrap("d1").await.text_at("client_secret"), "rotated-secret");
    assert_eq!(app.view(&config).await["client_secret"], "rotated-secret");
}

#[tokio::test]
async fn certificates_are_delivered_as_they_were_given() {
    let app = TestApp::start().await;
    let pem = pem();
    let chain = format!("{}{}", pem.cert, pem.ca);
    app.create(json!({
        "external_id": "d1", "external_key": "k", "client_cert": chain, "client_key": pem.key, "ca_cert": pem.ca,
    }))
    .await;
    let served = app.send(device("d1", "k")).await.expect(200);
    for (key, value) in [("client_cert", &chain), ("client_key", &pem.key), ("ca_cert", &pem.ca)] {
        assert_eq!(served.text_at(key), *value);
    }
    app.send_as(Who::Administrator, put("/nowhere")).await.expect(404);
}
