//! What EOS prints behind `| json`. Pure: values in, a value out.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    model::Model,
    session::{Candidate, Standing},
};
use crate::plant::{PortView, SwitchSetup};

/// Bits in a second of a port with a link.
const BANDWIDTH: u64 = 25_000_000_000;

fn colons(mac: [u8; 6]) -> String {
    mac.map(|octet| format!("{octet:02x}")).join(":")
}

/// `show version`; `now` and `up` are the time since 1970 and since it started.
pub(crate) fn version(model: &Model, serial: &str, mac: [u8; 6], now: Duration, up: Duration) -> Value {
    json!({
        "mfgName": "Arista",
        "modelName": model.model,
        "hardwareRevision": "11.00",
        "serialNumber": serial,
        "systemMacAddress": colons(mac),
        "version": model.software,
        "internalVersion": format!("{}-35442176.4312F", model.software),
        "architecture": "x86_64",
        "bootupTimestamp": now.saturating_sub(up).as_secs_f64(),
        "uptime": up.as_secs_f64(),
        "memTotal": 8_099_732,
        "memFree": 5_684_808,
    })
}

/// `show hostname`.
pub(crate) fn host_name(name: &str) -> Value {
    json!({ "hostname": name, "fqdn": name })
}

/// `show interfaces`.
pub(crate) fn interfaces(model: &Model, setup: &SwitchSetup, ports: &[PortView], mac: [u8; 6]) -> Value {
    let one = |port: &PortView| {
        let config = setup.ports.get(&port.number)?;
        let (line, status) = match (config.enabled, port.link) {
            (true, true) => ("up", "connected"),
            (true, false) => ("down", "notconnect"),
            (false, _) => ("down", "disabled"),
        };
        let name = model.port_name(port.number);
        let value = json!({
            "name": name,
            "hardware": "ethernet",
            "forwardingModel": if config.routed { "routed" } else { "bridged" },
            "lineProtocolStatus": line,
            "interfaceStatus": status,
            "description": config.description.as_deref().unwrap_or(""),
            "mtu": config.mtu.unwrap_or(9214),
            "bandwidth": if port.link { BANDWIDTH } else { 0 },
            "physicalAddress": colons(mac),
            "interfaceCounters": { "inOctets": 0, "outOctets": 0 },
        });
        Some((name, value))
    };
    json!({ "interfaces": ports.iter().filter_map(one).collect::<Map<_, _>>() })
}

/// `show lldp neighbors`.
pub(crate) fn neighbors(model: &Model, ports: &[PortView]) -> Value {
    let one = |port: &PortView| {
        let (machine, nic, _) = port.peer.as_ref().filter(|_| port.link)?;
        Some(json!({
            "port": model.port_name(port.number),
            "neighborDevice": machine,
            "neighborPort": nic,
            "ttl": 120,
        }))
    };
    json!({ "lldpNeighbors": ports.iter().filter_map(one).collect::<Vec<_>>() })
}

/// `show mac address-table`.
pub(crate) fn macs(model: &Model, setup: &SwitchSetup, ports: &[PortView]) -> Value {
    let one = |port: &PortView| {
        let (.., mac) = port.peer.as_ref().filter(|_| port.link)?;
        Some(json!({
            "vlanId": setup.untagged(port.number)?,
            "macAddress": colons(*mac),
            "entryType": "dynamic",
            "interface": model.port_name(port.number),
            "moves": 1,
            "lastMove": 1_700_000_000.0,
        }))
    };
    let all: Vec<Value> = ports.iter().filter_map(one).collect();
    json!({ "unicastTable": { "tableEntries": all }, "multicastTable": { "tableEntries": [] } })
}

/// `show configuration sessions detail`; the time that a confirmation has is told since the start.
pub(crate) fn sessions<'c>(
    all: impl Iterator<Item = (&'c String, &'c Candidate)>,
    up: Duration,
    left: Option<Duration>,
) -> Value {
    let one = |(id, candidate): (&String, &Candidate)| {
        let mut value = Map::new();
        let state = match candidate.standing {
            Standing::Pending => "pending",
            Standing::Waiting => "pendingCommitTimer",
        };
        value.insert("state".to_owned(), state.into());
        value.insert("instances".to_owned(), json!({}));
        if let (Standing::Waiting, Some(left)) = (candidate.standing, left) {
            value.insert("commitBy".to_owned(), (up + left).as_secs_f64().into());
        }
        (id.clone(), Value::Object(value))
    };
    json!({ "sessions": all.map(one).collect::<Map<_, _>>(), "maxSavedSessions": 1, "maxOpenSessions": 5 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{plant::PortSetup, ssh::model::MODELS};

    #[test]
    fn a_port_is_told_as_it_stands() {
        let setup = SwitchSetup {
            vlans: [(1, None)].into(),
            ports: [(1, PortSetup { enabled: false, ..PortSetup::default() })].into(),
            ..SwitchSetup::default()
        };
        assert_eq!(colons([0x02, 0xAA, 0, 0, 0, 1]), "02:aa:00:00:00:01");
        let told = interfaces(&MODELS[0], &setup, &[], [0; 6]);
        assert_eq!(told["interfaces"], json!({}));
        let waiting = Candidate { setup, standing: Standing::Waiting };
        let id = "a".to_owned();
        let told =
            sessions([(&id, &waiting)].into_iter(), Duration::from_secs(100), Some(Duration::from_secs(20)));
        assert_eq!(told["sessions"]["a"]["commitBy"], 120.0);
    }
}
