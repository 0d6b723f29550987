//! Facets against a scripted BMC with the habits of real ones.

mod common;

use std::sync::{Arc, Mutex};

use common::{FakeBmc, Machine, Script, cx};
use underlay_hal::{
    BootMode, BootOverride, BootStage, BootTarget, Change, Effect, ErrorKind, Health, ManagerReset, Outcome,
    SensorKind, Severity, Unit,
};
use underlay_ipmi::IpmiDriver;

/// A full record of a threshold sensor: number, type, unit, M, and a name.
fn full_record(id: u16, number: u8, sensor_type: u8, unit: u8, m: u8, name: &str) -> Vec<u8> {
    let mut record = vec![0; 48];
    record[..2].copy_from_slice(&id.to_le_bytes());
    record[2..4].copy_from_slice(&[0x51, 0x01]);
    record[5..14].copy_from_slice(&[0x20, 0, number, 7, 1, 0x7F, 0x68, sensor_type, 0x01]);
    record[18] = 0x3F;
    record[21] = unit;
    record[24] = m;
    record[47] = 0xC0 | u8::try_from(name.len()).unwrap();
    record.extend_from_slice(name.as_bytes());
    record[4] = u8::try_from(record.len() - 5).unwrap();
    record
}

/// A compact record of a discrete sensor with sensor-specific states.
fn compact_record(id: u16, number: u8, sensor_type: u8, name: &str) -> Vec<u8> {
    let mut record = vec![0; 32];
    record[..2].copy_from_slice(&id.to_le_bytes());
    record[2..4].copy_from_slice(&[0x51, 0x02]);
    record[5..14].copy_from_slice(&[0x20, 0, number, 7, 1, 0x7F, 0x40, sensor_type, 0x6F]);
    record[20] = 0xC0;
    record[23] = 1;
    record[31] = 0xC0 | u8::try_from(name.len()).unwrap();
    record.extend_from_slice(name.as_bytes());
    record[4] = u8::try_from(record.len() - 5).unwrap();
    record
}

/// An SDR repository whose reads are limited to `limit` bytes, and whose reservation is lost once.
struct Sdrs {
    records: Vec<Vec<u8>>,
    limit: usize,
    reservation: u16,
    lose_once: bool,
}

impl Sdrs {
    fn answer(&mut self, code: u8, data: &[u8]) -> Option<(u8, Vec<u8>)> {
        match code {
            0x20 => {
                let count = u8::try_from(self.records.len()).unwrap();
                Some((0, vec![0x51, count, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 2]))
            }
            0x22 => {
                self.reservation += 1;
                Some((0, self.reservation.to_le_bytes().to_vec()))
            }
            0x23 => {
                let id = u16::from_le_bytes([data[2], data[3]]);
                let index = if id == 0 { 0 } else { usize::from(id) - 1 };
                let Some(record) = self.records.get(index) else { return Some((0xCB, vec![])) };
                let (offset, count) = (usize::from(data[4]), usize::from(data[5]));
                if count > self.limit {
                    return Some((0xCA, vec![]));
                }
                if offset > 0 && std::mem::take(&mut self.lose_once) {
                    self.reservation += 1;
                }
                if offset > 0 && u16::from_le_bytes([data[0], data[1]]) != self.reservation {
                    return Some((0xC5, vec![]));
                }
                let next =
                    if index + 1 < self.records.len() { u16::try_from(index + 2).unwrap() } else { 0xFFFF };
                let end = record.len().min(offset + count);
                Some((0, [&next.to_le_bytes()[..], &record[offset..end]].concat()))
            }
            _ => None,
        }
    }
}

fn rack_sensors() -> Vec<Vec<u8>> {
    vec![
        full_record(1, 1, 0x01, 1, 1, "CPU Temp"),
        full_record(2, 2, 0x04, 18, 100, "Fan"),
        full_record(3, 3, 0x04, 18, 100, "Fan"),
        compact_record(4, 4, 0x08, "PSU 1"),
        full_record(5, 5, 0x02, 4, 1, "Broken"),
    ]
}

