//! `users …`: log in, and people.

use super::{Call, JSON_HELP, Outcome, SECRET_HELP, argument};
use crate::cli::Failure;
use crate::cli::grammar::{Argument, Leaf, Tail};
use onramp_client::{Json, NewUser, UserChange};

const USER: Argument = argument("<user_id>", "The user's id");

const fn change(
    path: &'static [&'static str],
    args: &'static [Argument],
    about: &'static str,
    examples: &'static [&'static str],
    run: fn(&mut Call<'_>) -> Result<Outcome, Failure>,
) -> Leaf {
    Leaf { path, args, optional: None, tail: Tail::Token, about, examples, run }
}

pub(super) const LEAVES: &[Leaf] = &[
    Leaf {
        path: &["users", "token"],
        args: &[argument("<username>", "Name or e-mail address"), argument("<password>", SECRET_HELP)],
        optional: None,
        tail: Tail::Nothing,
        about: "Log in: gives an access token and a refresh token",
        examples: &["users token admin 12345678", "users token admin - < passwordfile"],
        run: |call| {
            let password = call.secret(1)?;
            Ok(Outcome::Json(call.anonymous()?.issue_token(call.arg(0), &password)?))
        },
    },
    Leaf {
        path: &["users", "refreshtoken"],
        args: &[argument("<token>", "The refresh token; - reads it from standard input")],
        optional: None,
        tail: Tail::Nothing,
        about: "Change a refresh token into a new pair of tokens",
        examples: &["users refreshtoken <token>"],
        run: |call| {
            let token = call.secret(0)?;
            Ok(Outcome::Json(call.with_token(token)?.refresh_token()?))
        },
    },
    change(
        &["users", "create"],
        &[
            argument("<first_name>", "First name"),
            argument("<last_name>", "Last name"),
            argument("<email>", "E-mail address"),
            argument("<username>", "Name to log in with"),
            argument("<password>", SECRET_HELP),
        ],
        "Create a user; without a token this is self-registration",
        &["users create John Doe john@example.com john 12345678 <user_auth_token>"],
        create,
    ),
    change(&["users", "profile"], &[], "Show who the token belongs to", &["users profile"], |call| {
        Ok(Outcome::Json(call.as_user()?.profile()?))
    }),
    change(
        &["users", "password"],
        &[argument("<old_password>", SECRET_HELP), argument("<password>", SECRET_HELP)],
        "Change one's own password",
        &["users password old-password new-password"],
        |call| {
            let (old, new) = (call.secret(0)?, call.secret(1)?);
            Ok(Outcome::Json(call.as_user()?.change_password(&old, &new)?))
        },
    ),
    change(
        &["users", "get"],
        &[argument("<user_id|all>", "A user's id, or all")],
        "Show one user, or list them",
        &["users all get", "users <user_id> get <user_auth_token>"],
        |call| {
            let api = call.as_user()?;
            Ok(Outcome::Json(match call.arg(0) {
                "all" => api.users(&call.filter())?,
                id => api.user(id)?,
            }))
        },
    ),
    change(
        &["users", "update"],
        &[USER, argument("<JSON_string>", JSON_HELP)],
        "Change names or metadata",
        &[r#"users <user_id> update '{"first_name":"Jane"}'"#],
        |call| {
            let change = call.object(1)?;
            Ok(Outcome::Json(call.as_user()?.update_user(call.arg(0), &change)?))
        },
    ),
    change(
        &["users", "update", "tags"],
        &[USER, argument("<tags>", "JSON list of strings")],
        "Replace the tags",
        &[r#"users <user_id> update tags '["a","b"]'"#],
        |call| {
            let tags = call.list_of_texts(1, r#"such as '["a","b"]'"#)?;
            Ok(Outcome::Json(call.as_user()?.change_user(call.arg(0), UserChange::Tags, &tags)?))
        },
    ),
    change(
        &["users", "update", "email"],
        &[USER, argument("<email>", "E-mail address")],
        "Change the e-mail address",
        &["users <user_id> update email jane@example.com"],
        |call| text(call, UserChange::Email),
    ),
    change(
        &["users", "update", "username"],
        &[USER, argument("<username>", "Name to log in with")],
        "Change the name to log in with",
        &["users <user_id> update username jane"],
        |call| text(call, UserChange::Username),
    ),
    change(
        &["users", "update", "role"],
        &[USER, argument("<role>", "user or admin")],
        "Make a user platform administrator, or not",
        &["users <user_id> update role admin"],
        |call| text(call, UserChange::Role),
    ),
    change(&["users", "enable"], &[USER], "Let a user log in", &["users <user_id> enable"], |call| {
        switch(call, true)
    }),
    change(&["users", "disable"], &[USER], "Keep a user out", &["users <user_id> disable"], |call| {
        switch(call, false)
    }),
    change(&["users", "delete"], &[USER], "Remove a user", &["users <user_id> delete"], |call| {
        call.as_user()?.remove_user(call.arg(0))?;
        Ok(Outcome::Done)
    }),
];

fn create(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let password = call.secret(4)?;
    let api = call.maybe_as_user()?;
    let user = NewUser {
        first_name: call.arg(0),
        last_name: call.arg(1),
        email: call.arg(2),
        username: call.arg(3),
        password: &password,
    };
    Ok(Outcome::Json(api.create_user(&user)?))
}

fn text(call: &mut Call<'_>, change: UserChange) -> Result<Outcome, Failure> {
    let value = Json::Text(call.arg(1).to_owned());
    Ok(Outcome::Json(call.as_user()?.change_user(call.arg(0), change, &value)?))
}

fn switch(call: &mut Call<'_>, enabled: bool) -> Result<Outcome, Failure> {
    Ok(Outcome::Json(call.as_user()?.switch_user(call.arg(0), enabled)?))
}
