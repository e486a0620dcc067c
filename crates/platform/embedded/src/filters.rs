//! The parameters that lists of the platform have in common.

use crate::fields::MAX_NAME;
use onramp_api::Time;
use onramp_core::model::{Direction, TagFilter, Timestamp};
use onramp_http::kit::{Problem, Query};

/// What the published SDK and command line add, whatever they list.
pub(crate) const IGNORED: [&str; 5] =
    ["with_attributes", "with_metadata", "roles", "list_perms", "permission"];

/// A text; an empty one counts as absent.
pub(crate) fn text(query: &mut Query, name: &str) -> Result<Option<String>, Problem> {
    match query.text(name).filter(|text| !text.is_empty()) {
        Some(text) if text.len() > MAX_NAME => Err(Problem::bad_query(name, "expected at most 1024 bytes")),
        other => Ok(other),
    }
}

/// `asc` or `desc`.
pub(crate) fn direction(query: &mut Query) -> Result<Direction, Problem> {
    match query.text("dir").as_deref() {
        None | Some("" | "desc") => Ok(Direction::Descending),
        Some("asc") => Ok(Direction::Ascending),
        Some(_) => Err(Problem::bad_request("invalid list direction provided")),
    }
}

/// `a,b` means any of them, `a+b` (with the plus sign encoded) all of them.
pub(crate) fn tags(query: &mut Query) -> Result<Option<TagFilter>, Problem> {
    let Some(text) = text(query, "tags")? else { return Ok(None) };
    let split = |separator: char| -> Vec<String> {
        text.split(separator).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
    };
    let all = text.contains('+') && !text.contains(',');
    let tags = split(if all { '+' } else { ',' });
    Ok((!tags.is_empty()).then_some(if all { TagFilter::All(tags) } else { TagFilter::Any(tags) }))
}

/// A JSON object.
pub(crate) fn metadata(query: &mut Query) -> Result<Option<serde_json::Value>, Problem> {
    let Some(text) = text(query, "metadata")? else { return Ok(None) };
    match serde_json::from_str(&text) {
        Ok(value @ serde_json::Value::Object(_)) => Ok(Some(value)),
        _ => Err(Problem::bad_query("metadata", "expected a JSON object")),
    }
}

/// A moment.
pub(crate) fn time(query: &mut Query, name: &str) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text(query, name)? else { return Ok(None) };
    let time =
        text.parse::<Time>().map_err(|_| Problem::bad_query(name, "expected a time as in RFC 3339"))?;
    Ok(Some(Timestamp(time.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(raw: &str) -> Query {
        Query::parse(raw).unwrap()
    }

    #[test]
    fn tags_are_any_or_all() {
        let list = |tags: &[&str]| tags.iter().map(ToString::to_string).collect();
        assert_eq!(tags(&mut query("tags=a,b")).unwrap(), Some(TagFilter::Any(list(&["a", "b"]))));
        assert_eq!(tags(&mut query("tags=a%2Bb")).unwrap(), Some(TagFilter::All(list(&["a", "b"]))));
        assert_eq!(tags(&mut query("tags=,")).unwrap(), None);
    }

    #[test]
    fn metadata_and_times_are_checked() {
        assert!(metadata(&mut query("metadata=%7B%22a%22:1%7D")).unwrap().is_some());
        assert!(metadata(&mut query("metadata=%5B%5D")).is_err());
        assert_eq!(time(&mut query("t=1970-01-01T00:00:01Z"), "t").unwrap(), Some(Timestamp(1_000_000)));
        assert!(time(&mut query("t=yesterday"), "t").is_err());
        assert!(direction(&mut query("dir=up")).is_err());
    }
}
