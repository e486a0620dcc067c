//! Onramp.
fn main() {}
