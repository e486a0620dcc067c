//! People, their tokens, and the domains they work in: what the embedded platform knows about who may act.

pub mod domain;
pub mod token;
pub mod user;

pub use domain::*;
pub use token::*;
pub use user::*;

use crate::model::{Scope, Secret};

/// What the first start leaves in the directory.
#[derive(Debug, Clone)]
pub struct Founding {
    /// The platform administrator.
    pub admin: User,
    /// What its password hashes to.
    pub password: Secret,
    /// The first domain.
    pub domain: Domain,
    /// Its roles.
    pub roles: Vec<Role>,
    /// The administrator's personal access token for it.
    pub pat: Pat,
    /// The token's secret.
    pub token: Secret,
    /// The token's limits.
    pub scopes: Vec<Scope>,
}

/// Which way a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    #[default]
    Descending,
}

impl Direction {
    /// Sorts in this direction; rows that compare equal keep the order of their ids.
    pub fn sort<T, K: Ord, I: Ord>(self, rows: &mut [T], key: impl Fn(&T) -> K, id: impl Fn(&T) -> I) {
        rows.sort_by(|a, b| {
            let order = key(a).cmp(&key(b)).then_with(|| id(a).cmp(&id(b)));
            if self == Direction::Ascending { order } else { order.reverse() }
        });
    }
}

/// Which tags an object must carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagFilter {
    /// At least one of them.
    Any(Vec<String>),
    /// Every one of them.
    All(Vec<String>),
}

impl TagFilter {
    /// Does an object with these tags fit?
    #[must_use]
    pub fn accepts(&self, tags: &[String]) -> bool {
        match self {
            TagFilter::Any(wanted) => wanted.iter().any(|tag| tags.contains(tag)),
            TagFilter::All(wanted) => wanted.iter().all(|tag| tags.contains(tag)),
        }
    }
}

/// Is `part` in `text`, in any case? Nothing in it is a wildcard.
#[must_use]
pub fn holds(text: &str, part: Option<&str>) -> bool {
    part.is_none_or(|part| text.to_lowercase().contains(&part.to_lowercase()))
}

/// Does the JSON object hold everything that the wanted one holds?
#[must_use]
pub fn contains_json(text: Option<&str>, wanted: Option<&serde_json::Value>) -> bool {
    let Some(wanted) = wanted else { return true };
    let value = text.and_then(|text| serde_json::from_str(text).ok());
    value.is_some_and(|value: serde_json::Value| contains_value(&value, wanted))
}

fn contains_value(value: &serde_json::Value, wanted: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Object};
    match (value, wanted) {
        (Object(value), Object(wanted)) => wanted
            .iter()
            .all(|(key, wanted)| value.get(key).is_some_and(|value| contains_value(value, wanted))),
        (Array(value), Array(wanted)) => {
            wanted.iter().all(|wanted| value.iter().any(|value| contains_value(value, wanted)))
        }
        _ => value == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn containment_goes_into_objects_and_lists() {
        let text = r#"{"a":{"b":[1,2,{"c":"d"}]},"e":null}"#;
        for (wanted, fits) in [
            (json!({}), true),
            (json!({"a": {"b": [2]}}), true),
            (json!({"a": {"b": [{"c": "d"}, 1]}}), true),
            (json!({"e": null}), true),
            (json!({"a": {"b": [3]}}), false),
            (json!({"f": null}), false),
        ] {
            assert_eq!(contains_json(Some(text), Some(&wanted)), fits, "{wanted}");
        }
        assert!(contains_json(None, None));
        assert!(!contains_json(None, Some(&json!({}))));
    }

    #[test]
    fn a_name_is_searched_literally_in_any_case() {
        assert!(holds("100% ÄPFEL", Some("% äp")));
        assert!(!holds("100 apples", Some("%")));
        assert!(!holds("ab", Some("a_")));
    }

    #[test]
    fn rows_that_compare_equal_stay_in_the_order_of_their_ids() {
        let mut rows = [(1, 'b'), (2, 'a'), (1, 'a')];
        Direction::Descending.sort(&mut rows, |row| row.0, |row| row.1);
        assert_eq!(rows, [(2, 'a'), (1, 'b'), (1, 'a')]);
    }
}
