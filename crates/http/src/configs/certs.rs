//! `PATCH /{domain}/clients/configs/certs/{client}`.

use crate::app::App;
use crate::kit::caller::{Granted, Update};
use crate::kit::{Json, Problem, json_response};
use crate::openapi::{Missing, OperatorErrors, WriteErrors};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use onramp_api::{Certs, UpdateCerts};
use std::sync::Arc;

/// Replaces certificates and private key
///
/// What is absent is cleared. The answer repeats what this request sent, nothing else.
#[utoipa::path(
    patch, path = "/{domain}/clients/configs/certs/{client}", tag = "configs", operation_id = "updateConfigCerts",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("client" = String, Path, description = "Id of the config and its client"),
    ),
    request_body = UpdateCerts,
    responses((status = 200, description = "What was sent", body = Certs), Missing, WriteErrors, OperatorErrors),
    security(("bearer" = [])),
)]
pub(super) async fn certs(
    State(app): State<Arc<App>>,
    granted: Granted<Update>,
    Json(body): Json<UpdateCerts>,
) -> Result<Response, Problem> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let answer = Certs {
        client_id: granted.config().map(ToString::to_string).unwrap_or_default(),
        ca_cert: given(body.ca_cert),
        client_cert: given(body.client_cert),
        client_key: given(body.client_key),
    };
    let sent = answer.clone();
    app.service.set_certificates(&granted, sent.client_cert, sent.client_key, sent.ca_cert).await?;
    Ok(json_response(StatusCode::OK, &answer))
}
