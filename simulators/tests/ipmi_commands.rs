//! The IPMI view's commands: what they show of the machine, and what they refuse.
mod common;

use std::time::Duration;

use common::{Console, node, start, start_with};
use underlay_ipmi_codec::{Completion, NetFn, Privilege};
use underlay_rack::InitialState;
use underlay_simulators::plant::{
    BootMode, BootTarget, HostPhase, MutationKind, Origin, Persistence, PowerAction, PowerState,
};

const SEL_RESERVE: (NetFn, u8) = (NetFn::STORAGE, 0x42);
const SDR_RESERVE: (NetFn, u8) = (NetFn::STORAGE, 0x22);

#[tokio::test]
async fn power_follows_commands_and_refuses_what_makes_no_sense() {
    let running = start("standard").await;
    let server = node(&running);
    let mut console = Console::admin(&running).await;
    assert_eq!(console.ask(NetFn::CHASSIS, 0x01, &[]).await.expect("status")[0] & 1, 1);
    assert_eq!(console.ask(NetFn::CHASSIS, 0x02, &[0]).await, Ok(vec![]));
    running.plant().advance(Duration::from_secs(1));
    assert_eq!(console.ask(NetFn::CHASSIS, 0x01, &[]).await.expect("status")[0] & 1, 0);
    for action in [2, 3, 4] {
        assert_eq!(
            console.ask(NetFn::CHASSIS, 0x02, &[action]).await,
            Err(Completion::WRONG_STATE),
            "{action}"
        );
    }
    assert_eq!(console.ask(NetFn::CHASSIS, 0x02, &[0]).await, Ok(vec![]), "off while off");
    assert_eq!(console.ask(NetFn::CHASSIS, 0x02, &[9]).await, Err(Completion::INVALID_FIELD));
    assert_eq!(console.ask(NetFn::CHASSIS, 0x02, &[]).await, Err(Completion::LENGTH_INVALID));
    assert_eq!(server.counters().mutations(), 1);
    assert_eq!(console.ask(NetFn::CHASSIS, 0x02, &[1]).await, Ok(vec![]));
    running.plant().advance(Duration::from_secs(30));
    assert_eq!(server.snapshot().phase, HostPhase::Running);
    assert_eq!(console.ask(NetFn::CHASSIS, 0x07, &[]).await, Ok(vec![1, 1]), "started by command");
}

#[tokio::test]
async fn off_while_off_is_an_error_where_the_persona_says_so() {
    for (persona, expected) in [("supermicro", Err(Completion::WRONG_STATE)), ("standard", Ok(vec![]))] {
        let running = start_with(persona, |mut device| {
            device.state = Some(InitialState::Off);
            device
        });
        let running = running.await;
        let mut console = Console::admin(&running).await;
        assert_eq!(console.ask(NetFn::CHASSIS, 0x02, &[0]).await, expected, "{persona}");
    }
}

