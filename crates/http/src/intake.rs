//! What happens to a request between the layer and its handler: its body is read to the end, and an operator's
//! request has a time limit.
//!
//! Handlers refuse before they look at the body. If it were still on its way then, the server could only hang
//! up after the answer, and a client that keeps its connections would run into that with its next request.

use crate::app::Limits;
use crate::kit::Problem;
use crate::kit::body::{MAX_BODY, Unread};
use crate::kit::problem::text;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tower::Service;

/// How much of a body that is too large is read and thrown away. Most clients send to the end before they
/// look for an answer; one that was cut off could not read it.
const DISCARD: usize = 8 * MAX_BODY;

/// Calls the handler, once the body is there. What has neither body nor limit is passed on as it is: devices
/// come this way.
pub(crate) fn call<S>(inner: &mut S, request: Request, limits: Limits, limited: bool) -> Taken<S::Future>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let has_body = !request.body().is_end_stream();
    if !has_body && !limited {
        return Taken::Direct(inner.call(request));
    }
    let next = inner.clone();
    let mut inner = std::mem::replace(inner, next);
    Taken::Taken(Box::pin(async move {
        let (request, ends) = if has_body {
            match take(request, limits.read).await {
                Ok(taken) => taken,
                Err(problem) => return Ok(closing(problem.into())),
            }
        } else {
            (request, false)
        };
        let handling = inner.call(request);
        let response = if limited {
            let answer = within(deadline(limits.handle), handling).await;
            answer.unwrap_or_else(|| Ok(Problem::unavailable("the handler's time is up").into()))
        } else {
            handling.await
        };
        if ends { response.map(closing) } else { response }
    }))
}

/// The answer to a request, under way.
pub(crate) enum Taken<F> {
    Direct(F),
    Taken(Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>),
}

impl<F: Future<Output = Result<Response, Infallible>> + Unpin> Future for Taken<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        match &mut *self {
            Taken::Direct(future) => Pin::new(future).poll(context),
            Taken::Taken(future) => future.as_mut().poll(context),
        }
    }
}

/// The request with its body in memory, and whether its connection has to end because not all was read. What
/// is wrong with a body is said by the handler, if it comes to that.
async fn take(request: Request, limit: Duration) -> Result<(Request, bool), Problem> {
    let deadline = deadline(limit);
    let (mut head, mut body) = request.into_parts();
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let outcome = if announced > MAX_BODY {
        Ok(None)
    } else {
        let too_slow = || Problem::new(StatusCode::REQUEST_TIMEOUT, text::TOO_SLOW);
        within(deadline, read(&mut body)).await.ok_or_else(too_slow)?
    };
    let unread = match outcome {
        Ok(Some(whole)) => return Ok((Request::from_parts(head, whole.into()), false)),
        Ok(None) => {
            // One who asks before sending is spared the sending.
            if announced <= DISCARD && !head.headers.contains_key(header::EXPECT) {
                let _ = within(deadline, discard(&mut body)).await;
            }
            Unread::TooLarge
        }
        Err(error) => {
            tracing::debug!(%error, "a body breaks off");
            Unread::Broken
        }
    };
    head.extensions.insert(unread);
    Ok((Request::from_parts(head, Body::empty()), true))
}

/// The whole body, or `None` when it is too large. Memory is taken as the body comes, not as it is announced.
async fn read(body: &mut Body) -> Result<Option<Bytes>, axum::Error> {
    let mut whole = Vec::new();
    while let Some(piece) = piece(body).await {
        let piece = piece?;
        if piece.len() > MAX_BODY - whole.len() {
            return Ok(None);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(Some(whole.into()))
}

async fn discard(body: &mut Body) {
    let mut seen = 0;
    while let Some(Ok(piece)) = piece(body).await {
        seen += piece.len();
        if seen > DISCARD {
            break;
        }
    }
}

async fn piece(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
    // What is no data is a trailer, which nobody asked for.
    Some(frame.map(|frame| frame.into_data().unwrap_or_default()))
}

/// `None` is no limit; the reference writes that as zero.
fn deadline(limit: Duration) -> Option<Instant> {
    if limit.is_zero() { None } else { Instant::now().checked_add(limit) }
}

async fn within<F: Future>(deadline: Option<Instant>, future: F) -> Option<F::Output> {
    match deadline {
        Some(deadline) => timeout_at(deadline, future).await.ok(),
        None => Some(future.await),
    }
}

/// Says that the connection ends with this answer.
fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Metrics;
    use crate::watch::WatchLayer;
    use axum::Router;
    use axum::routing::get;
    use std::sync::Arc;
    use tower::ServiceExt;

    async fn slow() -> &'static str {
        tokio::time::sleep(Duration::from_millis(50)).await;
        "done"
    }

    /// Asks a route whose handler takes 50 ms.
    async fn ask(path: &str, handle: Duration) -> Response {
        let limits = Limits { handle, ..Limits::default() };
        let router = Router::new()
            .route("/{domain}/clients/configs", get(slow))
            .route("/clients/bootstrap/{external_id}", get(slow))
            .with_state::<()>(())
            .layer(WatchLayer::new(Arc::new(Metrics::new()), 0, limits));
        router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn an_operator_is_told_to_come_back_when_handling_takes_too_long() {
        let short = Duration::from_millis(5);
        let answer = ask("/d/clients/configs", short).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key(header::RETRY_AFTER));
        assert!(!answer.headers().contains_key(header::CONNECTION), "the body was read: it can go on");
        // Devices have nobody who could tell them to wait.
        assert_eq!(ask("/clients/bootstrap/x", short).await.status(), StatusCode::OK);
        for enough in [Duration::from_secs(15), Duration::ZERO] {
            assert_eq!(ask("/d/clients/configs", enough).await.status(), StatusCode::OK);
        }
    }

    #[tokio::test]
    async fn what_is_read_is_limited() {
        for (length, whole) in [(0, true), (MAX_BODY, true), (MAX_BODY + 1, false), (20 * MAX_BODY, false)] {
            let request = Request::new(Body::from(vec![b'x'; length]));
            let (request, ends) = take(request, Duration::ZERO).await.unwrap();
            assert_eq!(ends, !whole, "{length}");
            assert_eq!(request.extensions().get::<Unread>().is_none(), whole, "{length}");
            let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
            assert_eq!(body.len(), if whole { length } else { 0 });
        }
    }
}
