//! The flows through the real router, over real files: one crate, so that it is linked once.

// In a test, a broken expectation should stop it where it stands.
#![allow(clippy::unwrap_used, missing_docs)]

mod binary;
mod contract;
mod crash;
mod defects;
mod docs;
mod harness;
mod house;
mod kill;
mod recordings;
mod review;
mod running;
mod secrets;
mod start;
