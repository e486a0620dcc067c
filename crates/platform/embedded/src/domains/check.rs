//! What domains may be called. The words of the refusals are the reference's.

use crate::Failure;

const MAX_NAME: usize = 1024;
const MAX_ROUTE: usize = 36;

pub(super) fn name(text: &str) -> Result<(), Failure> {
    if text.is_empty() {
        return Err(Failure::invalid("missing identity name"));
    }
    if text.len() > MAX_NAME {
        return Err(Failure::invalid("invalid name size"));
    }
    crate::fields::no_control("name", text)
}

/// A UUID; or a letter, then letters, digits, `-` and `_`, never two of them alike in a row.
pub(super) fn route(text: &str) -> Result<(), Failure> {
    if text.is_empty() {
        return Err(Failure::invalid("missing route"));
    }
    let word = text.len() <= MAX_ROUTE
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && !text.contains("__")
        && !text.contains("--");
    let uuid = text.len() == MAX_ROUTE && uuid::Uuid::try_parse(text).is_ok();
    if word || uuid { Ok(()) } else { Err(Failure::invalid("invalid route format")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_routes() {
        assert_eq!(name("").unwrap_err().to_string(), "missing identity name");
        assert_eq!(name(&"x".repeat(1025)).unwrap_err().to_string(), "invalid name size");
        assert!(name("plant r1").is_ok());
        assert_eq!(route("").unwrap_err().to_string(), "missing route");
        for good in ["plantr1", "a", "A-b_c", "3fa85f64-5717-4562-b3fc-2c963f66afa6", &"x".repeat(36)] {
            assert!(route(good).is_ok(), "{good}");
        }
        for bad in [
            "1a",
            "-a",
            "a__b",
            "a--b",
            "a b",
            "a/b",
            "ä",
            &"x".repeat(37),
            "3fa85f6457174562b3fc2c963f66afa6",
        ] {
            assert_eq!(route(bad).unwrap_err().to_string(), "invalid route format", "{bad}");
        }
    }
}