fn sensor_script(limit: usize, lose_once: bool) -> Script {
    let mut sdrs = Sdrs { records: rack_sensors(), limit, reservation: 0, lose_once };
    let answers = move |_: &mut Machine, net_fn: u8, code: u8, data: &[u8]| match (net_fn, code) {
        (0x0A, _) => sdrs.answer(code, data),
        (0x04, 0x2D) => Some(match data[0] {
            1 => (0, vec![96, 0xC0, 0x18]),
            2 => (0, vec![60, 0xC0, 0x00]),
            // Reading unavailable: the host is off.
            3 => (0, vec![0, 0xE0, 0x00]),
            4 => (0, vec![0, 0xC0, 0b1001, 0]),
            _ => (0xCB, vec![]),
        }),
        (0x04, 0x27) if data[0] == 1 => Some((0, vec![0x18, 0, 0, 0, 85, 95, 0])),
        (0x04, 0x27) => Some((0xCC, vec![])),
        _ => None,
    };
    Script { answers: Box::new(answers), ..Script::default() }
}

#[tokio::test]
async fn sensors_read_the_same_whatever_the_bmc_returns_at_once() {
    let mut all = Vec::new();
    for (limit, lose_once) in [(255, false), (32, false), (16, true), (8, false)] {
        let bmc = FakeBmc::start(sensor_script(limit, lose_once)).await;
        let device = bmc.open(&IpmiDriver::new()).await.unwrap();
        let readings = device.sensors().unwrap().read_all(&cx(10)).await.unwrap();
        let walked = bmc.seen().count(0x0A, 0x23);
        let again = device.sensors().unwrap().read_all(&cx(10)).await.unwrap();
        assert_eq!(readings, again);
        assert_eq!(bmc.seen().count(0x0A, 0x23), walked, "the repository is cached");
        all.push(readings);
    }
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
    let [temperature, fan, fan_off, supply, broken] = &all[0][..] else { panic!("{:?}", all[0]) };
    assert_eq!(
        (temperature.value, temperature.unit, temperature.kind),
        (Some(96.0), Unit::Celsius, SensorKind::Temperature)
    );
    assert_eq!(temperature.health, Some(Health::Critical));
    assert_eq!(
        (temperature.thresholds.upper_caution, temperature.thresholds.upper_critical),
        (Some(85.0), Some(95.0))
    );
    assert_eq!(temperature.thresholds.lower_caution, None);
    assert_eq!((fan.value, fan.unit, fan.health), (Some(6000.0), Unit::Rpm, Some(Health::Ok)));
    assert_eq!((fan_off.value, fan_off.health), (None, None), "unavailable is not zero");
    assert!(fan.id != fan_off.id && fan.name == fan_off.name);
    assert_eq!(supply.states, ["presence detected", "input lost (AC/DC)"]);
    assert_eq!(
        (supply.kind, supply.value, supply.health),
        (SensorKind::Discrete, None, Some(Health::Critical))
    );
    assert_eq!((broken.name.as_str(), broken.value), ("Broken", None), "listed all the same");
}

#[tokio::test]
async fn a_repository_that_never_ends_is_left() {
    // Each record names itself, or the first one, as the next.
    for next in [1u16, 0] {
        let answers = move |_: &mut Machine, net_fn: u8, code: u8, _: &[u8]| {
            ((net_fn, code) == (0x0A, 0x23))
                .then(|| (0, [&next.to_le_bytes()[..], &full_record(1, 1, 1, 1, 1, "CPU Temp")].concat()))
        };
        let bmc = FakeBmc::start(Script { answers: Box::new(answers), ..Script::default() }).await;
        let device = bmc.open(&IpmiDriver::new()).await.unwrap();
        assert!(device.sensors().unwrap().read_all(&cx(10)).await.unwrap().len() <= 2);
    }
}

type Log = Arc<Mutex<Vec<[u8; 16]>>>;

fn event(id: u16, time: u32, sensor_type: u8, event: u8, data: u8) -> [u8; 16] {
    let [i0, i1] = id.to_le_bytes();
    let [t0, t1, t2, t3] = time.to_le_bytes();
    [i0, i1, 2, t0, t1, t2, t3, 0x20, 0, 4, sensor_type, 4, event, data, 0xFF, 0xFF]
}

