//! Collections in pages. See [Paging](https://learn.microsoft.com/graph/paging).

mod links;

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::{fmt, vec};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use http::header::{ACCEPT, HeaderValue};
use reqwest::{Method, Request, Url};

use crate::call::{Call, OperationInfo};
use crate::error::{Error, ErrorKind};
use crate::item::{Item, MalformedItem};
use crate::operation::{self, Operation};
use crate::raw_response::RawResponse;
use crate::redaction::Tokens;
use crate::response::Response;
use crate::retry::RetryMode;
use crate::transport::Transport;
use crate::write_outcome::WriteOutcome;
use links::Progress;

/// Returns the ID of an item.
pub type ItemId<T> = fn(&T) -> Option<&str>;

/// A page of a collection.
pub trait Collection {
    /// The type of an item.
    type Item;

    /// The property that has the items.
    const ITEMS: &'static str;

    /// Returns the ID of an item; `None` if items of this type have none.
    const ID: Option<ItemId<Self::Item>> = None;

    /// Returns the URL of the next page, opaque; `None` on the last page.
    fn next_link(&self) -> Option<&str>;

    /// Returns the items of this page.
    fn items(&self) -> &[Item<Self::Item>];

    /// Returns the items of this page.
    fn into_items(self) -> Vec<Item<Self::Item>>;

    /// Sets the items of this page.
    fn set_items(&mut self, items: Vec<Item<Self::Item>>);
}

/// The pages of a collection, each read when polled. Ends after the last page or the first error.
///
/// A link to the next page is used as it is. An [`ErrorKind::InvalidResponse`] is one that does not point to the
/// collection, or that was followed before, one after 100 pages in a row without a new item, and one after
/// [`Limits::pages`](crate::Limits::pages). After the last page an [`ErrorKind::UnexpectedStatus`] follows if one of the
/// pages was a 206: the collection is not complete.
#[must_use = "nothing is sent until it is polled"]
pub struct Pages<C> {
    operation: &'static str,
    responses: BoxedStream<(Response<C>, Call)>,
    /// Those of the page that was read last.
    last: Option<(Response<()>, Call)>,
}

/// The items of all pages of a collection. A malformed item is an [`ErrorKind::InvalidItem`], and the items after it
/// follow; any other error ends the collection.
#[must_use = "nothing is sent until it is polled"]
pub struct Items<C: Collection> {
    pages: Pages<C>,
    items: vec::IntoIter<Item<C::Item>>,
    /// The JSON pointers of what was repaired in the item that was returned last.
    repaired: Vec<String>,
    /// Its place in its page.
    index: Option<usize>,
    /// Those of the pages since they were taken last.
    warnings: Vec<String>,
}

/// The most warnings that are kept until they are taken.
const MAX_WARNINGS: usize = 100;

type BoxedStream<T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>;

impl<C: Collection + Send + 'static> Pages<C> {
    /// Returns the pages of an operation that lists a collection, or an error as the only result.
    pub fn new<O>(transport: Transport, operation: Result<O, Error>) -> Self
    where
        O: Operation<Response = C> + 'static,
    {
        let (operation, next) = match operation {
            Ok(operation) => (Some(operation), Next::First),
            Err(error) => (None, Next::Error(error.with_operation(O::NAME))),
        };
        let paging = Paging { transport, operation, progress: None, incomplete: None, next };
        let responses = stream::unfold(paging, |mut paging| async move { Some((paging.next().await?, paging)) });
        Self { operation: O::NAME, responses: Box::pin(responses), last: None }
    }

    /// Returns the next page; `None` after the last one.
    ///
    /// # Errors
    ///
    /// Those of the operation, and [`ErrorKind::InvalidResponse`] for a link that cannot be followed.
    pub async fn next(&mut self) -> Option<Result<C, Error>> {
        StreamExt::next(self).await
    }

    /// Returns the items of the pages.
    pub fn items(self) -> Items<C> {
        Items { pages: self, items: Vec::new().into_iter(), repaired: Vec::new(), index: None, warnings: Vec::new() }
    }
}

impl<C> Pages<C> {
    /// Returns status, headers and repairs of the page that was read last; `None` if no page was read.
    pub fn response(&self) -> Option<&Response<()>> {
        self.last.as_ref().map(|(response, _)| response)
    }

    /// Returns a header of the last page, such as `request-id` or `date`; `None` if it has none or no page was read.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response()?.header(name)
    }

    fn error(&self, item: &MalformedItem) -> Error {
        let error = Error::new(ErrorKind::InvalidItem, item.to_string()).with_operation(self.operation);
        match &self.last {
            Some((response, call)) => of_page(error, response, call, Bytes::copy_from_slice(item.json().as_bytes())),
            None => error,
        }
    }
}

impl<C> Stream for Pages<C> {
    type Item = Result<C, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.responses.as_mut().poll_next(context).map(|page| {
            Some(page?.map(|(response, call)| {
                let (collection, response) = response.into_parts();
                self.last = Some((response, call));
                collection
            }))
        })
    }
}

impl<C: Collection> Items<C> {
    /// Returns the next item; `None` after the last one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidItem`] for a malformed item, whose JSON is the error's [`body`](Error::body); those of the
    /// pages.
    pub async fn next(&mut self) -> Option<Result<C::Item, Error>> {
        StreamExt::next(self).await
    }

    /// Returns status, headers and repairs of the page of the item that was returned last; `None` if no page was read.
    pub fn response(&self) -> Option<&Response<()>> {
        self.pages.response()
    }

