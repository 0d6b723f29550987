//! Virtual media: images that the machine sees as drives.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Change, Credentials, Cx, MediaSlotId, Outcome, Result};

/// What a slot looks like to the machine (DSP0268 `VirtualMedia.MediaTypes`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MediaKind {
    /// A CD drive.
    Cd,
    /// A DVD drive.
    Dvd,
    /// A USB stick.
    Usb,
    /// A floppy drive.
    Floppy,
}

impl MediaKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Cd, Self::Dvd, Self::Usb, Self::Floppy];

    /// The kind in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cd => "cd",
            Self::Dvd => "dvd",
            Self::Usb => "usb",
            Self::Floppy => "floppy",
        }
    }

    /// Does a slot of this kind serve when the other is asked for? A DVD drive reads CDs.
    #[must_use]
    pub const fn serves(self, wanted: Self) -> bool {
        self as u8 == wanted as u8 || matches!((self, wanted), (Self::Dvd, Self::Cd) | (Self::Cd, Self::Dvd))
    }
}

/// One slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MediaSlot {
    /// The device's name of it.
    pub id: MediaSlotId,
    /// Its name for people.
    pub name: Option<String>,
    /// What it looks like to the machine.
    pub kinds: Vec<MediaKind>,
    /// The address of its image, without secrets; also a stale one, where the device keeps showing it.
    pub image: Option<String>,
    /// Is an image in it now?
    pub inserted: bool,
    /// Can the machine write to it?
    pub write_protected: Option<bool>,
    /// Can an image be inserted from here? Some slots only serve a browser or another tool.
    pub insertable: bool,
}

impl MediaSlot {
    /// An empty slot of which only the name is known.
    #[must_use]
    pub fn new(id: MediaSlotId) -> Self {
        Self {
            id,
            name: None,
            kinds: Vec::new(),
            image: None,
            inserted: false,
            write_protected: None,
            insertable: true,
        }
    }
}

/// An image to be inserted.
#[derive(Clone)]
pub struct MediaImage {
    /// An address that the device can reach, without credentials in it.
    pub uri: String,
    /// As what the machine shall see it.
    pub kind: MediaKind,
    /// Whether the machine must not write to it.
    pub write_protected: bool,
    /// What the device logs in with there.
    pub credentials: Option<Credentials>,
}

impl MediaImage {
    /// A write-protected image that anybody may read.
    #[must_use]
    pub fn new(uri: impl Into<String>, kind: MediaKind) -> Self {
        Self { uri: uri.into(), kind, write_protected: true, credentials: None }
    }
}

impl fmt::Debug for MediaImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaImage")
            .field("uri", &crate::uri::without_secrets(&self.uri))
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Where an image was put.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inserted {
    /// The slot.
    pub slot: MediaSlotId,
    /// Was it put there by us, or was it there already?
    pub change: Change,
}

/// The virtual media of a machine (DSP0268 `VirtualMedia`).
///
/// - What was inserted is what [`VirtualMedia::slots`] shows as inserted, until it is ejected.
/// - An image that is in a fitting slot already is not inserted again.
/// - Another image in the slot asked for is not thrown out: `Conflict`, and nothing is sent.
/// - Inserting does not boot from it; that is [`crate::Boot::set`] with the target that [`MediaKind`] tells.
#[async_trait]
pub trait VirtualMedia: fmt::Debug + Send + Sync {
    /// The slots, in the device's order.
    ///
    /// # Errors
    /// As every read. A slot that cannot be read is left out.
    async fn slots(&self, cx: &Cx) -> Result<Vec<MediaSlot>>;

    /// Inserts an image into that slot, or into the first free one that fits and takes it.
    ///
    /// # Errors
    /// `Unsupported` if no slot is of that kind; `Conflict` if the slots that fit hold another image; `NotFound` for
    /// a slot that is not there; `InvalidInput` for an address with credentials in it, or that the device refuses;
    /// all with effect `None`. `Timeout` with effect `Unknown` only if reading back could not tell.
    async fn insert(
        &self,
        cx: &Cx,
        slot: Option<MediaSlotId>,
        image: &MediaImage,
    ) -> Result<Outcome<Inserted>>;

    /// Ejects what is in the slot. `Done(AlreadySo)` if nothing is.
    ///
    /// # Errors
    /// `NotFound` for a slot that is not there.
    async fn eject(&self, cx: &Cx, slot: &MediaSlotId) -> Result<Outcome<Change>>;
}