fn log_script(log: Log, lose_reservation: bool) -> Script {
    let (mut lose, mut polls) = (lose_reservation, 0);
    let answers = move |_: &mut Machine, net_fn: u8, code: u8, data: &[u8]| {
        let mut log = log.lock().unwrap();
        match (net_fn, code) {
            (0x0A, 0x40) => {
                let count = u8::try_from(log.len()).unwrap();
                Some((0, vec![0x51, count, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2]))
            }
            (0x0A, 0x42) => Some((0, vec![7, 0])),
            (0x0A, 0x43) => {
                let wanted = u16::from_le_bytes([data[2], data[3]]);
                let index = log.iter().position(|record| wanted == 0 || record[..2] == wanted.to_le_bytes());
                let Some(index) = index else { return Some((0xCB, vec![])) };
                let next = log.get(index + 1).map_or([0xFF, 0xFF], |record| [record[0], record[1]]);
                Some((0, [&next[..], &log[index]].concat()))
            }
            (0x0A, 0x47) if std::mem::take(&mut lose) => Some((0xC5, vec![])),
            (0x0A, 0x47) if data[5] == 0xAA => {
                log.clear();
                Some((0, vec![0]))
            }
            (0x0A, 0x47) => {
                polls += 1;
                Some((0, vec![u8::from(polls > 1)]))
            }
            _ => None,
        }
    };
    Script { answers: Box::new(answers), ..Script::default() }
}

#[tokio::test]
async fn a_log_reads_in_pages_as_at_once_and_tells_of_a_gap() {
    let log: Log = Arc::new(Mutex::new(
        (1..=7)
            .map(|id| event(id, 1_700_000_000 + u32::from(id), 0x08, if id == 2 { 0xEF } else { 0x6F }, 3))
            .collect(),
    ));
    let bmc = FakeBmc::start(log_script(Arc::clone(&log), false)).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let facet = device.event_log().unwrap();
    let whole = facet.read(&cx(10), None, 100).await.unwrap();
    assert_eq!((whole.entries.len(), whole.more, whole.gap), (7, false, false));
    assert_eq!(whole.entries[0].text, "Power Supply: input lost (AC/DC), asserted");
    assert_eq!((whole.entries[0].severity, whole.entries[1].severity), (Severity::Critical, Severity::Ok));
    assert_eq!(whole.entries[0].at.unwrap().as_second(), 1_700_000_001);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = facet.read(&cx(10), after.clone(), 3).await.unwrap();
        assert!(page.entries.len() <= 3 && !page.gap);
        after = page.entries.last().map(|entry| entry.id.clone());
        paged.extend(page.entries);
        if !page.more {
            break;
        }
    }
    assert_eq!(paged, whole.entries);
    let last = whole.entries.last().map(|entry| entry.id.clone());
    assert!(facet.read(&cx(10), last.clone(), 3).await.unwrap().entries.is_empty());
    // Cleared by somebody else, and the same record ids used again.
    *log.lock().unwrap() = (1..=7).map(|id| event(id, 1_800_000_000, 0x08, 0x6F, 1)).collect();
    let page = facet.read(&cx(10), last, 100).await.unwrap();
    assert!(page.gap && page.entries.len() == 7);
    assert!(facet.read(&cx(10), Some("nonsense".into()), 100).await.unwrap().gap);
}

#[tokio::test]
async fn clearing_takes_a_lost_reservation_again_and_waits_for_the_erasure() {
    let log: Log = Arc::new(Mutex::new(vec![event(1, 5, 0x08, 0x6F, 3)]));
    let bmc = FakeBmc::start(log_script(Arc::clone(&log), true)).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let facet = device.event_log().unwrap();
    assert_eq!(facet.clear(&cx(10)).await.unwrap(), Outcome::Done(Change::Made));
    // Refused once, erased once, polled twice.
    assert_eq!((bmc.seen().count(0x0A, 0x42), bmc.seen().count(0x0A, 0x47)), (2, 4));
    assert!(facet.read(&cx(10), None, 100).await.unwrap().entries.is_empty());
    assert_eq!(facet.clear(&cx(10)).await.unwrap(), Outcome::Done(Change::AlreadySo));
}

#[tokio::test]
async fn a_log_that_never_ends_is_left() {
    let answers = |_: &mut Machine, net_fn: u8, code: u8, _: &[u8]| {
        ((net_fn, code) == (0x0A, 0x43)).then(|| (0, [&[1, 0][..], &event(1, 5, 8, 0x6F, 0)].concat()))
    };
    let bmc = FakeBmc::start(Script { answers: Box::new(answers), ..Script::default() }).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let page = device.event_log().unwrap().read(&cx(10), None, 1000).await.unwrap();
    assert!(page.entries.len() <= 2, "{}", page.entries.len());
}

