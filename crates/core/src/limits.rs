//! What operators may write into a config: the same on every store, so that none of them has to refuse it.

use crate::error::Error;
use crate::model::{ChannelId, ClientId, ExternalId, Secret};
use std::collections::HashSet;

const MAX_NAME: usize = 1024;
const MAX_EXTERNAL_KEY: usize = 1024;
const MAX_CONTENT: usize = 512 * 1024;
const MAX_CHANNELS: usize = 1000;
const MAX_IDEMPOTENCY_KEY: usize = 255;

pub(crate) fn invalid(field: &'static str, message: impl Into<String>) -> Error {
    Error::Invalid { field, message: message.into() }
}

pub(crate) fn external_id(text: String) -> Result<ExternalId, Error> {
    if text.is_empty() {
        return Err(Error::MissingExternalId);
    }
    ExternalId::parse(text).map_err(|why| invalid("external_id", why))
}

pub(crate) fn external_key(text: String) -> Result<Secret, Error> {
    match text.len() {
        0 => Err(Error::MissingExternalKey),
        n if n > MAX_EXTERNAL_KEY => Err(invalid("external_key", "must be at most 1024 bytes long")),
        _ => {
            no_nul("external_key", &text)?;
            Ok(Secret::new(text))
        }
    }
}

pub(crate) fn name(text: String) -> Result<String, Error> {
    if text.len() > MAX_NAME {
        return Err(invalid("name", "must be at most 1024 bytes long"));
    }
    if text.chars().any(char::is_control) {
        return Err(invalid("name", "must not contain control characters"));
    }
    Ok(text)
}

pub(crate) fn content(text: String) -> Result<Secret, Error> {
    if text.len() > MAX_CONTENT {
        return Err(invalid("content", "must be at most 512 KiB long"));
    }
    no_nul("content", &text)?;
    Ok(Secret::new(text))
}

/// An id that the caller chose; empty means none.
pub(crate) fn client_id(text: Option<String>) -> Result<Option<ClientId>, Error> {
    let text = text.filter(|text| !text.is_empty());
    text.map(ClientId::parse).transpose().map_err(|_| invalid("client_id", "must be a usable id"))
}

/// Each channel once, where it was named first.
pub(crate) fn channel_ids(texts: Vec<String>) -> Result<Vec<ChannelId>, Error> {
    let mut seen = HashSet::new();
    let mut ids = Vec::new();
    for text in texts {
        if text.is_empty() {
            return Err(invalid("channels", "must not contain an empty id"));
        }
        let id = ChannelId::parse(text).map_err(|_| invalid("channels", "must contain usable ids only"))?;
        if seen.insert(id.clone()) {
            ids.push(id);
        }
    }
    if ids.len() > MAX_CHANNELS {
        return Err(invalid("channels", "must be at most 1000"));
    }
    Ok(ids)
}

pub(crate) fn idempotency_key(text: Option<String>) -> Result<Option<String>, Error> {
    match &text {
        Some(key)
            if key.is_empty() || key.len() > MAX_IDEMPOTENCY_KEY || key.chars().any(char::is_control) =>
        {
            Err(invalid("Idempotency-Key", "must be 1 to 255 bytes long, without control characters"))
        }
        _ => Ok(text),
    }
}

pub(crate) fn no_nul(field: &'static str, text: &str) -> Result<(), Error> {
    if text.contains('\0') { Err(invalid(field, "must not contain NUL characters")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
        match result {
            Err(Error::Invalid { field, .. }) => field,
            other => panic!("expected an invalid field, got {other:?}"),
        }
    }

    #[test]
    fn each_limit_ends_where_it_says() {
        assert!(external_id("x".repeat(1024)).is_ok());
        assert_eq!(field(external_id("x".repeat(1025))), "external_id");
        assert!(external_key("x".repeat(1024)).is_ok());
        assert_eq!(field(external_key("x".repeat(1025))), "external_key");
        assert!(name("x".repeat(1024)).is_ok());
        assert_eq!(field(name("x".repeat(1025))), "name");
        assert!(content("x".repeat(512 * 1024)).is_ok());
        assert_eq!(field(content("x".repeat(512 * 1024 + 1))), "content");
        assert!(idempotency_key(Some("x".repeat(255))).is_ok());
        assert_eq!(field(idempotency_key(Some("x".repeat(256)))), "Idempotency-Key");
        let ids = |n: usize| (0..n).map(|i| format!("ch{i}")).collect::<Vec<_>>();
        assert_eq!(channel_ids(ids(1000)).unwrap().len(), 1000);
        assert_eq!(field(channel_ids(ids(1001))), "channels");
    }

    #[test]
    fn what_must_be_there_has_its_own_error() {
        assert!(matches!(external_id(String::new()), Err(Error::MissingExternalId)));
        assert!(matches!(external_key(String::new()), Err(Error::MissingExternalKey)));
    }

    #[test]
    fn empty_is_fine_where_it_means_none() {
        assert_eq!(name(String::new()).unwrap(), "");
        assert!(content(String::new()).unwrap().is_empty());
        assert_eq!(client_id(Some(String::new())).unwrap(), None);
        assert_eq!(client_id(None).unwrap(), None);
        assert_eq!(channel_ids(vec![]).unwrap(), vec![]);
        assert_eq!(idempotency_key(None).unwrap(), None);
        assert_eq!(field(idempotency_key(Some(String::new()))), "Idempotency-Key");
    }

    #[test]
    fn no_control_characters_in_ids_and_names_and_no_nul_anywhere() {
        assert_eq!(field(external_id("a\nb".into())), "external_id");
        assert_eq!(field(name("a\u{85}b".into())), "name");
        assert_eq!(field(external_key("a\0".into())), "external_key");
        assert_eq!(field(content("{\0}".into())), "content");
        assert_eq!(field(client_id(Some("a\0".into()))), "client_id");
        assert_eq!(field(channel_ids(vec!["a\tb".into()])), "channels");
        assert!(content("line\nline\t".into()).is_ok());
        assert!(external_key("key\n".into()).is_ok());
    }

    #[test]
    fn channels_stay_in_order_and_come_once() {
        let ids = channel_ids(["b", "a", "b", "c", "a"].map(String::from).to_vec()).unwrap();
        assert_eq!(ids.iter().map(ChannelId::as_str).collect::<Vec<_>>(), ["b", "a", "c"]);
        assert_eq!(field(channel_ids(vec!["a".into(), String::new()])), "channels");
    }
}
