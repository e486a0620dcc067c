//! The listening side: sockets, TLS, time limits, and a shutdown that lets requests finish.

use super::{
    StartError,
    settings::{Settings, Timeouts, Tls},
};
use axum_server::{Handle, Server, tls_rustls::RustlsAcceptor, tls_rustls::RustlsConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long requests in flight may take to finish once a stop was asked for.
const DRAIN: Duration = Duration::from_secs(10);

/// A bound socket: nothing is accepted before [`serve`](Self::serve).
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<RustlsConfig>,
    timeouts: Timeouts,
    max_header_bytes: usize,
}

impl Listener {
    /// Takes the address, and reads the certificate when there is one.
    ///
    /// # Errors
    /// A sentence for the person who starts the server.
    pub fn bind(listen: &str, settings: &Settings) -> Result<Self, StartError> {
        let failed = |error: std::io::Error| match error.kind() {
            ErrorKind::InvalidInput => {
                StartError::Usage(format!("cannot listen on {listen}: {error}, HOST:PORT is expected"))
            }
            _ => StartError::Failed(format!("cannot listen on {listen}: {error}")),
        };
        let socket = TcpListener::bind(listen).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Listener {
            socket,
            address,
            tls: settings.tls.as_ref().map(tls_config).transpose()?,
            timeouts: settings.timeouts,
            max_header_bytes: settings.max_header_bytes,
        })
    }

    /// Base URL of this server for somebody on the same machine.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let mut address = self.address;
        if address.ip().is_unspecified() {
            let loopback: std::net::IpAddr =
                if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
            address.set_ip(loopback);
        }
        format!("{scheme}://{address}")
    }

    /// Where it really listens, as it is announced on standard output.
    #[must_use]
    pub fn announcement(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Serves until the handle is told to stop, then lets requests in flight finish.
    ///
    /// # Errors
    /// When the socket fails.
    pub async fn serve(self, router: axum::Router, stop: Handle<SocketAddr>) -> std::io::Result<()> {
        let service = router.into_make_service();
        let server = axum_server::from_tcp(self.socket)?.handle(stop);
        match self.tls {
            None => limit(server, self.timeouts, self.max_header_bytes).serve(service).await,
            Some(config) => {
                let mut acceptor = RustlsAcceptor::new(config);
                if let Some(limit) = some(self.timeouts.read_header) {
                    acceptor = acceptor.handshake_timeout(limit);
                }
                limit(server.acceptor(acceptor), self.timeouts, self.max_header_bytes).serve(service).await
            }
        }
    }
}

fn limit<A>(
    mut server: Server<SocketAddr, A>,
    timeouts: Timeouts,
    max_header_bytes: usize,
) -> Server<SocketAddr, A> {
    // The head's time limit also runs between two requests of a connection, so it is the idle limit; the
    // first request has a shorter one of its own.
    server
        .http_builder()
        .http1()
        // Answers are small: copied behind their heads they leave in one plain write, which costs the kernel less.
        .writev(false)
        .timer(axum_server_timer())
        .header_read_timeout(some(timeouts.idle))
        .max_buf_size(max_header_bytes.max(8192));
    // Its HTTP/2 would know none of these limits.
    server.http1_only().first_request_timeout(some(timeouts.read_header))
}

/// The reference writes "no limit" as zero.
fn some(limit: Duration) -> Option<Duration> {
    (!limit.is_zero()).then_some(limit)
}

fn axum_server_timer() -> hyper_util::rt::TokioTimer {
    hyper_util::rt::TokioTimer::new()
}

fn tls_config(tls: &Tls) -> Result<RustlsConfig, StartError> {
    let bad = |what: &str, why: String| StartError::Usage(format!("MG_BOOTSTRAP_HTTP_SERVER_{what}: {why}"));
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&tls.certificate)
        .collect::<Result<_, _>>()
        .map_err(|error| bad("CERT", error.to_string()))?;
    if chain.is_empty() {
        return Err(bad("CERT", "no PEM certificate in it".into()));
    }
    let key = PrivateKeyDer::from_pem_slice(&tls.key).map_err(|error| bad("KEY", error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| bad("CERT", error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| bad("KEY", error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

/// The signals that stop the server. From the moment this exists they no longer kill the process.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Begins to listen for them.
    ///
    /// # Errors
    /// When signals cannot be listened for.
    pub fn catch() -> std::io::Result<Self> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! { _ = self.terminate.recv() => (), _ = self.interrupt.recv() => () }
    }
}

/// Waits for SIGTERM or SIGINT, then asks the server to stop. A second signal ends the process at once.
pub async fn stop_on_signal(mut signals: Signals, stop: Handle<SocketAddr>) {
    signals.next().await;
    tracing::info!("stopping: requests in flight may finish");
    stop.graceful_shutdown(Some(DRAIN));
    signals.next().await;
    stop.shutdown();
}
