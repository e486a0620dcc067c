//! The published description of the API is the one of the routes.

#![allow(missing_docs)]

use onramp_http::Description;
use std::path::Path;

#[test]
fn the_published_description_is_up_to_date() {
    let made = onramp_embedded::list(onramp_http::list(Description::new())).document();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os("ONRAMP_UPDATE").is_some() {
        std::fs::write(&path, &made).expect("docs/openapi.json is writable");
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = made.lines().zip(published.lines()).find(|(made, published)| made != published);
    assert!(
        made == published,
        "docs/openapi.json is not the description of these routes; the first difference: {differing:?}\n\
         ONRAMP_UPDATE=1 cargo test -p onramp --test openapi writes it",
    );
}
