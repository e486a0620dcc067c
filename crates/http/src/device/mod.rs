//! The devices' routes: take id and credential from the request, call, encode. This is the busy path.

mod legacy;

use crate::app::App;
use crate::kit::problem::refusal;
use crate::kit::{bytes_response, decode_segment};
use crate::metrics::Exchange;
use crate::openapi::DeviceErrors;
use crate::routes;
use crate::routing::Routes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use http::{HeaderValue, StatusCode, header};
use legacy::LegacyAnswer;
use onramp_core::bootstrap::{DeviceRequest, Refused};
use onramp_protocol::{Answer, Credential, Scheme};
use std::borrow::Cow;
use std::sync::Arc;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// The schemes of the specification's routes.
const CLIENT: &[Scheme] = &[Scheme::Client];
/// The schemes of the older routes.
const THING: &[Scheme] = &[Scheme::Thing, Scheme::Client];

pub(crate) fn routes<R: Routes<Arc<App>>>(into: R) -> R {
    into.routes(routes!(plain).map(only_get))
        .routes(routes!(secure).map(only_get))
        .routes(routes!(things_plain).map(only_get))
        .routes(routes!(things_secure).map(only_get))
        .undescribed("/clients/bootstrap", only_get(get(no_id)))
        .undescribed("/clients/bootstrap/", only_get(get(no_id)))
        .undescribed("/things/bootstrap", only_get(get(things_no_id)))
        .undescribed("/things/bootstrap/", only_get(get(things_no_id)))
}

/// GET would answer HEAD too, and a device's request is counted and may not be made for nothing.
fn only_get(router: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    router.head(get_is_allowed).fallback(get_is_allowed)
}

async fn get_is_allowed() -> Response {
    const GET: HeaderValue = HeaderValue::from_static("GET");
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, GET)]).into_response()
}

/// Gives a device its configuration
///
/// The key is sent as it is: use it over HTTPS.
#[utoipa::path(
    get, path = "/clients/bootstrap/{external_id}", tag = "devices", operation_id = "bootstrap",
    params(("external_id" = String, Path, description = "Percent-decoded once; `%2F` belongs to the id")),
    responses((status = 200, description = "The configuration", body = crate::openapi::Configuration), DeviceErrors),
    security(("device" = [])),
)]
async fn plain(State(app): State<Arc<App>>, request: Request) -> Response {
    let id = external_id(&request);
    let outcome = app.devices.plain(asked(&request, &id, CLIENT)).await;
    answer_plain(&app, outcome, as_specified)
}

/// Gives a device its configuration, encrypted
///
/// The credential is the hexadecimal text of a 16-byte IV and the external key, encrypted with AES-CFB-128
/// under the fleet's key; the answer is such an IV and the encrypted JSON of the plain route.
#[utoipa::path(
    get, path = "/clients/bootstrap/secure/{external_id}", tag = "devices", operation_id = "bootstrapSecure",
    params(("external_id" = String, Path, description = "Percent-decoded once; `%2F` belongs to the id")),
    responses(
        (status = 200, description = "IV and ciphertext", body = Vec<u8>, content_type = "application/octet-stream"),
        DeviceErrors,
    ),
    security(("device" = [])),
)]
async fn secure(State(app): State<Arc<App>>, request: Request) -> Response {
    let id = external_id(&request);
    let outcome = app.devices.secure(asked(&request, &id, CLIENT)).await;
    answer_secure(&app, outcome)
}

/// The older plain route
///
/// For devices in the field: also takes `Authorization: Thing <external key>`, and repeats the answer under the
/// names of earlier generations.
#[utoipa::path(
    get, path = "/things/bootstrap/{external_id}", tag = "devices", operation_id = "bootstrapThing",
    params(("external_id" = String, Path, description = "Percent-decoded once; `%2F` belongs to the id")),
    responses((status = 200, description = "The configuration", body = crate::openapi::Configuration), DeviceErrors),
    security(("device" = [])),
)]
async fn things_plain(State(app): State<Arc<App>>, request: Request) -> Response {
    let id = external_id(&request);
    let outcome = app.devices.plain(asked(&request, &id, THING)).await;
    answer_plain(&app, outcome, as_before)
}

