//! What users may be called. The words of the refusals are the reference's.

use crate::{Failure, fields::no_control};
use onramp_core::model::Secret;

const MAX_NAME: usize = 1024;
const MAX_USERNAME: usize = 32;
const MAX_EMAIL: usize = 254;
const MAX_LOCAL: usize = 64;
const MAX_URL: usize = 2048;
const MIN_PASSWORD: usize = 8;
const MAX_PASSWORD: usize = 1024;

/// The size of a first or last name.
pub(super) fn name_size(name: &str) -> Result<(), Failure> {
    if name.len() > MAX_NAME {
        return Err(Failure::invalid("invalid name size"));
    }
    no_control("name", name)
}

/// A letter or digit, then letters, digits, `-` and `_`, never two of them alike in a row.
pub(super) fn username(text: &str) -> Result<(), Failure> {
    if text.is_empty() {
        return Err(Failure::invalid("missing username"));
    }
    let fits = text.len() <= MAX_USERNAME
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && !text.contains("__")
        && !text.contains("--");
    if fits { Ok(()) } else { Err(Failure::invalid("invalid username")) }
}

/// An address as RFC 5322 has it, without comments, quotes and display names.
pub(super) fn email(text: &str) -> Result<(), Failure> {
    if text.is_empty() {
        return Err(Failure::invalid("missing email"));
    }
    let atom = |part: &str| {
        !part.is_empty()
            && part.chars().all(|letter| {
                letter.is_alphanumeric() || (letter.is_ascii() && "!#$%&'*+-/=?^_`{|}~".contains(letter))
            })
    };
    let fits = text.len() <= MAX_EMAIL
        && text.split_once('@').is_some_and(|(local, domain)| {
            local.len() <= MAX_LOCAL
                && local.split('.').all(atom)
                && domain.split('.').all(|label| {
                    !label.is_empty()
                        && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
                        && !label.starts_with('-')
                        && !label.ends_with('-')
                })
        });
    if fits { Ok(()) } else { Err(Failure::invalid("invalid email")) }
}

/// A password that somebody chose.
pub(super) fn password(text: &Secret) -> Result<(), Failure> {
    let text = text.expose();
    if text.is_empty() {
        return Err(Failure::invalid("missing password"));
    }
    let fits =
        text.chars().count() >= MIN_PASSWORD && text.len() <= MAX_PASSWORD && !text.contains(['\n', '\0']);
    if fits { Ok(()) } else { Err(Failure::invalid("password does not meet the requirements")) }
}

/// Where a picture is; empty for none.
pub(super) fn picture(url: &str) -> Result<(), Failure> {
    let web = url.is_empty() || url.starts_with("https://") || url.starts_with("http://");
    if !web || url.len() > MAX_URL {
        return Err(Failure::invalid("profile_picture must be an http or https URL of at most 2048 bytes"));
    }
    no_control("profile_picture", url)
}

/// `admin` or `user`.
pub(super) fn role(text: &str) -> Result<bool, Failure> {
    match text {
        "admin" => Ok(true),
        "user" => Ok(false),
        _ => Err(Failure::invalid("invalid user role")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames() {
        for good in ["john", "A", "0-1_2", &"x".repeat(32)] {
            assert!(username(good).is_ok(), "{good}");
        }
        for bad in ["-a", "_a", "a__b", "a--b", "a b", "a@b.c", "ä", "a\n", &"x".repeat(33)] {
            assert!(username(bad).is_err(), "{bad:?}");
        }
        assert_eq!(username("").unwrap_err().to_string(), "missing username");
    }

    #[test]
    fn emails() {
        for good in ["a@b", "john.doe+x@example.com", "o'neil@ex-ample.co.uk", "имя@пример.рф"] {
            assert!(email(good).is_ok(), "{good}");
        }
        for bad in [
            "not-mail",
            "@b",
            "a@",
            "a@@b",
            "a@b@c",
            "a b@c",
            "a@b..c",
            ".a@b",
            "a@-b",
            "J <a@b.c>",
            "a@b\n",
            "a@b.",
        ] {
            assert_eq!(email(bad).unwrap_err().to_string(), "invalid email", "{bad:?}");
        }
        assert!(email(&format!("{}@b", "x".repeat(65))).is_err());
    }

    #[test]
    fn passwords_pictures_and_roles() {
        assert!(password(&Secret::new("12345678")).is_ok());
        assert!(password(&Secret::new("пароль12")).is_ok(), "characters count, not bytes");
        assert!(password(&Secret::new("1234567")).is_err());
        assert!(password(&Secret::new("x".repeat(1025))).is_err());
        assert_eq!(password(&Secret::new("")).unwrap_err().to_string(), "missing password");
        assert!(picture("").is_ok() && picture("https://example.com/a.png").is_ok());
        assert!(picture("javascript:alert(1)").is_err());
        assert!(role("admin").unwrap() && !role("user").unwrap() && role("root").is_err());
        assert_eq!(name_size(&"x".repeat(1025)).unwrap_err().to_string(), "invalid name size");
    }
}
