//! Keys and types of two JSON values, without their values. Rows of a list count together: a key that only
//! some rows have is a key of the list.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Path → types found there.
type Shape = BTreeMap<String, BTreeSet<&'static str>>;

/// What operators put in themselves is compared as one thing.
const OPAQUE: [&str; 3] = ["metadata", "private_metadata", "keys"];

pub fn differences(theirs: &Value, ours: &Value) -> Vec<String> {
    let (theirs, ours) = (shape(theirs), shape(ours));
    let mut differences = Vec::new();
    for (path, types) in &theirs {
        match ours.get(path) {
            None => differences.push(format!("missing {path}: {}", names(types))),
            Some(other) if other != types => {
                differences.push(format!("type of {path}: {} -> {}", names(types), names(other)));
            }
            Some(_) => {}
        }
    }
    for (path, types) in &ours {
        if !theirs.contains_key(path) {
            differences.push(format!("added {path}: {}", names(types)));
        }
    }
    differences
}

fn names(types: &BTreeSet<&'static str>) -> String {
    types.iter().copied().collect::<Vec<_>>().join("|")
}

fn shape(value: &Value) -> Shape {
    let mut shape = Shape::new();
    collect("$", value, &mut shape);
    shape
}

fn collect(path: &str, value: &Value, shape: &mut Shape) {
    shape.entry(path.to_owned()).or_default().insert(type_of(value));
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let path = format!("{path}.{key}");
                if OPAQUE.contains(&key.as_str()) {
                    shape.entry(path).or_default().insert(type_of(value));
                } else {
                    collect(&path, value, shape);
                }
            }
        }
        Value::Array(rows) => rows.iter().for_each(|row| collect(&format!("{path}[]"), row, shape)),
        _ => {}
    }
}

/// A time that is not set is a type of its own: we leave it out.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(text) if text.starts_with("0001-01-01T") => "zero time",
        Value::String(text) if text.len() > 19 && text.as_bytes()[10] == b'T' && text.ends_with('Z') => {
            "time"
        }
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[test]
fn differences_name_the_path() {
    let theirs = serde_json::json!({"a": 1, "b": [{"x": 1}, {"y": "t"}], "t": "0001-01-01T00:00:00Z"});
    let ours = serde_json::json!({"a": "1", "b": [{"x": 1, "z": null}]});
    assert_eq!(
        differences(&theirs, &ours),
        [
            "type of $.a: number -> string",
            "missing $.b[].y: string",
            "missing $.t: zero time",
            "added $.b[].z: null"
        ]
    );
    assert!(differences(&theirs, &theirs).is_empty());
}
