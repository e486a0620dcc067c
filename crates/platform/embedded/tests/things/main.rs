//! Clients, channels and connections, from the request to the file and back, and what configs feel of it.

#![allow(clippy::unwrap_used, reason = "a test that finds nothing to unwrap has failed")]

mod description;
mod effects;
mod races;
mod recordings;
mod rights;
mod rules;
mod slow;
mod world;
