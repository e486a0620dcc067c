//! `onramp serve --demo`: two channels and a device, bootstrapped once over real HTTP, plainly and encrypted.
//! And the words with which a server without demo says what to type next.

use crate::serve::data_dir::AdminFile;
use crate::serve::log::{say, show};
use crate::serve::settings::DEFAULT_FOLDER;
use onramp_api::{ChannelRef, CreateConfig};
use onramp_client::{Api, Error, Json, Kind, TlsSettings, Transport, Urls};
use serde_json::json;
use std::{path::Path, time::Duration};

const EXTERNAL_ID: &str = "demo:00:11:22";
const EXTERNAL_KEY: &str = "demo-key-change-me";

/// Prints what to do next, on stderr; the longer text on a first start.
pub fn next_commands(admin: &AdminFile, data_dir: &Path, first_start: bool) {
    if first_start {
        let admin_file = data_dir.join("admin.json");
        say(format_args!(
            "\nFirst start: the way in (administrator, password, token) is in {}",
            admin_file.display()
        ));
    }
    let program = std::env::args().next().unwrap_or_else(|| "onramp".into());
    let is_tls = admin.url.starts_with("https:");
    // Where the command line looks by itself.
    let folder = match data_dir {
        folder if folder == Path::new(DEFAULT_FOLDER) => String::new(),
        folder => format!(" --data-dir {}", folder.display()),
    };
    let (authority, cacert) = if is_tls { (" --ca-file ca.pem", " --cacert ca.pem") } else { ("", "") };
    say(format_args!(
        "\nNext, in another terminal, in this folder:\n\
         \x20 {program} bootstrap create '{{\"external_id\":\"my-device\",\"external_key\":\"my-key\"}}'{folder}{authority}\n\
         \x20 curl{cacert} -H 'Authorization: Client my-key' {}/clients/bootstrap/my-device\n",
        admin.url
    ));
    if is_tls {
        say(format_args!("ca.pem is the authority that signed this server's certificate.\n"));
    }
}

/// Runs the demo. A failure is told and leaves the server serving.
pub fn run(admin: &AdminFile, data_dir: &Path, exchange_key: &[u8]) {
    if let Err(error) = bootstrap_a_device(admin, data_dir, exchange_key) {
        say(format_args!("the demo failed: {error}"));
    }
}

fn bootstrap_a_device(admin: &AdminFile, data_dir: &Path, exchange_key: &[u8]) -> Result<(), Error> {
    let bits = exchange_key.len() * 8;
    let exchange_key = String::from_utf8_lossy(exchange_key);
    let key_file = data_dir.join("exchange.key");
    // A key from outside lies in no file.
    let key_text = match key_file.exists() {
        true => format!("$(cat {})", key_file.display()),
        false => "$MG_BOOTSTRAP_ENCRYPT_KEY".to_owned(),
    };
    let cacert = if admin.url.starts_with("https:") { "--cacert ca.pem " } else { "" };
    let api = connect(admin)?;
    let control = ensure_channel(&api, admin, "control")?;
    let telemetry = ensure_channel(&api, admin, "telemetry")?;
    ensure_config(&api, admin, vec![control, telemetry])?;

    let url = &admin.url;
    show(format_args!("\nA device holding only an external id and key asks for its configuration:\n"));
    show(format_args!(
        "  curl {cacert}-H 'Authorization: Client {EXTERNAL_KEY}' \\\n    {url}/clients/bootstrap/{EXTERNAL_ID}\n"
    ));
    show_answer(&api.bootstrap(EXTERNAL_ID, EXTERNAL_KEY)?);

    show(format_args!(
        "\nThe same, encrypted with AES-{bits}-CFB under the fleet's key (exchange.key, or MG_BOOTSTRAP_ENCRYPT_KEY):\n"
    ));
    show(format_args!(
        "  K=$(printf %s \"{key_text}\" | od -An -tx1 | tr -d ' \\n'); IV=$(openssl rand -hex 16)\n\
         \x20 C=$(printf %s '{EXTERNAL_KEY}' | openssl enc -aes-{bits}-cfb -K $K -iv $IV | od -An -tx1 | tr -d ' \\n')\n\
         \x20 curl -s {cacert}-H \"Authorization: Client $IV$C\" -o answer.bin \\\n\
         \x20   {url}/clients/bootstrap/secure/{EXTERNAL_ID}\n\
         \x20 IV=$(head -c 16 answer.bin | od -An -tx1 | tr -d ' \\n')\n\
         \x20 tail -c +17 answer.bin | openssl enc -d -aes-{bits}-cfb -K $K -iv $IV\n"
    ));
    show_answer(&api.bootstrap_secure(EXTERNAL_ID, EXTERNAL_KEY, &exchange_key)?);
    show(format_args!("\nServing on {url} until Ctrl-C."));
    Ok(())
}

/// The server speaks to itself: with TLS, its certificate need not name the loopback address.
fn connect(admin: &AdminFile) -> Result<Api, Error> {
    let tls = TlsSettings { insecure: admin.url.starts_with("https:"), authorities: None };
    let transport = Transport::new(&tls, Duration::from_secs(10))?;
    Api::new(transport, Urls::one(&admin.url), Some(admin.token.clone()))
}

/// The demo may be started again on the same folder: what it made before is used again.
fn ensure_channel(api: &Api, admin: &AdminFile, name: &str) -> Result<String, Error> {
    let body = json!({ "name": name, "route": name, "metadata": { "type": name } });
    let made = match api.create(Kind::Channels, &admin.domain_id, &body) {
        Ok(channel) => channel,
        Err(error) if error.status() == Some(400) => {
            let filter = onramp_client::Filter { name: Some(name.to_owned()), ..Default::default() };
            first_of(&api.list(Kind::Channels, &admin.domain_id, &filter)?).ok_or(error)?
        }
        Err(error) => return Err(error),
    };
    Ok(made.get("id").and_then(Json::as_text).unwrap_or_default().to_owned())
}

fn first_of(page: &Json) -> Option<Json> {
    match page.get("channels") {
        Some(Json::List(rows)) => rows.first().cloned(),
        _ => None,
    }
}

fn ensure_config(api: &Api, admin: &AdminFile, channels: Vec<String>) -> Result<(), Error> {
    let config = CreateConfig {
        external_id: EXTERNAL_ID.into(),
        external_key: EXTERNAL_KEY.into(),
        channels: Some(channels.into_iter().map(ChannelRef::Id).collect()),
        content: Some("{\"report_every_seconds\":60}".into()),
        name: Some("demo device".into()),
        ..CreateConfig::default()
    };
    match api.create_config(&admin.domain_id, &config) {
        Err(error) if error.status() == Some(409) => Ok(()),
        other => other.map(|_| ()),
    }
}

fn show_answer(answer: &Json) {
    show(format_args!("{}", answer.compact()));
}
