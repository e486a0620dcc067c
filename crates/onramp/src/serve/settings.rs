//! What `onramp serve` is told: flags first, then the environment, then defaults.

use super::{StartError, data_dir::parse_master_key, environment::Environment};
use clap::{Args, ValueEnum};
use onramp_store::MASTER_KEY_LEN;
use std::{path::PathBuf, time::Duration};
use zeroize::Zeroizing;

/// The data folder of a server that is not told another one.
pub const DEFAULT_FOLDER: &str = "onramp-data";

/// Flags of `onramp serve`.
#[derive(Args, Debug, Default, Clone)]
pub struct ServeArgs {
    /// Address to listen on; port 0 takes a free one [env: MG_BOOTSTRAP_HTTP_HOST, MG_BOOTSTRAP_HTTP_PORT;
    /// default: 127.0.0.1:9013]
    #[arg(long, value_name = "HOST:PORT")]
    pub listen: Option<String>,
    /// Folder for the database, the keys and admin.json [env: ONRAMP_DATA_DIR; default: ./onramp-data]
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// Create two channels and a demo device, bootstrap it once, show how to repeat that, and go on serving
    #[arg(long)]
    pub demo: bool,
    /// What a refused device is told: nothing but that it is refused, or Magistrala's codes
    /// [env: ONRAMP_DEVICE_ERRORS; default: uniform]
    #[arg(long, value_enum)]
    pub device_errors: Option<DeviceErrors>,
    /// Don't repeat the client's secret as `client_key` for devices without certificates
    /// [env: ONRAMP_NO_CLIENT_KEY_ALIAS]
    #[arg(long)]
    pub no_client_key_alias: bool,
    /// Serve metrics with the reasons of refusals on an address of their own [env: ONRAMP_METRICS_LISTEN]
    #[arg(long, value_name = "HOST:PORT")]
    pub metrics_listen: Option<String>,
    /// Let anybody create a user [env: MG_USERS_ALLOW_SELF_REGISTER]
    #[arg(long)]
    pub allow_self_register: bool,
    /// debug, info, warn or error [env: MG_BOOTSTRAP_LOG_LEVEL; default: info]
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// How log lines look on stderr [env: ONRAMP_LOG_FORMAT; default: text]
    #[arg(long, value_enum)]
    pub log_format: Option<LogFormat>,
}

/// What a refused device is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DeviceErrors {
    /// The same 403 for every reason.
    Uniform,
    /// Magistrala's statuses and messages: they tell strangers which ids exist.
    Detailed,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Everything the server needs to know.
pub struct Settings {
    /// `host:port`.
    pub listen: String,
    /// Data folder.
    pub data_dir: PathBuf,
    /// Run the demo?
    pub demo: bool,
    /// What refused devices are told.
    pub device_errors: DeviceErrors,
    /// Repeat the secret as `client_key`?
    pub secret_alias: bool,
    /// `host:port` of the operator's metrics.
    pub metrics_listen: Option<String>,
    /// May anybody create a user?
    pub allow_self_register: bool,
    /// Least severe level that is logged.
    pub log_level: tracing::Level,
    /// How log lines look.
    pub log_format: LogFormat,
    /// This instance's id; random when not given.
    pub instance_id: Option<String>,
    /// Master key from outside.
    pub master_key: Option<Zeroizing<[u8; MASTER_KEY_LEN]>>,
    /// Secure-exchange key from outside.
    pub exchange_key: Option<Zeroizing<Vec<u8>>>,
    /// Certificate and key, PEM.
    pub tls: Option<Tls>,
    /// Time limits of connections.
    pub timeouts: Timeouts,
    /// Longest request head, in bytes.
    pub max_header_bytes: usize,
    /// Things the person who starts the server should know.
    pub warnings: Vec<String>,
}

/// The server's certificate chain and private key, PEM.
pub struct Tls {
    /// Certificate chain.
    pub certificate: Vec<u8>,
    /// Private key.
    pub key: Zeroizing<Vec<u8>>,
}

/// Time limits of connections; zero is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// From the connection to the first request's end of head.
    pub read_header: Duration,
    /// For a whole request body.
    pub read: Duration,
    /// For handling an operator's request.
    pub write: Duration,
    /// Between two requests of a connection.
    pub idle: Duration,
}

