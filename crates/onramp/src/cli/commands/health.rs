//! `health [service]`.

use super::{Call, Outcome, argument};
use crate::cli::grammar::{Leaf, Tail};
use crate::cli::settings::Needs;
use crate::cli::{Failure, Usage};

pub(super) const LEAVES: &[Leaf] = &[Leaf {
    path: &["health"],
    args: &[],
    optional: Some(argument(
        "<service>",
        "bootstrap, users, domains, channels or clients [default: bootstrap]",
    )),
    tail: Tail::Nothing,
    about: "Ask whether a service is well",
    examples: &["health", "health users"],
    run: health,
}];

fn health(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let (api, target) = call.api(Needs::Server)?;
    let url = match call.arg(0) {
        "" | "bootstrap" => target.urls.bootstrap,
        "users" => target.urls.users,
        "domains" => target.urls.domains,
        "channels" => target.urls.channels,
        "clients" => target.urls.clients,
        _ => {
            return Err(Usage::of(call.leaf, "unknown service")
                .hint("services: bootstrap, users, domains, channels, clients")
                .into());
        }
    };
    Ok(Outcome::Json(api.health(&url)?))
}
