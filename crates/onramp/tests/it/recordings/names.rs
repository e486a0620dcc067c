//! What is called one thing in the recordings and another on our server: ids and tokens, learned as they come.

use crate::harness::Answer;
use onramp_testkit::recordings::Exchange;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// A recorded text in our words.
    pub fn ours(&self, recorded: &str) -> String {
        self.0.iter().fold(recorded.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
    }

    /// Learns from an answer. A list is no teacher: its rows may be others than theirs, and in another order;
    /// only what was created in bulk comes back as it was sent.
    pub fn learn(&mut self, exchange: &Exchange, answer: &Answer) {
        if let (Some(theirs), Some(ours)) = (exchange.response.header("Location"), answer.header("Location"))
        {
            self.pair(theirs.rsplit('/').next().unwrap(), ours.rsplit('/').next().unwrap());
        }
        let theirs = serde_json::from_str(exchange.response.body.text());
        let ours = serde_json::from_slice(&answer.body);
        if let (Ok(theirs), Ok(ours)) = (theirs, ours) {
            self.walk(&theirs, &ours, exchange.request.path.ends_with("/bulk"));
        }
    }

    fn walk(&mut self, theirs: &Value, ours: &Value, lists: bool) {
        match (theirs, ours) {
            (Value::Object(theirs), Value::Object(ours)) => {
                for (key, value) in theirs {
                    if let Some(other) = ours.get(key) {
                        self.walk(value, other, lists);
                    }
                }
            }
            (Value::Array(theirs), Value::Array(ours)) if lists => {
                for (value, other) in theirs.iter().zip(ours) {
                    self.walk(value, other, lists);
                }
            }
            (Value::String(theirs), Value::String(ours)) => self.pair(theirs, ours),
            _ => {}
        }
    }

    fn pair(&mut self, theirs: &str, ours: &str) {
        if theirs.starts_with("<jwt-") {
            // Two logins within a second gave the reference's callers the same token.
            self.0.insert(theirs.to_owned(), ours.to_owned());
        } else if is_renamed(theirs) {
            let known = self.0.entry(theirs.to_owned()).or_insert_with(|| ours.to_owned());
            assert_eq!(known, ours, "{theirs} was one thing and became another");
        }
    }
}

/// Ids were renamed in order of appearance: `0000000a-0000-4000-8000-00000000000a`.
fn is_renamed(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts[..], [first, "0000", "4000", "8000", last]
        if first.len() == 8 && last.len() == 12 && last.ends_with(first))
}

#[test]
fn renamed_ids_are_told_from_others() {
    assert!(is_renamed("0000001a-0000-4000-8000-00000000001a"));
    assert!(!is_renamed("00000000-0000-0000-0000-000000000007"));
    assert!(!is_renamed("mac:r1"));
}
