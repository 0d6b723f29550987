//! Recordings of real switches, served by snmpsim: ports, neighbours, VLANs, addresses and sensors are counted again
//! from the raw lines. The modules' objects are written down here once more.
use std::collections::BTreeSet;

use underlay_hal::{Device, ErrorKind, PortStatus};
use underlay_interop::{
    need::Need,
    peer::{SNMPSIM, cx},
    snmprec::Lines,
    suite::Suite,
};

use super::snmpsim::with;

/// What is a port: Ethernet, and groups of ports (IANAifType-MIB).
const PORT_TYPES: [&str; 6] = ["6", "56", "62", "117", "161", "199"];

pub(crate) fn tests(suite: Suite) -> Suite {
    let files = [
        "snmprec/switch/arista_eos.snmprec",
        "snmprec/switch/dell-sonic.snmprec",
        "snmprec/switch/iosxe_c9300.snmprec",
        "snmprec/switch/junos_qfx5100.snmprec",
        "snmprec/switch/nxos_n9k-c93180yc-fx3.snmprec",
    ];
    files.into_iter().fold(suite, |suite, file| {
        let need = Need::Corpus(file);
        let needs = [need, SNMPSIM, Need::Python("snmpsim-command-responder")];
        suite.test(format!("{file}: what the switch tells is what the lines say"), &needs, move || {
            let lines = Lines::read(&need.path());
            with(&need.path(), async |device| {
                ports(&lines, device).await;
                neighbors(&lines, device).await;
                vlans(&lines, device).await;
                addresses(&lines, device).await;
                sensors(&lines, device).await;
            });
        })
    })
}

async fn ports(lines: &Lines, device: &dyn Device) {
    let kinds = lines.column("1.3.6.1.2.1.2.2.1.3");
    let is_port = |index: &Vec<u32>| kinds.get(index).is_some_and(|kind| PORT_TYPES.contains(&kind.as_str()));
    let names: BTreeSet<_> = lines
        .column("1.3.6.1.2.1.31.1.1.1.1")
        .into_iter()
        .filter(|(index, _)| is_port(index))
        .map(|(_, name)| name)
        .collect();
    let up = lines.column("1.3.6.1.2.1.2.2.1.8");
    let up = up.iter().filter(|(index, status)| is_port(index) && *status == "1").count();
    let read = device
        .switch()
        .expect("a switch")
        .ports(&cx("ports"))
        .await
        .unwrap_or_else(|e| panic!("{}", e.report()));
    let told: BTreeSet<_> = read.iter().map(|port| port.id.to_string()).collect();
    assert!(names.len() > 5, "the recording has ports");
    assert_eq!((told.len(), &told), (read.len(), &names));
    assert_eq!(read.iter().filter(|port| port.status == PortStatus::Up).count(), up);
    let octets: u128 = lines
        .column("1.3.6.1.2.1.31.1.1.1.6")
        .iter()
        .filter(|(index, _)| is_port(index))
        .filter_map(|(_, count)| count.parse::<u128>().ok())
        .sum();
    assert_eq!(read.iter().filter_map(|port| port.counters.in_octets).map(u128::from).sum::<u128>(), octets);
    println!("{} ports, {up} up", read.len());
}

async fn neighbors(lines: &Lines, device: &dyn Device) {
    let heard = lines.column("1.0.8802.1.1.2.1.4.1.1.5");
    let switch = device.switch().expect("a switch");
    if switch.abilities().neighbors.is_none() {
        assert!(heard.is_empty(), "{} neighbours, and no ability", heard.len());
        let error = switch.neighbors(&cx("neighbors")).await.expect_err("unsupported");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        return;
    }
    let read = switch.neighbors(&cx("neighbors")).await.expect("read");
    assert_eq!(read.len(), heard.len());
    let names: BTreeSet<_> = lines
        .column("1.0.8802.1.1.2.1.4.1.1.9")
        .into_values()
        .map(|name| name.trim().to_owned())
        .filter(|n| !n.is_empty())
        .collect();
    let told: BTreeSet<_> = read.iter().filter_map(|one| one.neighbor.system_name.clone()).collect();
    assert_eq!(told, names);
    println!("{} neighbours", read.len());
}

