//! Virtual media.

use async_trait::async_trait;
use underlay_hal::{
    Change, Cx, ErrorKind, Inserted, MediaImage, MediaKind, MediaSlot, MediaSlotId, Outcome, Result,
    VirtualMedia, uri,
};

use super::{device::ModelDevice, world::ModelWorld};
use crate::VirtualMediaTruth;

/// The slots and what they take; the last one only serves a browser.
const SLOTS: [(&str, &[MediaKind], bool); 3] = [
    ("CD1", &[MediaKind::Cd, MediaKind::Dvd], true),
    ("USB1", &[MediaKind::Usb], true),
    ("WEB1", &[MediaKind::Floppy], false),
];

/// The address in each slot.
#[derive(Debug, Default)]
pub(super) struct Slots([Option<String>; SLOTS.len()]);

impl Slots {
    pub(super) fn has_cd(&self) -> bool {
        self.0.first().is_some_and(Option::is_some)
    }
}

impl VirtualMediaTruth for ModelWorld {
    fn inserted(&self) -> Vec<(MediaKind, String)> {
        let state = self.state();
        let pairs = SLOTS.iter().zip(&state.media.0);
        pairs.filter_map(|((_, kinds, _), uri)| Some((*kinds.first()?, uri.clone()?))).collect()
    }
    fn image_uri(&self) -> String {
        "http://192.0.2.7/image.iso".to_owned()
    }
}

fn place(id: &MediaSlotId) -> Option<usize> {
    SLOTS.iter().position(|(name, ..)| *name == id.as_str())
}

impl ModelDevice {
    fn unfit_image(
        &self,
        slot: Option<&MediaSlotId>,
        image: &MediaImage,
    ) -> Option<(ErrorKind, &'static str)> {
        if uri::has_userinfo(&image.uri) {
            let law = "virtual_media::credentials_in_the_address_are_invalid_input_and_untried";
            return Some((ErrorKind::InvalidInput, law));
        }
        if slot.is_some_and(|slot| place(slot).is_none()) {
            return Some((ErrorKind::NotFound, "virtual_media::an_unknown_slot_is_not_found"));
        }
        let takes = |(_, kinds, insertable): &(&str, &[MediaKind], bool)| {
            *insertable && kinds.iter().any(|kind| kind.serves(image.kind))
        };
        let law = "virtual_media::a_kind_of_no_slot_is_unsupported_and_untried";
        (!SLOTS.iter().any(takes)).then_some((ErrorKind::Unsupported, law))
    }
}

#[async_trait]
impl VirtualMedia for ModelDevice {
    async fn slots(&self, cx: &Cx) -> Result<Vec<MediaSlot>> {
        self.enter(cx, "virtual_media.slots").await?;
        let state = self.world.state();
        let pairs = SLOTS.iter().zip(&state.media.0);
        Ok(pairs
            .map(|((id, kinds, insertable), uri)| {
                let mut slot = MediaSlot::new((*id).into());
                slot.kinds = kinds.to_vec();
                slot.insertable = *insertable;
                slot.image = uri.clone();
                slot.inserted = uri.is_some() && !self.breaks("virtual_media::what_is_inserted_reads_back");
                slot
            })
            .collect())
    }
    async fn insert(
        &self,
        cx: &Cx,
        slot: Option<MediaSlotId>,
        image: &MediaImage,
    ) -> Result<Outcome<Inserted>> {
        const INSERT: &str = "virtual_media.insert";
        self.enter(cx, INSERT).await?;
        if let Some((kind, law)) = self.unfit_image(slot.as_ref(), image) {
            return self.refused(INSERT, kind, law);
        }
        let fits =
            |(_, kinds, _): &(&str, &[MediaKind], bool)| kinds.iter().any(|kind| kind.serves(image.kind));
        let mut at = slot.as_ref().map_or_else(|| SLOTS.iter().position(fits), place).unwrap_or_default();
        if self.breaks("virtual_media::the_host_boots_from_it") {
            // As a stick, whatever was asked for.
            at = 1;
        }
        let id = MediaSlotId::from(SLOTS[at].0);
        let mut state = self.world.state();
        let there = state.media.0[at].clone();
        if there.as_ref() == Some(&image.uri) && !self.breaks("virtual_media::inserting_again_is_already_so")
        {
            return Ok(Outcome::Done(Inserted { slot: id, change: Change::AlreadySo }));
        }
        let throws_out = self.breaks("virtual_media::another_image_in_the_slot_is_a_conflict_and_untried");
        if there.is_some_and(|there| there != image.uri) && !throws_out {
            return Err(self.refuse(INSERT, ErrorKind::Conflict, "another image is in it"));
        }
        state.mutations += 1;
        if !self.breaks("virtual_media::the_machine_sees_what_is_inserted") {
            state.media.0[at] = Some(image.uri.clone());
        }
        if self.breaks("virtual_media::inserting_does_not_boot") {
            state.reset_host();
        }
        drop(state);
        let done = Outcome::Done(Inserted { slot: id, change: Change::Made });
        self.answer(INSERT, "virtual_media::a_lost_answer_is_settled_by_reading_back", done)
    }
    async fn eject(&self, cx: &Cx, slot: &MediaSlotId) -> Result<Outcome<Change>> {
        const EJECT: &str = "virtual_media.eject";
        self.enter(cx, EJECT).await?;
        let Some(at) = place(slot) else {
            return Err(self.refuse(EJECT, ErrorKind::NotFound, "no such slot"));
        };
        let mut state = self.world.state();
        if state.media.0[at].is_none()
            && !self.breaks("virtual_media::ejecting_from_an_empty_slot_is_already_so")
        {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        state.mutations += 1;
        if !self.breaks("virtual_media::ejecting_empties_the_slot") {
            state.media.0[at] = None;
        }
        Ok(Outcome::Done(Change::Made))
    }
}
