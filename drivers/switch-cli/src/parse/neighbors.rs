//! `show lldp neighbors detail`: keys and values, in blocks that each platform begins in its own way.

use underlay_hal::{LldpNeighbor, PortId, PortNeighbor};

use super::{address, long_name, statements};
use crate::{Platform, Style};

/// One block, as far as it was read.
#[derive(Default)]
struct Block {
    port: Option<String>,
    neighbor: LldpNeighbor,
}

/// The longest value that is kept.
const LONGEST: usize = 255;

/// A value without its quotation marks; `None` where the switch says that there is none.
fn value(text: &str) -> Option<String> {
    let text = text.trim().trim_matches('"').trim();
    let none = text.is_empty() || text.ends_with("not advertised");
    (!none).then(|| text.chars().filter(|c| !c.is_control()).take(LONGEST).collect())
}

/// An identifier: an address as addresses are written, anything else as it stands.
fn identifier(text: &str) -> Option<String> {
    value(text).map(|text| address(&text).map_or(text, |mac| mac.to_string()))
}

impl Block {
    /// Puts down one line; of two that say the same, the first counts: what comes later is free text and extensions.
    fn read(&mut self, key: &str, text: &str) {
        let neighbor = &mut self.neighbor;
        let (place, told) = match key {
            "local intf" | "local port id" => (&mut self.port, value(text)),
            "chassis id" => (&mut neighbor.chassis_id, identifier(text)),
            "port id" => (&mut neighbor.port_id, identifier(text)),
            "system name" => (&mut neighbor.system_name, value(text)),
            "management address" | "ip" | "ipv4" => (&mut neighbor.management_address, identifier(text)),
            "vlan id" | "ieee802.1 port vlan id" => {
                neighbor.vlan = neighbor.vlan.or_else(|| text.trim().parse().ok().filter(|vlan| *vlan != 0));
                return;
            }
            _ => return,
        };
        if place.is_none() {
            *place = told;
        }
    }
}

/// `Interface Ethernet1 detected 1 LLDP neighbors:`
fn heading(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("Interface ")?;
    rest.contains(" detected ").then(|| rest.split_whitespace().next())?
}

/// Reads what is told of who is at the other ends. A block that does not say at which port it is cannot be placed, and is
/// left out; some old systems print such.
#[must_use]
pub fn neighbors(platform: &Platform, text: &str) -> Vec<PortNeighbor> {
    if platform.style == Style::Statements {
        return statements::neighbors(platform, text);
    }
    let mut blocks: Vec<Block> = Vec::new();
    let mut at = None;
    for line in text.lines() {
        if let Some(port) = heading(line) {
            at = Some(port.to_owned());
            continue;
        }
        let line = line.trim().trim_start_matches("- ");
        let key = line.split_once(':').map(|(key, text)| (key.trim().to_ascii_lowercase(), text));
        let rule = line.len() >= 8 && line.chars().all(|c| c == '-');
        // Under a heading every neighbor has a line of its own; else a rule begins one, or its first key.
        let begins = match &at {
            Some(_) => line.starts_with("Neighbor "),
            None => rule || key.as_ref().is_some_and(|(key, _)| starts_anew(key, blocks.last())),
        };
        if begins {
            let blank = blocks
                .last()
                .is_some_and(|block| block.port.is_none() && block.neighbor == LldpNeighbor::default());
            if !blank {
                blocks.push(Block::default());
            }
            if let Some(block) = blocks.last_mut() {
                block.port.clone_from(&at);
            }
        }
        if let (Some((key, text)), Some(block)) = (key, blocks.last_mut()) {
            block.read(&key, text);
        }
    }
    let placed = |block: Block| {
        let port = long_name(platform, &block.port?);
        platform.is_port(&port).then(|| PortNeighbor { port: PortId::from(port), neighbor: block.neighbor })
    };
    blocks.into_iter().filter_map(placed).collect()
}

/// Whether a key is the first of a block: one that the block so far has already, or there is no block yet. Nothing
/// stands before the local port where that is the first.
fn starts_anew(key: &str, last: Option<&Block>) -> bool {
    let has_chassis = |block: &Block| block.neighbor.chassis_id.is_some();
    match key {
        "chassis id" => last.is_none_or(has_chassis),
        "local intf" => last.is_none_or(|block| block.port.is_some() || has_chassis(block)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform;

    type Told = (String, Option<String>, Option<String>, Option<String>, Option<String>);

    fn told(id: &str, text: &str) -> Vec<Told> {
        let all = neighbors(platform(id).expect("a platform"), text);
        all.into_iter()
            .map(|one| {
                let LldpNeighbor { chassis_id, port_id, system_name, management_address, .. } = one.neighbor;
                (one.port.to_string(), chassis_id, port_id, system_name, management_address)
            })
            .collect()
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_heading_has_as_many_as_it_says() {
        let text = "\
Interface Ethernet3 detected 2 LLDP neighbors:

  Neighbor 02aa.0000.0001/\"eth0\", age 2 seconds
  - Chassis ID type: MAC address (4)
    Chassis ID     : 02aa.0000.0001
  - Port ID type: Interface name (5)
    Port ID     : \"eth0\"
  - System Name: \"n1\"
  - IEEE802.1 Port VLAN ID: 7
    Port ID                : 0

  Neighbor phone-1/\"1\", age 2 seconds
    Chassis ID     : \"phone-1\"
    Port ID     : \"1\"

Interface Ethernet4 detected 0 LLDP neighbors:
";
        let mac = some("02:aa:00:00:00:01");
        assert_eq!(
            told("arista-eos", text),
            [
                ("Ethernet3".to_owned(), mac, some("eth0"), some("n1"), None),
                ("Ethernet3".to_owned(), some("phone-1"), some("1"), None, None),
            ]
        );
    }

    #[test]
    fn rules_begin_blocks_and_what_is_not_advertised_is_absent() {
        let text = "\
------------------------------------------------
Local Intf: Gi1/0/2
Chassis id: 02aa.0000.0001
Port id: 502
System Name - not advertised

System Description:
Port id: of a text

Management Addresses:
    IP: 192.0.2.7
------------------------------------------------
Chassis id: 02aa.0000.0002
Port id: Gi2
System Name: nowhere

Total entries displayed: 2
";
        let found = told("cisco-ios", text);
        // The first rule may be missing.
        let (_, without) = text.split_once('\n').expect("lines");
        assert_eq!(told("cisco-ios", without), found);
        let mac = some("02:aa:00:00:00:01");
        assert_eq!(found, [("GigabitEthernet1/0/2".to_owned(), mac, some("502"), None, some("192.0.2.7"))]);
    }

    #[test]
    fn without_rules_the_chassis_begins_a_block() {
        let text = "\
Device ID            Local Intf      Hold-time  Capability  Port ID

Chassis id: 02aa.0000.0001
Port id: eth0
Local Port id: Eth1/3
System Name: n1
Management Address: not advertised
Vlan ID: 30

Chassis id: 02aa.0000.0002
Port id: eth0
Local Port id: mgmt0
";
        let found = neighbors(platform("cisco-nxos").expect("a platform"), text);
        assert_eq!(found.len(), 1, "the management port is none of the switch's: {found:?}");
        assert_eq!((found[0].port.as_str(), found[0].neighbor.vlan), ("Ethernet1/3", Some(30)));
        assert_eq!(found[0].neighbor.management_address, None);
    }
}
