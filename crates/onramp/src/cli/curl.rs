//! `--curl`: the request as a command, with secrets masked.

use onramp_client::{Json, Sent};

/// Members of bodies that are nobody's business.
const SECRETS: [&str; 10] = [
    "access_token",
    "client_key",
    "client_secret",
    "content",
    "external_key",
    "new_secret",
    "old_secret",
    "password",
    "refresh_token",
    "secret",
];
const MASK: &str = "***";

/// The command.
pub(crate) fn command(sent: &Sent<'_>, show_secrets: bool) -> String {
    let mut words = vec!["curl".to_owned(), "-sS".into(), "-X".into(), sent.method.to_owned()];
    words.push("-H".into());
    words.push(quoted("Content-Type: application/json"));
    if let Some(value) = sent.authorization {
        let value = String::from_utf8_lossy(value);
        let scheme = value.split_once(' ').map_or("", |(scheme, _)| scheme);
        let shown = if show_secrets { value.to_string() } else { format!("{scheme} {MASK}") };
        words.push("-H".into());
        words.push(quoted(&format!("Authorization: {shown}")));
    }
    if let Some(body) = sent.body {
        let shown = match Json::parse(body) {
            Ok(json) if !show_secrets => masked(json).compact(),
            Ok(json) => json.compact(),
            Err(_) => MASK.into(),
        };
        words.push("-d".into());
        words.push(quoted(&shown));
    }
    words.push(quoted(sent.url));
    words.join(" ")
}

fn masked(json: Json) -> Json {
    match json {
        Json::Object(map) => Json::Object(
            map.into_iter()
                .map(|(key, value)| {
                    let hide =
                        SECRETS.contains(&key.as_str()) && matches!(&value, Json::Text(_) | Json::Number(_));
                    let value = if hide { Json::Text(MASK.into()) } else { masked(value) };
                    (key, value)
                })
                .collect(),
        ),
        Json::List(list) => Json::List(list.into_iter().map(masked).collect()),
        other => other,
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_unless_asked_for() {
        let sent = Sent {
            method: "POST",
            url: "http://h/D/clients/configs",
            authorization: Some(b"Bearer s3cret"),
            body: Some(br#"{"external_id":"it's","external_key":"s3cret","list":[{"client_key":"s3cret"}]}"#),
        };
        let hidden = command(&sent, false);
        assert!(!hidden.contains("s3cret"));
        assert_eq!(
            hidden,
            "curl -sS -X POST -H 'Content-Type: application/json' -H 'Authorization: Bearer ***' \
             -d '{\"external_id\":\"it'\\''s\",\"external_key\":\"***\",\"list\":[{\"client_key\":\"***\"}]}' \
             'http://h/D/clients/configs'"
        );
        assert_eq!(command(&sent, true).matches("s3cret").count(), 3);
    }
}
