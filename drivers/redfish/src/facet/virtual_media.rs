//! Virtual media: `VirtualMedia`, by action or by PATCH.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};
use underlay_hal::{
    Change, Credentials, Cx, Effect, Error, ErrorKind, Inserted, MediaImage, MediaKind, MediaSlot,
    MediaSlotId, Outcome, Result, VirtualMedia,
    uri::{has_userinfo, without_secrets},
};

use crate::{
    device::{RedfishDevice, tolerate},
    json::{Lenient as _, plain},
    quirks::{Quirk, Quirks},
    resource::Resource,
    transport::{Link, Reply, Request},
};

/// Slots that are looked at.
const SLOTS: usize = 32;
/// Tries while the service is still at the last eject (Q15a), and the pause between them.
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_secs(3);

/// DSP0268 `MediaTypes`.
fn kinds(body: &Value) -> Vec<MediaKind> {
    let words = body.texts(&["MediaTypes"]);
    let of = |word: &str| match word.to_ascii_lowercase().as_str() {
        "cd" => Some(MediaKind::Cd),
        "dvd" => Some(MediaKind::Dvd),
        "usbstick" | "usb" => Some(MediaKind::Usb),
        "floppy" => Some(MediaKind::Floppy),
        _ => None,
    };
    words.iter().filter_map(|word| of(word)).collect()
}

fn insert_action(body: &Value) -> Option<String> {
    body.text(&["Actions", "#VirtualMedia.InsertMedia", "target"])
}

fn eject_action(body: &Value) -> Option<String> {
    body.text(&["Actions", "#VirtualMedia.EjectMedia", "target"])
}

/// A slot as the service shows it.
pub(crate) fn slot(quirks: Quirks, resource: &Resource) -> MediaSlot {
    let body = &resource.body;
    let tail = resource.link.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let mut slot = MediaSlot::new(body.text(&["Id"]).unwrap_or_else(|| tail.to_owned()).into());
    slot.name = body.text(&["Name"]);
    slot.kinds = kinds(body);
    slot.image = body
        .at(&["Image"])
        .as_str()
        .filter(|uri| !uri.is_empty())
        .map(|uri| without_secrets(&plain(uri, 2048)));
    // Where nothing says so, an image that is shown is in.
    slot.inserted = body.truth(&["Inserted"]).unwrap_or(slot.image.is_some());
    slot.write_protected = body.truth(&["WriteProtected"]);
    let uploads_only =
        quirks.has(Quirk::RemoteSlotOnly) && slot.id.as_str().to_ascii_uppercase().contains("RDOC");
    // A slot without the action is written to; one that says where its image comes from another way is not ours.
    let other_road = matches!(body.text(&["ConnectedVia"]).as_deref(), Some("Applet" | "Oem"))
        && insert_action(body).is_none();
    slot.insertable = !uploads_only && !other_road;
    slot
}

fn holds(slot: &MediaSlot, uri: &str) -> bool {
    slot.inserted && slot.image.as_deref().is_some_and(|image| image == without_secrets(uri))
}

fn serves(slot: &MediaSlot, wanted: MediaKind) -> bool {
    slot.insertable && (slot.kinds.is_empty() || slot.kinds.iter().any(|kind| kind.serves(wanted)))
}

/// What is sent to insert an image, one demand of the service after the other (Q41, Q33e, Q26b): the address alone at
/// first, for some services refuse what others demand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Demands {
    protocol: bool,
    method: bool,
    login: bool,
    inserted: bool,
}

impl Demands {
    /// What a refusal asks for, beyond what was sent; `None` if nothing new.
    fn after(&self, error: &Error) -> Option<Self> {
        let words =
            format!("{} {}", error.message(), error.vendor_code().unwrap_or_default()).to_ascii_lowercase();
        let mut next = self.clone();
        if words.contains("transferprotocoltype") {
            next.protocol = true;
        } else if words.contains("transfermethod") {
            next.method = true;
        } else if words.contains("username") || words.contains("password") {
            next.login = true;
        } else if words.contains("inserted") {
            next.inserted = true;
        }
        (next != *self).then_some(next)
    }
}