/// The reference's variables that are accepted and do nothing here.
const MEANINGLESS: &[&str] = &[
    "BOOTSTRAP_EVENT_CONSUMER",
    "ALLOW_UNVERIFIED_USER",
    "SEND_TELEMETRY",
    "BOOTSTRAP_HTTP_SERVER_CA_CERTS",
    "BOOTSTRAP_HTTP_CLIENT_CA_CERTS",
    "SPICEDB_HOST",
    "SPICEDB_PORT",
    "SPICEDB_PRE_SHARED_KEY",
    "JAEGER_URL",
    "JAEGER_TRACE_RATIO",
];

/// Settings of what this version cannot do yet: starting without them would be a surprise.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("BOOTSTRAP_DB_HOST", "PostgreSQL (issue #4)"),
    ("AUTH_GRPC_URL", "running attached to a Magistrala deployment (issue #5)"),
];

impl Settings {
    /// Puts flags and environment together.
    ///
    /// # Errors
    /// [`StartError::Usage`] with a sentence that names the flag or the variable.
    pub fn gather(args: ServeArgs, environment: &Environment) -> Result<Self, StartError> {
        let mut warnings = Vec::new();
        let mut read = Reader { environment, warnings: &mut warnings };
        for (name, what) in UNSUPPORTED {
            if read.magistrala(name).is_some() {
                return Err(usage(format!("MG_{name} is set, but this version cannot do that yet: {what}")));
            }
        }
        let settings = Settings {
            listen: args.listen.unwrap_or_else(|| {
                let host = read.magistrala("BOOTSTRAP_HTTP_HOST").unwrap_or("127.0.0.1").to_owned();
                let port = read.magistrala("BOOTSTRAP_HTTP_PORT").unwrap_or("9013");
                if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
            }),
            data_dir: args
                .data_dir
                .or_else(|| environment.get("ONRAMP_DATA_DIR").map(PathBuf::from))
                .unwrap_or_else(|| PathBuf::from(DEFAULT_FOLDER)),
            demo: args.demo,
            device_errors: match args.device_errors {
                Some(value) => value,
                None => read.choice("ONRAMP_DEVICE_ERRORS")?.unwrap_or(DeviceErrors::Uniform),
            },
            secret_alias: !(args.no_client_key_alias || read.flag("ONRAMP_NO_CLIENT_KEY_ALIAS")?),
            metrics_listen: args
                .metrics_listen
                .or_else(|| environment.get("ONRAMP_METRICS_LISTEN").map(str::to_owned)),
            allow_self_register: args.allow_self_register
                || read.magistrala_flag("USERS_ALLOW_SELF_REGISTER")?,
            log_level: {
                let given = args.log_level.as_deref().or_else(|| read.magistrala("BOOTSTRAP_LOG_LEVEL"));
                parse_level(given.unwrap_or("info"))?
            },
            log_format: match args.log_format {
                Some(value) => value,
                None => read.choice("ONRAMP_LOG_FORMAT")?.unwrap_or(LogFormat::Text),
            },
            instance_id: read.magistrala("BOOTSTRAP_INSTANCE_ID").map(str::to_owned),
            master_key: read.master_key()?,
            exchange_key: read.exchange_key()?,
            tls: read.tls()?,
            timeouts: Timeouts {
                read_header: read.duration("BOOTSTRAP_HTTP_SERVER_READ_HEADER_TIMEOUT", 5)?,
                read: read.duration("BOOTSTRAP_HTTP_SERVER_READ_TIMEOUT", 15)?,
                write: read.duration("BOOTSTRAP_HTTP_SERVER_WRITE_TIMEOUT", 15)?,
                idle: read.duration("BOOTSTRAP_HTTP_SERVER_IDLE_TIMEOUT", 60)?,
            },
            max_header_bytes: read.number("BOOTSTRAP_HTTP_SERVER_MAX_HEADER_BYTES", 1 << 20)?,
            warnings: Vec::new(),
        };
        let without_meaning: Vec<&str> = environment
            .names()
            .filter(|name| {
                let bare = name.strip_prefix("MG_").or_else(|| name.strip_prefix("SMQ_"));
                bare.is_some_and(|bare| MEANINGLESS.contains(&bare))
            })
            .collect();
        if !without_meaning.is_empty() {
            warnings.push(format!("set, but without meaning here: {}", without_meaning.join(", ")));
        }
        Ok(Settings { warnings, ..settings })
    }
}