#[tokio::test]
async fn boot_overrides_are_set_read_back_and_removed_without_parameter_3() {
    let bmc = FakeBmc::start(Script::default()).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let boot = device.boot().unwrap();
    let wanted = BootOverride { mode: Some(BootMode::Uefi), ..BootOverride::once(BootTarget::Pxe) };
    assert_eq!(boot.set(&cx(5), Some(wanted.clone())).await.unwrap(), Outcome::Done(Change::Made));
    assert_eq!(boot.get(&cx(5)).await.unwrap(), Some(wanted.clone()));
    bmc.reset();
    assert_eq!(boot.set(&cx(5), Some(wanted.clone())).await.unwrap(), Outcome::Done(Change::AlreadySo));
    assert_eq!(bmc.seen().count(0x00, 0x08), 0, "nothing was sent");
    assert_eq!(boot.set(&cx(5), None).await.unwrap(), Outcome::Done(Change::Made));
    assert_eq!(boot.get(&cx(5)).await.unwrap(), None);
    bmc.reset();
    let error = boot.set(&cx(5), Some(BootOverride::once(BootTarget::UefiHttp))).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect(), bmc.seen().received),
        (ErrorKind::Unsupported, Effect::None, 0)
    );
}

#[tokio::test]
async fn a_bmc_that_never_reports_the_valid_bit_is_set_and_cleared_all_the_same() {
    let kept = Arc::new(Mutex::new([0u8; 5]));
    let flags = Arc::clone(&kept);
    let answers = move |_: &mut Machine, net_fn: u8, code: u8, data: &[u8]| {
        let mut flags = flags.lock().unwrap();
        match (net_fn, code) {
            (0x00, 0x08) if data[0] == 5 => {
                *flags = [0, data[2], 0, 0, 0];
                Some((0, vec![]))
            }
            (0x00, 0x09) => Some((0, [&[1, 5], &flags[..]].concat())),
            _ => None,
        }
    };
    let bmc = FakeBmc::start(Script { answers: Box::new(answers), ..Script::default() }).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let boot = device.boot().unwrap();
    let once = Some(BootOverride::once(BootTarget::Pxe));
    assert_eq!(boot.set(&cx(5), once).await.unwrap(), Outcome::Done(Change::Made));
    assert_eq!(kept.lock().unwrap()[1], 0x04);
    assert_eq!(boot.set(&cx(5), None).await.unwrap(), Outcome::Done(Change::Made));
    assert_eq!(kept.lock().unwrap()[1], 0);
    assert_eq!(boot.set(&cx(5), None).await.unwrap(), Outcome::Done(Change::AlreadySo));
}

#[tokio::test]
async fn a_bmc_that_keeps_other_flags_than_asked_is_found_out() {
    let answers = |_: &mut Machine, net_fn: u8, code: u8, _: &[u8]| {
        ((net_fn, code) == (0x00, 0x09)).then(|| (0, vec![1, 5, 0xC0, 0x08, 0, 0, 0]))
    };
    let bmc = FakeBmc::start(Script { answers: Box::new(answers), ..Script::default() }).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let error =
        device.boot().unwrap().set(&cx(5), Some(BootOverride::once(BootTarget::Pxe))).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::DeviceFault, Effect::Applied));
}