#[tokio::test]
async fn boot_flags_are_set_read_used_and_expire() {
    let running = start("standard").await;
    let server = node(&running);
    let mut console = Console::admin(&running).await;
    let get = [5, 0, 0];
    assert_eq!(console.ask(NetFn::CHASSIS, 0x09, &get).await, Ok(vec![1, 5, 0, 0, 0, 0, 0]));
    // Valid, UEFI, PXE.
    let set = [5, 0xA0, 0x04, 0, 0, 0];
    assert_eq!(console.ask(NetFn::CHASSIS, 0x08, &set).await, Ok(vec![]));
    let seen = server.snapshot().boot_override.expect("set");
    assert_eq!(
        (seen.target, seen.persistence, seen.mode),
        (BootTarget::Pxe, Persistence::Once, Some(BootMode::Uefi))
    );
    assert_eq!(console.ask(NetFn::CHASSIS, 0x09, &get).await, Ok(vec![1, 5, 0xA0, 0x04, 0, 0, 0]));
    running.plant().advance(Duration::from_secs(59));
    assert!(server.snapshot().boot_override.is_some());
    running.plant().advance(Duration::from_secs(2));
    assert!(server.snapshot().boot_override.is_none(), "nobody started the machine in time");

    let mut console = Console::admin(&running).await;
    // Parameter 3, bit 3: do not expire.
    assert_eq!(console.ask(NetFn::CHASSIS, 0x08, &[3, 0x08]).await, Ok(vec![]));
    assert_eq!(console.ask(NetFn::CHASSIS, 0x09, &[3, 0, 0]).await, Ok(vec![1, 3, 0x08]));
    assert_eq!(console.ask(NetFn::CHASSIS, 0x08, &set).await, Ok(vec![]));
    running.plant().advance(Duration::from_secs(50));
    assert!(console.ask(NetFn::CHASSIS, 0x01, &[]).await.is_ok());
    running.plant().advance(Duration::from_secs(50));
    assert!(server.snapshot().boot_override.is_some());
    assert_eq!(console.ask(NetFn::CHASSIS, 0x02, &[3]).await, Ok(vec![]));
    running.plant().advance(Duration::from_secs(30));
    assert_eq!(server.snapshot().last_boot().map(|boot| boot.source), Some(BootTarget::Pxe));
    assert_eq!(console.ask(NetFn::CHASSIS, 0x09, &get).await, Ok(vec![1, 5, 0, 0, 0, 0, 0]), "used up");

    for (data, why) in [
        (vec![5, 0x80, 0x28, 0, 0, 0], Completion::INVALID_FIELD),
        (vec![5], Completion::LENGTH_INVALID),
        (vec![99, 0], Completion(0x80)),
    ] {
        assert_eq!(console.ask(NetFn::CHASSIS, 0x08, &data).await, Err(why), "{data:?}");
    }
}

#[tokio::test]
async fn parameter_three_is_missing_where_the_persona_says_so() {
    for (persona, expected) in [("openbmc", Err(Completion(0x80))), ("standard", Ok(vec![]))] {
        let running = start(persona).await;
        let mut console = Console::admin(&running).await;
        assert_eq!(console.ask(NetFn::CHASSIS, 0x08, &[3, 0x08]).await, expected, "{persona}");
    }
}

#[tokio::test]
async fn the_repository_is_read_in_parts_under_a_reservation() {
    let running = start("standard").await;
    let mut console = Console::open(&running, "viewer", Privilege::User).await;
    let info = console.ask(NetFn::STORAGE, 0x20, &[]).await.expect("info");
    let count = usize::from(u16::from_le_bytes([info[1], info[2]]));
    assert_eq!(
        console.ask(NetFn::STORAGE, 0x23, &[0, 0, 0, 0, 0, 0xFF]).await,
        Err(Completion::CANNOT_RETURN_LENGTH)
    );
    assert_eq!(
        console.ask(NetFn::STORAGE, 0x23, &[0, 0, 0, 0, 5, 8]).await,
        Err(Completion::RESERVATION_LOST)
    );
    let held = console.ask(SDR_RESERVE.0, SDR_RESERVE.1, &[]).await.expect("reservation");
    let (mut id, mut records) = ([0, 0], Vec::new());
    loop {
        let ask = |offset, length| [held[0], held[1], id[0], id[1], offset, length];
        let head = console.ask(NetFn::STORAGE, 0x23, &ask(0, 5)).await.expect("header");
        let mut record = head[2..].to_vec();
        while record.len() < usize::from(head[6]) + 5 {
            let offset = u8::try_from(record.len()).expect("short");
            let part = console.ask(NetFn::STORAGE, 0x23, &ask(offset, 16)).await.expect("part");
            record.extend_from_slice(&part[2..]);
        }
        records.push(record);
        id = [head[0], head[1]];
        if id == [0xFF, 0xFF] {
            break;
        }
    }
    assert_eq!(records.len(), count);
    // Somebody else reserves: the first reservation is lost.
    console.ask(SDR_RESERVE.0, SDR_RESERVE.1, &[]).await.expect("reservation");
    let stale = [held[0], held[1], 1, 0, 5, 8];
    assert_eq!(console.ask(NetFn::STORAGE, 0x23, &stale).await, Err(Completion::RESERVATION_LOST));
    assert_eq!(
        console.ask(NetFn::STORAGE, 0x23, &[0, 0, 0xEE, 0xEE, 0, 5]).await,
        Err(Completion::NOT_PRESENT)
    );
}

