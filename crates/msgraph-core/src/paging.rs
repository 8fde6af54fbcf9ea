//! Collections that come page by page. See [Paging](https://learn.microsoft.com/graph/paging).

use std::collections::HashSet;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{fmt, vec};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use http::header::{ACCEPT, HeaderValue};
use http::{HeaderMap, StatusCode};
use reqwest::{Method, Request, Url};
use serde::de::DeserializeOwned;

use crate::{Endpoint, Error, ErrorKind, Item, Operation, Transport, UnreadableItem};

/// A page of a collection.
pub trait Collection {
    /// What it is a collection of.
    type Item;

    /// The URL of the next page, opaque; `None` on the last page.
    fn next_link(&self) -> Option<&str>;

    /// The items of this page.
    fn into_items(self) -> Vec<Item<Self::Item>>;
}

/// The pages of a collection, each read when it is asked for. Ends after the last page or the first error.
///
/// A link to the next page is used as it is, below the endpoint alone; one that leads elsewhere, or to a
/// page that was read already, is an [`ErrorKind::InvalidAnswer`].
#[must_use = "nothing is sent until it is polled"]
pub struct Pages<C> {
    operation: &'static str,
    answers: BoxedStream<PageAnswer<C>>,
    /// Those of the page that was read last.
    headers: HeaderMap,
}

/// The items of a collection, over all its pages. Ends after the last item, or the first error that is not of
/// one item: an item that is not what the description says is an [`ErrorKind::InvalidItem`], and those after
/// it follow.
#[must_use = "nothing is sent until it is polled"]
pub struct Items<C: Collection>(BoxedStream<C::Item>);

type BoxedStream<T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>;

/// A page, with the answer's status and headers.
type PageAnswer<C> = (C, StatusCode, HeaderMap);

impl<C: Collection + DeserializeOwned + Send + 'static> Pages<C> {
    /// The pages from the first on, which `first` gets; `next` is the operation that the others are read by.
    #[doc(hidden)]
    pub fn new(
        transport: Transport,
        next: Operation,
        first: impl Future<Output = Result<(C, StatusCode, HeaderMap), Error>> + Send + 'static,
    ) -> Self {
        let paging = Paging { transport, operation: next, seen: HashSet::new(), then: Then::First(Box::pin(first)) };
        let answers = stream::unfold(paging, |mut paging| async move { Some((paging.next().await?, paging)) });
        Self { operation: next.name, answers: Box::pin(answers), headers: HeaderMap::new() }
    }

    /// The next page; `None` after the last one.
    ///
    /// # Errors
    ///
    /// Those of the operation, and [`ErrorKind::InvalidAnswer`] for a link that can't be followed.
    pub async fn next(&mut self) -> Option<Result<C, Error>> {
        StreamExt::next(self).await
    }

    /// The items of the pages.
    pub fn items(self) -> Items<C>
    where
        C::Item: Send + 'static,
    {
        let operation = self.operation;
        let items = Vec::new().into_iter();
        let page = PageItems { operation, items, status: StatusCode::OK, headers: HeaderMap::new() };
        let state = (self.answers, page);
        Items(Box::pin(stream::unfold(state, |(mut pages, mut page)| async move {
            loop {
                if let Some(item) = page.next() {
                    return Some((item, (pages, page)));
                }
                match pages.next().await? {
                    Ok((collection, status, headers)) => {
                        page = PageItems { items: collection.into_items().into_iter(), status, headers, ..page };
                    }
                    Err(error) => return Some((Err(error), (pages, page))),
                }
            }
        })))
    }
}

impl<C> Pages<C> {
    /// A header of the page that was read last, such as `request-id` or `date`; `None` where the page has none or
    /// no page was read.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl<C> Stream for Pages<C> {
    type Item = Result<C, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.answers.as_mut().poll_next(context).map(|page| {
            Some(page?.map(|(collection, _, headers)| {
                self.headers = headers;
                collection
            }))
        })
    }
}

