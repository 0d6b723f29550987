//! The identify light.

use async_trait::async_trait;
use underlay_hal::{Change, Cx, Identify, Outcome, Result};

use super::{device::ModelDevice, world::ModelWorld};
use crate::IdentifyTruth;

impl IdentifyTruth for ModelWorld {
    fn is_lit(&self) -> bool {
        self.state().lit
    }
}

#[async_trait]
impl Identify for ModelDevice {
    async fn is_lit(&self, cx: &Cx) -> Result<Option<bool>> {
        self.enter(cx, "identify.is_lit").await?;
        let lit = self.world.state().lit;
        Ok(Some(if self.breaks("identify::the_light_is_told") { false } else { lit }))
    }
    async fn set(&self, cx: &Cx, lit: bool) -> Result<Outcome<Change>> {
        self.enter(cx, "identify.set").await?;
        let mut state = self.world.state();
        if state.lit == lit && !self.breaks("identify::setting_twice_is_already_so") {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        state.mutations += 1;
        if lit || !self.breaks("identify::what_is_set_is_so") {
            state.lit = lit;
        }
        if self.breaks("identify::nothing_else_changes") {
            state.reset_host();
        }
        Ok(Outcome::Done(Change::Made))
    }
}
