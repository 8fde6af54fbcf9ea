//! Collections in pages. See [Paging](https://learn.microsoft.com/graph/paging).

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{fmt, vec};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use http::header::{ACCEPT, HeaderValue};
use http::{HeaderMap, StatusCode};
use reqwest::{Method, Request, Url};

use crate::call::{Call, OperationInfo};
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind};
use crate::item::{Item, MalformedItem};
use crate::operation::{self, Operation};
use crate::raw_response::RawResponse;
use crate::response::Response;
use crate::retry::RetryMode;
use crate::transport::Transport;

/// A page of a collection.
pub trait Collection {
    /// The type of an item.
    type Item;

    /// The property that has the items.
    const ITEMS: &'static str;

    /// Returns the URL of the next page, opaque; `None` on the last page.
    fn next_link(&self) -> Option<&str>;

    /// Returns the items of this page.
    fn into_items(self) -> Vec<Item<Self::Item>>;

    /// Sets the items of this page.
    fn set_items(&mut self, items: Vec<Item<Self::Item>>);
}

/// The pages of a collection, each read when it is polled. Ends after the last page or the first error.
///
/// A link to the next page is used as it is. One that is not below the endpoint, or that was followed before,
/// is an [`ErrorKind::InvalidResponse`].
#[must_use = "nothing is sent until it is polled"]
pub struct Pages<C> {
    operation: &'static str,
    responses: BoxedStream<Response<C>>,
    /// Those of the page that was read last.
    headers: HeaderMap,
}

/// The items of a collection, over all its pages. Ends after the last item, or the first error that is not of
/// one item: an item that does not match the schema is an [`ErrorKind::InvalidItem`], and those after it follow.
#[must_use = "nothing is sent until it is polled"]
pub struct Items<C: Collection>(BoxedStream<C::Item>);

type BoxedStream<T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>;

impl<C: Collection + Send + 'static> Pages<C> {
    /// Returns the pages of an operation that lists a collection. An error in its place is the only result.
    pub fn new<O>(transport: Transport, operation: Result<O, Error>) -> Self
    where
        O: Operation<Response = C> + 'static,
    {
        let paging =
            Paging { transport, seen: HashSet::new(), hasher: RandomState::new(), next: Next::First(operation) };
        let responses = stream::unfold(paging, |mut paging| async move { Some((paging.next().await?, paging)) });
        Self { operation: O::NAME, responses: Box::pin(responses), headers: HeaderMap::new() }
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
    pub fn items(self) -> Items<C>
    where
        C::Item: Send + 'static,
    {
        let page = PageItems {
            operation: self.operation,
            items: Vec::new().into_iter(),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
        };
        Items(Box::pin(stream::unfold((self.responses, page), |(mut responses, mut page)| async move {
            loop {
                if let Some(item) = page.next() {
                    return Some((item, (responses, page)));
                }
                match responses.next().await? {
                    Ok(response) => {
                        let (collection, status, headers) = response.into_parts();
                        page = PageItems { items: collection.into_items().into_iter(), status, headers, ..page };
                    }
                    Err(error) => return Some((Err(error), (responses, page))),
                }
            }
        })))
    }
}