#[tokio::test]
async fn sensors_follow_the_machine() {
    let running = start("standard").await;
    let server = node(&running);
    let mut console = Console::admin(&running).await;
    let number =
        |name: &str| server.spec().sensors().iter().find(|data| data.name == name).expect("sensor").number;
    let (cpu, fan) = (number("CPU1 Temp"), number("Fan1"));
    let warm = console.ask(NetFn::SENSOR, 0x2D, &[cpu]).await.expect("reading");
    assert!((40..60).contains(&warm[0]) && warm[1] & 0x20 == 0);
    assert!(console.ask(NetFn::SENSOR, 0x2D, &[fan]).await.expect("reading")[0] > 0);
    server.force_sensor("CPU1 Temp", Some(96.0)).expect("sensor");
    assert_eq!(console.ask(NetFn::SENSOR, 0x2D, &[cpu]).await, Ok(vec![96, 0xC0, 0xC0 | 0b01_1000]));
    assert_eq!(console.ask(NetFn::SENSOR, 0x27, &[cpu]).await.expect("thresholds")[0], 0b01_1000);
    server.force_sensor("CPU1 Temp", None).expect("sensor");
    server.place(false);
    assert_eq!(console.ask(NetFn::SENSOR, 0x2D, &[cpu]).await, Ok(vec![0, 0xE0, 0xC0]), "nothing to read");
    assert_eq!(
        console.ask(NetFn::SENSOR, 0x2D, &[0xE1]).await,
        Ok(vec![0, 0xC0, 1 << 5, 0x80]),
        "ACPI: soft off"
    );
    assert_eq!(console.ask(NetFn::SENSOR, 0x2D, &[0x77]).await, Err(Completion::NOT_PRESENT));
}

#[tokio::test]
async fn the_log_is_what_happened_and_is_cleared_under_a_reservation() {
    let running = start("standard").await;
    let server = node(&running);
    let mut console = Console::admin(&running).await;
    let first = [0, 0, 0, 0, 0, 0xFF];
    assert_eq!(console.ask(NetFn::STORAGE, 0x43, &first).await, Err(Completion::NOT_PRESENT), "empty");
    server.power(PowerAction::ForceOff, Origin::Redfish).expect("accepted");
    running.plant().advance(Duration::from_secs(1));
    let record = console.ask(NetFn::STORAGE, 0x43, &first).await.expect("an entry");
    assert_eq!(record[..2], [0xFF, 0xFF], "the last");
    let seconds = u32::from_le_bytes([record[5], record[6], record[7], record[8]]);
    assert_eq!(i64::from(seconds), server.log_entries()[0].at.as_second());
    // ACPI power state, soft off.
    assert_eq!(record[2 + 10..2 + 14], [0x22, 0xE1, 0x6F, 5]);
    server.force_sensor("CPU1 Temp", Some(96.0)).expect("sensor");
    let last = console.ask(NetFn::STORAGE, 0x43, &[0, 0, 0xFF, 0xFF, 0, 0xFF]).await.expect("an entry");
    assert_eq!(last[2 + 10..], [0x01, 3, 0x01, 0x59, 96, 95], "upper critical going high, 96 over 95");

    let clear = |held: &[u8]| [held[0], held[1], b'C', b'L', b'R', 0xAA];
    assert_eq!(console.ask(NetFn::STORAGE, 0x47, &clear(&[0, 0])).await, Err(Completion::RESERVATION_LOST));
    let held = console.ask(SEL_RESERVE.0, SEL_RESERVE.1, &[]).await.expect("reservation");
    assert_eq!(
        console.ask(NetFn::STORAGE, 0x47, &[held[0], held[1], b'C', b'L', b'S', 0xAA]).await,
        Err(Completion::INVALID_FIELD)
    );
    assert_eq!(server.log_summary().entries, 2);
    assert_eq!(console.ask(NetFn::STORAGE, 0x47, &clear(&held)).await, Ok(vec![1]));
    assert_eq!(server.log_summary().entries, 0);
    assert_eq!(server.counters().of(Origin::Ipmi, MutationKind::LogClear), 1);
}

