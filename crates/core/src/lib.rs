//! All rules of Onramp. This crate knows no HTTP and no SQL: it reaches the world through the traits of
//! [`port`], which the binary fills in at start.
//!
//! Two flows read from top to bottom: [`bootstrap`] (a device asks for its configuration) and [`enroll`] (an
//! operator creates one). To add an operation, write its flow in a file of its own, give the store one method
//! that is one whole unit of work, and call the flow from one handler in `onramp-http`.

pub mod access;
pub mod attempts;
pub mod bootstrap;
mod certificates;
pub mod configs;
pub mod connect;
pub mod effects;
pub mod enroll;
pub mod error;
mod limits;
pub mod model;
pub mod port;
pub mod reconcile;
pub mod refusal;
pub mod service;
