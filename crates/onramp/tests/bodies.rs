//! Request bodies on real connections: whatever the answer is, the connection can go on or says that it ends.

// In a test, a broken expectation should stop it where it stands.
#![allow(clippy::unwrap_used, missing_docs)]

use onramp::serve::{ServeArgs, Server, Settings, data_dir::AdminFile, environment::Environment};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// A bit more than is accepted.
const TOO_MUCH: usize = (1 << 20) + 1;

struct Running {
    admin: AdminFile,
    task: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn start(variables: &[(&str, &str)]) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ServeArgs {
        listen: Some("127.0.0.1:0".into()),
        data_dir: Some(folder.path().to_owned()),
        ..ServeArgs::default()
    };
    let environment = Environment::from_pairs(variables.iter().copied());
    let server = Server::prepare(Settings::gather(arguments, &environment).unwrap()).await.unwrap();
    let admin = server.admin.clone();
    let task = tokio::spawn(async move { server.run(|_| ()).await.unwrap() });
    Running { admin, task, _folder: folder }
}

impl Running {
    async fn connect(&self) -> Connection {
        let stream = TcpStream::connect(self.admin.url.strip_prefix("http://").unwrap()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Connection { stream, received: Vec::new() }
    }

    fn configs(&self) -> String {
        format!("/{}/clients/configs", self.admin.domain_id)
    }

    fn head(&self, method: &str, path: &str, token: &str, more: &str) -> String {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\n{more}\r\n"
        )
    }
}

/// A pair of tokens of somebody.
async fn log_in(
    connection: &mut Connection,
    server: &Running,
    name: &str,
    password: &str,
) -> serde_json::Value {
    let login = format!(r#"{{"username":"{name}","password":"{password}"}}"#);
    let head = server.head("POST", "/users/tokens/issue", "", &sized(login.len()));
    connection.send_apart(&head, login.as_bytes()).await;
    let pair = connection.answer().await;
    assert_eq!(pair.status, 201, "{}", pair.body);
    serde_json::from_str(&pair.body).unwrap()
}

/// The token of a user who is no member of any domain.
async fn stranger(server: &Running) -> String {
    let mut connection = server.connect().await;
    let pair = log_in(&mut connection, server, &server.admin.username, &server.admin.password).await;
    let body = br#"{"first_name":"S","last_name":"T","email":"s@example.com",
        "credentials":{"username":"stranger","secret":"12345678"}}"#;
    let head = server.head("POST", "/users", pair["access_token"].as_str().unwrap(), &sized(body.len()));
    connection.send_apart(&head, body).await;
    let created = connection.answer().await;
    assert_eq!(created.status, 201, "{}", created.body);
    let pair = log_in(&mut connection, server, "stranger", "12345678").await;
    pair["access_token"].as_str().unwrap().to_owned()
}

struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn closes(&self) -> bool {
        self.head.to_ascii_lowercase().contains("\r\nconnection: close")
    }
}

impl Connection {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Two segments: the server sees the first one alone.
    async fn send_apart(&mut self, head: &str, body: &[u8]) {
        self.send(head).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        // The server may have hung up by now; the answer tells.
        let _ = self.stream.write_all(body).await;
    }

    async fn more(&mut self) -> usize {
        let mut buffer = [0; 4096];
        let reading = tokio::time::timeout(Duration::from_secs(20), self.stream.read(&mut buffer));
        let count = reading.await.expect("an answer in time").unwrap();
        self.received.extend_from_slice(&buffer[..count]);
        count
    }

    async fn answer(&mut self) -> Answer {
        let head = loop {
            if let Some(end) = self.received.windows(4).position(|window| window == b"\r\n\r\n") {
                let rest = self.received.split_off(end + 4);
                break String::from_utf8(std::mem::replace(&mut self.received, rest)).unwrap();
            }
            assert_ne!(self.more().await, 0, "the connection was closed instead of an answer");
        };
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head
            .to_ascii_lowercase()
            .split("\r\ncontent-length: ")
            .nth(1)
            .map_or(0, |rest| rest.split('\r').next().unwrap().parse::<usize>().unwrap());
        while self.received.len() < length {
            assert_ne!(self.more().await, 0, "the answer breaks off");
        }
        let rest = self.received.split_off(length);
        let body = String::from_utf8(std::mem::replace(&mut self.received, rest)).unwrap();
        Answer { status, head, body }
    }

    async fn is_closed(&mut self) -> bool {
        self.received.is_empty() && self.more().await == 0
    }
}

fn sized(length: usize) -> String {
    format!("Content-Length: {length}\r\n")
}

