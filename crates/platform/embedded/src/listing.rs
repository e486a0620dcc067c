//! The parameters of a list of clients or channels.

use crate::{fields::MAX_NAME, filters};
use onramp_core::model::{
    ConnectionTypes, MAX_FILTER_TAGS, ObjectFilter, ObjectOrder, ObjectQuery, Status, TagFilter,
};
use onramp_http::kit::{Problem, Query, problem::text};

/// What the published SDK and command line add, whatever they list.
const IGNORED: [&str; 4] = ["with_attributes", "with_metadata", "roles", "list_perms"];

/// Reads the parameters; `connected` names the one for what the objects are connected to.
pub(crate) fn read(mut query: Query, connected: &str) -> Result<ObjectQuery, Problem> {
    let mut page = query.page()?;
    if page.limit == 0 {
        return Err(Problem::bad_request(text::BAD_LIMIT));
    }
    if query.flag("only_total")? == Some(true) {
        page.limit = 0;
    }
    let order = match query.text("order").as_deref() {
        None | Some("" | "updated_at") => ObjectOrder::UpdatedAt,
        Some("created_at") => ObjectOrder::CreatedAt,
        Some("name") => ObjectOrder::Name,
        Some(_) => return Err(Problem::bad_request("invalid list order provided")),
    };
    let direction = filters::direction(&mut query)?;
    let status = match query.text("status").as_deref() {
        None | Some("" | "enabled") => Some(Status::Enabled),
        Some("disabled") => Some(Status::Disabled),
        Some("all") => None,
        Some(_) => return Err(Problem::bad_request("invalid status")),
    };
    let name = text_of(&mut query, "name");
    if name.as_ref().is_some_and(|name| name.len() > MAX_NAME) {
        return Err(Problem::bad_request("invalid name size"));
    }
    let filter = ObjectFilter {
        id: text_of(&mut query, "id"),
        name,
        status,
        tags: tags(&mut query)?,
        metadata: filters::metadata(&mut query)?,
        created_from: filters::time(&mut query, "created_from")?,
        created_to: filters::time(&mut query, "created_to")?,
        connected_to: text_of(&mut query, connected),
        connection: connection(&mut query)?,
    };
    if filter.connection.is_some() && filter.connected_to.is_none() {
        return Err(Problem::bad_query("connection_type", &format!("expected `{connected}` with it")));
    }
    query.ignore(&IGNORED);
    query.finish()?;
    Ok(ObjectQuery { filter, order, direction, page })
}

fn text_of(query: &mut Query, name: &str) -> Option<String> {
    query.text(name).filter(|text| !text.is_empty())
}

/// As many as the statement has places for.
fn tags(query: &mut Query) -> Result<Option<TagFilter>, Problem> {
    let filter = filters::tags(query)?;
    match &filter {
        Some(TagFilter::All(tags) | TagFilter::Any(tags)) if tags.len() > MAX_FILTER_TAGS => {
            Err(Problem::bad_query("tags", "expected at most 8 tags"))
        }
        _ => Ok(filter),
    }
}

fn connection(query: &mut Query) -> Result<Option<ConnectionTypes>, Problem> {
    let Some(text) = text_of(query, "connection_type") else { return Ok(None) };
    let types = ConnectionTypes::from_name(&text);
    types.map(Some).ok_or_else(|| Problem::bad_query("connection_type", "expected publish or subscribe"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use onramp_core::model::{Direction, Timestamp};

    fn ask(raw: &str) -> Result<ObjectQuery, String> {
        Query::parse(raw)
            .and_then(|query| read(query, "channel"))
            .map_err(|problem| problem.message.into_owned())
    }

    #[test]
    fn defaults_are_the_references() {
        let query =
            ask("with_attributes=false&with_metadata=false?roles=true&roles=true&list_perms=x").unwrap();
        assert_eq!((query.page.offset, query.page.limit), (0, 10));
        assert_eq!((query.order, query.direction), (ObjectOrder::UpdatedAt, Direction::Descending));
        assert_eq!(query.filter.status, Some(Status::Enabled));
        assert!(query.filter.id.is_none() && query.filter.tags.is_none());
    }

    #[test]
    fn filters_are_read() {
        let query = ask("status=all&name=a%25&id=i&order=name&dir=asc&offset=3&limit=100&only_total=true\
             &created_from=2026-01-02T03:04:05Z&channel=h&connection_type=PUBLISH&tags=a%2Bb");
        let ObjectQuery { filter, order, direction, page } = query.unwrap();
        assert_eq!((order, direction), (ObjectOrder::Name, Direction::Ascending));
        assert_eq!((page.offset, page.limit), (3, 0));
        assert_eq!(
            (filter.status, filter.name.as_deref(), filter.id.as_deref()),
            (None, Some("a%"), Some("i"))
        );
        assert_eq!(filter.created_from, Some(Timestamp(1_767_323_045_000_000)));
        assert_eq!(
            (filter.connected_to.as_deref(), filter.connection),
            (Some("h"), Some(ConnectionTypes::PUBLISH))
        );
        assert_eq!(filter.tags, Some(TagFilter::All(vec!["a".into(), "b".into()])));
        assert_eq!(ask("tags=a,b").unwrap().filter.tags, Some(TagFilter::Any(vec!["a".into(), "b".into()])));
        assert_eq!(ask("tags=a").unwrap().filter.tags, Some(TagFilter::Any(vec!["a".into()])));
        assert_eq!(ask("tags=,").unwrap().filter.tags, None);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (raw, message) in [
            ("limit=0", "invalid limit size"),
            ("limit=101", "invalid limit size"),
            ("order=colour", "invalid list order provided"),
            ("dir=up", "invalid list direction provided"),
            ("status=deleted", "invalid status"),
            ("created_to=now", "invalid query parameters: created_to: expected a time as in RFC 3339"),
            (
                "connection_type=x&channel=h",
                "invalid query parameters: connection_type: expected publish or subscribe",
            ),
            (
                "connection_type=publish",
                "invalid query parameters: connection_type: expected `channel` with it",
            ),
            ("tags=1,2,3,4,5,6,7,8,9", "invalid query parameters: tags: expected at most 8 tags"),
            ("client=c", "invalid query parameters: client: unknown parameter"),
            ("metadata=5", "invalid query parameters: metadata: expected a JSON object"),
        ] {
            assert_eq!(ask(raw).unwrap_err(), message, "{raw}");
        }
    }
}
