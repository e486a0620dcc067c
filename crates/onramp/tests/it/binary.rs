//! The program itself, as a process with a socket.

use onramp::serve::data_dir::AdminFile;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running `onramp serve`; killed when dropped.
pub struct Process {
    child: Child,
    pub url: String,
    agent: ureq::Agent,
}

impl Process {
    /// Starts it on the folder; what it says on stderr goes to `log`.
    pub fn start(folder: &Path, log: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_onramp"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder).args(arguments);
        command.env_clear().envs(environment.iter().copied());
        Self::spawn(command, log)
    }

    /// Starts what this command says, and waits until it listens.
    pub fn spawn(mut command: Command, log: &Path) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let url =
            line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("said {line:?}")).to_owned();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build();
        Process { child, url, agent: config.new_agent() }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and the exit code.
    pub fn terminate(&mut self) -> i32 {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.wait()
    }

    /// The exit code of a process that was told to stop.
    pub fn wait(&mut self) -> i32 {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < end, "does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn client(&self) -> Client {
        Client { agent: self.agent.clone(), url: self.url.clone() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends requests to a process.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    pub url: String,
}

impl Client {
    /// Status and body; `None` when the connection broke.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<(u16, String)> {
        let url = format!("{}{path}", self.url);
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = self.agent.run(request.body(body.to_owned()).unwrap()).ok()?;
        let text = response.body_mut().read_to_vec().ok()?;
        Some((response.status().as_u16(), String::from_utf8_lossy(&text).into_owned()))
    }

    /// A JSON request with a token.
    pub fn json(&self, method: &str, path: &str, token: &str, body: &str) -> Option<(u16, String)> {
        let authorization = format!("Bearer {token}");
        self.send(
            method,
            path,
            &[("Authorization", &authorization), ("Content-Type", "application/json")],
            body,
        )
    }
}

pub fn admin_file(folder: &Path) -> AdminFile {
    serde_json::from_str(&std::fs::read_to_string(folder.join("admin.json")).unwrap()).unwrap()
}
