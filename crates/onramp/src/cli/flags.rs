//! Flags that every command of the command line takes, before or after it.

use super::output::Format;
use clap::{ArgAction, Args};
use std::path::PathBuf;

const SET: &str = "Server, domain and token";
const LISTS: &str = "Lists";
const OUT: &str = "Output";

/// The flags. Their names are the reference's where it has one.
#[derive(Args, Clone, Debug, Default)]
pub struct Flags {
    /// Address of the server, for everything [default: http://localhost:9013]
    #[arg(long, global = true, value_name = "URL", help_heading = SET)]
    pub url: Option<String>,
    /// Address for configs and devices, where it differs
    #[arg(short, long, global = true, value_name = "URL", help_heading = SET)]
    pub bootstrap_url: Option<String>,
    /// Address for users, where it differs
    #[arg(short, long, global = true, value_name = "URL", help_heading = SET)]
    pub users_url: Option<String>,
    /// Address for clients, where it differs
    #[arg(short = 't', long, global = true, value_name = "URL", help_heading = SET)]
    pub clients_url: Option<String>,
    /// Address for domains, where it differs
    #[arg(short, long, global = true, value_name = "URL", help_heading = SET)]
    pub domains_url: Option<String>,
    /// Address for channels, where it differs
    #[arg(long, global = true, value_name = "URL", help_heading = SET)]
    pub channels_url: Option<String>,
    /// Domain id, instead of the argument; needs a token beside it
    #[arg(long, global = true, value_name = "ID", help_heading = SET)]
    pub domain: Option<String>,
    /// User's token, instead of the argument
    #[arg(long, global = true, value_name = "TOKEN", help_heading = SET, conflicts_with = "token_file")]
    pub token: Option<String>,
    /// File that holds the user's token; - reads a line from standard input
    #[arg(long, global = true, value_name = "FILE", help_heading = SET)]
    pub token_file: Option<PathBuf>,
    /// Configuration file [default: ~/.config/onramp/config.toml, else ./config.toml]
    #[arg(short, long, global = true, value_name = "FILE", help_heading = SET)]
    pub config: Option<PathBuf>,
    /// Data folder of a server, whose admin.json is used [default: ./onramp-data]
    #[arg(long, global = true, value_name = "FOLDER", help_heading = SET)]
    pub data_dir: Option<PathBuf>,
    /// Accept any certificate of the server
    #[arg(short, long, global = true, action = ArgAction::SetTrue, help_heading = SET)]
    pub insecure: bool,
    /// Trust the certificate authorities in this PEM file instead of the system's
    #[arg(long, global = true, value_name = "FILE", help_heading = SET)]
    pub ca_file: Option<PathBuf>,
    /// Seconds until an exchange is given up
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..), help_heading = SET)]
    pub timeout: u64,

    /// Rows at most [default: 10]
    #[arg(short, long, global = true, value_name = "N", help_heading = LISTS)]
    pub limit: Option<u64>,
    /// Rows to skip
    #[arg(short, long, global = true, value_name = "N", help_heading = LISTS)]
    pub offset: Option<u64>,
    /// Part of the name
    #[arg(short, long, global = true, value_name = "TEXT", help_heading = LISTS)]
    pub name: Option<String>,
    /// enabled, disabled or all
    #[arg(short = 'S', long, global = true, value_name = "STATUS", help_heading = LISTS)]
    pub status: Option<String>,
    /// State of configs: 0 or 1
    #[arg(short = 'z', long, global = true, value_name = "0|1", value_parser = clap::value_parser!(u8).range(0..=1), help_heading = LISTS)]
    pub state: Option<u8>,
    /// External id of configs
    #[arg(long, global = true, value_name = "TEXT", help_heading = LISTS)]
    pub external_id: Option<String>,
    /// Client id of configs
    #[arg(long, global = true, value_name = "ID", help_heading = LISTS)]
    pub client_id: Option<String>,

    /// text (as the reference prints it) or json (one compact line, errors too)
    #[arg(long, global = true, value_name = "FORMAT", value_enum, hide_possible_values = true, default_value_t = Format::Text, help_heading = OUT)]
    pub output: Format,
    /// Print just the id of what was created
    #[arg(short, long, global = true, action = ArgAction::SetTrue, help_heading = OUT)]
    pub raw: bool,
    /// Show the request as a curl command first, secrets masked
    #[arg(short = 'x', long, global = true, action = ArgAction::SetTrue, help_heading = OUT)]
    pub curl: bool,
    /// Don't mask secrets in what --curl shows
    #[arg(long, global = true, action = ArgAction::SetTrue, help_heading = OUT)]
    pub show_secrets: bool,
}
