//! The only crate that knows SQL: implements core's `Store` and `Directory` in one database.
//!
//! Layers, from below: [`db`] runs units of work on an engine, `dialect` is the one file where engines
//! differ, [`seal`] is the only place where a secret becomes bytes at rest. `configs/` and `directory/` hold
//! the statements and the port methods. To add a port method: write its statements with `statements!` in the
//! file of its aggregate, and one `async fn` that is one `read` or one `write`.

mod configs;
mod db;
mod dialect;
mod directory;
mod open;
mod seal;
#[cfg(test)]
mod testing;

pub use open::{Keys, MASTER_KEY_LEN, Observer, OpenError, PostgresOptions, SqlStore};