#[tokio::test]
async fn the_inventory_is_read_in_small_parts() {
    let running = start("standard").await;
    let mut console = Console::open(&running, "viewer", Privilege::User).await;
    let info = console.ask(NetFn::STORAGE, 0x10, &[0]).await.expect("info");
    let size = u16::from_le_bytes([info[0], info[1]]);
    assert_eq!(
        console.ask(NetFn::STORAGE, 0x11, &[0, 0, 0, 224]).await,
        Err(Completion::CANNOT_RETURN_LENGTH)
    );
    assert_eq!(console.ask(NetFn::STORAGE, 0x11, &[0, 0xFF, 0x7F, 8]).await, Err(Completion::OUT_OF_RANGE));
    assert_eq!(console.ask(NetFn::STORAGE, 0x10, &[9]).await, Err(Completion::NOT_PRESENT));
    let mut area = Vec::new();
    while area.len() < usize::from(size) {
        let [low, high] = u16::try_from(area.len()).expect("short").to_le_bytes();
        let part = console.ask(NetFn::STORAGE, 0x11, &[0, low, high, 16]).await.expect("part");
        area.extend_from_slice(&part[1..]);
    }
    assert_eq!(area[..8].iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)), 0);
    let serial = node(&running).spec().serial.clone();
    assert!(area.windows(serial.len()).any(|window| window == serial.as_bytes()));
}

#[tokio::test]
async fn users_and_channels_are_read() {
    let running = start("standard").await;
    let mut console = Console::admin(&running).await;
    let access = console.ask(NetFn::APP, 0x44, &[1, 2]).await.expect("access");
    assert_eq!(access, [16, 0x40 | 3, 1, 0x14]);
    let mut name = b"admin".to_vec();
    name.resize(16, 0);
    assert_eq!(console.ask(NetFn::APP, 0x46, &[2]).await, Ok(name));
    assert_eq!(console.ask(NetFn::APP, 0x46, &[17]).await, Err(Completion::OUT_OF_RANGE));
    assert_eq!(console.ask(NetFn::APP, 0x42, &[0x0E]).await.expect("channel")[..2], [1, 4]);
    assert_eq!(console.ask(NetFn::APP, 0x42, &[5]).await, Err(Completion::INVALID_FIELD));
    assert_eq!(console.ask(NetFn::TRANSPORT, 0x02, &[1, 3, 0, 0]).await, Ok(vec![0x11, 127, 0, 0, 1]));
    assert_eq!(console.ask(NetFn::TRANSPORT, 0x02, &[1, 99, 0, 0]).await, Err(Completion(0x80)));
    assert_eq!(console.ask(NetFn::GROUP, 0x3E, &[0]).await, Err(Completion::INVALID_COMMAND));
    let guid = console.ask(NetFn::APP, 0x37, &[]).await.expect("GUID");
    let reversed: Vec<u8> = guid.into_iter().rev().collect();
    assert_eq!(reversed, node(&running).spec().uuid);
}

#[tokio::test]
async fn every_persona_answers() {
    for persona in
        ["standard", "dell-idrac9", "hpe-ilo5", "supermicro", "lenovo-xcc", "openbmc", "generic-ipmi"]
    {
        let running = start(persona).await;
        let mut console = Console::admin(&running).await;
        let id = console.ask(NetFn::APP, 0x01, &[]).await.expect("device id");
        assert_eq!(id.len(), 15, "{persona}");
        let maker = u32::from_le_bytes([id[6], id[7], id[8], 0]);
        assert_eq!(maker, node(&running).spec().persona.bmc.manufacturer_id, "{persona}");
        for sensor in node(&running).spec().sensors() {
            assert!(
                console.ask(NetFn::SENSOR, 0x2D, &[sensor.number]).await.is_ok(),
                "{persona} {}",
                sensor.name
            );
        }
        assert_eq!(node(&running).snapshot().power, PowerState::On);
    }
}
