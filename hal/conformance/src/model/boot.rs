//! The boot override.

use async_trait::async_trait;
use underlay_hal::{Boot, BootOverride, BootTarget, Change, Cx, ErrorKind, Outcome, Persistence, Result};

use super::{device::ModelDevice, world::State};

const TARGETS: [BootTarget; 4] = [BootTarget::Pxe, BootTarget::Hdd, BootTarget::Cd, BootTarget::UefiHttp];

impl State {
    /// What the host boots from now; a one-time override is used up.
    pub(super) fn boot_source(&mut self) -> BootTarget {
        let own = self.first_of_order();
        let asked = self.boot.as_ref().filter(|_| !self.order.is_first);
        let source = match asked.map_or(own, |b| b.target) {
            // An empty drive is passed over.
            BootTarget::Cd if !self.media.has_cd() => BootTarget::Hdd,
            source => source,
        };
        self.boot.take_if(|b| b.persistence == Persistence::Once);
        source
    }
}

#[async_trait]
impl Boot for ModelDevice {
    fn targets(&self) -> &[BootTarget] {
        &TARGETS
    }
    fn persistences(&self) -> &[Persistence] {
        &[Persistence::Once, Persistence::Continuous]
    }
    fn takes_http_uri(&self) -> bool {
        !self.breaks("boot::an_unlisted_address_is_unsupported_and_untried")
    }
    async fn get(&self, cx: &Cx) -> Result<Option<BootOverride>> {
        self.enter(cx, "boot.get").await?;
        let seen = self.world.state().boot.clone();
        Ok(seen.or_else(|| {
            self.breaks("boot::once_is_used_once").then_some(BootOverride::once(BootTarget::Pxe))
        }))
    }
    async fn set(&self, cx: &Cx, to: Option<BootOverride>) -> Result<Outcome<Change>> {
        self.enter(cx, "boot.set").await?;
        if to.as_ref().is_some_and(|to| !TARGETS.contains(&to.target)) {
            return self.unsupported("boot.set", "boot::unlisted_target_is_unsupported_and_untried");
        }
        if to.as_ref().is_some_and(|to| to.http_uri.is_some() && to.target != BootTarget::UefiHttp) {
            let law = "boot::an_address_with_another_target_is_invalid_input_and_untried";
            return self.refused("boot.set", ErrorKind::InvalidInput, law);
        }
        let was = self.world.state().boot.clone();
        if was == to && !self.breaks("boot::setting_twice_is_already_so") {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        self.mutate();
        let mut stored = to.clone();
        if let Some(stored) = &mut stored {
            if self.breaks("boot::what_was_set_reads_back") {
                stored.persistence = Persistence::Continuous;
            }
            if self.breaks("boot::continuous_stays") {
                stored.persistence = Persistence::Once;
            }
            if self.breaks("boot::an_address_reads_back") {
                stored.http_uri = None;
            }
            if self.breaks("boot::another_target_clears_the_address") && stored.http_uri.is_none() {
                stored.http_uri = was.and_then(|was| was.http_uri);
            }
        }
        if !(to.is_none() && self.breaks("boot::none_removes_the_override")) {
            self.world.state().boot = stored;
        }
        if self.breaks("boot::setting_does_not_boot") {
            self.world.state().begin_boot();
        }
        self.answer("boot.set", "device::a_lost_answer_is_never_without_effect", Outcome::Done(Change::Made))
    }
}
