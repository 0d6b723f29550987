//! Network function 0A: FRU, sensor data repository, event log.
use jiff::Timestamp;
use underlay_ipmi_codec::Completion;

use super::{Answer, Desk, fields, refused};
use crate::{
    ipmi::{fru, sdr, sel},
    plant::{LogEvent, Origin, ServerSpec, Severity},
};

/// Bytes of a record or of the FRU that one answer holds; more is refused with CA.
const CHUNK: usize = 32;

/// What does not change while the machine runs.
pub(in crate::ipmi) struct Stores {
    records: Vec<Vec<u8>>,
    fru: Vec<u8>,
}

impl Stores {
    pub(in crate::ipmi) fn new(spec: &ServerSpec) -> Self {
        Self { records: sdr::records(spec), fru: fru::data(spec) }
    }
}

/// Reservations in force; 0 is none.
#[derive(Debug, Default)]
pub(in crate::ipmi) struct Reservations {
    counter: u16,
    sdr: u16,
    sel: u16,
}

impl Reservations {
    fn next(&mut self) -> u16 {
        self.counter = self.counter.wrapping_add(1).max(1);
        self.counter
    }
}

pub(super) fn run(desk: &mut Desk<'_>, command: u8, data: &[u8]) -> Answer {
    match command {
        0x10 => fru_info(desk, data),
        0x11 => fru_read(desk, data),
        0x20 => Ok(sdr_info(desk)),
        0x22 => {
            desk.reservations.sdr = desk.reservations.next();
            Ok(desk.reservations.sdr.to_le_bytes().to_vec())
        }
        0x23 => sdr_get(desk, data),
        0x40 => Ok(sel_info(desk)),
        0x42 => {
            desk.reservations.sel = desk.reservations.next();
            Ok(desk.reservations.sel.to_le_bytes().to_vec())
        }
        0x43 => sel_get(desk, data),
        0x44 => sel_add(desk, data),
        0x46 => sel_delete(desk, data),
        0x47 => sel_clear(desk, data),
        0x48 => Ok(sel::seconds(desk.server.date()).to_le_bytes().to_vec()),
        0x49 => sel_set_time(desk, data),
        _ => Err(Completion::INVALID_COMMAND),
    }
}

fn fru_info(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let [0] = fields(data)? else { return Err(Completion::NOT_PRESENT) };
    let [low, high] = u16::try_from(desk.stores.fru.len()).unwrap_or(u16::MAX).to_le_bytes();
    Ok(vec![low, high, 0x00])
}

fn fru_read(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let [0, low, high, count] = fields(data)? else { return Err(Completion::NOT_PRESENT) };
    if usize::from(count) > CHUNK {
        return Err(Completion::CANNOT_RETURN_LENGTH);
    }
    let offset = usize::from(u16::from_le_bytes([low, high]));
    let rest =
        desk.stores.fru.get(offset..).filter(|rest| !rest.is_empty()).ok_or(Completion::OUT_OF_RANGE)?;
    let part = rest.get(..usize::from(count)).unwrap_or(rest);
    Ok([vec![u8::try_from(part.len()).unwrap_or(0)], part.to_vec()].concat())
}

fn sdr_info(desk: &Desk<'_>) -> Vec<u8> {
    let [low, high] = u16::try_from(desk.stores.records.len()).unwrap_or(u16::MAX).to_le_bytes();
    let made = sel::seconds(desk.server.plant().date(std::time::Duration::ZERO)).to_le_bytes();
    // No free space; reservations are supported, changes are not.
    [vec![0x51, low, high, 0x00, 0x00], made.to_vec(), made.to_vec(), vec![0x02]].concat()
}

fn sdr_get(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let [r0, r1, i0, i1, offset, count] = fields(data)?;
    let reservation = u16::from_le_bytes([r0, r1]);
    if offset != 0 || reservation != 0 {
        check(reservation, desk.reservations.sdr)?;
    }
    let last = desk.stores.records.len();
    let place = match u16::from_le_bytes([i0, i1]) {
        0x0000 => 1,
        0xFFFF => last,
        id => usize::from(id),
    };
    let record = place
        .checked_sub(1)
        .and_then(|index| desk.stores.records.get(index))
        .ok_or(Completion::NOT_PRESENT)?;
    let next = if place == last { 0xFFFF } else { u16::try_from(place + 1).unwrap_or(0xFFFF) };
    part(record, offset, count, next)
}

