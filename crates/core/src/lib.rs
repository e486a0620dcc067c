//! All rules of Onramp. This crate knows no HTTP and no SQL: it reaches the world through the traits of
//! [`port`], which the binary fills in at start.
//!
//! Two flows read from top to bottom: `bootstrap` (a device asks for its configuration) and `enroll` (an
//! operator creates one). To add an operation, write its flow in a file of its own, give the store one method
//! that is one whole unit of work, and call the flow from one handler in `onramp-http`.

pub mod access;
pub mod error;
pub mod model;
pub mod port;
pub mod service;
