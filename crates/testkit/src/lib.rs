//! Contract suites, fixtures and stand-ins; for tests only.

pub mod store_contract;
