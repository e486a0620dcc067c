//! What clients and channels may be called: the fields that both have, checked alike.

use crate::Failure;
use onramp_core::{model::Status, port::Random};
use serde_json::{Map, Value};

/// Longest name, in bytes.
pub(crate) const MAX_NAME: usize = 1024;
/// Objects that one request may create.
pub(crate) const MAX_BULK: usize = 1000;
const MAX_TAGS: usize = 100;
/// Longest metadata as JSON, in bytes: a device gets that of up to a thousand channels in one answer.
const MAX_METADATA: usize = 64 * 1024;

/// The id that a caller chose, or a fresh one.
pub(crate) fn chosen_id(id: Option<String>, random: &dyn Random) -> Result<String, Failure> {
    match id.filter(|id| !id.is_empty()) {
        None => Ok(random.uuid()),
        Some(id) if is_canonical_uuid(&id) => Ok(id),
        Some(_) => Err(Failure::invalid("invalid id format provided")),
    }
}

fn is_canonical_uuid(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok_and(|uuid| uuid.as_hyphenated().to_string() == text)
}

/// A name, possibly empty.
pub(crate) fn name(name: Option<String>) -> Result<String, Failure> {
    let name = name.unwrap_or_default();
    if name.len() > MAX_NAME {
        return Err(Failure::invalid("invalid name size"));
    }
    no_control("name", &name)?;
    Ok(name)
}

/// Tags in the caller's order, each once.
pub(crate) fn tags(tags: Option<Vec<String>>) -> Result<Vec<String>, Failure> {
    let mut kept: Vec<String> = Vec::new();
    for tag in tags.unwrap_or_default() {
        if tag.is_empty() || tag.len() > MAX_NAME {
            return Err(Failure::invalid("tags must be 1 to 1024 bytes long"));
        }
        no_control("tags", &tag)?;
        if kept.len() == MAX_TAGS {
            return Err(Failure::invalid("tags: at most 100 are accepted"));
        }
        if !kept.contains(&tag) {
            kept.push(tag);
        }
    }
    Ok(kept)
}

/// A status on creation.
pub(crate) fn status(status: Option<&str>) -> Result<Status, Failure> {
    match status.unwrap_or_default() {
        "" | "enabled" => Ok(Status::Enabled),
        "disabled" => Ok(Status::Disabled),
        _ => Err(Failure::invalid("invalid status")),
    }
}

/// An object as it is stored; an empty one is none.
pub(crate) fn object(field: &str, object: Option<Map<String, Value>>) -> Result<Option<String>, Failure> {
    whole_object(field, object.filter(|object| !object.is_empty()))
}

/// An object as it is stored, where an empty one means something too.
pub(crate) fn whole_object(
    field: &str,
    object: Option<Map<String, Value>>,
) -> Result<Option<String>, Failure> {
    let text = object.map(|object| Value::Object(object).to_string());
    if text.as_ref().is_some_and(|text| text.len() > MAX_METADATA) {
        return Err(Failure::invalid(format!("{field} must be at most 64 KiB long")));
    }
    Ok(text)
}

/// A stored object as answers show it.
pub(crate) fn shown_object(stored: Option<&str>) -> Option<Value> {
    stored.and_then(|text| serde_json::from_str(text).ok())
}

/// Refuses control characters.
pub(crate) fn no_control(field: &str, text: &str) -> Result<(), Failure> {
    if text.chars().any(char::is_control) {
        return Err(Failure::invalid(format!("{field} must not contain control characters")));
    }
    Ok(())
}

/// How many objects a request in bulk creates.
pub(crate) fn bulk_size(count: usize) -> Result<(), Failure> {
    match count {
        0 => Err(Failure::invalid("empty list provided")),
        _ if count > MAX_BULK => Err(Failure::invalid("at most 1000 objects are created at once")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Random for Fixed {
        fn fill(&self, _: &mut [u8]) {}
        fn uuid(&self) -> String {
            "fresh".into()
        }
    }

    #[test]
    fn chosen_ids_are_canonical_uuids() {
        let id = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
        assert_eq!(chosen_id(Some(id.into()), &Fixed).unwrap(), id);
        assert_eq!(chosen_id(None, &Fixed).unwrap(), "fresh");
        assert_eq!(chosen_id(Some(String::new()), &Fixed).unwrap(), "fresh");
        let upper = id.to_uppercase();
        let braced = format!("{{{id}}}");
        let simple = id.replace('-', "");
        let urn = format!("urn:uuid:{id}");
        for bad in ["bulk", "connect", "configs", " ", &upper, &braced, &simple, &urn] {
            assert!(chosen_id(Some(bad.into()), &Fixed).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_and_tags() {
        assert_eq!(name(Some("ä".repeat(512))).unwrap().len(), 1024);
        assert!(name(Some("ä".repeat(513))).is_err());
        assert!(name(Some("a\0b".into())).is_err());
        assert_eq!(name(None).unwrap(), "");
        let strings = |tags: &[&str]| Some(tags.iter().map(ToString::to_string).collect());
        assert_eq!(tags(strings(&["b", "a", "b"])).unwrap(), ["b", "a"]);
        assert!(tags(strings(&["a", ""])).is_err());
        assert!(tags(strings(&["a\n"])).is_err());
        assert!(tags(Some((0..101).map(|number| number.to_string()).collect())).is_err());
    }

    #[test]
    fn statuses_and_objects() {
        assert_eq!(status(None).unwrap(), Status::Enabled);
        assert_eq!(status(Some("disabled")).unwrap(), Status::Disabled);
        assert!(status(Some("all")).is_err() && status(Some("deleted")).is_err());
        assert_eq!(object("metadata", Some(Map::new())).unwrap(), None);
        let given: Map<String, Value> = serde_json::from_str(r#"{"b":1,"a":[null]}"#).unwrap();
        let stored = object("metadata", Some(given.clone())).unwrap().unwrap();
        assert_eq!(shown_object(Some(&stored)), Some(Value::Object(given)));
    }
}