/// `TransferProtocolType` of an address (DSP0268).
fn protocol(uri: &str) -> Option<&'static str> {
    let scheme = uri.split_once("://").map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    match scheme.as_str() {
        "http" => Some("HTTP"),
        "https" => Some("HTTPS"),
        "nfs" => Some("NFS"),
        "cifs" | "smb" => Some("CIFS"),
        "ftp" => Some("FTP"),
        "sftp" => Some("SFTP"),
        "tftp" => Some("TFTP"),
        "scp" => Some("SCP"),
        _ if uri.starts_with("//") => Some("CIFS"),
        _ if uri.contains(":/") => Some("NFS"),
        _ => None,
    }
}

fn body(image: &MediaImage, demands: &Demands) -> Value {
    let mut body = Map::new();
    body.insert("Image".to_owned(), json!(image.uri));
    // Write protection is what services do unless told otherwise, and some refuse to be told.
    if !image.write_protected {
        body.insert("WriteProtected".to_owned(), json!(false));
    }
    if demands.inserted {
        body.insert("Inserted".to_owned(), json!(true));
        body.insert("WriteProtected".to_owned(), json!(image.write_protected));
    }
    if let Some(protocol) = protocol(&image.uri).filter(|_| demands.protocol) {
        body.insert("TransferProtocolType".to_owned(), json!(protocol));
    }
    if demands.method {
        body.insert("TransferMethod".to_owned(), json!("Stream"));
    }
    match &image.credentials {
        Some(Credentials::Password { username, password }) => {
            body.insert("UserName".to_owned(), json!(username));
            body.insert("Password".to_owned(), json!(password.expose_secret()));
        }
        _ if demands.login => {
            // Who demands a login for an image that needs none is content with any.
            body.insert("UserName".to_owned(), json!("none"));
            body.insert("Password".to_owned(), json!("none"));
        }
        _ => {}
    }
    Value::Object(body)
}

impl RedfishDevice {
    async fn media(&self, cx: &Cx, operation: &'static str) -> Result<Vec<Resource>> {
        if self.media.is_empty() {
            return Err(Error::unsupported(operation));
        }
        let mut all = Vec::new();
        for collection in &self.media {
            let list = self.resources_of(cx, collection).await?;
            all.extend(list.into_iter().take(SLOTS));
        }
        Ok(all)
    }