fn usage(message: impl Into<String>) -> StartError {
    StartError::Usage(message.into())
}

/// Reads typed values and collects warnings.
struct Reader<'a> {
    environment: &'a Environment,
    warnings: &'a mut Vec<String>,
}

impl<'a> Reader<'a> {
    fn magistrala(&mut self, name: &str) -> Option<&'a str> {
        self.environment.magistrala(name, self.warnings)
    }

    fn choice<T: ValueEnum>(&self, name: &str) -> Result<Option<T>, StartError> {
        self.environment
            .get(name)
            .map(|value| {
                T::from_str(value, true).map_err(|_| usage(format!("{name}: {value:?} is not a choice")))
            })
            .transpose()
    }

    fn flag(&self, name: &str) -> Result<bool, StartError> {
        self.environment.get(name).map_or(Ok(false), |value| parse_flag(name, value))
    }

    fn magistrala_flag(&mut self, name: &str) -> Result<bool, StartError> {
        self.magistrala(name).map_or(Ok(false), |value| parse_flag(&format!("MG_{name}"), value))
    }

    fn number(&mut self, name: &str, default: usize) -> Result<usize, StartError> {
        self.magistrala(name).map_or(Ok(default), |value| {
            value.parse().map_err(|_| usage(format!("MG_{name}: {value:?} is not a number")))
        })
    }

    fn duration(&mut self, name: &str, default_seconds: u64) -> Result<Duration, StartError> {
        self.magistrala(name).map_or(Ok(Duration::from_secs(default_seconds)), |value| {
            onramp_api::duration::microseconds(value)
                .and_then(|microseconds| u64::try_from(microseconds).ok())
                .map(Duration::from_micros)
                .ok_or_else(|| usage(format!("MG_{name}: {value:?} is not a duration such as 15s or 1m30s")))
        })
    }

    fn master_key(&self) -> Result<Option<Zeroizing<[u8; MASTER_KEY_LEN]>>, StartError> {
        const HOW: &str = "64 hexadecimal digits are expected; `openssl rand -hex 32` makes them";
        let from_file = match self.environment.get("ONRAMP_MASTER_KEY_FILE") {
            Some(path) => Some(Zeroizing::new(
                std::fs::read_to_string(path)
                    .map_err(|error| usage(format!("ONRAMP_MASTER_KEY_FILE: {path}: {error}")))?,
            )),
            None => None,
        };
        let (name, text) = match &from_file {
            Some(text) => ("ONRAMP_MASTER_KEY_FILE", Some(text.as_str())),
            None => ("ONRAMP_MASTER_KEY", self.environment.get("ONRAMP_MASTER_KEY")),
        };
        text.map(|text| parse_master_key(text.trim()).ok_or_else(|| usage(format!("{name}: {HOW}"))))
            .transpose()
    }

    fn exchange_key(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, StartError> {
        let Some(text) = self.magistrala("BOOTSTRAP_ENCRYPT_KEY") else { return Ok(None) };
        onramp_protocol::ExchangeKey::new(text.as_bytes())
            .map_err(|error| usage(format!("MG_BOOTSTRAP_ENCRYPT_KEY: {error}")))?;
        Ok(Some(Zeroizing::new(text.as_bytes().to_vec())))
    }

    /// TLS as soon as either variable is set; then both must be there. Each is a path, or the PEM text itself.
    fn tls(&mut self) -> Result<Option<Tls>, StartError> {
        let certificate = self.magistrala("BOOTSTRAP_HTTP_SERVER_CERT");
        let key = self.magistrala("BOOTSTRAP_HTTP_SERVER_KEY");
        match (certificate, key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some(Tls {
                certificate: file_or_pem("MG_BOOTSTRAP_HTTP_SERVER_CERT", certificate)?,
                key: file_or_pem("MG_BOOTSTRAP_HTTP_SERVER_KEY", key)?.into(),
            })),
            _ => Err(usage("MG_BOOTSTRAP_HTTP_SERVER_CERT and MG_BOOTSTRAP_HTTP_SERVER_KEY belong together")),
        }
    }
}

