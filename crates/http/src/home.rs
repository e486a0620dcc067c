//! `/`: what runs here and where to go, for a person with a browser.

use crate::app::Identity;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use std::fmt::Write as _;

const TEMPLATE: &str = include_str!("home.html");

/// The page loads nothing, and runs nothing; its style is named by its hash.
const POLICY: &str = "default-src 'none'; style-src 'sha256-5ewLvro2sds4Y+qH6Q+6hI0OKlqKHGsEgBqiFpW8Q48='; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The page of this process.
pub(crate) fn page(identity: &Identity) -> Bytes {
    let mut warnings = String::new();
    for warning in &identity.warnings {
        let _ = write!(warnings, "<p class=\"warning\">{}</p>", escape(warning));
    }
    let page = TEMPLATE
        .replace("{{version}}", &escape(&identity.version))
        .replace("{{url}}", &escape(&identity.url))
        .replace("{{commit}}", &escape(&identity.commit))
        .replace("{{warnings}}", &warnings);
    page.into()
}

/// Answers with the page.
pub(crate) fn answer(page: Bytes) -> Response {
    const HEADERS: [(HeaderName, HeaderValue); 5] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (HEADERS, page).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

    #[test]
    fn the_policy_names_the_style() {
        let style = TEMPLATE.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let digest = ring::digest::digest(&ring::digest::SHA256, style.as_bytes());
        let hash = base64::engine::general_purpose::STANDARD.encode(digest);
        assert!(POLICY.contains(&format!("'sha256-{hash}'")), "the style's hash is {hash}");
    }

    #[test]
    fn nothing_is_loaded_and_everything_is_filled_in() {
        let identity =
            Identity { version: "1.2.3".into(), warnings: vec!["<script>&".into()], ..Identity::default() };
        let page = String::from_utf8(page(&identity).to_vec()).unwrap();
        assert!(page.contains("1.2.3") && page.contains("&lt;script&gt;&amp;"));
        assert!(!page.contains("{{") && !page.contains("<script") && !page.contains("style=\""));
        assert!(!page.contains("src=") && !page.contains("url(") && !page.contains("<link"));
    }
}
