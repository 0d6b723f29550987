//! Resources and collections: raw JSON with address and `ETag`.

use std::collections::HashSet;

use http::Method;
use secrecy::SecretString;
use serde_json::Value;
use underlay_hal::{Cx, Effect, Error, ErrorKind, Result};

use crate::{
    json::Lenient as _,
    quirks::Quirk,
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

    /// Reads one resource, and which methods it takes if it tells.
    pub(crate) async fn get_with_methods(&self, cx: &Cx, link: &Link) -> Result<(Resource, Option<String>)> {
        let reply = self.send(cx, &Request::get(link)).await?;
        let body = reply.json(link)?;
        let etag = reply.etag.or_else(|| body.text(&["@odata.etag"]));
        Ok((Resource { link: link.clone(), etag, body }, reply.allow))
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
        self.first_members(cx, collection, usize::MAX).await
    }

    /// As [`Client::members`], but no page more than so many members need.
    pub(crate) async fn first_members(
        &self,
        cx: &Cx,
        collection: &Link,
        enough: usize,
    ) -> Result<Vec<Member>> {
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
            if members.len() >= enough {
                members.truncate(enough);
                break;
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

    /// Runs an action whose body holds secrets: no words of the service that repeat one are kept.
    pub(crate) async fn post_secret(
        &self,
        cx: &Cx,
        target: &Link,
        body: &Value,
        secrets: &[&SecretString],
    ) -> Result<Reply> {
        self.send(cx, &Request::change(Method::POST, target, Some(body), None).holding(secrets)).await
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

    /// Changes a resource that was just read, climbing down the ladder of `ETag` habits on 412 and 428, which say that
    /// nothing was written: as last read, as it is now, its strong form, without quotes, none, any.
    ///
    /// - Where somebody else has meanwhile changed the very properties to be written, that is `PreconditionFailed`.
    pub(crate) async fn patch(
        &self,
        cx: &Cx,
        resource: &Resource,
        body: &Value,
        shaped_by: &[Quirk],
    ) -> Result<Reply> {
        self.patch_secret(cx, resource, body, shaped_by, &[]).await
    }

    /// The same with a body that holds secrets: no words of the service that repeat one are kept.
    pub(crate) async fn patch_secret(
        &self,
        cx: &Cx,
        resource: &Resource,
        body: &Value,
        shaped_by: &[Quirk],
        secrets: &[&SecretString],
    ) -> Result<Reply> {
        let attempt = async |etag: Option<&str>| {
            let request = Request::change(Method::PATCH, &resource.link, Some(body), etag).holding(secrets);
            self.send(cx, &request.shaped_by(shaped_by.iter().copied())).await
        };
        let stale = |result: &Result<Reply>| {
            matches!(result, Err(error) if error.kind() == ErrorKind::PreconditionFailed
                && error.effect() == Effect::None)
        };
        let first = attempt(resource.etag.as_deref()).await;
        if !stale(&first) {
            return first;
        }
        let now = self.get(cx, &resource.link).await?;
        if moved(&resource.body, &now.body, body) {
            return first;
        }
        let mut last = first;
        for etag in rungs(resource.etag.as_deref(), now.etag.as_deref()) {
            tracing::debug!(link = %resource.link, ?etag, "precondition failed; next rung");
            last = attempt(etag.as_deref()).await;
            if !stale(&last) {
                break;
            }
        }
        last
    }
}

/// What to try after the tag that was refused, in order (Q3a, Q3b, Q3c, Q30b, Q37a).
fn rungs(refused: Option<&str>, now: Option<&str>) -> Vec<Option<String>> {
    let strong = now.map(|etag| etag.strip_prefix("W/").unwrap_or(etag));
    let bare = strong.and_then(|etag| etag.strip_prefix('"')?.strip_suffix('"'));
    let mut rungs: Vec<Option<String>> = Vec::new();
    // What was refused once is tried again as it is now: some services refuse the first write after a change.
    for etag in [now, strong, bare].into_iter().flatten() {
        let etag = Some(etag.to_owned());
        if !rungs.contains(&etag) {
            rungs.push(etag);
        }
    }
    if refused.is_some() || now.is_some() {
        rungs.push(None);
    }
    rungs.push(Some("*".to_owned()));
    rungs
}

/// Has a property that the change names another value than it had?
fn moved(before: &Value, now: &Value, change: &Value) -> bool {
    let Value::Object(fields) = change else { return before != now };
    fields.iter().any(|(name, change)| {
        // What the protocol adds, such as an apply time, is no property.
        !name.starts_with('@') && moved(before.at(&[name]), now.at(&[name]), change)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_ladder_has_each_rung_once() {
        let told = |refused, now| -> Vec<String> {
            rungs(refused, now).into_iter().map(|rung| rung.unwrap_or_else(|| "none".to_owned())).collect()
        };
        assert_eq!(told(Some("W/\"1\""), Some("W/\"2\"")), ["W/\"2\"", "\"2\"", "2", "none", "*"]);
        assert_eq!(told(Some("\"1\""), Some("\"1\"")), ["\"1\"", "1", "none", "*"]);
        assert_eq!(told(None, None), ["*"]);
    }

    #[test]
    fn only_what_the_change_names_can_have_moved() {
        let before = json!({"Power": "Off", "Boot": {"Target": "None", "Mode": "UEFI"}});
        let now = json!({"Power": "On", "Boot": {"Target": "None", "Mode": "Legacy"}});
        assert!(!moved(&before, &now, &json!({"Boot": {"Target": "Pxe"}, "@Redfish.SettingsApplyTime": {}})));
        assert!(moved(&before, &now, &json!({"Boot": {"Mode": "UEFI"}})));
        assert!(moved(&before, &json!({}), &json!({"Boot": {"Target": "Pxe"}})));
    }
}
