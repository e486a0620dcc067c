//! The description of the API: what all routes share, and how it is put together from their list.

use crate::routing::{Described, Endpoints, Routes};
use axum::routing::MethodRouter;
use onramp_api::ErrorBody;
use std::collections::BTreeMap;
use utoipa::openapi;
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
struct Shared;

/// The description as it is published. It is made by a test and committed: a server that made it at each start
/// would start later, and keep megabytes that nobody asks for.
pub(crate) const PUBLISHED: &str = include_str!("../../../docs/openapi.json");

/// Collects the description of lists of routes.
pub struct Description(openapi::OpenApi);

impl Description {
    /// The description without routes.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "a description without routes is no useful default")]
    pub fn new() -> Self {
        let mut openapi = Shared::openapi();
        env!("CARGO_PKG_VERSION").clone_into(&mut openapi.info.version);
        Description(openapi)
    }

    /// The document, as `/openapi.json` serves it.
    #[must_use]
    pub fn document(&self) -> String {
        let mut text = self.0.to_pretty_json().expect("the description is plain data");
        text.push('\n');
        text
    }
}

impl From<Description> for openapi::OpenApi {
    fn from(description: Description) -> Self {
        description.0
    }
}

impl<S> Routes<S> for Description {
    fn routes<M, D>(mut self, endpoints: Endpoints<M, D>) -> Self
    where
        M: FnOnce() -> MethodRouter<S>,
        D: FnOnce() -> Described<S>,
    {
        let (schemas, paths, _) = endpoints.describe();
        for (path, item) in paths.paths {
            match self.0.paths.paths.get_mut(&path) {
                Some(known) => known.merge_operations(item),
                None => drop(self.0.paths.paths.insert(path, item)),
            }
        }
        self.0.components.get_or_insert_default().schemas.extend(schemas);
        self
    }

    fn undescribed(self, _: &str, _: MethodRouter<S>) -> Self {
        self
    }
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
