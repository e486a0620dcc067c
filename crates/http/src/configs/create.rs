//! `POST /{domain}/clients/configs`.

use crate::app::App;
use crate::kit::caller::{Create, Granted};
use crate::kit::{Json, Problem, empty_response};
use crate::openapi::{OperatorErrors, WriteErrors};
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use onramp_api::{ChannelRef, CreateConfig};
use onramp_core::enroll::Enroll;
use onramp_core::model::ClientId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;

/// Creates a config
///
/// Its client too, when none is named. The id of both is the end of `Location`.
#[utoipa::path(
    post, path = "/{domain}/clients/configs", tag = "configs", operation_id = "createConfig",
    params(
        ("domain" = String, Path, description = "Id of the domain"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "The same key with the same request gives the first answer again"),
    ),
    request_body = CreateConfig,
    responses(
        (status = 201, description = "Created; no body", headers(
            ("Location" = String, description = "`/clients/configs/` and the id of config and client"))),
        (status = 404, description = "No such client", body = onramp_api::ErrorBody),
        (status = 409, description = "External id, name or client is taken", body = onramp_api::ErrorBody),
        WriteErrors, OperatorErrors,
    ),
    security(("bearer" = [])),
)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    granted: Granted<Create>,
    headers: HeaderMap,
    Json(body): Json<CreateConfig>,
) -> Result<Response, Problem> {
    let request = Enroll {
        external_id: body.external_id,
        external_key: body.external_key,
        client_id: body.client_id,
        channels: body.channels.unwrap_or_default().into_iter().map(ChannelRef::into_id).collect(),
        name: body.name.unwrap_or_default(),
        content: body.content.unwrap_or_default(),
        client_cert: body.client_cert,
        client_key: body.client_key,
        ca_cert: body.ca_cert,
        idempotency_key: idempotency_key(&headers)?,
    };
    let client = app.service.create(&granted, request).await?;
    let mut response = empty_response(StatusCode::CREATED);
    response.headers_mut().insert(header::LOCATION, location(&client));
    Ok(response)
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(text) if (1..=255).contains(&text.len()) => Ok(Some(text.to_owned())),
        _ => Err(Problem::bad_request("Idempotency-Key must be 1 to 255 visible ASCII characters")),
    }
}

/// The prefix is literal: the published SDK cuts it off.
fn location(client: &ClientId) -> HeaderValue {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    let path = format!("/clients/configs/{}", utf8_percent_encode(client.as_str(), KEPT));
    HeaderValue::try_from(path).expect("percent-encoded text is ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn location_is_a_header_for_every_id() {
        let of = |id: &str| location(&id.parse().unwrap());
        let id = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
        assert_eq!(of(id), format!("/clients/configs/{id}"));
        assert_eq!(of("a/b é"), "/clients/configs/a%2Fb%20%C3%A9");
    }

    #[test]
    fn idempotency_keys() {
        let of = |value: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert("idempotency-key", HeaderValue::from_bytes(value).unwrap());
            idempotency_key(&headers)
        };
        assert_eq!(idempotency_key(&HeaderMap::new()), Ok(None));
        assert_eq!(of(b"k1"), Ok(Some("k1".into())));
        assert!(of(b"").is_err() && of(b"\xff").is_err() && of(&[b'x'; 256]).is_err());
    }
}
