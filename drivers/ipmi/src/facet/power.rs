use std::time::Duration;

use async_trait::async_trait;
use underlay_hal::{
    BootStage, BootStatus, Change, Cx, Error, Outcome, Power, PowerAction, PowerState, Result,
};
use underlay_ipmi_codec::command::chassis::{ChassisControl, ChassisStatus, GetChassisStatus};
use underlay_ipmi_codec::command::sensor::GetSensorReading;
use underlay_ipmi_codec::{Completion, event};

use super::manager::optional;
use super::repository::Repository;
use crate::error::Failure;
use crate::facet::event_log::BootEvents;
use crate::transport::bmc::Bmc;

/// Pauses between looks after a lost answer.
const READ_BACK: [u64; 4] = [250, 500, 1000, 1000];

const ACTIONS: &[PowerAction] = &[
    PowerAction::On,
    PowerAction::ForceOff,
    PowerAction::GracefulOff,
    PowerAction::ForceReset,
    PowerAction::Cycle,
    PowerAction::Nmi,
];

/// Host power: Get Chassis Status and Chassis Control.
///
/// What IPMI can honestly tell of the boot:
///
/// * `Off` from the chassis status.
/// * `Booted` while a discrete OS Boot sensor asserts a completed boot, `Post` while a System Firmware Progress
///   sensor asserts progress, hang or error; `Unknown` on BMCs without either, which are many.
/// * The mark is the newest System Boot Initiated event in the SEL: firmware that logs it does so at each boot.
///   There is none while the log has no such event, and none while the log has overflowed. The restart cause is no
///   mark: two boots may have the same.
#[derive(Debug)]
pub(crate) struct IpmiPower {
    bmc: Bmc,
    repository: Repository,
    boot_events: Option<BootEvents>,
}

impl IpmiPower {
    pub(crate) fn new(bmc: Bmc, repository: Repository, has_sel: bool) -> Self {
        let boot_events = has_sel.then(|| BootEvents::new(bmc.clone()));
        Self { bmc, repository, boot_events }
    }

    async fn chassis(&self, cx: &Cx) -> Result<ChassisStatus, Failure> {
        self.bmc.run(cx, &GetChassisStatus).await
    }

    /// After a lost answer: did the machine get where it was sent?
    async fn reached(&self, cx: &Cx, goal: PowerState) -> bool {
        for pause in READ_BACK {
            match self.chassis(cx).await {
                Ok(status) if state(status) == goal => return true,
                Ok(_) | Err(_) => {}
            }
            if cx.sleep(Duration::from_millis(pause)).await.is_err() {
                return false;
            }
        }
        false
    }

    async fn stage(&self, cx: &Cx) -> Result<BootStage, Failure> {
        let Ok(records) = self.repository.records(cx).await else { return Ok(BootStage::Unknown) };
        let mut stage = BootStage::Unknown;
        for sensor in records.sensors() {
            let of_interest =
                [event::SYSTEM_FIRMWARE_PROGRESS, event::OS_BOOT].contains(&sensor.record.sensor_type);
            if !of_interest || sensor.record.event_type != event::SENSOR_SPECIFIC || !sensor.is_local() {
                continue;
            }
            let command = GetSensorReading { sensor: sensor.key.number };
            let Some(reading) = optional(self.bmc.run_on(cx, sensor.key.lun, &command).await)? else {
                continue;
            };
            let states = reading.states.filter(|_| reading.is_valid()).unwrap_or(0);
            if sensor.record.sensor_type == event::OS_BOOT && states & 0x7F != 0 {
                return Ok(BootStage::Booted);
            }
            if sensor.record.sensor_type == event::SYSTEM_FIRMWARE_PROGRESS && states & 0x07 != 0 {
                stage = BootStage::Post;
            }
        }
        Ok(stage)
    }
}

fn state(status: ChassisStatus) -> PowerState {
    if status.power_on { PowerState::On } else { PowerState::Off }
}

fn control(action: PowerAction) -> Option<ChassisControl> {
    Some(match action {
        PowerAction::On => ChassisControl::PowerUp,
        PowerAction::ForceOff => ChassisControl::PowerDown,
        PowerAction::GracefulOff => ChassisControl::SoftShutdown,
        PowerAction::ForceReset => ChassisControl::HardReset,
        PowerAction::Cycle => ChassisControl::PowerCycle,
        PowerAction::Nmi => ChassisControl::DiagnosticInterrupt,
        _ => return None,
    })
}

#[async_trait]
impl Power for IpmiPower {
    fn actions(&self) -> &[PowerAction] {
        ACTIONS
    }

    async fn state(&self, cx: &Cx) -> Result<PowerState> {
        Ok(state(self.chassis(cx).await?))
    }

    async fn set(&self, cx: &Cx, action: PowerAction) -> Result<Outcome<Change>> {
        let control = control(action).ok_or_else(|| Error::unsupported("power.set"))?;
        // Some BMCs refuse "off" when off; and a look first also finds a session that is gone before it matters.
        let before = state(self.chassis(cx).await?);
        let goal = action.goal();
        if goal == Some(before) {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        let failure = match self.bmc.run(cx, &control).await {
            Ok(()) => return Ok(Outcome::Done(Change::Made)),
            Err(failure) => failure,
        };
        if let Some(goal) = goal {
            if failure.is_unknown() && self.reached(cx, goal).await {
                return Ok(Outcome::Done(Change::Made));
            }
            // "Not in this state": somebody else was faster.
            let refused = failure.completion() == Some(Completion::WRONG_STATE);
            if refused && self.chassis(cx).await.is_ok_and(|status| state(status) == goal) {
                return Ok(Outcome::Done(Change::AlreadySo));
            }
        }
        Err(failure.into())
    }

    async fn boot_status(&self, cx: &Cx) -> Result<BootStatus> {
        let is_on = self.chassis(cx).await?.power_on;
        let stage = if is_on { self.stage(cx).await? } else { BootStage::Off };
        let mark = match &self.boot_events {
            Some(events) => events.newest(cx).await?,
            None => None,
        };
        Ok(BootStatus { stage, mark })
    }
}
