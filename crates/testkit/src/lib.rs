//! Contract suites, fixtures and faulty decorators; for tests only.

pub mod dying;
pub mod recordings;

pub use dying::{Death, DyingPlatform, DyingStore};
//! Contract suites, fixtures and stand-ins; for tests only.

pub mod store_contract;
