//! `domains …`.

use super::{Call, JSON_HELP, Outcome, argument};
use crate::cli::Failure;
use crate::cli::grammar::{Argument, Leaf, Tail};

const DOMAIN: Argument = argument("<domain_id>", "The domain's id");

const fn leaf(
    path: &'static [&'static str],
    args: &'static [Argument],
    about: &'static str,
    examples: &'static [&'static str],
    run: fn(&mut Call<'_>) -> Result<Outcome, Failure>,
) -> Leaf {
    Leaf { path, args, optional: None, tail: Tail::Token, about, examples, run }
}

pub(super) const LEAVES: &[Leaf] = &[
    leaf(
        &["domains", "create"],
        &[argument("<domain_name>", "Its name"), argument("<route>", "Its short name in addresses")],
        "Create a domain",
        &["domains create \"My plant\" plant <user_auth_token>"],
        |call| {
            let api = call.as_user()?;
            Ok(Outcome::Json(api.create_domain(call.arg(0), call.arg(1))?))
        },
    ),
    leaf(
        &["domains", "get"],
        &[argument("<domain_id|all>", "A domain's id, or all")],
        "Show one domain, or list them",
        &["domains all get", "domains <domain_id> get <user_auth_token>"],
        |call| {
            let api = call.as_user()?;
            Ok(Outcome::Json(match call.arg(0) {
                "all" => api.domains(&call.filter())?,
                id => api.domain(id)?,
            }))
        },
    ),
    leaf(
        &["domains", "update"],
        &[DOMAIN, argument("<JSON_string>", JSON_HELP)],
        "Change name, metadata or tags",
        &[r#"domains <domain_id> update '{"name":"plant"}'"#],
        |call| {
            let change = call.object(1)?;
            Ok(Outcome::Json(call.as_user()?.update_domain(call.arg(0), &change)?))
        },
    ),
    leaf(
        &["domains", "enable"],
        &[DOMAIN],
        "Let everybody in again",
        &["domains <domain_id> enable"],
        |call| switch(call, "enable"),
    ),
    leaf(
        &["domains", "disable"],
        &[DOMAIN],
        "Keep everybody but administrators out, devices too",
        &["domains <domain_id> disable"],
        |call| switch(call, "disable"),
    ),
    leaf(
        &["domains", "freeze"],
        &[DOMAIN],
        "Keep everybody but platform administrators out",
        &["domains <domain_id> freeze"],
        |call| switch(call, "freeze"),
    ),
    leaf(
        &["domains", "users"],
        &[DOMAIN],
        "List the members and their roles",
        &["domains <domain_id> users"],
        |call| {
            let api = call.as_user()?;
            Ok(Outcome::Json(api.domain_members(call.arg(0), &call.filter())?))
        },
    ),
];

fn switch(call: &mut Call<'_>, operation: &'static str) -> Result<Outcome, Failure> {
    call.as_user()?.switch_domain(call.arg(0), operation)?;
    Ok(Outcome::Done)
}