impl<C> Pages<C> {
    /// Returns a header of the page that was read last, such as `request-id` or `date`; `None` if the page has none or
    /// no page was read.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl<C> Stream for Pages<C> {
    type Item = Result<C, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.responses.as_mut().poll_next(context).map(|page| {
            Some(page?.map(|response| {
                let (collection, _, headers) = response.into_parts();
                self.headers = headers;
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
        self.0.next().await
    }
}

impl<C: Collection> Stream for Items<C> {
    type Item = Result<C::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
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

/// The items of one page that are left.
struct PageItems<T> {
    operation: &'static str,
    items: vec::IntoIter<Item<T>>,
    status: StatusCode,
    headers: HeaderMap,
}

impl<T> PageItems<T> {
    fn next(&mut self) -> Option<Result<T, Error>> {
        Some(match self.items.next()? {
            Item::Read(item) => Ok(item),
            Item::Malformed(item) => Err(self.error(&item)),
        })
    }

    fn error(&self, item: &MalformedItem) -> Error {
        let body = Bytes::copy_from_slice(item.json().as_bytes());
        let response = RawResponse { status: self.status, headers: self.headers.clone(), body };
        let error = Error::new(ErrorKind::InvalidItem, item.to_string()).with_operation(self.operation);
        error.with_response(response)
    }
}

/// How far a collection was read.
struct Paging<O> {
    transport: Transport,
    /// The links that were followed, as hashes.
    seen: HashSet<u64>,
    hasher: RandomState,
    next: Next<O>,
}

enum Next<O> {
    First(Result<O, Error>),
    Page(Url),
    Error(Error),
    End,
}

impl<O: Operation<Response: Collection>> Paging<O> {
    async fn next(&mut self) -> Option<Result<Response<O::Response>, Error>> {
        let response = match std::mem::replace(&mut self.next, Next::End) {
            Next::First(Ok(operation)) => self.first(&operation).await,
            Next::First(Err(error)) => Err(error.with_operation(O::NAME)),
            Next::Page(url) => self.read(url).await,
            Next::Error(error) => Err(error),
            Next::End => return None,
        };
        let (page, error) = match response {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        // A blank link is the end of the list.
        let link = page.value().next_link().filter(|link| !link.trim().is_empty());
        self.next = match (error, link) {
            (Some(error), _) => Next::Error(error),
            (None, None) => Next::End,
            (None, Some(link)) => match self.followed(link) {
                Ok(url) => Next::Page(url),
                Err(problem) => {
                    let error = Error::new(ErrorKind::InvalidResponse, problem).with_operation(O::NAME);
                    Next::Error(error.with_response(page.raw(Bytes::copy_from_slice(link.as_bytes()))))
                }
            },
        };
        Some(Ok(page))
    }

    async fn first(&self, operation: &O) -> Result<PartialPage<O>, Error> {
        let (response, call) = self.transport.call(operation, O::RETRY_MODE).await?;
        response.decode_partial::<O>(&call)
    }

    /// Returns the URL of a link, if the token may go there and the link was not followed before.
    fn followed(&mut self, link: &str) -> Result<Url, String> {
        let url = target(link, self.transport.endpoint())?;
        let limit = self.transport.limits().pages as usize;
        if self.seen.len() + 1 >= limit {
            return Err(format!("the collection has more than {limit} pages"));
        }
        if self.seen.insert(self.hasher.hash_one(url.as_str())) {
            Ok(url)
        } else {
            Err("nextLink points to a page that was read before".to_owned())
        }
    }

    async fn read(&self, url: Url) -> Result<PartialPage<O>, Error> {
        let build = || {
            let mut request = Request::new(Method::GET, url.clone());
            request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
            Ok(request)
        };
        let info = OperationInfo { retry_mode: RetryMode::Idempotent, ..operation::info::<O>() };
        let (response, call): (RawResponse, Call) = self.transport.execute(info, &build, self.transport.now()).await?;
        response.decode_partial::<O>(&call)
    }
}

/// A page, and the error that the service has put beside it.
type PartialPage<O> = (Response<<O as Operation>::Response>, Option<Error>);

/// Returns the URL of a link, if it is below the endpoint.
fn target(link: &str, endpoint: &Endpoint) -> Result<Url, String> {
    // OData allows a link to be relative.
    let base = Url::parse(&format!("{endpoint}/"));
    let url = base.and_then(|base| base.join(link)).map_err(|error| format!("nextLink is not a URL: {error}"))?;
    if endpoint.covers(&url) { Ok(url) } else { Err(format!("nextLink points outside of {endpoint}")) }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::target;
    use crate::endpoint::Endpoint;

    /// Pieces of links, that leave an endpoint if they are in the right order.
    const PIECES: [&str; 26] = [
        "https",
        "http",
        ":",
        "/",
        "//",
        "\\",
        "graph.microsoft.com",
        "graph.microsoft.com.",
        "evil.test",
        "@",
        ":443",
        ":444",
        "beta",
        "betas",
        "..",
        ".",
        "%2e%2e",
        "%2f",
        "%5c",
        "?",
        "#",
        "$skiptoken=a",
        "\t",
        "\n",
        " ",
        "\u{ff0e}",
    ];

    proptest! {
        #[test]
        fn a_link_that_is_followed_is_below_the_endpoint(
            link in prop_oneof![
                prop::collection::vec(prop::sample::select(&PIECES[..]), 0..12).prop_map(|pieces| pieces.concat()),
                "https://graph\\.microsoft\\.com/beta/\\PC{0,30}",
                "\\PC{0,40}",
            ]
        ) {
            let endpoint = Endpoint::new(Endpoint::GLOBAL_BETA).unwrap();
            if let Ok(url) = target(&link, &endpoint) {
                // The URL as it is sent, not its parts.
                prop_assert!(url.as_str().starts_with("https://graph.microsoft.com/beta/"), "{link:?} resolves to {url}");
                prop_assert!(!url.path().split('/').any(|segment| segment == ".."), "{link:?} resolves to {url}");
            }
        }
    }
}