/// The older encrypted route
#[utoipa::path(
    get, path = "/things/bootstrap/secure/{external_id}", tag = "devices", operation_id = "bootstrapThingSecure",
    params(("external_id" = String, Path, description = "Percent-decoded once; `%2F` belongs to the id")),
    responses(
        (status = 200, description = "IV and ciphertext", body = Vec<u8>, content_type = "application/octet-stream"),
        DeviceErrors,
    ),
    security(("device" = [])),
)]
async fn things_secure(State(app): State<Arc<App>>, request: Request) -> Response {
    let id = external_id(&request);
    let encode = |answer: &Answer| serde_json::to_vec(&LegacyAnswer::new(answer));
    let outcome = app.devices.secure_as(asked(&request, &id, THING), encode).await;
    answer_secure(&app, outcome)
}

async fn no_id(State(app): State<Arc<App>>, request: Request) -> Response {
    let outcome = app.devices.plain(asked(&request, b"", CLIENT)).await;
    answer_plain(&app, outcome, as_specified)
}

async fn things_no_id(State(app): State<Arc<App>>, request: Request) -> Response {
    let outcome = app.devices.plain(asked(&request, b"", THING)).await;
    answer_plain(&app, outcome, as_before)
}

/// The last segment of the raw path: taken before any decoding, so that an encoded slash stays in the id.
fn external_id(request: &Request) -> Cow<'_, [u8]> {
    let path = request.uri().path();
    decode_segment(path.rsplit_once('/').map_or(path, |(_, last)| last))
}

fn asked<'a>(request: &'a Request, external_id: &'a [u8], schemes: &[Scheme]) -> DeviceRequest<'a> {
    let header = request.headers().get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    DeviceRequest { external_id, credential: Credential::from_header(header, schemes) }
}

fn answer_plain(app: &App, outcome: Result<Answer, Refused>, encode: Encode) -> Response {
    let outcome = outcome.and_then(|answer| {
        let mut body = Vec::with_capacity(size(&answer));
        encode(&mut body, &answer).map_err(|error| Refused::Internal(error.to_string()))?;
        body.push(b'\n');
        Ok(body)
    });
    finish(app, Exchange::Plain, JSON, outcome)
}

fn answer_secure(app: &App, outcome: Result<Vec<u8>, Refused>) -> Response {
    finish(app, Exchange::Secure, BYTES, outcome)
}

fn finish(
    app: &App,
    exchange: Exchange,
    content_type: HeaderValue,
    outcome: Result<Vec<u8>, Refused>,
) -> Response {
    app.metrics.bootstrap(exchange, &outcome);
    match outcome {
        Ok(body) => bytes_response(StatusCode::OK, content_type, body),
        Err(refused) => refusal(refused, app.devices.detailed_errors),
    }
}

type Encode = fn(&mut Vec<u8>, &Answer) -> serde_json::Result<()>;

fn as_specified(body: &mut Vec<u8>, answer: &Answer) -> serde_json::Result<()> {
    serde_json::to_writer(body, answer)
}

fn as_before(body: &mut Vec<u8>, answer: &Answer) -> serde_json::Result<()> {
    serde_json::to_writer(body, &LegacyAnswer::new(answer))
}

/// About as long as the JSON will be, so that it is written without growing.
fn size(answer: &Answer) -> usize {
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    256 + answer.channels.len() * 160
        + answer.content.len()
        + answer.content.len() / 8
        + optional(&answer.client_cert)
        + optional(&answer.client_key)
        + optional(&answer.ca_cert)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn the_id_is_the_last_raw_segment_decoded_once() {
        let id = |path: &str| {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            external_id(&request).into_owned()
        };
        assert_eq!(id("/clients/bootstrap/09:6:0:sb:sa"), b"09:6:0:sb:sa");
        assert_eq!(id("/clients/bootstrap/a%2Fb%20c?x=/y"), b"a/b c");
        assert_eq!(id("/clients/bootstrap/secure"), b"secure");
        assert_eq!(id("/clients/bootstrap/secure/%252F"), b"%2F");
        assert_eq!(id("/clients/bootstrap/%FF%00"), b"\xff\x00");
        assert_eq!(id("http://host/clients/bootstrap/x"), b"x");
    }
}