impl<C: Collection> Items<C> {
    /// The next item; `None` after the last one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidItem`] for an item that can't be read, whose JSON is the error's
    /// [`body`](Error::body); those of the pages.
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
            Item::Unreadable(item) => Err(self.error(&item)),
        })
    }

    fn error(&self, item: &UnreadableItem) -> Error {
        let json = Bytes::copy_from_slice(item.json().as_bytes());
        let error = Error::new(ErrorKind::InvalidItem, item.to_string()).of_operation(self.operation);
        error.with_answer(self.status, self.headers.clone(), json)
    }
}

/// How far a collection was read.
struct Paging<C> {
    transport: Transport,
    operation: Operation,
    seen: HashSet<Url>,
    then: Then<C>,
}

/// What comes next.
enum Then<C> {
    First(Pin<Box<dyn Future<Output = Result<PageAnswer<C>, Error>> + Send>>),
    Page(Url),
    Error(Error),
    End,
}

impl<C: Collection + DeserializeOwned> Paging<C> {
    async fn next(&mut self) -> Option<Result<PageAnswer<C>, Error>> {
        let answer = match std::mem::replace(&mut self.then, Then::End) {
            Then::First(first) => first.await,
            Then::Page(url) => self.read(url).await,
            Then::Error(error) => Err(error),
            Then::End => return None,
        };
        if let Ok((collection, status, headers)) = &answer
            && let Some(link) = collection.next_link()
        {
            self.then = match self.followed(link) {
                Ok(url) => Then::Page(url),
                Err(problem) => {
                    let error = Error::new(ErrorKind::InvalidAnswer, problem).of_operation(self.operation.name);
                    Then::Error(error.with_answer(*status, headers.clone(), Bytes::copy_from_slice(link.as_bytes())))
                }
            };
        }
        Some(answer)
    }

    /// Where a link leads, if the token may go there and nobody was there yet.
    fn followed(&mut self, link: &str) -> Result<Url, String> {
        let url = target(link, self.transport.endpoint())?;
        match self.seen.insert(url.clone()) {
            true => Ok(url),
            false => Err("whose nextLink leads to a page that was read already".to_owned()),
        }
    }

    async fn read(&mut self, url: Url) -> Result<PageAnswer<C>, Error> {
        let build = || {
            let mut request = Request::new(Method::GET, url.clone());
            request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
            Ok(request)
        };
        let answer = self.transport.execute(&build, self.operation).await?;
        match answer.status() {
            StatusCode::OK => answer.decode(),
            _ => Err(answer.into_error()),
        }
    }
}

/// Where a link leads, if that is below the endpoint.
fn target(link: &str, endpoint: &Endpoint) -> Result<Url, String> {
    // OData lets a link be relative.
    let base = Url::parse(&format!("{endpoint}/"));
    let url = base.and_then(|base| base.join(link)).map_err(|error| format!("whose nextLink is no URL: {error}"))?;
    match endpoint.covers(&url) {
        true => Ok(url),
        false => Err(format!("whose nextLink leads out of {endpoint}")),
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::target;
    use crate::Endpoint;

    /// Pieces of links, that lead out of an endpoint when they stand in the right order.
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
        fn a_link_that_is_followed_leads_below_the_endpoint(
            link in prop_oneof![
                prop::collection::vec(prop::sample::select(&PIECES[..]), 0..12).prop_map(|pieces| pieces.concat()),
                "https://graph\\.microsoft\\.com/beta/\\PC{0,30}",
                "\\PC{0,40}",
            ]
        ) {
            let endpoint = Endpoint::new(Endpoint::GLOBAL_BETA).unwrap();
            if let Ok(url) = target(&link, &endpoint) {
                // What is sent, and not what its parts are said to be.
                prop_assert!(url.as_str().starts_with("https://graph.microsoft.com/beta/"), "{link:?} leads to {url}");
                prop_assert!(!url.path().split('/').any(|segment| segment == ".."), "{link:?} leads to {url}");
            }
        }
    }
}
