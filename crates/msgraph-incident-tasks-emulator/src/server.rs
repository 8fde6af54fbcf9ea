//! The HTTP server: reads a request whole, has it answered, and logs what it was.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};

use crate::answer::Answers;
use crate::exchange::{self, State};

const MAX_BODY_BYTES: usize = 1024 * 1024;

pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new().fallback(move |request: Request<Body>| {
        let state = Arc::clone(&state);
        async move {
            // Of the request's headers none is logged: one of them is the token.
            let (method, path) = (request.method().clone(), request.uri().path().to_owned());
            let answer = answer(&state, request).await;
            tracing::info!(%method, path, status = answer.status().as_u16(), "answered");
            answer
        }
    })
}

async fn answer(state: &State, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    match to_bytes(body, MAX_BODY_BYTES).await {
        Ok(body) => exchange::answer(state, &Request::from_parts(head, body)).map(Body::from),
        Err(_) => Answers::to(&head.headers).too_large().map(Body::from),
    }
}