fn file_or_pem(name: &str, value: &str) -> Result<Vec<u8>, StartError> {
    if value.contains("-----BEGIN") {
        return Ok(value.as_bytes().to_vec());
    }
    std::fs::read(value).map_err(|error| usage(format!("{name}: the file cannot be read: {error}")))
}

fn parse_flag(name: &str, value: &str) -> Result<bool, StartError> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" | "yes" | "on" => Ok(true),
        "0" | "f" | "false" | "no" | "off" => Ok(false),
        _ => Err(usage(format!("{name}: {value:?} is neither true nor false"))),
    }
}

/// A level in any case; the reference's offset (`info+2`) is accepted and has no finer meaning here.
fn parse_level(text: &str) -> Result<tracing::Level, StartError> {
    let word = text.split(['+', '-']).next().unwrap_or_default();
    match word.to_ascii_lowercase().as_str() {
        "debug" => Ok(tracing::Level::DEBUG),
        "info" => Ok(tracing::Level::INFO),
        "warn" => Ok(tracing::Level::WARN),
        "error" => Ok(tracing::Level::ERROR),
        _ => Err(usage(format!("log level {text:?}: debug, info, warn or error is expected"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(pairs: &[(&str, &str)]) -> Result<Settings, StartError> {
        Settings::gather(ServeArgs::default(), &Environment::from_pairs(pairs.iter().copied()))
    }

    #[test]
    fn defaults_listen_on_loopback_only() {
        let settings = gather(&[]).unwrap();
        assert_eq!(settings.listen, "127.0.0.1:9013");
        assert_eq!(settings.timeouts.idle, Duration::from_secs(60));
        assert!(settings.secret_alias && settings.warnings.is_empty());
    }

    #[test]
    fn the_references_variables_count() {
        let settings = gather(&[
            ("MG_BOOTSTRAP_HTTP_HOST", "0.0.0.0"),
            ("SMQ_BOOTSTRAP_HTTP_PORT", "8080"),
            ("MG_BOOTSTRAP_LOG_LEVEL", "WARN+2"),
            ("MG_BOOTSTRAP_HTTP_SERVER_READ_TIMEOUT", "1m30s"),
            ("MG_SEND_TELEMETRY", "true"),
            ("SMQ_BOOTSTRAP_ENCRYPT_KEY", "0123456789abcdef"),
        ])
        .unwrap();
        assert_eq!(settings.listen, "0.0.0.0:8080");
        assert_eq!(settings.log_level, tracing::Level::WARN);
        assert_eq!(settings.timeouts.read, Duration::from_secs(90));
        assert_eq!(settings.warnings, ["set, but without meaning here: MG_SEND_TELEMETRY"]);
        assert_eq!(**settings.exchange_key.as_ref().unwrap(), b"0123456789abcdef");
    }

    #[test]
    fn wrong_values_stop_the_start_and_are_named_but_secrets_are_not_shown() {
        let cases = [
            ("MG_BOOTSTRAP_ENCRYPT_KEY", "a-key-of-fifty-bytes-a-key-of-fifty-bytes-12345678"),
            ("ONRAMP_MASTER_KEY", "tooshort-hush"),
            ("MG_BOOTSTRAP_HTTP_SERVER_IDLE_TIMEOUT", "soon"),
            ("MG_BOOTSTRAP_LOG_LEVEL", "warning"),
            ("MG_BOOTSTRAP_HTTP_SERVER_CERT", "/nowhere.pem"),
            ("MG_BOOTSTRAP_DB_HOST", "localhost"),
            ("ONRAMP_DEVICE_ERRORS", "loud"),
        ];
        for (name, value) in cases {
            let Err(StartError::Usage(message)) = gather(&[(name, value)]) else {
                panic!("{name} was accepted")
            };
            assert!(!message.contains("fifty") && !message.contains("hush"), "{message}");
        }
    }
}