/// Next id, then the part of a record that was asked for; FF asks for all of it.
fn part(record: &[u8], offset: u8, count: u8, next: u16) -> Answer {
    let rest = record.get(usize::from(offset)..).ok_or(Completion::OUT_OF_RANGE)?;
    let wanted = if count == 0xFF { rest.len() } else { usize::from(count).min(rest.len()) };
    if wanted > CHUNK {
        return Err(Completion::CANNOT_RETURN_LENGTH);
    }
    let part = rest.get(..wanted).unwrap_or(rest);
    Ok([next.to_le_bytes().to_vec(), part.to_vec()].concat())
}

fn sel_info(desk: &Desk<'_>) -> Vec<u8> {
    let summary = desk.server.log_summary();
    let [low, high] = u16::try_from(summary.entries).unwrap_or(u16::MAX).to_le_bytes();
    let free = summary.capacity.saturating_sub(summary.entries).saturating_mul(16);
    let free = u16::try_from(free).unwrap_or(u16::MAX).to_le_bytes();
    let time = |date: Option<Timestamp>| date.map_or(u32::MAX, sel::seconds).to_le_bytes().to_vec();
    let support = 0x0A | u8::from(summary.overflow) << 7;
    [
        vec![0x51, low, high],
        free.to_vec(),
        time(summary.last_added),
        time(summary.last_cleared),
        vec![support],
    ]
    .concat()
}

fn sel_get(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let [r0, r1, i0, i1, offset, count] = fields(data)?;
    let reservation = u16::from_le_bytes([r0, r1]);
    if offset != 0 || reservation != 0 {
        check(reservation, desk.reservations.sel)?;
    }
    let entries = desk.server.log_entries();
    let index = match u16::from_le_bytes([i0, i1]) {
        0x0000 => Some(0),
        0xFFFF => entries.len().checked_sub(1),
        id => entries.iter().position(|entry| sel::id(entry) == id),
    };
    let index = index.ok_or(Completion::NOT_PRESENT)?;
    let entry = entries.get(index).ok_or(Completion::NOT_PRESENT)?;
    let next = entries.get(index + 1).map_or(0xFFFF, sel::id);
    part(&sel::record(entry, desk.server.spec()), offset, count, next)
}

fn sel_add(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let record: [u8; 16] = fields(data)?;
    let mut body = [0; 14];
    body.copy_from_slice(record.get(2..).unwrap_or_default());
    let text = "An event record was added.".to_owned();
    let id =
        desk.server.append_log(Severity::Ok, LogEvent::Raw(body), text, Origin::Ipmi).map_err(refused)?;
    if id.is_none() {
        return Err(Completion::OUT_OF_SPACE);
    }
    let id = desk.server.log_entries().last().map_or(0, sel::id);
    Ok(id.to_le_bytes().to_vec())
}

fn sel_delete(desk: &mut Desk<'_>, data: &[u8]) -> Answer {
    let [r0, r1, i0, i1] = fields(data)?;
    check(u16::from_le_bytes([r0, r1]), desk.reservations.sel)?;
    let id = u16::from_le_bytes([i0, i1]);
    let entries = desk.server.log_entries();
    let entry = match id {
        0x0000 => entries.first(),
        0xFFFF => entries.last(),
        id => entries.iter().find(|entry| sel::id(entry) == id),
    };
    let entry = entry.ok_or(Completion::NOT_PRESENT)?;
    desk.server.delete_log_entry(entry.id, Origin::Ipmi).map_err(refused)?;
    desk.reservations.sel = 0;
    Ok(sel::id(entry).to_le_bytes().to_vec())
}

/// A reservation must be the one in force; 0 never is.
fn check(reservation: u16, in_force: u16) -> Result<(), Completion> {
    let good = reservation != 0 && reservation == in_force;
    if good { Ok(()) } else { Err(Completion::RESERVATION_LOST) }
}

fn sel_clear(desk: &mut Desk<'_>, data: &[u8]) -> Answer {
    let [r0, r1, b'C', b'L', b'R', action] = fields(data)? else { return Err(Completion::INVALID_FIELD) };
    const DONE: u8 = 0x01;
    check(u16::from_le_bytes([r0, r1]), desk.reservations.sel)?;
    match action {
        0x00 => Ok(vec![DONE]),
        0xAA => {
            desk.server.clear_log(Origin::Ipmi).map_err(refused)?;
            Ok(vec![DONE])
        }
        _ => Err(Completion::INVALID_FIELD),
    }
}

fn sel_set_time(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let seconds = u32::from_le_bytes(fields(data)?);
    let date = Timestamp::from_second(i64::from(seconds)).map_err(|_| Completion::OUT_OF_RANGE)?;
    desk.server.set_date(date, Origin::Ipmi).map_err(refused)?;
    Ok(Vec::new())
}
