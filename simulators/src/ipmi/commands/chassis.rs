//! Network function 00: chassis.
use underlay_ipmi_codec::Completion;

use super::{Answer, Desk, boot, fields, refused};
use crate::{
    ipmi::sel,
    plant::{Change, Identify, Origin, PowerAction, PowerState, RestorePolicy},
};

/// How long the light blinks when the command does not say.
const IDENTIFY_SECONDS: f64 = 15.0;

pub(super) fn run(desk: &mut Desk<'_>, command: u8, data: &[u8]) -> Answer {
    match command {
        // Capabilities: the chassis's parts all stand at our address.
        0x00 => Ok(vec![0x00, 0x20, 0x20, 0x20, 0x20, 0x20]),
        0x01 => Ok(status(desk)),
        0x02 => control(desk, data),
        0x04 => identify(desk, data),
        0x06 => restore_policy(desk, data),
        0x07 => Ok(vec![sel::restart_cause(desk.server.snapshot().reset_cause), 0x01]),
        0x08 => boot::set(desk, data),
        0x09 => boot::get(desk, data),
        // Power-on hours in units of 60 minutes.
        0x0F => Ok([
            vec![60],
            u32::try_from(desk.uptime.as_secs() / 3600).unwrap_or(u32::MAX).to_le_bytes().to_vec(),
        ]
        .concat()),
        _ => Err(Completion::INVALID_COMMAND),
    }
}

fn status(desk: &Desk<'_>) -> Vec<u8> {
    let seen = desk.server.snapshot();
    let policy = match seen.restore_policy {
        RestorePolicy::AlwaysOff => 0b00,
        RestorePolicy::Previous => 0b01,
        RestorePolicy::AlwaysOn => 0b10,
    };
    let power_fault = seen.supplies.iter().any(|supply| !supply.input);
    let power = u8::from(seen.phase.is_powered()) | u8::from(power_fault) << 3 | policy << 5;
    let by_command = u8::from(seen.reset_cause == crate::plant::ResetCause::Command) << 4;
    let light = match seen.identify {
        Identify::Off => 0b00,
        Identify::Timed => 0b01,
        Identify::On | Identify::Blinking => 0b10,
    };
    vec![power, by_command, 0x40 | light << 4, 0x00]
}

fn control(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let [action] = fields(data)?;
    let action = match action & 0x0F {
        0 => PowerAction::ForceOff,
        1 => PowerAction::On,
        2 => PowerAction::Cycle,
        3 => PowerAction::ForceReset,
        4 => PowerAction::Nmi,
        5 => PowerAction::GracefulOff,
        _ => return Err(Completion::INVALID_FIELD),
    };
    let strict = desk.server.spec().persona.quirk("ipmi-off-while-off-refused");
    let was_off = desk.server.snapshot().power == PowerState::Off;
    match desk.server.power(action, Origin::Ipmi) {
        Ok(Change::AlreadySo) if strict && was_off => Err(Completion::WRONG_STATE),
        Ok(_) => Ok(Vec::new()),
        Err(refusal) => Err(refused(refusal)),
    }
}

fn identify(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let force = data.get(1).is_some_and(|force| force & 1 == 1);
    let (light, seconds) = match (data.first(), force) {
        (_, true) => (Identify::On, None),
        (Some(0), false) => (Identify::Off, None),
        (Some(seconds), false) => (Identify::Timed, Some(f64::from(*seconds))),
        (None, false) => (Identify::Timed, Some(IDENTIFY_SECONDS)),
    };
    desk.server.set_identify(light, seconds, Origin::Ipmi).map_err(refused)?;
    Ok(Vec::new())
}

fn restore_policy(desk: &Desk<'_>, data: &[u8]) -> Answer {
    const SUPPORTED: u8 = 0b111;
    let [policy] = fields(data)?;
    let policy = match policy & 0b111 {
        0 => RestorePolicy::AlwaysOff,
        1 => RestorePolicy::Previous,
        2 => RestorePolicy::AlwaysOn,
        3 => return Ok(vec![SUPPORTED]),
        _ => return Err(Completion::INVALID_FIELD),
    };
    desk.server.set_restore_policy(policy, Origin::Ipmi).map_err(refused)?;
    Ok(vec![SUPPORTED])
}
