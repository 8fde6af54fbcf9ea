//! The body of an answer, which may be written slowly or not to its end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::faults::Ending;

const BEFORE_CUT: Duration = Duration::from_millis(20);

/// A body that ends as a fault wants it to.
pub(crate) struct AnswerBody {
    left: Bytes,
    cut: bool,
    pace: Option<Duration>,
    wait: Option<Pin<Box<Sleep>>>,
    length: u64,
}

impl AnswerBody {
    pub(crate) fn new(body: Bytes, ending: Ending) -> Self {
        let length = body.len() as u64;
        let cut = ending == Ending::Cut;
        let left = if cut { body.slice(..body.len() / 2) } else { body };
        let pace = match ending {
            Ending::Slow(pace) => Some(pace),
            _ => None,
        };
        Self { left, cut, pace, wait: None, length }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(wait) = &mut self.wait {
            std::task::ready!(wait.as_mut().poll(context));
            self.wait = None;
        }
        if self.left.is_empty() {
            // An error closes the connection before the length that was announced is reached.
            return Poll::Ready(self.cut.then(|| Err(io::Error::other("a fault cuts the body off"))));
        }
        let frame = match self.pace {
            Some(pace) => {
                self.wait = Some(Box::pin(sleep(pace)));
                self.left.split_to(1)
            }
            None => {
                // What was written must be on its way before the connection is closed.
                self.wait = self.cut.then(|| Box::pin(sleep(BEFORE_CUT)));
                std::mem::take(&mut self.left)
            }
        };
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty() && !self.cut
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