#[tokio::test]
async fn a_refusal_leaves_the_connection_usable() {
    let server = start(&[]).await;
    let body = br#"{"name":"n"}"#;
    let config = format!("{}/00000000-0000-4000-8000-000000000007", server.configs());
    let token = &server.admin.token;
    let stranger = stranger(&server).await;
    let mut connection = server.connect().await;
    for (method, path, token, status) in [
        ("PUT", config.as_str(), stranger.as_str(), 403),
        ("PUT", &config, "wrong", 401),
        ("POST", "/users", "wrong", 401),
        ("POST", "/nowhere/at/all", token, 404),
        ("PUT", "/health", token, 405),
        // A device that sends a body where none belongs.
        ("GET", "/clients/bootstrap/nobody", "wrong", 401),
    ] {
        connection.send_apart(&server.head(method, path, token, &sized(body.len())), body).await;
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.closes()), (status, false), "{method} {path}: {}", answer.body);
        let chunked = server.head(method, path, token, "Transfer-Encoding: chunked\r\n");
        connection.send_apart(&chunked, b"c\r\n{\"name\":\"n\"}\r\n0\r\n\r\n").await;
        assert_eq!(connection.answer().await.status, status, "{method} {path}");
    }
    connection.send(server.head("GET", &server.configs(), token, "")).await;
    assert_eq!(connection.answer().await.status, 200);
}

#[tokio::test]
async fn too_large_a_body_is_refused_in_order_and_ends_the_connection() {
    let server = start(&[]).await;
    let configs = server.configs();
    let token = server.admin.token.as_str();
    let body = vec![b' '; TOO_MUCH];
    let mut chunked = format!("{TOO_MUCH:x}\r\n").into_bytes();
    chunked.extend_from_slice(&body);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    let stranger = stranger(&server).await;
    for (token, status) in [("wrong", 401), (stranger.as_str(), 403), (token, 413)] {
        for (announcement, body) in
            [(sized(TOO_MUCH), &body), ("Transfer-Encoding: chunked\r\n".to_owned(), &chunked)]
        {
            let mut connection = server.connect().await;
            connection.send_apart(&server.head("POST", &configs, token, &announcement), body).await;
            let answer = connection.answer().await;
            assert_eq!((answer.status, answer.closes()), (status, true), "{announcement}");
            assert!(connection.is_closed().await);
        }
        // One who asks first is answered at once, and one who announces without end too.
        for announcement in [format!("{}Expect: 100-continue\r\n", sized(TOO_MUCH)), sized(100 * TOO_MUCH)] {
            let mut connection = server.connect().await;
            connection.send(server.head("POST", &configs, token, &announcement)).await;
            let answer = connection.answer().await;
            assert_eq!((answer.status, answer.closes()), (status, true), "{announcement}");
        }
    }
    let mut connection = server.connect().await;
    connection
        .send(server.head("POST", &configs, token, "Content-Length: 2\r\nExpect: 100-continue\r\n"))
        .await;
    assert_eq!(connection.answer().await.status, 100);
    connection.send("{}").await;
    let answer = connection.answer().await;
    assert_eq!((answer.status, answer.closes()), (400, false), "{}", answer.body);
}

#[tokio::test]
async fn one_who_sends_too_slowly_is_told_so() {
    let server = start(&[("MG_BOOTSTRAP_HTTP_SERVER_READ_TIMEOUT", "200ms")]).await;
    let mut connection = server.connect().await;
    let started = Instant::now();
    connection.send(server.head("POST", &server.configs(), &server.admin.token, &sized(1000))).await;
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        connection.send("{").await;
    }
    let answer = connection.answer().await;
    assert_eq!((answer.status, answer.closes()), (408, true), "{}", answer.body);
    assert!(answer.body.contains("in time"), "{}", answer.body);
    let took = started.elapsed();
    assert!(Duration::from_millis(180) < took && took < Duration::from_secs(5), "{took:?}");
    assert!(connection.is_closed().await);
}

#[tokio::test]
async fn a_body_of_length_zero_is_no_body() {
    let server = start(&[]).await;
    let mut connection = server.connect().await;
    let token = server.admin.token.as_str();
    let body = r#"{"external_id":"e","external_key":"k"}"#;
    let head = server.head("POST", &server.configs(), token, &sized(body.len()));
    connection.send_apart(&head, body.as_bytes()).await;
    let created = connection.answer().await;
    assert_eq!(created.status, 201, "{}", created.body);
    let id = created.head.to_ascii_lowercase().split("location: /clients/configs/").nth(1).unwrap()[..36]
        .to_owned();

    let config = format!("{}/{id}", server.configs());
    let client = format!("/{}/clients/{id}", server.admin.domain_id);
    for path in [
        format!("{config}/disable"),
        format!("{config}/enable"),
        format!("{client}/disable"),
        format!("{client}/enable"),
    ] {
        connection.send(server.head("POST", &path, token, &sized(0))).await;
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.closes()), (200, false), "{path}: {}", answer.body);
    }

    let pair = log_in(&mut connection, &server, &server.admin.username, &server.admin.password).await;
    let refresh = pair["refresh_token"].as_str().unwrap();
    connection.send(server.head("POST", "/users/tokens/refresh", refresh, &sized(0))).await;
    assert_eq!(connection.answer().await.status, 201);
}
