//! How to reach a PostgreSQL server.

use std::{sync::Arc, time::Duration};

/// How to reach a PostgreSQL server, and how much to ask of it.
#[derive(Clone)]
pub struct PostgresOptions {
    /// Hosts, names, password.
    pub config: tokio_postgres::Config,
    /// `None`: no TLS.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// Connections at most.
    pub connections: usize,
    /// How long a unit of work may take, waiting for a connection included.
    pub deadline: Duration,
    /// Use prepared statements? Not behind a pooler that hands sessions on between transactions.
    pub prepare: bool,
}
