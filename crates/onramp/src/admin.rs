//! `onramp admin`: looks after a standalone server's data folder while the server is stopped.

use crate::serve::{Environment, Settings, StartError, data_dir::AdminFile, log::say, offline, way_in};
use clap::Subcommand;
use onramp_core::model::DomainId;
use onramp_embedded::first_start::ADMIN;
use std::path::PathBuf;

/// What can be done.
#[derive(Subcommand)]
pub enum AdminCommand {
    /// Make a new password and a new token for the administrator, and write them to admin.json
    Reset {
        /// Data folder of the server [env: ONRAMP_DATA_DIR; default: ./onramp-data]
        #[arg(long, value_name = "FOLDER")]
        data_dir: Option<PathBuf>,
    },
}

/// Runs a command.
///
/// # Errors
/// [`StartError`].
pub fn run(command: AdminCommand) -> Result<(), StartError> {
    let AdminCommand::Reset { data_dir } = command;
    let environment = Environment::take().map_err(|error| StartError::Failed(error.to_string()))?;
    let args = crate::serve::ServeArgs { data_dir, ..Default::default() };
    let settings = Settings::gather(args, &environment)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| StartError::Failed(error.to_string()))?;
    runtime.block_on(reset(&settings))
}

async fn reset(settings: &Settings) -> Result<(), StartError> {
    let (data, embedded) = offline(settings)?;
    // What cannot be read is made anew: that is what a reset is for.
    let stored = data.read_admin_file().ok().flatten();
    let wanted = stored.as_ref().and_then(|admin| DomainId::parse(admin.domain_id.as_str()).ok());
    let domain = embedded.operators_domain(wanted).await.map_err(way_in::failed)?;
    let domain = domain
        .ok_or_else(|| StartError::Failed("there is no domain `default` that a token could be for".into()))?;
    let (password, token) = embedded.reset_admin(&domain).await.map_err(way_in::failed)?;
    data.write_admin_file(&AdminFile {
        url: stored.map_or_else(|| format!("http://{}", settings.listen), |admin| admin.url),
        domain_id: domain.to_string(),
        username: ADMIN.into(),
        password: password.expose().to_owned(),
        token: token.expose().to_owned(),
    })?;
    say(format_args!("a new password and token for {ADMIN} are in {}", data.admin_file().display()));
    Ok(())
}