async fn vlans(lines: &Lines, device: &dyn Device) {
    let last = |index: &Vec<u32>| index.last().copied().filter(|vlan| (1..=4094).contains(vlan));
    let mut ids: BTreeSet<u32> = lines.column("1.3.6.1.2.1.17.7.1.4.3.1.1").keys().filter_map(last).collect();
    ids.extend(lines.column("1.3.6.1.2.1.17.7.1.4.2.1.4").keys().filter_map(last));
    let switch = device.switch().expect("a switch");
    if switch.abilities().vlans.is_none() {
        assert!(ids.is_empty(), "{ids:?}, and no ability");
        return;
    }
    let read = switch.vlans(&cx("vlans")).await.expect("read");
    assert_eq!(read.iter().map(|vlan| u32::from(vlan.id)).collect::<BTreeSet<_>>(), ids);
    // Every bit of a bridge's port whose interface has a name, and no other.
    let interfaces = lines.column("1.3.6.1.2.1.17.1.4.1.2");
    let kinds = lines.column("1.3.6.1.2.1.2.2.1.3");
    let named = |number: u32| {
        let interface = interfaces.get(&vec![number]).and_then(|interface| interface.parse().ok());
        interface.is_some_and(|interface: u32| {
            kinds.get(&vec![interface]).is_some_and(|kind| PORT_TYPES.contains(&kind.as_str()))
        })
    };
    let mut egress = lines.octets("1.3.6.1.2.1.17.7.1.4.2.1.4");
    if egress.is_empty() {
        egress = lines.octets("1.3.6.1.2.1.17.7.1.4.3.1.2");
    }
    let bits = |octets: &[u8]| -> Vec<u32> {
        (0_u32..)
            .zip(octets)
            .flat_map(|(at, octet)| {
                (0..8).filter(move |bit| octet & (0x80 >> bit) != 0).map(move |bit| at * 8 + bit + 1)
            })
            .collect()
    };
    let members: usize = egress
        .iter()
        .filter(|(index, _)| last(index).is_some())
        .map(|(_, octets)| bits(octets).into_iter().filter(|number| named(*number)).count())
        .sum();
    let told: usize = read.iter().map(|vlan| vlan.tagged.len() + vlan.untagged.len()).sum();
    assert_eq!(told, members);
    println!("{} VLANs, {members} members", read.len());
}

async fn addresses(lines: &Lines, device: &dyn Device) {
    let at = lines.column("1.3.6.1.2.1.17.7.1.2.2.1.2");
    let status = lines.column("1.3.6.1.2.1.17.7.1.2.2.1.3");
    let switch = device.switch().expect("a switch");
    if switch.abilities().macs.is_none() {
        assert!(at.is_empty(), "{} addresses, and no ability", at.len());
        return;
    }
    // Where they are is known, and they are no longer invalid.
    let known = at
        .iter()
        .filter(|(index, port)| *port != "0" && status.get(*index).map(String::as_str) != Some("2"))
        .count();
    let read = switch.macs(&cx("macs")).await.expect("read");
    assert_eq!(read.len(), known);
    println!("{known} addresses");
}

async fn sensors(lines: &Lines, device: &dyn Device) {
    let values = lines.column("1.3.6.1.2.1.99.1.1.1.4");
    let Some(sensors) = device.sensors() else {
        assert!(values.is_empty(), "{} sensors, and no facet", values.len());
        return;
    };
    let read = sensors.read_all(&cx("sensors")).await.expect("read");
    assert_eq!(read.len(), values.len());
    // Of temperatures (type 8), the sum in degrees: scale 9 is one, each step a thousand; precision counts digits.
    let of = |column: &str, index: &Vec<u32>| {
        lines.column(column).get(index).and_then(|text| text.parse::<i32>().ok())
    };
    let temperature = |index: &&Vec<u32>| {
        of("1.3.6.1.2.1.99.1.1.1.1", index) == Some(8)
            && of("1.3.6.1.2.1.99.1.1.1.5", index).unwrap_or(1) == 1
    };
    let degrees: f64 = values
        .keys()
        .filter(temperature)
        .filter_map(|index| {
            let raw: f64 = values.get(index)?.parse().ok()?;
            let exponent =
                (of("1.3.6.1.2.1.99.1.1.1.2", index)? - 9) * 3 - of("1.3.6.1.2.1.99.1.1.1.3", index)?;
            (raw.abs() <= 1e9).then(|| raw * 10_f64.powi(exponent))
        })
        .sum();
    let told: f64 = read
        .iter()
        .filter(|one| one.kind == underlay_hal::SensorKind::Temperature)
        .filter_map(|one| one.value)
        .sum();
    assert!((told - degrees).abs() < 1e-6, "{told} of {degrees}");
    println!("{} sensors", read.len());
}
