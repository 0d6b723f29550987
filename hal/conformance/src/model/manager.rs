//! The management controller.

use async_trait::async_trait;
use underlay_hal::{Change, Cx, ErrorKind, Manager, ManagerInfo, ManagerReset, Outcome, Result};

use super::device::ModelDevice;

#[async_trait]
impl Manager for ModelDevice {
    async fn info(&self, cx: &Cx) -> Result<ManagerInfo> {
        self.enter(cx, "manager.info").await?;
        let mut info = ManagerInfo::default();
        if !self.breaks("manager::tells_its_firmware") {
            info.firmware_version = Some("1.0".to_owned());
        }
        info.protocol_version = Some("model".to_owned());
        Ok(info)
    }
    fn resets(&self) -> &[ManagerReset] {
        &[ManagerReset::Graceful]
    }
    async fn reset(&self, cx: &Cx, how: ManagerReset) -> Result<Outcome<Change>> {
        self.enter(cx, "manager.reset").await?;
        if how != ManagerReset::Graceful && !self.breaks("manager::unlisted_reset_is_unsupported_and_untried")
        {
            return Err(self.refuse("manager.reset", ErrorKind::Unsupported, "not supported"));
        }
        self.mutate();
        let mut state = self.world.state();
        state.manager_resets += 1;
        state.restart_manager();
        if self.breaks("manager::reset_restarts_it_and_not_the_host") {
            state.begin_boot();
        }
        Ok(Outcome::Done(Change::Made))
    }
}
