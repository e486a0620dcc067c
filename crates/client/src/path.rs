//! Paths: every variable segment is percent-encoded, so an id is always data, whatever it looks like.

use crate::Error;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays readable in a segment. `:` and `@` may stand there and appear in many device ids.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':').remove(b'@');

/// A path and its query, built segment by segment.
#[derive(Default)]
pub(crate) struct Path {
    text: String,
    query: String,
    missing: bool,
}

impl Path {
    /// Starts with words that need no encoding.
    pub(crate) fn fixed(words: &str) -> Self {
        Path::default().word(words)
    }

    /// Starts with a variable segment.
    pub(crate) fn id(id: &str) -> Self {
        Path::default().segment(id)
    }

    /// Adds words that need no encoding.
    pub(crate) fn word(mut self, words: &str) -> Self {
        self.text.push('/');
        self.text.push_str(words);
        self
    }

    /// Adds a variable segment. `.` and `..` are encoded too, or something on the way would walk up the path.
    pub(crate) fn segment(mut self, id: &str) -> Self {
        self.missing |= id.is_empty();
        self.text.push('/');
        match id {
            "." | ".." => self.text.push_str(&id.replace('.', "%2E")),
            _ => self.text.extend(utf8_percent_encode(id, SEGMENT)),
        }
        self
    }

    /// Adds a query parameter.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push(if self.query.is_empty() { '?' } else { '&' });
        self.query.push_str(name);
        self.query.push('=');
        self.query.extend(utf8_percent_encode(value, SEGMENT));
        self
    }

    /// The whole address.
    pub(crate) fn on(&self, base: &str) -> Result<String, Error> {
        if self.missing {
            return Err(Error::MissingId);
        }
        Ok(format!("{}{}{}", base.trim_end_matches('/'), self.text, self.query))
    }
}

/// Checks an address that paths are appended to.
pub(crate) fn check_base(url: &str) -> Result<(), Error> {
    let uri: ureq::http::Uri = url.parse().map_err(|_| Error::Url("it cannot be parsed"))?;
    match uri.scheme_str() {
        Some("http" | "https") => {}
        _ => return Err(Error::Url("it must begin with http:// or https://")),
    }
    let authority = uri.authority().ok_or(Error::Url("it names no host"))?;
    if authority.host().is_empty() {
        return Err(Error::Url("it names no host"));
    }
    if authority.as_str().contains('@') {
        return Err(Error::Url("a user and password in it are not supported"));
    }
    if uri.query().is_some() || url.contains('#') {
        return Err(Error::Url("it must not have a query or fragment"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_data() {
        let cases = [
            ("09:6:0:sb:sa", "/x/09:6:0:sb:sa"),
            ("a b", "/x/a%20b"),
            ("a/b", "/x/a%2Fb"),
            ("a%2Fb", "/x/a%252Fb"),
            ("a?b#c", "/x/a%3Fb%23c"),
            ("..", "/x/%2E%2E"),
            ("ö+", "/x/%C3%B6%2B"),
        ];
        for (id, want) in cases {
            assert_eq!(Path::fixed("x").segment(id).on("").unwrap(), want);
        }
        assert_eq!(Path::id("").on("http://h"), Err(Error::MissingId));
    }

    #[test]
    fn bases() {
        for good in ["http://localhost:9013", "https://h/prefix/", "http://[::1]:9013"] {
            assert_eq!(check_base(good), Ok(()), "{good}");
        }
        for bad in
            ["", "localhost:9013", "ftp://h", "http://", "http://u:p@h", "http://h?x=1", "/x", "http://h#f"]
        {
            assert!(check_base(bad).is_err(), "{bad}");
        }
    }
}
