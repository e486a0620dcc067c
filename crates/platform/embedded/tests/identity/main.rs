//! Users, tokens, domains and the first start, from the request to the file and back.

#![allow(clippy::unwrap_used, reason = "a test that finds nothing to unwrap has failed")]

mod description;
mod domains;
mod first_start;
mod pats;
mod recordings;
mod sessions;
mod users;
mod world;