    /// Returns the JSON pointers of what was repaired in the item that was returned last, as
    /// [`Response::repaired`] has those of a page.
    pub fn repaired(&self) -> &[String] {
        &self.repaired
    }

    /// Takes the [warnings](Response::warnings) of the pages that were read since the last call: the first hundred.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    fn next_of_page(&mut self) -> Option<Result<C::Item, Error>> {
        let item = self.items.next()?;
        let index = self.index.map_or(0, |index| index + 1);
        self.index = Some(index);
        self.repaired.clear();
        let repaired = self.pages.response().map(Response::repaired).unwrap_or_default();
        if !repaired.is_empty() {
            let prefix = format!("/{}/{index}", C::ITEMS);
            let of_item = repaired.iter().filter_map(|pointer| pointer.strip_prefix(&prefix));
            self.repaired.extend(of_item.filter(|rest| rest.is_empty() || rest.starts_with('/')).map(str::to_owned));
        }
        Some(match item {
            Item::Read(item) => Ok(item),
            Item::Malformed(item) => Err(self.pages.error(&item)),
        })
    }
}

/// No item is pinned.
impl<C: Collection> Unpin for Items<C> {}

impl<C: Collection> Stream for Items<C> {
    type Item = Result<C::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.next_of_page() {
                return Poll::Ready(Some(item));
            }
            match ready!(self.pages.poll_next_unpin(context)) {
                Some(Ok(page)) => {
                    (self.items, self.index) = (page.into_items().into_iter(), None);
                    let Self { pages, warnings, .. } = &mut *self;
                    let left = MAX_WARNINGS - warnings.len();
                    warnings
                        .extend(pages.response().iter().flat_map(|page| page.warnings()).take(left).map(str::to_owned));
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<C> fmt::Debug for Pages<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

impl<C: Collection> fmt::Debug for Items<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").finish_non_exhaustive()
    }
}

/// The position in a collection.
struct Paging<O> {
    transport: Transport,
    operation: Option<O>,
    /// From the first page that has a link.
    progress: Option<Progress>,
    /// That of a page that was only a part of itself.
    incomplete: Option<Error>,
    next: Next,
}

enum Next {
    First,
    Page(Url),
    Error(Error),
    End,
}

impl<O: Operation<Response: Collection>> Paging<O> {
    async fn next(&mut self) -> Option<Result<(Response<O::Response>, Call), Error>> {
        let next = std::mem::replace(&mut self.next, Next::End);
        let (response, operation) = match (next, &self.operation) {
            (Next::First, Some(operation)) => (self.transport.call(operation, O::RETRY_MODE).await, operation),
            (Next::Page(url), Some(operation)) => (self.read(url).await, operation),
            (Next::Error(error), _) => return Some(Err(error)),
            _ => return self.incomplete.take().map(Err),
        };
        let decoded = response.and_then(|(response, call)| Ok((response.decode_partial(operation, &call)?, call)));
        let ((page, error), call) = match decoded {
            Ok(decoded) => decoded,
            Err(error) => return Some(Err(error)),
        };
        if page.status() == StatusCode::PARTIAL_CONTENT.as_u16() {
            self.incomplete.get_or_insert_with(|| incomplete(&page, &call));
        }
        // A blank link is the end of the list.
        let link = page.value().next_link().filter(|link| !link.trim().is_empty()).map(str::to_owned);
        self.next = match (error, link) {
            (Some(error), _) => Next::Error(error),
            (None, None) => Next::End,
            (None, Some(link)) => match self.followed(page.value(), &link) {
                Ok(url) => Next::Page(url),
                Err(problem) => {
                    let error = Error::new(ErrorKind::InvalidResponse, problem);
                    Next::Error(of_page(error, &page, &call, Bytes::from(link)))
                }
            },
        };
        Some(Ok((page, call)))
    }

    /// Returns the URL of a page's link, if it may be followed.
    fn followed(&mut self, page: &O::Response, link: &str) -> Result<Url, String> {
        let endpoint = self.transport.endpoint();
        let progress = match (&mut self.progress, &self.operation) {
            (Some(progress), _) => progress,
            (none, Some(operation)) => {
                let url = operation::url(operation, endpoint).map_err(|error| error.to_string())?;
                none.insert(Progress::new(url))
            }
            (None, None) => return Err("there is no first page".to_owned()),
        };
        progress.read(page);
        progress.followed(link, endpoint, self.transport.limits().pages)
    }

    async fn read(&self, url: Url) -> Result<(RawResponse, Call), Error> {
        let build = || {
            let mut request = Request::new(Method::GET, url.clone());
            request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
            Ok(request)
        };
        let info = OperationInfo { retry_mode: RetryMode::Idempotent, ..operation::info::<O>() };
        self.transport.execute(info, &build, self.transport.now(), Tokens::default()).await
    }
}

/// Returns the error of a page that was only a part of itself.
fn incomplete<T>(page: &Response<T>, call: &Call) -> Error {
    let warnings: Vec<_> = page.warnings().collect();
    let message = match warnings.as_slice() {
        [] => "the collection is not complete".to_owned(),
        warnings => format!("the collection is not complete: {}", warnings.join(", ")),
    };
    of_page(Error::new(ErrorKind::UnexpectedStatus, message), page, call, Bytes::new())
}

/// Returns an error about a part of a page, which is its body.
fn of_page<T>(error: Error, page: &Response<T>, call: &Call, part: Bytes) -> Error {
    error.of_call(call, WriteOutcome::NotApplied).with_response(page.raw(part))
}
