//! The server that `bench/device-route` measures: the real one, filled with configs through its own routes,
//! and beside them a constant answer that reads the same parts of a request.
//!
//! `cargo run --release --example bench-server -- --configs 100000 --data-dir FOLDER`

use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, Request, header},
    routing::get,
};
use clap::Parser;
use onramp::serve::{ServeArgs, Server, Settings, environment::Environment};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::{sync::Semaphore, task::JoinSet};
use tower::ServiceExt;

#[derive(Parser)]
struct Args {
    #[command(flatten)]
    serve: ServeArgs,
    /// Configs to create; device-0, device-1, … with the keys key-0, key-1, …
    #[arg(long, default_value_t = 100_000)]
    configs: usize,
    /// Give each config a channel of its own instead of two shared ones
    #[arg(long)]
    own_channels: bool,
}

/// As long as an answer to a device with two channels.
const CONSTANT: &str = r#"{"client_id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","client_secret":"6f6f1a2e-9d9b-4d2b-8f39-0c7a4f5b1b11","channels":[{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","name":"control","metadata":{"type":"control"}},{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","name":"telemetry","metadata":{"type":"data"}}],"content":"{\"report_every_seconds\":60}","client_key":"6f6f1a2e-9d9b-4d2b-8f39-0c7a4f5b1b11"}"#;

async fn constant(
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<impl axum::response::IntoResponse, &'static str> {
    match headers.get(header::AUTHORIZATION) {
        Some(key) if !key.is_empty() && !id.is_empty() => {
            Ok(([(header::CONTENT_TYPE, "application/json")], CONSTANT))
        }
        _ => Err("missing credential"),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let settings = Settings::gather(args.serve, &Environment::default())?;
    let constant = axum::Router::new().route("/constant/{external_id}", get(constant));
    let server = Server::prepare_with(settings, constant).await?;
    fill(&server, args.configs, args.own_channels).await?;
    Ok(server.run(|_| ()).await?)
}

async fn fill(server: &Server, configs: usize, own_channels: bool) -> Result<(), Box<dyn std::error::Error>> {
    let domain = server.admin.domain_id.clone();
    let post = {
        let (router, token) = (server.router.clone(), server.admin.token.clone());
        move |path: String, body: Value| {
            let request = Request::post(path)
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string()))
                .expect("the parts are valid");
            let router = router.clone();
            async move {
                let response = router.oneshot(request).await.expect("a router does not fail");
                let status = response.status();
                let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap_or_default();
                (status.as_u16(), serde_json::from_slice::<Value>(&body).unwrap_or_default())
            }
        }
    };
    let mut shared = Vec::new();
    for (name, kind) in [("control", "control"), ("telemetry", "data")] {
        let body = json!({"name": name, "route": name, "metadata": {"type": kind}});
        let (status, channel) = post(format!("/{domain}/channels"), body).await;
        if status == 400 {
            eprintln!("the folder is filled already");
            return Ok(());
        }
        shared.push(channel["id"].clone());
    }
    let (post, slots) = (Arc::new(post), Arc::new(Semaphore::new(64)));
    let mut tasks = JoinSet::new();
    for number in 0..configs {
        let slot = Arc::clone(&slots).acquire_owned().await?;
        let (post, domain, shared) = (Arc::clone(&post), domain.clone(), shared.clone());
        tasks.spawn(async move {
            let channels = if own_channels {
                vec![post(format!("/{domain}/channels"), json!({"name": format!("ch-{number}")})).await.1["id"].clone()]
            } else {
                shared
            };
            let body = json!({
                "external_id": format!("device-{number}"),
                "external_key": format!("key-{number}"),
                "channels": channels,
                "content": "{\"report_every_seconds\":60}",
            });
            let (status, _) = post(format!("/{domain}/clients/configs"), body).await;
            drop(slot);
            status
        });
        while let Some(done) = tasks.try_join_next() {
            assert_eq!(done?, 201, "a config could not be created");
        }
    }
    while let Some(done) = tasks.join_next().await {
        assert_eq!(done?, 201, "a config could not be created");
    }
    Ok(())
}
