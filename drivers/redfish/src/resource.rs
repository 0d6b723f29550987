//! Resources and collections: raw JSON with address and `ETag`.

use std::collections::HashSet;

use http::Method;
use serde_json::Value;
use underlay_hal::{Cx, Effect, Error, ErrorKind, Result};

use crate::{
    json::Lenient as _,
    transport::{Client, Link, Reply, Request},
};

/// All pages of a collection together may be as large as so many bodies.
const COLLECTION_BODIES: usize = 4;

/// One resource as the service gave it.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) link: Link,
    pub(crate) etag: Option<String>,
    pub(crate) body: Value,
}

/// A member of a collection: just its address, or the whole resource where the service expands it.
#[derive(Clone, Debug)]
pub(crate) enum Member {
    Link(Link),
    Whole(Resource),
}

impl Member {
    pub(crate) fn link(&self) -> &Link {
        match self {
            Self::Link(link) | Self::Whole(Resource { link, .. }) => link,
        }
    }
}

/// The members on one page; those that are not on this service are left out.
pub(crate) fn members_of(page: &Value, link: impl Fn(&str) -> Result<Link>) -> impl Iterator<Item = Member> {
    // Not `list`, which cuts: too many are an error, and the caller counts.
    page.at(&["Members"]).as_array().into_iter().flatten().filter_map(move |item| {
        let link = link(&item.link(&[])?).ok()?;
        // Expanded members without Id or Name come from services whose $expand is broken: read them singly.
        let whole = item.get("Id").is_some() && item.get("Name").is_some();
        Some(if whole {
            let etag = item.text(&["@odata.etag"]);
            Member::Whole(Resource { link, etag, body: item.clone() })
        } else {
            Member::Link(link)
        })
    })
}

/// Where the next page is: text by the standard, an object with `@odata.id` from some services.
pub(crate) fn further(page: &Value) -> Option<String> {
    let next = page.at(&["Members@odata.nextLink"]);
    next.as_str().map(str::to_owned).or_else(|| next.link(&[]))
}

impl Client {
    /// Reads one resource.
    pub(crate) async fn get(&self, cx: &Cx, link: &Link) -> Result<Resource> {
        let reply = self.send(cx, &Request::get(link)).await?;
        let body = reply.json(link)?;
        let etag = reply.etag.or_else(|| body.text(&["@odata.etag"]));
        Ok(Resource { link: link.clone(), etag, body })
    }

    /// The resource that a property of another one points to; `NotFound` if it points nowhere.
    pub(crate) async fn follow(&self, cx: &Cx, from: &Value, path: &[&str]) -> Result<Resource> {
        let link = self.linked(from, path)?;
        self.get(cx, &link).await
    }

    /// The address that a property holds.
    pub(crate) fn linked(&self, from: &Value, path: &[&str]) -> Result<Link> {
        let text = from.link(path).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("the service has no {}", path.join(".")))
        })?;
        self.link(&text)
    }

    /// Every address in an array of links; those that are not on this service are left out.
    pub(crate) fn linked_all(&self, from: &Value, path: &[&str]) -> Vec<Link> {
        from.list(path).iter().filter_map(|item| self.link(&item.link(&[])?).ok()).collect()
    }

    /// Every member of a collection, through all its pages.
    ///
    /// A page that comes twice, too many pages or too many members end it with `Protocol`.
    pub(crate) async fn members(&self, cx: &Cx, collection: &Link) -> Result<Vec<Member>> {
        let mut members = Vec::new();
        let mut seen = HashSet::new();
        let mut next = Some(collection.clone());
        let mut bytes = 0;
        while let Some(link) = next.take() {
            if !seen.insert(link.clone()) || seen.len() > self.settings.page_limit {
                let what = format!("{collection}: the collection has no end ({} pages read)", seen.len());
                return Err(Error::new(ErrorKind::Protocol, what));
            }
            let reply = self.send(cx, &Request::get(&link)).await?;
            bytes += reply.body.len();
            if bytes > self.settings.body_limit.saturating_mul(COLLECTION_BODIES) {
                let what =
                    format!("{collection}: the collection is larger than {COLLECTION_BODIES} bodies may be");
                return Err(Error::new(ErrorKind::Protocol, what));
            }
            let page = reply.json(&link)?;
            members.extend(members_of(&page, |text| self.link(text)));
            if members.len() > self.settings.member_limit {
                let what = format!("{collection}: more than {} members", self.settings.member_limit);
                return Err(Error::new(ErrorKind::Protocol, what));
            }
            next = further(&page).map(|text| self.link(&text)).transpose()?;
        }
        Ok(members)
    }

    /// The member as a resource, read if the collection held only its address.
    pub(crate) async fn member(&self, cx: &Cx, member: Member) -> Result<Resource> {
        match member {
            Member::Whole(resource) => Ok(resource),
            Member::Link(link) => self.get(cx, &link).await,
        }
    }

    /// Runs an action. No `If-Match`: services refuse it on actions.
    pub(crate) async fn post(&self, cx: &Cx, target: &Link, body: &Value) -> Result<Reply> {
        self.send(cx, &Request::change(Method::POST, target, Some(body), None)).await
    }

    /// Runs an action on the condition that a resource is as last read.
    pub(crate) async fn post_if_match(
        &self,
        cx: &Cx,
        target: &Link,
        body: &Value,
        etag: Option<&str>,
    ) -> Result<Reply> {
        self.send(cx, &Request::change(Method::POST, target, Some(body), etag)).await
    }

    /// Deletes a resource.
    pub(crate) async fn delete(&self, cx: &Cx, link: &Link) -> Result<Reply> {
        self.send(cx, &Request::change(Method::DELETE, link, None, None)).await
    }

    /// Changes a resource, climbing down the ladder of `ETag` habits on 412, which says that nothing was written:
    /// as last read, as it is now, its strong form, none.
    pub(crate) async fn patch(&self, cx: &Cx, resource: &Resource, body: &Value) -> Result<Reply> {
        let attempt = async |etag: Option<&str>| {
            self.send(cx, &Request::change(Method::PATCH, &resource.link, Some(body), etag)).await
        };
        let stale = |result: &Result<Reply>| {
            matches!(result, Err(error) if error.kind() == ErrorKind::PreconditionFailed
                && error.effect() == Effect::None)
        };
        let first = attempt(resource.etag.as_deref()).await;
        if !stale(&first) {
            return first;
        }
        let now = self.get(cx, &resource.link).await?.etag;
        let strong = now.as_deref().and_then(|etag| etag.strip_prefix("W/")).map(str::to_owned);
        let mut last = first;
        let rungs =
            [now.as_deref().filter(|etag| Some(*etag) != resource.etag.as_deref()), strong.as_deref()];
        for etag in rungs.into_iter().flatten().map(Some).chain([None]) {
            tracing::debug!(link = %resource.link, ?etag, "precondition failed; next rung");
            last = attempt(etag).await;
            if !stale(&last) {
                break;
            }
        }
        last
    }
}
