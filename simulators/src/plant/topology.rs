//! Feeds, PDU outlets, switch ports and the cables between them and the machines.
use underlay_rack::Rack;

use super::{
    pdu::{OutletPolicy, OutletState, OutletTurn},
    switching::Setups,
};

/// A PDU outlet as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct OutletView {
    /// From 1.
    pub number: u32,
    /// Its switch.
    pub on: bool,
    /// Whether it gives power: on, and its feed is live.
    pub live: bool,
    /// Machine and power supply (from 1) on it.
    pub load: Option<(String, u32)>,
    /// Power drawn from it in watts.
    pub watts: f64,
    /// Its name.
    pub label: String,
    /// What waits there.
    pub turn: Option<OutletTurn>,
    /// Seconds before it goes on.
    pub on_delay: u32,
    /// Seconds before it goes off.
    pub off_delay: u32,
    /// Seconds that it stays off in a cycle.
    pub cycle_off_time: u32,
    /// What it does when power comes back.
    pub policy: OutletPolicy,
    /// How often it went off.
    pub cuts: u64,
}

/// A switch port as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortView {
    /// From 1.
    pub number: u32,
    /// Administrative state.
    pub enabled: bool,
    /// Both ends have power, are enabled and are cabled.
    pub link: bool,
    /// Machine, port name and address at the other end of the cable.
    pub peer: Option<(String, String, [u8; 6])>,
}

#[derive(Debug)]
pub(super) struct FeedState {
    pub(super) name: String,
    pub(super) live: bool,
}

#[derive(Debug)]
pub(super) struct PduState {
    pub(super) name: String,
    pub(super) feed: Option<usize>,
    pub(super) outlets: Vec<OutletState>,
    /// The next change is accepted, and nothing is done.
    pub(super) ignores: bool,
    /// Changes accepted so far.
    pub(super) mutations: u64,
}

#[derive(Debug)]
pub(super) struct SwitchState {
    pub(super) name: String,
    pub(super) ports: Vec<PortState>,
    pub(super) setups: Setups,
}

#[derive(Debug)]
pub(super) struct PortState {
    pub(super) enabled: bool,
    /// Machine and network port, from 0.
    pub(super) peer: Option<(usize, usize)>,
    pub(super) pulled: bool,
}

#[derive(Debug, Default)]
pub(super) struct Topology {
    pub(super) feeds: Vec<FeedState>,
    pub(super) pdus: Vec<PduState>,
    pub(super) switches: Vec<SwitchState>,
}

impl Topology {
    /// Lays the cables of the rack; `index` gives a machine's number.
    pub(super) fn new(rack: &Rack, index: impl Fn(&str) -> Option<usize>) -> Self {
        let feeds: Vec<_> =
            rack.feeds.iter().map(|feed| FeedState { name: feed.name.clone(), live: true }).collect();
        let feed_index = |name: &String| feeds.iter().position(|feed| feed.name == *name);
        let mut pdus: Vec<_> = rack
            .pdus
            .iter()
            .map(|pdu| PduState {
                name: pdu.name.clone(),
                feed: pdu.feed.as_ref().and_then(feed_index),
                outlets: (1..=pdu.outlets).map(OutletState::new).collect(),
                ignores: false,
                mutations: 0,
            })
            .collect();
        let mut switches: Vec<_> = rack
            .switches
            .iter()
            .map(|switch| SwitchState {
                name: switch.name.clone(),
                setups: Setups::new(switch.ports),
                ports: (0..switch.ports)
                    .map(|_| PortState { enabled: true, peer: None, pulled: false })
                    .collect(),
            })
            .collect();
        for device in &rack.devices {
            let Some(server) = index(&device.name) else { continue };
            for (supply, cord) in device.power.iter().enumerate() {
                let pdu = pdus.iter_mut().find(|pdu| pdu.name == cord.pdu);
                if let Some(outlet) = pdu.and_then(|pdu| at_mut(&mut pdu.outlets, cord.outlet)) {
                    outlet.load = Some((server, supply));
                }
            }
            for (nic, port) in device.nics.iter().enumerate() {
                let Some(cable) = &port.cable else { continue };
                let switch = switches.iter_mut().find(|switch| switch.name == cable.switch);
                if let Some(port) = switch.and_then(|switch| at_mut(&mut switch.ports, cable.port)) {
                    port.peer = Some((server, nic));
                }
            }
        }
        Self { feeds, pdus, switches }
    }

    /// Whether a unit has power.
    pub(super) fn is_fed(&self, pdu: &PduState) -> bool {
        pdu.feed.and_then(|feed| self.feeds.get(feed)).is_none_or(|feed| feed.live)
    }

    /// Whether an outlet gives power.
    pub(super) fn is_live(&self, pdu: &PduState, outlet: &OutletState) -> bool {
        outlet.on && self.is_fed(pdu)
    }

    /// Every cabled power supply and whether its cord is live.
    pub(super) fn inputs(&self) -> Vec<(usize, usize, bool)> {
        let outlets = self.pdus.iter().flat_map(|pdu| pdu.outlets.iter().map(move |outlet| (pdu, outlet)));
        outlets
            .filter_map(|(pdu, outlet)| {
                outlet.load.map(|(server, supply)| (server, supply, self.is_live(pdu, outlet)))
            })
            .collect()
    }

    /// Switch and port at the other end of a machine's network port.
    pub(super) fn port_of(&self, server: usize, nic: usize) -> Option<(&SwitchState, u32, &PortState)> {
        self.switches.iter().find_map(|switch| {
            let at = switch.ports.iter().position(|port| port.peer == Some((server, nic)))?;
            let port = switch.ports.get(at)?;
            Some((switch, u32::try_from(at + 1).ok()?, port))
        })
    }
}

/// The element of that number, from 1.
pub(super) fn at_mut<T>(list: &mut [T], number: u32) -> Option<&mut T> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    list.get_mut(index)
}
