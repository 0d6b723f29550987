//! System boot options (IPMI 2.0, sections 28.12 and 28.13).
use underlay_ipmi_codec::Completion;

use super::{Answer, Desk, fields, refused};
use crate::plant::{BootMode, BootOverride, BootTarget, Origin, Persistence};

/// The parameter is not supported.
const UNSUPPORTED: Completion = Completion(0x80);

/// Seconds after which flags lose their validity.
const VALIDITY: f64 = 60.0;

/// Parameters that the machine itself does not know.
#[derive(Debug, Default)]
pub(in crate::ipmi) struct BootParameters {
    in_progress: u8,
    /// Parameter 3, bit 3: flags do not expire.
    valid_bit_clearing: u8,
    acknowledge: u8,
}

pub(super) fn set(desk: &mut Desk<'_>, data: &[u8]) -> Answer {
    let [selector] = fields(data)?;
    let value = data.get(1..).unwrap_or_default();
    match selector & 0x7F {
        0 => {
            let [state] = fields(value)?;
            desk.boot.in_progress = state & 0b11;
        }
        3 if desk.server.spec().persona.quirk("ipmi-boot-parameter-3-unsupported") => {
            return Err(UNSUPPORTED);
        }
        3 => {
            let [bits] = fields(value)?;
            desk.boot.valid_bit_clearing = bits & 0x1F;
        }
        4 => {
            let [mask, bits] = fields(value)?;
            desk.boot.acknowledge = desk.boot.acknowledge & !mask | bits & mask;
        }
        5 => set_flags(desk, value)?,
        _ => return Err(UNSUPPORTED),
    }
    Ok(Vec::new())
}

fn set_flags(desk: &mut Desk<'_>, value: &[u8]) -> Result<(), Completion> {
    let [flags, device] = fields(value)?;
    let valid = flags & 0x80 != 0;
    let target = match device >> 2 & 0x0F {
        0 => None,
        1 => Some(BootTarget::Pxe),
        2 | 3 | 9 | 11 => Some(BootTarget::Disk),
        4 => Some(BootTarget::Diagnostics),
        5 | 8 => Some(BootTarget::Cd),
        6 => Some(BootTarget::BiosSetup),
        7 | 15 => Some(BootTarget::Floppy),
        _ => return Err(Completion::INVALID_FIELD),
    };
    let persistence = if flags & 0x40 != 0 { Persistence::Continuous } else { Persistence::Once };
    let mode = if flags & 0x20 != 0 { BootMode::Uefi } else { BootMode::Legacy };
    let to = target.filter(|_| valid).map(|target| BootOverride { target, persistence, mode: Some(mode) });
    let expires = (desk.boot.valid_bit_clearing & 0x08 == 0).then_some(VALIDITY);
    desk.server.set_boot_override(to, expires, Origin::Ipmi).map_err(refused)?;
    Ok(())
}

pub(super) fn get(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let [selector, _set, _block] = fields(data)?;
    let parameter = selector & 0x7F;
    let value = match parameter {
        0 => vec![desk.boot.in_progress],
        3 if desk.server.spec().persona.quirk("ipmi-boot-parameter-3-unsupported") => {
            return Err(UNSUPPORTED);
        }
        3 => vec![desk.boot.valid_bit_clearing],
        4 => vec![0x00, desk.boot.acknowledge],
        5 => flags(desk.server.snapshot().boot_override).to_vec(),
        // Initiator info: nobody told us who.
        6 => vec![0; 9],
        _ => return Err(UNSUPPORTED),
    };
    Ok([vec![0x01, parameter], value].concat())
}

fn flags(setting: Option<BootOverride>) -> [u8; 5] {
    let Some(setting) = setting else { return [0; 5] };
    let device = match setting.target {
        // There is no number for UEFI HTTP; it is a boot from the network.
        BootTarget::Pxe | BootTarget::UefiHttp => 1,
        BootTarget::Disk => 2,
        BootTarget::Diagnostics => 4,
        BootTarget::Cd | BootTarget::BuiltInCd => 5,
        BootTarget::BiosSetup => 6,
        // None for USB and SD either; "primary removable media" is nearest.
        BootTarget::Floppy | BootTarget::Usb | BootTarget::SdCard => 15,
    };
    let persistent = u8::from(setting.persistence == Persistence::Continuous) << 6;
    let uefi = u8::from(setting.mode != Some(BootMode::Legacy)) << 5;
    [0x80 | persistent | uefi, device << 2, 0, 0, 0]
}
