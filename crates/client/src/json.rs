//! JSON that loses nothing: keys sorted, numbers exactly as they were written.

use crate::Error;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A parsed document. It has no `Debug`: answers carry secrets.
#[derive(Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// The digits as they stood there.
    Number(String),
    /// A text.
    Text(String),
    /// `[…]`
    List(Vec<Json>),
    /// `{…}`, sorted by key; of a repeated key the last one counts.
    Object(BTreeMap<String, Json>),
}

/// As deep as `serde_json` goes itself.
const DEEPEST: usize = 128;

impl Json {
    /// Parses a text.
    ///
    /// # Errors
    /// The parser's words: what and where, never the text itself.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let raw: &RawValue = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        Self::from_raw(raw, 0)
    }

    fn from_raw(raw: &RawValue, depth: usize) -> Result<Self, String> {
        let text = raw.get();
        let wrong = |error: serde_json::Error| error.to_string();
        if depth > DEEPEST {
            return Err("nested too deeply".into());
        }
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let map: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(wrong)?;
                Json::Object(
                    map.into_iter()
                        .map(|(key, value)| Ok((key, Self::from_raw(value, depth + 1)?)))
                        .collect::<Result<_, String>>()?,
                )
            }
            Some(b'[') => {
                let list: Vec<&RawValue> = serde_json::from_str(text).map_err(wrong)?;
                Json::List(
                    list.into_iter()
                        .map(|value| Self::from_raw(value, depth + 1))
                        .collect::<Result<_, _>>()?,
                )
            }
            Some(b'"') => Json::Text(serde_json::from_str(text).map_err(wrong)?),
            Some(b't') => Json::Bool(true),
            Some(b'f') => Json::Bool(false),
            Some(b'n') => Json::Null,
            _ => Json::Number(text.to_owned()),
        })
    }

    /// A member of an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(map) => map.get(key),
            _ => None,
        }
    }

    /// The text, when it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What this is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::Text(_) => "a string",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
        }
    }

    /// On one line, without blanks.
    #[must_use]
    pub fn compact(&self) -> String {
        serde_json::to_string(self).expect("keys are strings and numbers were parsed from JSON")
    }

    /// Reads it as a type of `onramp-api`.
    ///
    /// # Errors
    /// [`Error::NotJson`] when it has another shape.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(&self.compact()).map_err(|error| Error::NotJson(error.to_string()))
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(digits) => RawValue::from_string(digits.clone())
                .map_err(serde::ser::Error::custom)?
                .serialize(serializer),
            Json::Text(text) => serializer.serialize_str(text),
            Json::List(list) => serializer.collect_seq(list),
            Json::Object(object) => {
                let mut map = serializer.serialize_map(Some(object.len()))?;
                for (key, value) in object {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_keys_are_sorted() {
        let text = r#" {"b":[1.0,1e3,12345678901234567890123,-0],"a":{"ü":"<&>\n","e":{},"l":[]},"n":null,"t":true} "#;
        let want =
            r#"{"a":{"e":{},"l":[],"ü":"<&>\n"},"b":[1.0,1e3,12345678901234567890123,-0],"n":null,"t":true}"#;
        assert_eq!(Json::parse(text.as_bytes()).ok().unwrap().compact(), want);
    }

    #[test]
    fn bad_texts_are_errors() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        for bad in ["", "{", "{} x", "nul", "\"\\ud800\"", deep.as_str()] {
            assert!(Json::parse(bad.as_bytes()).is_err());
        }
        assert!(Json::parse(b"\"\xff\"").is_err());
    }
}
