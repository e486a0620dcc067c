//! The program itself against a listener that records: what each command sends and prints, compared with the
//! tables of `contract/cli.md` 3.1 and the walk of `contract/platform-http.md` 10.
#![expect(clippy::unwrap_used, reason = "helpers of tests count as tests")]

use onramp_protocol::{ExchangeKey, IV_LEN};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const CRYPTO_KEY: &str = "v7aT0HGxJxt2gULzr3RHwf4WIf6DusPp";

struct Recorded {
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Recorded {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    fn json(&self) -> Option<Value> {
        (!self.body.is_empty()).then(|| serde_json::from_slice(&self.body).unwrap())
    }
}

/// A listener that gives one answer to every request.
struct Server {
    url: String,
    requests: Receiver<Recorded>,
}

impl Server {
    fn answering(status: u16, headers: &str, body: impl Into<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        let body = body.into();
        let head = format!(
            "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{}\r\n",
            body.len(),
            headers.replace("{url}", &url)
        );
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let mut words = line.split_whitespace();
                let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
                let mut headers = BTreeMap::new();
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    let Some((name, value)) = line.trim_end().split_once(": ") else { break };
                    headers.insert(name.to_ascii_lowercase(), value.to_owned());
                }
                let length = headers.get("content-length").map_or(0, |text| text.parse().unwrap());
                let mut request_body = vec![0; length];
                reader.read_exact(&mut request_body).unwrap();
                sender.send(Recorded { method, target, headers, body: request_body }).unwrap();
                stream.write_all(head.as_bytes()).unwrap();
                stream.write_all(&body).unwrap();
            }
        });
        Server { url, requests }
    }

    fn request(&self) -> Recorded {
        self.requests.recv_timeout(Duration::from_secs(5)).expect("a request")
    }

    fn nothing_came(&self) {
        assert!(self.requests.try_recv().is_err(), "nothing may be sent");
    }
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// A home and a working folder of its own, and no environment.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, env: &[(&str, &str)], input: &str, args: &[&str]) -> Ran {
        self.run_as(Path::new(env!("CARGO_BIN_EXE_onramp")), env, input, args)
    }

    fn run_as(&self, program: &Path, env: &[(&str, &str)], input: &str, args: &[&str]) -> Ran {
        let mut child = Command::new(program)
            .args(args)
            .env_clear()
            .env("HOME", self.path().join("home"))
            .envs(env.iter().copied())
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

#[derive(Clone, Copy)]
enum Prints {
    Json,
    Ok,
    Created,
}

#[test]
fn every_command_sends_what_the_tables_say() {
    use Prints::{Created, Json, Ok};
    let config =
        json!({"client_id":"C","external_id":"e","external_key":"k","channels":["a"],"name":"n","state":1});
    let config_text = config.to_string();
    let certs = json!({"client_cert":"CERT","client_key":"KEY","ca_cert":null});
    let connect = json!({"client_ids":["C"],"channel_ids":["H"],"types":["publish","subscribe"]});
    let user = json!({"first_name":"John","last_name":"Doe","email":"john@example.com","status":"enabled",
                      "credentials":{"username":"john","secret":"12345678"}});
    let login = json!({"username":"john","password":"12345678"});
    let types = r#"["publish","subscribe"]"#;
    // Arguments, method, path, token sent, body, what is printed.
    type Case<'a> = (Vec<&'a str>, &'a str, &'a str, Option<&'a str>, Option<Value>, Prints);
    let cases: Vec<Case<'_>> = vec![
        (
            vec!["bootstrap", "create", &config_text, "D", "T"],
            "POST",
            "/D/clients/configs",
            Some("Bearer T"),
            Some(config.clone()),
            Created,
        ),
        (
            vec!["bootstrap", "get", "all", "D", "T"],
            "GET",
            "/D/clients/configs?limit=10",
            Some("Bearer T"),
            None,
            Json,
        ),
        (
            vec!["bootstrap", "get", "all", "D", "T", "-l", "5", "-o", "3", "-n", "a b", "-z", "0"],
            "GET",
            "/D/clients/configs?limit=5&name=a%20b&offset=3&state=0",
            Some("Bearer T"),
            None,
            Json,
        ),
        (
            vec!["bootstrap", "get", "C", "D", "T"],
            "GET",
            "/D/clients/configs/C",
            Some("Bearer T"),
            None,
            Json,
        ),
        (
            vec!["bootstrap", "update", "config", r#"{"client_id":"C","name":"n","content":"x"}"#, "D", "T"],
            "PUT",
            "/D/clients/configs/C",
            Some("Bearer T"),
            Some(json!({"client_id":"C","name":"n","content":"x"})),
            Ok,
        ),
        (
            vec!["bootstrap", "update", "connection", "C", r#"["a","b"]"#, "D", "T"],
            "PUT",
            "/D/clients/configs/connections/C",
            Some("Bearer T"),
            Some(json!({"channels":["a","b"]})),
            Ok,
        ),
        (
            vec!["bootstrap", "update", "connection", "C", "[]", "D", "T"],
            "PUT",
            "/D/clients/configs/connections/C",
            Some("Bearer T"),
            Some(json!({"channels":[]})),
            Ok,
        ),
        (
            vec!["bootstrap", "update", "connection", "C", "null", "D", "T"],
            "PUT",
            "/D/clients/configs/connections/C",
            Some("Bearer T"),
            Some(json!({"channels":null})),
            Ok,
        ),
        (
            vec!["bootstrap", "update", "certs", "C", "CERT", "KEY", "", "D", "T"],
            "PATCH",
            "/D/clients/configs/certs/C",
            Some("Bearer T"),
            Some(certs),
            Json,
        ),
        (
            vec!["bootstrap", "remove", "C", "D", "T"],
            "DELETE",
            "/D/clients/configs/C",
            Some("Bearer T"),
            None,
            Ok,
        ),
        (
            vec!["bootstrap", "whitelist", r#"{"client_id":"C","state":1}"#, "D", "T"],
            "PUT",
            "/D/clients/state/C",
            Some("Bearer T"),
            Some(json!({"state":1})),
            Ok,
        ),
        (
            vec!["bootstrap", "whitelist", r#"{"client_id":"C","state":0}"#, "D", "T"],
            "PUT",
            "/D/clients/state/C",
            Some("Bearer T"),
            Some(json!({"state":0})),
            Ok,
        ),
        (
            vec!["bootstrap", "enable", "C", "D", "T"],
            "POST",
            "/D/clients/configs/C/enable",
            Some("Bearer T"),
            None,
            Json,
        ),
        (
            vec!["bootstrap", "disable", "C", "D", "T"],
            "POST",
            "/D/clients/configs/C/disable",
            Some("Bearer T"),
            None,
            Json,
        ),
        (
            vec!["bootstrap", "key", "C", "K", "D", "T"],
            "PATCH",
            "/D/clients/configs/C",
            Some("Bearer T"),
            Some(json!({"external_key":"K"})),
            Ok,
        ),
        (
            vec!["bootstrap", "bootstrap", "09:6:0:sb:sa", "K"],
            "GET",
            "/clients/bootstrap/09:6:0:sb:sa",
            Some("Client K"),
            None,
            Json,
        ),
        (
            vec!["bootstrap", "bootstrap", "a/b %2F?", "K"],
            "GET",
            "/clients/bootstrap/a%2Fb%20%252F%3F",
            Some("Client K"),
            None,
            Json,
        ),
        (
            vec!["bootstrap", "bootstrap", "secure", "K"],
            "GET",
            "/clients/bootstrap/secure",
            Some("Client K"),
            None,
            Json,
        ),
        (vec!["users", "token", "john", "12345678"], "POST", "/users/tokens/issue", None, Some(login), Json),
        (vec!["users", "refreshtoken", "RT"], "POST", "/users/tokens/refresh", Some("Bearer RT"), None, Json),
        (
            vec!["users", "create", "John", "Doe", "john@example.com", "john", "12345678"],
            "POST",
            "/users",
            None,
            Some(user.clone()),
            Json,
        ),
        (
            vec!["users", "create", "John", "Doe", "john@example.com", "john", "12345678", "T"],
            "POST",
            "/users",
            Some("Bearer T"),
            Some(user),
            Json,
        ),
        (vec!["users", "profile", "T"], "GET", "/users/profile", Some("Bearer T"), None, Json),
        (vec!["users", "all", "get", "T"], "GET", "/users?limit=10", Some("Bearer T"), None, Json),
        (vec!["users", "get", "U", "T"], "GET", "/users/U", Some("Bearer T"), None, Json),
        (
            vec!["users", "U", "update", r#"{"first_name":"J"}"#, "T"],
            "PATCH",
            "/users/U",
            Some("Bearer T"),
            Some(json!({"first_name":"J"})),
            Json,
        ),
        (
            vec!["users", "U", "update", "role", "admin", "T"],
            "PATCH",
            "/users/U/role",
            Some("Bearer T"),
            Some(json!({"role":"admin"})),
            Json,
        ),
        (
            vec!["users", "password", "old", "new", "T"],
            "PATCH",
            "/users/secret",
            Some("Bearer T"),
            Some(json!({"old_secret":"old","new_secret":"new"})),
            Json,
        ),
        (vec!["users", "U", "disable", "T"], "POST", "/users/U/disable", Some("Bearer T"), None, Json),
        (vec!["users", "U", "delete", "T"], "DELETE", "/users/U", Some("Bearer T"), None, Ok),
        (
            vec!["domains", "create", "mydom", "route", "T"],
            "POST",
            "/domains",
            Some("Bearer T"),
            Some(json!({"name":"mydom","route":"route"})),
            Json,
        ),
        (vec!["domains", "all", "get", "T"], "GET", "/domains?limit=10", Some("Bearer T"), None, Json),
        (vec!["domains", "get", "D", "T"], "GET", "/domains/D", Some("Bearer T"), None, Json),
        (vec!["domains", "D", "enable", "T"], "POST", "/domains/D/enable", Some("Bearer T"), None, Ok),
        (vec!["domains", "disable", "D", "T"], "POST", "/domains/D/disable", Some("Bearer T"), None, Ok),
        (
            vec!["domains", "D", "users", "T"],
            "GET",
            "/domains/D/roles/members?limit=10",
            Some("Bearer T"),
            None,
            Json,
        ),
        (
            vec!["channels", "create", r#"{"name":"ch1","metadata":{"k":1.50}}"#, "D", "T"],
            "POST",
            "/D/channels",
            Some("Bearer T"),
            Some(json!({"name":"ch1","metadata":{"k":1.5}})),
            Json,
        ),
        (
            vec!["channels", "all", "get", "D", "T", "-S", "all"],
            "GET",
            "/D/channels?limit=10&status=all",
            Some("Bearer T"),
            None,
            Json,
        ),
        (
            vec!["channels", "H", "update", r#"{"name":"x"}"#, "D", "T"],
            "PATCH",
            "/D/channels/H",
            Some("Bearer T"),
            Some(json!({"name":"x"})),
            Json,
        ),
        (vec!["channels", "delete", "H", "D", "T"], "DELETE", "/D/channels/H", Some("Bearer T"), None, Ok),
        (
            vec!["channels", "H", "disable", "D", "T"],
            "POST",
            "/D/channels/H/disable",
            Some("Bearer T"),
            None,
            Json,
        ),
        (
            vec!["clients", "create", r#"{"name":"cl1"}"#, "D", "T"],
            "POST",
            "/D/clients",
            Some("Bearer T"),
            Some(json!({"name":"cl1"})),
            Json,
        ),
        (vec!["clients", "C", "get", "D", "T"], "GET", "/D/clients/C", Some("Bearer T"), None, Json),
        (
            vec!["clients", "C", "update", "secret", "S", "D", "T"],
            "PATCH",
            "/D/clients/C/secret",
            Some("Bearer T"),
            Some(json!({"secret":"S"})),
            Json,
        ),
        (
            vec!["clients", "C", "update", "tags", r#"["a","b"]"#, "D", "T"],
            "PATCH",
            "/D/clients/C/tags",
            Some("Bearer T"),
            Some(json!({"tags":["a","b"]})),
            Json,
        ),
        (
            vec!["clients", "C", "connect", "H", types, "D", "T"],
            "POST",
            "/D/channels/connect",
            Some("Bearer T"),
            Some(connect.clone()),
            Ok,
        ),
        (
            vec!["clients", "connect", "C", "H", "D", "T"],
            "POST",
            "/D/channels/connect",
            Some("Bearer T"),
            Some(connect.clone()),
            Ok,
        ),
        (
            vec!["clients", "C", "disconnect", "H", types, "D", "T"],
            "POST",
            "/D/channels/disconnect",
            Some("Bearer T"),
            Some(connect),
            Ok,
        ),
        (vec!["health", "clients"], "GET", "/health", None, None, Json),
    ];
    let place = Place::new();
    for (args, method, target, authorization, body, prints) in cases {
        let server = match prints {
            Json => Server::answering(200, "", r#"{"b":0,"a":"x"}"#),
            Ok => Server::answering(200, "", ""),
            Created => Server::answering(201, "Location: /clients/configs/C-1\r\n", ""),
        };
        let ran = place.run(&[("ONRAMP_URL", &server.url)], "", &args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
        let want = match prints {
            Json => "\n{\n  \"a\": \"x\",\n  \"b\": 0\n}\n\n",
            Ok => "\nok\n\n",
            Created => "\ncreated: C-1\n\n",
        };
        assert_eq!(ran.out, want, "{args:?}");
        let got = server.request();
        assert_eq!((got.method.as_str(), got.target.as_str()), (method, target), "{args:?}");
        assert_eq!(got.header("authorization"), authorization, "{args:?}");
        assert_eq!(got.header("content-type"), Some("application/json"), "{args:?}");
        assert_eq!(got.json(), body, "{args:?}");
        if method == "POST" && body.is_none() {
            assert_eq!(got.header("content-length"), Some("0"), "{args:?}");
        }
    }
}

#[test]
fn numbers_travel_as_they_were_typed() {
    let server = Server::answering(201, "", r#"{"metadata":{"n":12345678901234567890.10}}"#);
    let ran = Place::new().run(
        &[("ONRAMP_URL", &server.url)],
        "",
        &["channels", "create", r#"{"metadata":{"k":1.50}}"#, "D", "T"],
    );
    assert!(ran.out.contains("12345678901234567890.10"), "{}", ran.out);
    assert_eq!(server.request().body, br#"{"metadata":{"k":1.50}}"#);
}

#[test]
fn the_secure_exchange_in_both_spellings() {
    let key = ExchangeKey::new(CRYPTO_KEY.as_bytes()).unwrap();
    let answer = key.seal([7; IV_LEN], br#"{"content":"secret stuff","client_id":"C"}"#);
    let place = Place::new();
    for words in [&["bootstrap", "secure"][..], &["bootstrap", "bootstrap", "secure"][..]] {
        let server = Server::answering(200, "Content-Type: application/octet-stream\r\n", answer.clone());
        let args = [words, &["09:6:0:sb:sa", "key", CRYPTO_KEY, "--url", &server.url]].concat();
        let ran = place.run(&[], "", &args);
        assert_eq!(ran.out, "\n{\n  \"client_id\": \"C\",\n  \"content\": \"secret stuff\"\n}\n\n");
        let got = server.request();
        assert_eq!(got.target, "/clients/bootstrap/secure/09:6:0:sb:sa");
        let credential = got.header("authorization").unwrap().strip_prefix("Client ").unwrap().to_owned();
        assert_eq!(credential, credential.to_lowercase());
        assert_eq!(*key.open_credential(credential.as_bytes()).unwrap(), *b"key");
    }
    let told = |answer: &[u8], crypto_key: &str| {
        let server = Server::answering(200, "", answer);
        place.run(&[], "", &["bootstrap", "secure", "E", "K", crypto_key, "--url", &server.url])
    };
    assert!(told(b"short", CRYPTO_KEY).err.contains("error: answer too short"));
    assert!(told(&answer, "0123456789abcdef").err.contains("the crypto key is not the server's"));
    let wrong_length = told(&answer, "12345");
    assert_eq!(wrong_length.code, 2);
    assert!(wrong_length.err.contains("16, 24 or 32 bytes long, not 5"));
}

#[test]
fn a_refusal_is_code_1_and_wrong_usage_code_2() {
    let place = Place::new();
    let server = Server::answering(404, "", r#"{"message":"entity not found"}"#);
    let get = ["bootstrap", "get", "C", "D", "T", "--url", &server.url];
    let ran = place.run(&[], "", &get);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(ran.err, "\nerror: Status: Not Found: entity not found\n\n");
    let ran = place.run(&[], "", &[&get[..], &["--output", "json"]].concat());
    let error: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(
        error,
        json!({"error":"Status: Not Found: entity not found","message":"entity not found","status":404})
    );

    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ran = place.run(&[], "", &["health", "--url", &format!("http://{nobody}")]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains(&format!("error: cannot reach http://{nobody}: connection refused")),
        "{}",
        ran.err
    );

    let wrong: [&[&str]; 9] = [
        &["bootstrap", "get", "C", "D"],
        &["bootstrap", "get", "C"],
        &["bootstrap", "get", "", "D", "T"],
        &["bootstrap", "create", "{", "D", "T"],
        &["bootstrap", "create", r#"{"magistrala_id":"x"}"#, "D", "T"],
        &["bootstrap", "update", "config", r#"{"name":"x"}"#, "D", "T"],
        &["bootstrap", "whitlist"],
        &["bootstrap", "get", "C", "D", "T", "--limit", "many"],
        &["bootstrap"],
    ];
    for args in wrong {
        let ran = place.run(&[("ONRAMP_URL", &server.url)], "", args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?} {}", ran.err);
        let mut args = args.to_vec();
        args.extend(["--output", "json"]);
        let ran = place.run(&[("ONRAMP_URL", &server.url)], "", &args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(
            serde_json::from_str::<Value>(&ran.err).unwrap()["error"].is_string(),
            "{args:?}: {}",
            ran.err
        );
    }
}

#[test]
fn no_secret_is_repeated_in_an_error() {
    let place = Place::new();
    let server = Server::answering(403, "", r#"{"message":"no"}"#);
    let secret = "S3CRET-S3CRET";
    let lines: [&[&str]; 7] = [
        &["bootstrap", "create", r#"{"external_key":S3CRET-S3CRET}"#, "D", "T"],
        &["bootstrap", "create", r#"{"external_key":"a"} S3CRET-S3CRET"#, "D", secret],
        &["bootstrap", "get", "C", "D", secret, "extra"],
        &["bootstrap", "bootstrap", "E", secret],
        &["bootstrap", "bootstrap", "E", "S3CRET-S3CRET\n"],
        &["bootstrap", "secure", "E", secret, secret],
        &["clients", "C", "update", "secret", secret, "D"],
    ];
    for args in lines {
        for extra in [&[][..], &["--curl"], &["--output", "json"]] {
            let ran = place.run(&[("ONRAMP_URL", &server.url)], "", &[args, extra].concat());
            assert_ne!(ran.code, 0, "{args:?}");
            assert!(!ran.err.contains("S3CRET") && ran.out.is_empty(), "{args:?}: {}", ran.err);
        }
    }
    let ran = place.run(
        &[("ONRAMP_URL", &server.url)],
        "",
        &["bootstrap", "bootstrap", "E", secret, "-x", "--show-secrets"],
    );
    assert!(ran.err.contains(secret));
}

#[test]
fn the_token_goes_only_to_its_own_server() {
    let place = Place::new();
    let own = Server::answering(200, "", "{}");
    let other = Server::answering(200, "", "{}");
    let data = place.path().join("onramp-data");
    std::fs::create_dir(&data).unwrap();
    let admin = data.join("admin.json");
    let text =
        json!({"url": own.url, "domain_id": "DD", "username": "admin", "password": "p", "token": "TT"});
    std::fs::write(&admin, text.to_string()).unwrap();
    let mode = |bits| std::fs::set_permissions(&admin, std::fs::Permissions::from_mode(bits)).unwrap();
    mode(0o600);
    let get = ["bootstrap", "get", "C"];

    let ran = place.run(&[], "", &get);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let got = own.request();
    assert_eq!(
        (got.target.as_str(), got.header("authorization")),
        ("/DD/clients/configs/C", Some("Bearer TT"))
    );

    // Another address, wherever it is named, doesn't get it.
    let ran = place.run(&[], "", &["bootstrap", "get", "C", "--url", &other.url]);
    assert_eq!(ran.code, 2);
    let ran = place.run(&[("ONRAMP_URL", &other.url)], "", &get);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("the environment gives no token"), "{}", ran.err);
    std::fs::write(
        place.path().join("config.toml"),
        format!("[remotes]\nbootstrap_url = \"{}\"\n", other.url),
    )
    .unwrap();
    assert_eq!(place.run(&[], "", &get).code, 2);
    std::fs::remove_file(place.path().join("config.toml")).unwrap();
    mode(0o644);
    let ran = place.run(&[], "", &get);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("can be read by others"), "{}", ran.err);
    other.nothing_came();
    own.nothing_came();

    // Typed in full, or all three in the environment, it does.
    mode(0o600);
    assert_eq!(place.run(&[], "", &["bootstrap", "get", "C", "D", "T", "--url", &other.url]).code, 0);
    assert_eq!(other.request().header("authorization"), Some("Bearer T"));
    let env = [("ONRAMP_URL", other.url.as_str()), ("ONRAMP_DOMAIN", "DE"), ("ONRAMP_TOKEN", "TE")];
    assert_eq!(place.run(&env, "", &get).code, 0);
    assert_eq!(other.request().target, "/DE/clients/configs/C");
    // A folder named on the command line comes before the environment.
    assert_eq!(place.run(&env, "", &["bootstrap", "get", "C", "--data-dir", "onramp-data"]).code, 0);
    assert_eq!(own.request().header("authorization"), Some("Bearer TT"));
}

#[test]
fn redirects_don_t_carry_the_token_away() {
    let place = Place::new();
    let other = Server::answering(200, "", "{}");
    let server = Server::answering(307, &format!("Location: {}/x\r\n", other.url), "");
    for args in [["bootstrap", "get", "C", "D", "T"], ["clients", "C", "enable", "D", "T"]] {
        let ran = place.run(&[("ONRAMP_URL", &server.url)], "", &args);
        assert_eq!(ran.code, 1);
        assert!(ran.err.contains(&format!("redirects to {}", other.url)), "{}", ran.err);
    }
    other.nothing_came();
}

#[test]
fn secrets_and_documents_from_files_and_standard_input() {
    let place = Place::new();
    let file = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
    file("token", "T1\n");
    file("config.json", r#"{"external_id":"e","external_key":"k"}"#);
    file("cert.pem", "-----BEGIN CERTIFICATE-----\nX\n");
    let server = Server::answering(200, "Location: /clients/configs/C\r\n", "{}");
    let env = [("ONRAMP_URL", server.url.as_str())];
    let flags = ["--domain", "D", "--token-file", "token"];

    let ran = place.run(&env, "", &[&["bootstrap", "create", "@config.json", "--raw"], &flags[..]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (0, "C\n"), "{}", ran.err);
    let got = server.request();
    assert_eq!(got.header("authorization"), Some("Bearer T1"));
    assert_eq!(got.json(), Some(json!({"external_id":"e","external_key":"k"})));

    let certs = ["bootstrap", "update", "certs", "C", "cert.pem", "-----BEGIN KEY", "-"];
    assert_eq!(place.run(&env, "ca text", &[&certs, &flags[..]].concat()).code, 0);
    let want = json!({"client_cert":"-----BEGIN CERTIFICATE-----\nX\n","client_key":"-----BEGIN KEY","ca_cert":"ca text"});
    assert_eq!(server.request().json(), Some(want));

    let ran = place.run(&env, "the key\nT2\n", &["bootstrap", "key", "C", "-", "D", "-"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let got = server.request();
    assert_eq!(
        (got.json(), got.header("authorization")),
        (Some(json!({"external_key":"the key"})), Some("Bearer T2"))
    );
}

#[test]
fn the_configuration_file() {
    let place = Place::new();
    let server = Server::answering(200, "", "{}");
    for (key, value) in
        [("url", server.url.as_str()), ("domain_id", "D"), ("user_token", "T"), ("limit", "7")]
    {
        let ran = place.run(&[], "", &["config", key, value]);
        assert_eq!((ran.code, ran.out.as_str()), (0, "\nok\n\n"), "{}", ran.err);
    }
    let own = place.path().join("home/.config/onramp/config.toml");
    assert_eq!(std::fs::metadata(&own).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(place.run(&[], "", &["bootstrap", "get", "all"]).code, 0);
    let got = server.request();
    assert_eq!(
        (got.target.as_str(), got.header("authorization")),
        ("/D/clients/configs?limit=7", Some("Bearer T"))
    );
    let shown = place.run(&[], "", &["config", "show"]);
    assert!(shown.out.contains(&server.url) && !shown.out.contains("\"T\""), "{}", shown.out);
    assert!(!place.path().join("config.toml").exists(), "no file in the working folder");

    let ran = place.run(&[], "", &["config", "bootstrap_url", "localhost"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("error: invalid url"));
    // The reference's file, in the reference's place, with the reference's arguments.
    std::fs::remove_file(&own).unwrap();
    std::fs::write(
        place.path().join("config.toml"),
        format!("raw_output = \"true\"\n[remotes]\nbootstrap_url = \"{}\"\n", server.url),
    )
    .unwrap();
    assert_eq!(place.run(&[], "", &["bootstrap", "get", "C", "D", "T"]).code, 0);
    assert_eq!(server.request().target, "/D/clients/configs/C");
    let other = place.path().join("made.toml");
    assert_eq!(place.run(&[], "", &["-c", "made.toml", "config", "limit", "3"]).code, 0);
    assert_eq!(std::fs::read_to_string(other).unwrap(), "[filter]\n  limit = \"3\"\n");
}

#[test]
fn under_the_references_name_it_is_the_same_program() {
    let place = Place::new();
    for name in ["magistrala-cli", "supermq-cli"] {
        let link = place.path().join(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_onramp"), &link).unwrap();
        let ran = place.run_as(&link, &[], "", &["channels", "C", "get", "D"]);
        assert_eq!(ran.code, 2);
        assert!(
            ran.err.contains(&format!(
                "usage: {name} channels <channel_id|all> get [<domain_id> <user_auth_token>]"
            )),
            "{}",
            ran.err
        );
        let ran = place.run_as(&link, &[], "", &["completion", "bash"]);
        assert!(ran.code == 0 && ran.out.contains(name));
    }
}

#[test]
fn help_of_every_command() {
    let place = Place::new();
    let help = |args: &[&str]| {
        let ran = place.run(&[], "", &[args, &["--help"]].concat());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
        ran.out
    };
    insta::assert_snapshot!("help", help(&[]));
    insta::assert_snapshot!("help_bootstrap", help(&["bootstrap"]));
    insta::assert_snapshot!("help_bootstrap_update_certs", help(&["bootstrap", "update", "certs"]));
    insta::assert_snapshot!("help_clients_connect", help(&["clients", "connect"]));
    let leaves: [&[&str]; 12] = [
        &["bootstrap", "create"],
        &["bootstrap", "bootstrap"],
        &["bootstrap", "bootstrap", "secure"],
        &["bootstrap", "secure"],
        &["users", "token"],
        &["users", "U", "update"],
        &["domains", "create"],
        &["channels", "update"],
        &["clients", "update", "secret"],
        &["health"],
        &["config"],
        &["completion"],
    ];
    for leaf in leaves {
        assert!(help(leaf).contains("Examples:\n  onramp "), "{leaf:?}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let ran = place.run(&[], "", &["completion", shell]);
        assert!(ran.code == 0 && ran.out.contains("whitelist"), "{shell}");
    }
}
