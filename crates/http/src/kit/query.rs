//! The query string: every parameter is asked for by name, and what nobody asked for is refused by name.

use super::problem::{Problem, text};
use axum::extract::FromRequestParts;
use http::request::Parts;
use onramp_core::model::PageRequest;

/// More than any list has. Each new name is compared with those before it.
const MAX_PARAMETERS: usize = 100;

/// The parameters that were not asked for yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Parses a raw query string: `a=1&b=%20`. Percent-encoding must be right and UTF-8; a name may appear once.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn parse(raw: &str) -> Result<Self, Problem> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for piece in raw.split('&').filter(|piece| !piece.is_empty()) {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let (Some(name), Some(value)) = (decode(name), decode(value)) else {
                return Err(Problem::bad_query("query string", "expected percent-encoded UTF-8"));
            };
            if pairs.len() == MAX_PARAMETERS {
                return Err(Problem::bad_query("query string", "expected at most 100 parameters"));
            }
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(Problem::bad_query(&name, "given more than once"));
            }
            pairs.push((name, value));
        }
        Ok(Query { pairs })
    }

    /// Takes a parameter's text.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let position = self.pairs.iter().position(|(known, _)| known == name)?;
        Some(self.pairs.swap_remove(position).1)
    }

    /// Takes a whole number from 0.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn number(&mut self, name: &str) -> Result<Option<u64>, Problem> {
        let Some(value) = self.text(name) else { return Ok(None) };
        // `parse` alone would take a leading plus sign.
        let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        match value.parse() {
            Ok(number) if digits => Ok(Some(number)),
            _ => Err(Problem::bad_query(name, "expected a whole number from 0")),
        }
    }

    /// Takes a yes or no.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, Problem> {
        match self.text(name).as_deref() {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(Problem::bad_query(name, "expected true or false")),
        }
    }

    /// Takes `offset` and `limit`.
    ///
    /// # Errors
    /// 400: no whole numbers, or a limit above 100.
    pub fn page(&mut self) -> Result<PageRequest, Problem> {
        // No store counts further than a signed 64-bit number; there are no rows out there either.
        let offset = self.number("offset")?.unwrap_or(0).min(i64::MAX as u64);
        let limit = self.number("limit")?.unwrap_or(PageRequest::DEFAULT_LIMIT);
        if limit > PageRequest::MAX_LIMIT {
            return Err(Problem::bad_request(text::BAD_LIMIT));
        }
        Ok(PageRequest { offset, limit })
    }

    /// Drops parameters that are known and mean nothing here.
    pub fn ignore(&mut self, names: &[&str]) {
        self.pairs.retain(|(name, _)| !names.contains(&name.as_str()));
    }

    /// Whatever is left was not understood.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn finish(self) -> Result<(), Problem> {
        match self.pairs.first() {
            None => Ok(()),
            Some((name, _)) => Err(Problem::bad_query(name, "unknown parameter")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::parse(parts.uri.query().unwrap_or_default())
    }
}

/// Form decoding that refuses what is wrong, where the usual decoders guess.
fn decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digit = |offset| bytes.get(at + offset).and_then(|digit| char::from(*digit).to_digit(16));
                let value = digit(1)? * 16 + digit(2)?;
                out.push(u8::try_from(value).ok()?);
                at += 2;
            }
            other => out.push(other),
        }
        at += 1;
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(raw: &str) -> Result<(u64, u64), String> {
        let mut query = Query::parse(raw).map_err(|problem| problem.message.into_owned())?;
        let page = query.page().map_err(|problem| problem.message.into_owned())?;
        query.finish().map_err(|problem| problem.message.into_owned())?;
        Ok((page.offset, page.limit))
    }

    #[test]
    fn pages() {
        assert_eq!(page(""), Ok((0, 10)));
        assert_eq!(page("limit=0&offset=7"), Ok((7, 0)));
        assert_eq!(page("limit=100&"), Ok((0, 100)));
        assert_eq!(page("offset=18446744073709551615"), Ok((i64::MAX as u64, 10)));
        assert_eq!(page("limit=101"), Err("invalid limit size".into()));
        for bad in ["-1", "x", "", "+1", "1.0", "%201", "18446744073709551616"] {
            let message = page(&format!("limit={bad}")).unwrap_err();
            assert_eq!(message, "invalid query parameters: limit: expected a whole number from 0", "{bad}");
        }
    }

    #[test]
    fn names_are_known_and_appear_once() {
        assert_eq!(
            page("limit=1&limit=1"),
            Err("invalid query parameters: limit: given more than once".into())
        );
        assert_eq!(page("colour=red"), Err("invalid query parameters: colour: unknown parameter".into()));
        assert_eq!(page("=x"), Err("invalid query parameters: : unknown parameter".into()));
    }

    #[test]
    fn texts_are_decoded_strictly() {
        let mut query = Query::parse("name=a+b%2B%C3%A9&flag=true&empty").unwrap();
        assert_eq!(query.text("name").as_deref(), Some("a b+é"));
        assert_eq!(query.flag("flag"), Ok(Some(true)));
        assert_eq!(query.text("empty").as_deref(), Some(""));
        assert_eq!(query.text("absent"), None);
        assert_eq!(query.finish(), Ok(()));
        for bad in ["a=%", "a=%4", "a=%zz", "a=%FF", "%+1=a"] {
            assert!(Query::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_the_published_sdk_adds_is_dropped() {
        let mut query = Query::parse("with_metadata=false?roles=true&with_attributes=false").unwrap();
        query.ignore(&["with_metadata", "with_attributes"]);
        assert_eq!(query.finish(), Ok(()));
    }
}