    async fn insert_image(
        &self,
        cx: &Cx,
        wanted: Option<MediaSlotId>,
        image: &MediaImage,
    ) -> Result<Outcome<Inserted>> {
        const INSERT: &str = "virtual_media.insert";
        if has_userinfo(&image.uri) {
            let message = "the address holds credentials; give them apart, where they are kept out of logs";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let all = self.media(cx, INSERT).await?;
        let shown: Vec<_> = all.iter().map(|resource| (slot(self.quirks, resource), resource)).collect();
        let candidates: Vec<_> = match &wanted {
            Some(id) => {
                let found = shown.iter().filter(|(slot, _)| slot.id == *id).collect::<Vec<_>>();
                if found.is_empty() {
                    return Err(Error::new(ErrorKind::NotFound, format!("there is no slot {id}")));
                }
                found
            }
            None => shown.iter().filter(|(slot, _)| serves(slot, image.kind)).collect(),
        };
        if candidates.is_empty() {
            let message = format!("no slot takes a {}", image.kind.as_str());
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        if let Some((there, _)) = candidates.iter().find(|(slot, _)| holds(slot, &image.uri)) {
            let there = Inserted { slot: there.id.clone(), change: Change::AlreadySo };
            return Ok(Outcome::Done(there));
        }
        let free: Vec<_> = candidates.iter().filter(|(slot, _)| !slot.inserted).collect();
        if free.is_empty() {
            let held: Vec<_> = candidates
                .iter()
                .map(|(slot, _)| format!("{} holds {}", slot.id, slot.image.as_deref().unwrap_or("an image")))
                .collect();
            return Err(Error::new(ErrorKind::Conflict, format!("{}; eject it first", held.join(", "))));
        }
        let mut last = Error::unsupported(INSERT);
        for (slot, resource) in free {
            match self.insert_into(cx, slot, resource, image).await {
                Ok(done) => return Ok(done),
                // A slot that serves something else refuses, and nothing has happened; the next may do (Q35b, Q36).
                Err(error)
                    if error.effect() == Effect::None && is_the_slots_own(&error) && wanted.is_none() =>
                {
                    tracing::debug!(slot = %slot.id, "the slot does not take it: {}", error.report());
                    last = error;
                }
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    async fn insert_into(
        &self,
        cx: &Cx,
        slot: &MediaSlot,
        resource: &Resource,
        image: &MediaImage,
    ) -> Result<Outcome<Inserted>> {
        let sent = self.send_image(cx, slot, resource, image).await;
        let made = Inserted { slot: slot.id.clone(), change: Change::Made };
        let lost = match sent {
            Ok(reply) => match self.task(cx, &reply, "virtual_media.insert", false).await {
                Some(task) => return Ok(Outcome::Running(task)),
                None => return Ok(Outcome::Done(made)),
            },
            Err(error) if error.effect() == Effect::None => return Err(error),
            Err(error) => error,
        };
        let seen = self.client.get(cx, &resource.link).await;
        match seen {
            Ok(seen) if holds(&self::slot(self.quirks, &seen), &image.uri) => Ok(Outcome::Done(made)),
            _ => Err(lost),
        }
    }

    /// By the action if there is one, and by PATCH where there is none or it is not served (Q29a, Q39).
    async fn send_image(
        &self,
        cx: &Cx,
        slot: &MediaSlot,
        resource: &Resource,
        image: &MediaImage,
    ) -> Result<Reply> {
        let action = insert_action(&resource.body).and_then(|text| self.client.link(&text).ok());
        let Some(action) = action else {
            return self.patch_image(cx, resource, image).await;
        };
        // A stale address in an empty slot makes some services refuse the next one (Q26d).
        if slot.image.is_some() && !slot.inserted {
            tolerate(self.eject_resource(cx, resource).await)?;
        }
        let secrets = secrets(image);
        let mut demands = Demands::default();
        let mut tries = 0;
        loop {
            let body = body(image, &demands);
            let request = Request::change(http::Method::POST, &action, Some(&body), None).holding(&secrets);
            let error = match self.client.send(cx, &request).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            if let Some(next) = demands.after(&error).filter(|_| error.effect() == Effect::None) {
                demands = next;
                continue;
            }
            let unserved = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unsupported);
            if unserved && error.effect() == Effect::None {
                return self.patch_image(cx, resource, image).await;
            }
            // While an eject is under way, services break down over the next insert (Q15a). Whether this one took
            // effect is seen by looking, and only what did not is sent again.
            tries += 1;
            let broke_down = error.kind() == ErrorKind::DeviceFault && error.effect() == Effect::Unknown;
            if !broke_down || tries >= TRIES || cx.remaining().is_some_and(|left| left <= PAUSE) {
                return Err(error);
            }
            cx.sleep(PAUSE).await.map_err(|over| over.into_error(Effect::Unknown))?;
            match self.client.get(cx, &resource.link).await {
                Ok(seen) if !self::slot(self.quirks, &seen).inserted => {}
                _ => return Err(error),
            }
        }
    }

    async fn patch_image(&self, cx: &Cx, resource: &Resource, image: &MediaImage) -> Result<Reply> {
        let secrets = secrets(image);
        let whole = body(image, &Demands { inserted: true, ..Demands::default() });
        let sent = self.client.patch_secret(cx, resource, &whole, &[], &secrets).await;
        match sent {
            Err(error)
                if error.effect() == Effect::None && error.vendor_code() == Some("PropertyUnknown") =>
            {
                let bare = body(image, &Demands::default());
                self.client.patch_secret(cx, resource, &bare, &[], &secrets).await
            }
            other => other,
        }
    }

    async fn eject_resource(&self, cx: &Cx, resource: &Resource) -> Result<Reply> {
        let action = eject_action(&resource.body).and_then(|text| self.client.link(&text).ok());
        let Some(action) = action else {
            let empty = json!({ "Image": null, "Inserted": false });
            return self.client.patch(cx, resource, &empty, &[]).await;
        };
        // DSP0266 lets an action without parameters have no body; some services want an empty object (Q24b).
        let bare = Request::change(http::Method::POST, &action, None, None);
        match self.client.send(cx, &bare).await {
            Err(error)
                if error.effect() == Effect::None
                    && matches!(
                        error.kind(),
                        ErrorKind::DeviceFault | ErrorKind::Unsupported | ErrorKind::InvalidInput
                    ) =>
            {
                self.client.post(cx, &action, &json!({})).await
            }
            other => other,
        }
    }

    async fn eject_slot(&self, cx: &Cx, id: &MediaSlotId) -> Result<Outcome<Change>> {
        const EJECT: &str = "virtual_media.eject";
        let all = self.media(cx, EJECT).await?;
        let found = all.iter().find(|resource| slot(self.quirks, resource).id == *id);
        let resource =
            found.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no slot {id}")))?;
        if !slot(self.quirks, resource).inserted {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        match self.eject_resource(cx, resource).await {
            Ok(reply) => Ok(self.outcome(cx, &reply, EJECT).await),
            Err(error) if error.effect() == Effect::None => Err(error),
            Err(error) => match self.client.get(cx, &resource.link).await {
                Ok(seen) if !slot(self.quirks, &seen).inserted => Ok(Outcome::Done(Change::Made)),
                _ => Err(error),
            },
        }
    }
}

fn secrets(image: &MediaImage) -> Vec<&SecretString> {
    match &image.credentials {
        Some(Credentials::Password { password, .. }) => vec![password],
        _ => Vec::new(),
    }
}

/// Does the refusal speak of the slot rather than of the whole service or the image?
fn is_the_slots_own(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DeviceFault
            | ErrorKind::Unsupported
            | ErrorKind::NotFound
            | ErrorKind::InvalidInput
            | ErrorKind::Busy
    )
}

/// Where a slot's collection is: at the system (since 2021), and at the manager before that.
pub(crate) fn collections(device: &crate::transport::Client, holders: [&Value; 2]) -> Vec<Link> {
    let found = holders.into_iter().filter_map(|holder| device.linked(holder, &["VirtualMedia"]).ok());
    found.take(1).collect()
}

#[async_trait]
impl VirtualMedia for RedfishDevice {
    async fn slots(&self, cx: &Cx) -> Result<Vec<MediaSlot>> {
        const SLOTS: &str = "virtual_media.slots";
        let all = self.named(SLOTS, self.media(cx, SLOTS).await)?;
        Ok(all.iter().map(|resource| slot(self.quirks, resource)).collect())
    }

    async fn insert(
        &self,
        cx: &Cx,
        slot: Option<MediaSlotId>,
        image: &MediaImage,
    ) -> Result<Outcome<Inserted>> {
        self.named("virtual_media.insert", self.insert_image(cx, slot, image).await)
    }

    async fn eject(&self, cx: &Cx, slot: &MediaSlotId) -> Result<Outcome<Change>> {
        self.named("virtual_media.eject", self.eject_slot(cx, slot).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(body: Value) -> Resource {
        Resource { link: Link::root(), etag: None, body }
    }

    #[test]
    fn each_demand_is_met_once() {
        let refused = |word: &str| Error::new(ErrorKind::DeviceFault, format!("{word} is missing"));
        let mut demands = Demands::default();
        for word in ["TransferProtocolType", "TransferMethod", "UserName", "Inserted"] {
            demands = demands.after(&refused(word)).unwrap_or_else(|| panic!("{word}"));
            assert_eq!(demands.after(&refused(word)), None, "{word} was given already");
        }
        let sent = body(&MediaImage::new("nfs://files/a.iso", MediaKind::Cd), &demands);
        assert_eq!(sent["TransferProtocolType"], "NFS");
        assert_eq!((&sent["UserName"], &sent["TransferMethod"]), (&json!("none"), &json!("Stream")));
        let first = body(&MediaImage::new("http://files/a.iso", MediaKind::Cd), &Demands::default());
        assert_eq!(first, json!({"Image": "http://files/a.iso"}), "the first try has the address alone");
    }

    #[test]
    fn a_stale_address_is_no_inserted_image() {
        let stale = slot(Quirks::default(), &resource(json!({"Image": "http://f/a.iso", "Inserted": false})));
        assert!(!stale.inserted && stale.image.is_some() && !holds(&stale, "http://f/a.iso"));
        let there = slot(Quirks::default(), &resource(json!({"Image": "http://u:p@f/a.iso"})));
        assert!(there.inserted && holds(&there, "http://f/a.iso"), "{there:?}");
    }

    #[test]
    fn slots_that_serve_only_others_are_left_out() {
        let rdoc = resource(json!({"Id": "RDOC1", "MediaTypes": ["CD", "DVD"]}));
        let lenovo = slot(Quirks::only(&[Quirk::RemoteSlotOnly]), &rdoc);
        assert!(!serves(&lenovo, MediaKind::Cd) && serves(&slot(Quirks::default(), &rdoc), MediaKind::Cd));
        let dvd = slot(Quirks::default(), &resource(json!({"Id": "1", "MediaTypes": ["DVD"]})));
        assert!(serves(&dvd, MediaKind::Cd) && !serves(&dvd, MediaKind::Usb));
    }
}
