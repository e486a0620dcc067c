//! The description of the API. Routes and description are made of the same macros, so they cannot differ;
//! here stands what all routes share.

use onramp_api::ErrorBody;
use std::collections::BTreeMap;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi, ToSchema};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Onramp",
        description = "Zero-touch bootstrap for IoT devices: a device that knows only its external id and key \
                       gets its configuration.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "devices", description = "What devices ask for"),
        (name = "configs", description = "What operators do"),
        (name = "operations", description = "Health and metrics"),
    ),
    components(schemas(ErrorBody)),
    modifiers(&Schemes),
)]
struct Description;

/// The description without routes.
pub(crate) fn base() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let bearer = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A user's access token or a personal access token"))
            .build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let device = ApiKeyValue::with_description(
            "Authorization",
            "`Client ` and the external key, or, on the encrypted routes, its ciphertext in hexadecimal",
        );
        components.add_security_scheme("device", SecurityScheme::ApiKey(ApiKey::Header(device)));
    }
}

/// What a device receives.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes the protocol's answer, which knows no OpenAPI")]
pub(crate) struct Configuration {
    /// Id of the device's client.
    client_id: String,
    /// Its secret.
    client_secret: String,
    /// Channels in the operator's order.
    channels: Vec<onramp_api::ChannelView>,
    /// The operator's own configuration.
    content: String,
    /// Client certificate.
    #[schema(required = false)]
    client_cert: Option<String>,
    /// TLS private key; the client's secret when neither certificate nor private key is stored.
    #[schema(required = false)]
    client_key: Option<String>,
    /// Certificate of the trusted authority.
    #[schema(required = false)]
    ca_cert: Option<String>,
}

macro_rules! error_responses {
    ($($(#[$doc:meta])* $name:ident { $($status:literal: $description:literal,)* })*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$(($status, $description)),*]
                    .into_iter()
                    .map(|(status, description)| (status.to_owned(), error(description)))
                    .collect()
            }
        }
    )*};
}

error_responses! {
    /// Every operator's route can answer these.
    OperatorErrors {
        "401": "No token, or not an accepted one",
        "403": "Not permitted, or not a member of the domain",
        "500": "Something is wrong inside",
        "503": "Not now; `Retry-After` says when",
    }
    /// Routes to one object can answer this.
    Missing {
        "404": "No such object, as far as the caller may know",
    }
    /// Routes with a body can answer these.
    WriteErrors {
        "400": "The message names what is wrong",
        "408": "The body came too slowly",
        "413": "The body is larger than 1 MiB",
        "415": "The body is not announced as application/json",
    }
    /// The devices' routes can answer these.
    DeviceErrors {
        "400": "No external id",
        "401": "No credential",
        "403": "Refused; the reason is told to operators only",
        "500": "Something is wrong inside",
        "503": "Not now; `Retry-After` says when",
    }
}

fn error(description: &str) -> RefOr<Response> {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))).build();
    ResponseBuilder::new().description(description).content("application/json", content).build().into()
}
