//! Network function 06: the controller, its sessions, users and channels.
use underlay_ipmi_codec::{Completion, Privilege};

use super::{Answer, Desk, fields, refused};
use crate::{
    ipmi::login::level_of,
    plant::{AccountView, Origin, Role},
};

/// The LAN channel.
pub(super) const LAN: u8 = 1;

/// "The channel this came by".
const PRESENT: u8 = 0x0E;

pub(super) fn run(desk: &mut Desk<'_>, command: u8, data: &[u8]) -> Answer {
    match command {
        0x01 => Ok(device_id(desk)),
        0x02 | 0x03 => desk.server.reset_bmc(Origin::Ipmi).map(|_| Vec::new()).map_err(refused),
        // Self test passed.
        0x04 => Ok(vec![0x55, 0x00]),
        0x08 | 0x37 => Ok(desk.guid.to_vec()),
        0x38 => authentication_capabilities(data),
        0x3B => set_privilege(desk, data),
        0x3C => close(desk, data),
        0x41 => channel_access(data),
        0x42 => channel_info(desk, data),
        0x44 => user_access(desk, data),
        0x46 => user_name(desk, data),
        0x54 => cipher_suites(desk, data),
        0x59 => system_info(desk, data),
        _ => Err(Completion::INVALID_COMMAND),
    }
}

/// Resolves "present channel"; only the LAN channel exists for the rest.
pub(super) fn lan_channel(byte: u8) -> Result<u8, Completion> {
    match byte & 0x0F {
        LAN | PRESENT => Ok(LAN),
        _ => Err(Completion::INVALID_FIELD),
    }
}

fn device_id(desk: &Desk<'_>) -> Vec<u8> {
    let bmc = &desk.server.spec().persona.bmc;
    let [major, minor] = desk.server.ipmi_firmware();
    let [m0, m1, m2, _] = bmc.manufacturer_id.to_le_bytes();
    let [p0, p1] = bmc.product_id.to_le_bytes();
    let minor = (minor % 100) / 10 * 16 + minor % 10;
    // Sensors, repository, log, FRU, chassis.
    let support = 0x8F;
    vec![
        bmc.device_id,
        bmc.device_revision & 0x0F,
        major & 0x7F,
        minor,
        0x02,
        support,
        m0,
        m1,
        m2,
        p0,
        p1,
        0,
        0,
        0,
        0,
    ]
}

fn authentication_capabilities(data: &[u8]) -> Answer {
    let [channel, level] = fields(data)?;
    lan_channel(channel)?;
    if Privilege::from_byte(level).is_none() {
        return Err(Completion::INVALID_FIELD);
    }
    let extended = channel & 0x80 != 0;
    // No IPMI 1.5 logins; users with names only; RMCP+ for those who ask for it.
    let (types, versions) = if extended { (0x80, 0x02) } else { (0x00, 0x00) };
    Ok(vec![LAN, types, 0x04, versions, 0, 0, 0, 0])
}

fn set_privilege(desk: &mut Desk<'_>, data: &[u8]) -> Answer {
    const NOT_FOR_THIS_USER: Completion = Completion(0x80);
    const ABOVE_LIMIT: Completion = Completion(0x81);
    let [wanted] = fields(data)?;
    let server = desk.server;
    let session = desk.session.as_mut().ok_or(Completion::INSUFFICIENT_PRIVILEGE)?;
    if wanted & 0x0F == 0 {
        return Ok(vec![session.level.byte()]);
    }
    let wanted = Privilege::from_byte(wanted).ok_or(Completion::INVALID_FIELD)?;
    let account = server.account_secret(&session.user).map(|account| level_of(account.view.role));
    if account.is_none_or(|reach| wanted > reach) {
        return Err(NOT_FOR_THIS_USER);
    }
    if wanted > session.limit {
        return Err(ABOVE_LIMIT);
    }
    session.level = wanted;
    Ok(vec![wanted.byte()])
}

fn close(desk: &mut Desk<'_>, data: &[u8]) -> Answer {
    const INVALID_ID: Completion = Completion(0x87);
    let id = u32::from_le_bytes(fields(data)?);
    let session = desk.session.as_ref().ok_or(Completion::INSUFFICIENT_PRIVILEGE)?;
    // Another's session would need administrator and its id; nobody uses that.
    if id != session.bmc_id {
        return Err(INVALID_ID);
    }
    *desk.close = Some(id);
    Ok(Vec::new())
}

