//! The body of a response, which a fault may slow down or truncate.

use std::any::Any;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::apply_fault::Delivery;

const BEFORE_CLOSE: Duration = Duration::from_millis(20);

/// A body that is sent as a fault requires.
pub(super) struct DeliveredBody {
    rest: Bytes,
    truncated: bool,
    pause: Option<Duration>,
    sleep: Option<Pin<Box<Sleep>>>,
    length: u64,
    /// Dropped when the body was sent.
    _guard: Option<Box<dyn Any + Send + Sync>>,
}

impl DeliveredBody {
    pub(super) fn new(body: Bytes, delivery: Delivery) -> Self {
        let length = body.len() as u64;
        let truncated = delivery == Delivery::Truncated;
        let rest = if truncated { body.slice(..body.len() / 2) } else { body };
        let pause = match delivery {
            Delivery::Slow(pause) => Some(pause),
            _ => None,
        };
        Self { rest, truncated, pause, sleep: None, length, _guard: None }
    }

    /// Keeps a value until the body was sent.
    pub(super) fn with_guard(self, guard: impl Send + Sync + 'static) -> Self {
        Self { _guard: Some(Box::new(guard)), ..self }
    }
}

impl Body for DeliveredBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(sleep) = &mut self.sleep {
            ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        if self.rest.is_empty() {
            // An error closes the connection before the announced length is reached.
            return Poll::Ready(self.truncated.then(|| Err(io::Error::other("a fault truncates the body"))));
        }
        let frame = match self.pause {
            Some(pause) => {
                self.sleep = Some(Box::pin(sleep(pause)));
                self.rest.split_to(1)
            }
            None => {
                // The first half must be sent before the connection is closed.
                self.sleep = self.truncated.then(|| Box::pin(sleep(BEFORE_CLOSE)));
                std::mem::take(&mut self.rest)
            }
        };
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && !self.truncated
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
