use async_trait::async_trait;
use underlay_hal::{
    Boot, BootMode, BootOverride, BootTarget, Change, Cx, Effect, Error, ErrorKind, Outcome, Persistence,
    Result,
};
use underlay_ipmi_codec::command::boot::{
    BootDevice, BootFlags, GetBootOptions, Parameter, SetBootOptions, keep,
};

use super::manager::optional;
use crate::error::{Cause, Failure};
use crate::quirks::{BOOT_TARGETS, Quirks};
use crate::transport::bmc::Bmc;

/// The boot override: boot option parameter 5.
///
/// * The BMC drops the override 60 s after it was set unless parameter 3 says otherwise. It is told so each time;
///   where it has no parameter 3 (OpenBMC), power the host within that time.
/// * `mode: None` keeps the UEFI bit as it stands: IPMI has no "leave it to the device".
/// * Every set is read back. A BMC that accepted the flags and shows the device asked for, without the valid bit,
///   counts as set: some never report that bit.
#[derive(Debug)]
pub(crate) struct IpmiBoot {
    bmc: Bmc,
    quirks: Quirks,
}

impl IpmiBoot {
    pub(crate) fn new(bmc: Bmc, quirks: Quirks) -> Self {
        Self { bmc, quirks }
    }

    async fn flags(&self, cx: &Cx) -> Result<BootFlags, Failure> {
        let command = GetBootOptions::of(Parameter::BOOT_FLAGS);
        let option = self.bmc.run(cx, &command).await?;
        // "Parameter invalid" is how some firmware says that nothing is set; its data may then be short.
        match BootFlags::decode(&option.data) {
            Ok(flags) => Ok(BootFlags { valid: flags.valid && !option.invalid, ..flags }),
            Err(_) if option.invalid => Ok(BootFlags::NONE),
            Err(error) => Err(Failure {
                command: "Get System Boot Options",
                nature: underlay_ipmi_codec::command::Nature::Read,
                sent: true,
                cause: Cause::Malformed(error),
            }),
        }
    }

    fn read(&self, flags: &BootFlags) -> Option<BootOverride> {
        (flags.valid && flags.device != BootDevice::NONE).then(|| BootOverride {
            target: self.quirks.boot_target(flags.device),
            persistence: if flags.persistent { Persistence::Continuous } else { Persistence::Once },
            mode: Some(if flags.efi { BootMode::Uefi } else { BootMode::Legacy }),
            http_uri: None,
        })
    }
}

fn is_met(wanted: Option<&BootOverride>, seen: Option<&BootOverride>) -> bool {
    match (wanted, seen) {
        (None, None) => true,
        (Some(wanted), Some(seen)) => wanted.is_met_by(seen),
        _ => false,
    }
}

#[async_trait]
impl Boot for IpmiBoot {
    fn targets(&self) -> &[BootTarget] {
        BOOT_TARGETS
    }

    fn persistences(&self) -> &[Persistence] {
        &[Persistence::Once, Persistence::Continuous]
    }

    /// The boot flags have no room for an address (IPMI 2.0 table 28-14).
    fn takes_http_uri(&self) -> bool {
        false
    }

    async fn get(&self, cx: &Cx) -> Result<Option<BootOverride>> {
        let flags = self.flags(cx).await?;
        Ok(self.read(&flags))
    }

    async fn set(&self, cx: &Cx, to: Option<BootOverride>) -> Result<Outcome<Change>> {
        let unsupported = || Error::unsupported("boot.set");
        if to.as_ref().is_some_and(|to| !BOOT_TARGETS.contains(&to.target) || to.http_uri.is_some()) {
            return Err(unsupported());
        }
        let now = self.flags(cx).await?;
        // A device that is named without the valid bit is not in force, says the specification; but a BMC that never
        // reports the bit looks the same, so removing an override clears the name too.
        let leftover = to.is_none() && now.device != BootDevice::NONE;
        if is_met(to.as_ref(), self.read(&now).as_ref()) && !leftover {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        let wanted = match &to {
            None => BootFlags::NONE,
            Some(to) => {
                let efi = to.mode.map_or(now.efi, |mode| mode == BootMode::Uefi);
                let device = self.quirks.boot_device(to.target, efi).ok_or_else(unsupported)?;
                let persistent = to.persistence == Persistence::Continuous;
                BootFlags { valid: true, persistent, efi, device, ..BootFlags::NONE }
            }
        };
        if to.is_some() {
            let data = vec![keep::WITHOUT_CHASSIS_COMMAND];
            optional(
                self.bmc.run(cx, &SetBootOptions { parameter: Parameter::VALID_BIT_CLEARING, data }).await,
            )?;
        }
        let data = wanted.encode().to_vec();
        let sent = self.bmc.run(cx, &SetBootOptions { parameter: Parameter::BOOT_FLAGS, data }).await;
        match sent {
            Ok(()) => {}
            // The answer was lost: look, and say what is there.
            Err(failure) if failure.is_unknown() => {
                return match self.flags(cx).await {
                    Ok(flags) if is_met(to.as_ref(), self.read(&flags).as_ref()) => {
                        Ok(Outcome::Done(Change::Made))
                    }
                    Ok(_) | Err(_) => Err(failure.into()),
                };
            }
            Err(failure) => return Err(failure.into()),
        }
        let seen =
            self.flags(cx).await.map_err(|failure| Error::from(failure).with_effect(Effect::Unknown))?;
        // Some BMCs (OpenIPMI's) keep the device and never report the valid bit.
        if is_met(to.as_ref(), self.read(&seen).as_ref())
            || (to.is_some() && !seen.valid && seen.device == wanted.device)
        {
            return Ok(Outcome::Done(Change::Made));
        }
        let message = format!("the BMC accepted the boot flags and now has others: {:02x?}", seen.encode());
        Err(Error::new(ErrorKind::DeviceFault, message).with_effect(Effect::Applied))
    }
}
