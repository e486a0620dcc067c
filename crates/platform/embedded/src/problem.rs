//! What the caller reads when the platform's rules refused.

use crate::Failure;
use http::StatusCode;
use onramp_core::error::Error;
use onramp_http::kit::{Problem, problem::text};

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let unprocessable = |message| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, message);
        match failure {
            Failure::Invalid(sentence) => Problem::bad_request(sentence),
            Failure::Credentials => Problem::new(StatusCode::UNAUTHORIZED, "invalid credentials"),
            Failure::Unauthenticated => Problem::new(StatusCode::UNAUTHORIZED, text::UNAUTHENTICATED),
            Failure::Forbidden => Problem::new(StatusCode::FORBIDDEN, text::FORBIDDEN),
            Failure::NotFound => Problem::new(StatusCode::NOT_FOUND, text::NOT_FOUND),
            Failure::Conflict(which) => Error::Conflict(which).into(),
            Failure::SameStatus => unprocessable("status already assigned"),
            Failure::Busy => Problem {
                retry_after: Some(1),
                ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many logins at once, try again later")
            },
            Failure::Unavailable(context) => Problem::unavailable(&context),
            Failure::Internal(context) => Problem::internal(&context),
        }
    }
}