#[tokio::test]
async fn boot_evidence_is_told_only_where_the_bmc_has_it() {
    // Without sensors that tell, nothing is claimed.
    let bmc = FakeBmc::start(Script::default()).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let status = device.power().unwrap().boot_status(&cx(5)).await.unwrap();
    assert_eq!((status.stage, status.mark), (BootStage::Off, None));

    let log: Log = Arc::new(Mutex::new(vec![event(1, 1_700_000_000, 0x1D, 0x6F, 0)]));
    let stage = Arc::new(Mutex::new((0x0F_u8, 0b100_u8)));
    let mut sdrs = Sdrs {
        records: vec![compact_record(1, 1, 0x0F, "POST"), compact_record(2, 2, 0x1F, "OS")],
        limit: 255,
        reservation: 0,
        lose_once: false,
    };
    let mut log_answers = log_script(Arc::clone(&log), false).answers;
    let shared = Arc::clone(&stage);
    let answers = move |machine: &mut Machine, net_fn: u8, code: u8, data: &[u8]| match (net_fn, code) {
        (0x0A, 0x20..=0x23) => sdrs.answer(code, data),
        (0x00, 0x01) => Some((0, vec![1, 0, 0])),
        (0x04, 0x2D) => {
            let (which, states) = *shared.lock().unwrap();
            let asserted = matches!((data[0], which), (1, 0x0F) | (2, 0x1F));
            Some((0, vec![0, 0xC0, if asserted { states } else { 0 }, 0]))
        }
        _ => log_answers(machine, net_fn, code, data),
    };
    let bmc = FakeBmc::start(Script { answers: Box::new(answers), ..Script::default() }).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let power = device.power().unwrap();
    let first = power.boot_status(&cx(5)).await.unwrap();
    assert_eq!(first.stage, BootStage::Post);
    assert!(first.mark.is_some());
    *stage.lock().unwrap() = (0x1F, 0b100);
    log.lock().unwrap().push(event(2, 1_700_000_050, 0x08, 0x6F, 3));
    let second = power.boot_status(&cx(5)).await.unwrap();
    assert_eq!((second.stage, &second.mark), (BootStage::Booted, &first.mark), "another event is no boot");
    log.lock().unwrap().push(event(3, 1_700_000_100, 0x1D, 0x6F, 1));
    let third = power.boot_status(&cx(5)).await.unwrap();
    assert!(third.mark.is_some() && third.mark != first.mark);
    log.lock().unwrap().clear();
    assert_eq!(power.boot_status(&cx(5)).await.unwrap().mark, None);
}

#[tokio::test]
async fn the_inventory_survives_small_reads_and_bad_checksums() {
    let mut store = vec![0u8; 128];
    store[..8].copy_from_slice(&[1, 0, 0, 0, 1, 0, 0, 0xFE]);
    let fields = b"\x01\x07\x19\xC4Acme\xC5Model\xC2PN\xC1"; // C1 ends the fields early: the rest is empty.
    store[8..8 + fields.len()].copy_from_slice(fields);
    for (limit, code) in [(255, 0), (16, 0xCA), (16, 0xC8), (8, 0xC9)] {
        let store = store.clone();
        let answers = move |_: &mut Machine, net_fn: u8, command: u8, data: &[u8]| match (net_fn, command) {
            (0x0A, 0x10) => Some((0, vec![128, 0, 0])),
            (0x0A, 0x11) if data[3] > limit => Some((code, vec![])),
            (0x0A, 0x11) => {
                let at = usize::from(u16::from_le_bytes([data[1], data[2]]));
                let end = store.len().min(at + usize::from(data[3]));
                Some((0, [&[u8::try_from(end - at).unwrap()][..], &store[at..end]].concat()))
            }
            _ => None,
        };
        let bmc = FakeBmc::start(Script { answers: Box::new(answers), ..Script::default() }).await;
        let device = bmc.open(&IpmiDriver::new()).await.unwrap();
        assert_eq!(
            (device.info().vendor.as_deref(), device.info().model.as_deref()),
            (Some("Acme"), Some("Model"))
        );
        let hardware = device.inventory().unwrap().read(&cx(10)).await.unwrap();
        assert_eq!(hardware.system.part_number.as_deref(), Some("PN"));
        assert_eq!(hardware.system.uuid.as_deref(), Some("55443322-1100-4a1f-8edc-ba9876543210"));
        assert!(hardware.skipped.iter().any(|skip| skip.why.contains("checksum")), "{:?}", hardware.skipped);
    }
}

#[tokio::test]
async fn a_reset_controller_is_logged_in_to_again() {
    let answers = |_: &mut Machine, net_fn: u8, code: u8, _: &[u8]| {
        ((net_fn, code) == (0x06, 0x02)).then(|| (0, vec![]))
    };
    let bmc = FakeBmc::start(Script { answers: Box::new(answers), ..Script::default() }).await;
    let device = bmc.open(&IpmiDriver::new()).await.unwrap();
    let manager = device.manager().unwrap();
    let info = manager.info(&cx(5)).await.unwrap();
    assert_eq!(
        (info.protocol_version.as_deref(), info.firmware_version.as_deref()),
        (Some("IPMI 2.0"), Some("1.04"))
    );
    assert_eq!(manager.reset(&cx(5), ManagerReset::Force).await.unwrap(), Outcome::Done(Change::Made));
    let error = manager.reset(&cx(5), ManagerReset::Graceful).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    device.power().unwrap().state(&cx(5)).await.unwrap();
    assert_eq!(bmc.seen().opens.len(), 2);
}