fn channel_access(data: &[u8]) -> Answer {
    let [channel, kind] = fields(data)?;
    lan_channel(channel)?;
    match kind >> 6 {
        // Always available, per-message authentication, alerts off; administrator at most.
        1 | 2 => Ok(vec![0x22, Privilege::Administrator.byte()]),
        _ => Err(Completion::INVALID_FIELD),
    }
}

fn channel_info(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let [channel] = fields(data)?;
    let channel = lan_channel(channel)?;
    let active = u8::try_from(desk.open_sessions).unwrap_or(0x3F).min(0x3F);
    // 802.3 LAN, IPMB protocol, several sessions, the IPMI forum's number.
    Ok(vec![channel, 0x04, 0x01, 0x80 | active, 0xF2, 0x1B, 0x00, 0x00, 0x00])
}

fn account(desk: &Desk<'_>, slot: u8) -> Result<Option<AccountView>, Completion> {
    let slots = desk.server.spec().persona.accounts.slots.clamp(2, 16);
    if slot == 0 || slot > slots {
        return Err(Completion::OUT_OF_RANGE);
    }
    Ok(desk.server.accounts().into_iter().find(|account| account.slot == slot))
}

fn user_access(desk: &Desk<'_>, data: &[u8]) -> Answer {
    const MESSAGING: u8 = 0x10;
    const NO_ACCESS: u8 = 0x0F;
    let [channel, slot] = fields(data)?;
    lan_channel(channel)?;
    let account = account(desk, slot & 0x3F)?;
    let enabled = desk.server.accounts().iter().filter(|account| account.enabled).count();
    let status = match &account {
        Some(account) if account.enabled => 0x40,
        _ => 0x80,
    };
    let access = account
        .filter(|account| account.enabled && account.role != Role::NoAccess)
        .map_or(NO_ACCESS, |account| MESSAGING | level_of(account.role).byte());
    let slots = desk.server.spec().persona.accounts.slots.clamp(2, 16);
    Ok(vec![slots, status | u8::try_from(enabled).unwrap_or(0x3F).min(0x3F), 0x01, access])
}

fn user_name(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let [slot] = fields(data)?;
    let account = account(desk, slot & 0x3F)?;
    let mut name = account.map(|account| account.name.into_bytes()).unwrap_or_default();
    name.resize(16, 0);
    Ok(name)
}

fn cipher_suites(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let [channel, _payload, list] = fields(data)?;
    let channel = lan_channel(channel)?;
    let records: Vec<u8> = if list & 0x80 != 0 {
        desk.suites.iter().flat_map(|suite| suite.record()).collect()
    } else {
        // Algorithms without the suites they form.
        let mut parts: Vec<u8> =
            desk.suites.iter().flat_map(|suite| suite.record().into_iter().skip(2)).collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    };
    let from = usize::from(list & 0x3F) * 16;
    let rest = records.get(from..).unwrap_or_default();
    let part = rest.get(..16).unwrap_or(rest);
    Ok([vec![channel], part.to_vec()].concat())
}

/// Get System Info Parameters: firmware version and names, in blocks of 16.
fn system_info(desk: &Desk<'_>, data: &[u8]) -> Answer {
    const UNSUPPORTED: Completion = Completion(0x80);
    const REVISION: u8 = 0x11;
    let [_revision_only, parameter, set, _block] = fields(data)?;
    let spec = desk.server.spec();
    let text = match parameter {
        0 => return Ok(vec![REVISION, 0x00]),
        1 => desk.server.bios_version(),
        2 => spec.name.to_string(),
        3 | 4 => String::new(),
        _ => return Err(UNSUPPORTED),
    };
    // Encoding 0 (ASCII) and the length stand before the text.
    let bytes: Vec<u8> = text.bytes().filter(u8::is_ascii).take(60).collect();
    let whole = [vec![0x00, u8::try_from(bytes.len()).unwrap_or(0)], bytes].concat();
    let mut block: Vec<u8> = whole.iter().copied().skip(usize::from(set) * 16).take(16).collect();
    if block.is_empty() {
        return Err(Completion::OUT_OF_RANGE);
    }
    block.resize(16, 0);
    Ok([vec![REVISION, set], block].concat())
}
