//! `GET /{domain}/clients/configs`.

use super::show::show;
use crate::app::App;
use crate::kit::caller::{Granted, List};
use crate::kit::{Problem, Query, json_response};
use crate::openapi::OperatorErrors;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use onramp_api::ConfigPage;
use onramp_core::model::{self, PageRequest, Status};
use onramp_core::port::store::ConfigFilter;
use std::sync::Arc;

/// Parameters that the published SDK may add to any list. They mean nothing for configs.
const IGNORED: [&str; 40] = [
    "action",
    "contact",
    "created_from",
    "created_to",
    "dir",
    "direction",
    "domain_id",
    "email",
    "end_level",
    "entity_id",
    "first_name",
    "from",
    "id",
    "identity",
    "invited_by",
    "last_name",
    "level",
    "list_perms",
    "metadata",
    "object",
    "operation",
    "order",
    "owner",
    "owner_id",
    "permission",
    "relation",
    "roles",
    "shared_by",
    "start_level",
    "subject",
    "tag",
    "tags",
    "to",
    "topic",
    "total",
    "tree",
    "type",
    "user_id",
    "username",
    "visibility",
];
/// Those two it always adds, whatever it lists.
const ALWAYS_SENT: [&str; 2] = ["with_attributes", "with_metadata"];

/// Lists the configs of a domain
#[utoipa::path(
    get, path = "/{domain}/clients/configs", tag = "configs", operation_id = "listConfigs",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("offset" = Option<u64>, Query, description = "Rows to skip"),
        ("limit" = Option<u64>, Query, description = "Rows to return", minimum = 0, maximum = 100),
        ("state" = Option<i64>, Query, description = "Only those with this wish: 0 or 1"),
        ("status" = Option<String>, Query, description = "Only `enabled` or `disabled` ones; `all` for both"),
        ("external_id" = Option<String>, Query, description = "Exactly this external id"),
        ("client_id" = Option<String>, Query, description = "Exactly this client"),
        ("name" = Option<String>, Query, description = "Part of the name, in any case"),
    ),
    responses(
        (status = 200, description = "In ascending order of client ids", body = ConfigPage),
        (status = 400, description = "A parameter is unknown or wrong", body = onramp_api::ErrorBody),
        OperatorErrors,
    ),
    security(("bearer" = [])),
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    granted: Granted<List>,
    query: Query,
) -> Result<Response, Problem> {
    let (filter, page) = read(query)?;
    let found = app.service.configs(&granted, filter, page).await?;
    let answer = ConfigPage {
        total: found.total,
        offset: page.offset,
        limit: page.limit,
        configs: found.items.into_iter().map(show).collect(),
    };
    Ok(json_response(StatusCode::OK, &answer))
}

fn read(mut query: Query) -> Result<(ConfigFilter, PageRequest), Problem> {
    let page = query.page()?;
    if query.text("client_key").is_some() {
        return Err(Problem::bad_query("client_key", "secrets do not belong in URLs"));
    }
    let state = match query.text("state").as_deref() {
        None => None,
        Some("0") => Some(model::State::Inactive),
        Some("1") => Some(model::State::Active),
        Some(_) => return Err(Problem::bad_query("state", "expected 0 or 1")),
    };
    let status = match query.text("status").as_deref() {
        None | Some("all") => None,
        Some("enabled") => Some(Status::Enabled),
        Some("disabled") => Some(Status::Disabled),
        Some(_) => return Err(Problem::bad_query("status", "expected enabled, disabled or all")),
    };
    let mut exact = |name| query.text(name).filter(|text| !text.is_empty());
    let filter = ConfigFilter {
        state,
        status,
        external_id: exact("external_id"),
        client: exact("client_id"),
        name: exact("name"),
    };
    query.ignore(&IGNORED);
    query.ignore(&ALWAYS_SENT);
    query.finish()?;
    Ok((filter, page))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(raw: &str) -> String {
        match Query::parse(raw).and_then(read) {
            Ok((filter, page)) => format!(
                "{:?} {:?} {:?} {:?} {:?} {}+{}",
                filter.state,
                filter.status,
                filter.external_id,
                filter.client,
                filter.name,
                page.offset,
                page.limit
            ),
            Err(problem) => problem.message.into_owned(),
        }
    }

    #[test]
    fn filters() {
        assert_eq!(said(""), "None None None None None 0+10");
        assert_eq!(
            said("state=1&status=disabled&external_id=a%3Ab&client_id=c&name=n%25&offset=2&limit=0"),
            "Some(Active) Some(Disabled) Some(\"a:b\") Some(\"c\") Some(\"n%\") 2+0"
        );
        assert_eq!(said("status=all&name="), "None None None None None 0+10");
    }

    #[test]
    fn the_published_sdk_may_send_what_it_sends() {
        assert_eq!(said("with_attributes=false&with_metadata=false?roles=true"), said(""));
        for name in IGNORED {
            assert_eq!(said(&format!("{name}=x")), said(""), "{name}");
        }
    }

    #[test]
    fn what_is_refused() {
        for (raw, want) in [
            ("state=x", "invalid query parameters: state: expected 0 or 1"),
            ("state=", "invalid query parameters: state: expected 0 or 1"),
            ("state=2", "invalid query parameters: state: expected 0 or 1"),
            ("status=on", "invalid query parameters: status: expected enabled, disabled or all"),
            ("client_key=hunter2", "invalid query parameters: client_key: secrets do not belong in URLs"),
            ("colour=red", "invalid query parameters: colour: unknown parameter"),
            ("limit=101", "invalid limit size"),
            ("name=a&name=b", "invalid query parameters: name: given more than once"),
        ] {
            assert_eq!(said(raw), want);
        }
    }
}
