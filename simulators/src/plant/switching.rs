//! Switches as they are configured: VLANs, ports, what was saved, and what undoes itself.
use std::{collections::BTreeMap, time::Duration};

use underlay_hal::{LagMember, VlanSet};

use super::{
    Plant, Refusal, SimTime,
    queue::Event,
    topology::{SwitchState, at_mut},
    world::World,
};

/// How a port is configured. What it would be as a trunk is kept while it is none, and the other way round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortSetup {
    /// What somebody wrote down about it.
    pub description: Option<String>,
    /// Is it meant to be up?
    pub enabled: bool,
    /// Largest packet in octets, if it is not the usual.
    pub mtu: Option<u32>,
    /// Nobody but end stations is behind it.
    pub edge: bool,
    /// The group that it is a member of.
    pub lag: Option<LagMember>,
    /// It routes, and has no VLANs.
    pub routed: bool,
    /// Several VLANs, with tags.
    pub trunk: bool,
    /// The VLAN of a port that is no trunk.
    pub access: u16,
    /// The VLAN of a trunk that has no tag.
    pub native: Option<u16>,
    /// The VLANs that pass a trunk.
    pub allowed: VlanSet,
}

impl Default for PortSetup {
    fn default() -> Self {
        Self {
            description: None,
            enabled: true,
            mtu: None,
            edge: false,
            lag: None,
            routed: false,
            trunk: false,
            access: 1,
            native: Some(1),
            allowed: VlanSet::all(),
        }
    }
}

/// How a switch is configured; ports are numbered from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwitchSetup {
    /// VLANs by number, with their names.
    pub vlans: BTreeMap<u16, Option<String>>,
    /// Its ports.
    pub ports: BTreeMap<u32, PortSetup>,
    /// Groups of ports by number. What a group is counts for its members.
    pub groups: BTreeMap<u16, PortSetup>,
}

impl SwitchSetup {
    /// As it comes: one VLAN, every port in it.
    pub(super) fn factory(ports: u32) -> Self {
        Self {
            vlans: BTreeMap::from([(1, None)]),
            ports: (1..=ports).map(|number| (number, PortSetup::default())).collect(),
            groups: BTreeMap::new(),
        }
    }

    /// How packets on a port are dealt with: as on its group, if it is in one; not at all if that is off.
    fn forwards(&self, port: u32) -> Option<&PortSetup> {
        let port = self.ports.get(&port)?;
        let group = port.lag.and_then(|lag| self.groups.get(&lag.group));
        group.map_or(Some(port), |group| Some(group).filter(|group| group.enabled))
    }

    /// The VLAN of packets without a tag on a port, if it is there and passes.
    #[must_use]
    pub fn untagged(&self, port: u32) -> Option<u16> {
        let port = self.forwards(port)?;
        let vlan = match (port.routed, port.trunk) {
            (true, _) => None,
            (false, true) => port.native.filter(|native| port.allowed.contains(*native)),
            (false, false) => Some(port.access),
        };
        vlan.filter(|vlan| self.vlans.contains_key(vlan))
    }

    /// Whether a VLAN passes a port, with or without a tag.
    #[must_use]
    pub fn carries(&self, port: u32, vlan: u16) -> bool {
        let passes = self.forwards(port).is_some_and(|port| match (port.routed, port.trunk) {
            (true, _) => false,
            (false, true) => port.allowed.contains(vlan),
            (false, false) => port.access == vlan,
        });
        passes && self.vlans.contains_key(&vlan)
    }
}

/// A change that undoes itself.
#[derive(Debug)]
pub(super) struct Undo {
    before: SwitchSetup,
    at: SimTime,
    token: u64,
}

/// What a switch is configured to be, and what becomes of it.
#[derive(Debug, Default)]
pub(super) struct Setups {
    running: SwitchSetup,
    startup: SwitchSetup,
    undo: Option<Undo>,
    tokens: u64,
    mutations: u64,
}

impl Setups {
    pub(super) fn new(ports: u32) -> Self {
        let running = SwitchSetup::factory(ports);
        Self { startup: running.clone(), running, ..Self::default() }
    }
}

impl SwitchState {
    /// The running configuration; whether a port is on is the port's own.
    fn running(&self) -> SwitchSetup {
        let mut setup = self.setups.running.clone();
        for (config, port) in setup.ports.values_mut().zip(&self.ports) {
            config.enabled = port.enabled;
        }
        setup
    }

    fn put(&mut self, setup: SwitchSetup) {
        for (number, config) in &setup.ports {
            if let Some(port) = at_mut(&mut self.ports, *number) {
                port.enabled = config.enabled;
            }
        }
        self.setups.running = setup;
    }
}

impl World {
    fn switch_mut(&mut self, name: &str) -> Result<(usize, &mut SwitchState), Refusal> {
        let switches = &mut self.topology.switches;
        let at = switches.iter().position(|switch| switch.name == name).ok_or(Refusal::NotFound)?;
        Ok((at, &mut switches[at]))
    }

    fn switch_of(&self, name: &str) -> Option<&SwitchState> {
        self.topology.switches.iter().find(|switch| switch.name == name)
    }

    /// The time is over, and nobody has confirmed.
    pub(super) fn undo_due(&mut self, of: usize, token: u64) {
        let Some(switch) = self.topology.switches.get_mut(of) else { return };
        if switch.setups.undo.as_ref().is_some_and(|undo| undo.token == token)
            && let Some(undo) = switch.setups.undo.take()
        {
            switch.put(undo.before);
        }
    }
}

impl Plant {
    /// How a switch is configured now.
    #[must_use]
    pub fn switch_running(&self, switch: &str) -> Option<SwitchSetup> {
        self.read(|world, _| world.switch_of(switch).map(SwitchState::running))
    }

    /// How it will be after it has started again.
    #[must_use]
    pub fn switch_startup(&self, switch: &str) -> Option<SwitchSetup> {
        self.read(|world, _| world.switch_of(switch).map(|switch| switch.setups.startup.clone()))
    }

    /// Configures a switch. What waited to be confirmed keeps waiting, and what it goes back to stays.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`].
    pub fn configure_switch(&self, switch: &str, setup: SwitchSetup) -> Result<(), Refusal> {
        let machines = self.change(|world, _, _| {
            let (_, state) = world.switch_mut(switch)?;
            if state.running() != setup {
                state.setups.mutations += 1;
                state.put(setup);
            }
            Ok(())
        });
        self.touch_links();
        machines
    }

    /// From now on, the switch goes back to how it is now, unless that is confirmed within the time.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`].
    pub fn guard_switch(&self, switch: &str, within: Duration) -> Result<(), Refusal> {
        self.change(|world, now, _| {
            let (of, state) = world.switch_mut(switch)?;
            state.setups.tokens += 1;
            let (at, token) = (now.saturating_add(within), state.setups.tokens);
            let before = state.setups.undo.take().map_or_else(|| state.running(), |undo| undo.before);
            state.setups.undo = Some(Undo { before, at, token });
            world.queue.add(at, of, Event::Undo(token));
            Ok(())
        })
    }

    /// How long a change still has to be confirmed.
    #[must_use]
    pub fn switch_waits(&self, switch: &str) -> Option<Duration> {
        self.read(|world, now| {
            world.switch_of(switch)?.setups.undo.as_ref().map(|undo| undo.at.saturating_sub(now))
        })
    }

    /// Keeps what waits; whether anything did.
    pub fn confirm_switch(&self, switch: &str) -> bool {
        self.change(|world, _, _| {
            world.switch_mut(switch).is_ok_and(|(_, state)| state.setups.undo.take().is_some())
        })
    }

    /// Undoes what waits, now; whether anything did.
    pub fn revert_switch(&self, switch: &str) -> bool {
        let undone = self.change(|world, _, _| {
            let Ok((_, state)) = world.switch_mut(switch) else { return false };
            let Some(undo) = state.setups.undo.take() else { return false };
            state.put(undo.before);
            true
        });
        self.touch_links();
        undone
    }

    /// Writes the running configuration down.
    pub fn save_switch(&self, switch: &str) {
        self.change(|world, _, _| {
            if let Ok((_, state)) = world.switch_mut(switch) {
                state.setups.startup = state.running();
            }
        });
    }

    /// Starts a switch again: what was not saved is gone.
    pub fn restart_switch(&self, switch: &str) {
        self.change(|world, _, _| {
            if let Ok((_, state)) = world.switch_mut(switch) {
                state.setups.undo = None;
                let startup = state.setups.startup.clone();
                state.put(startup);
            }
        });
        self.touch_links();
    }

    /// Changes of its configuration so far.
    #[must_use]
    pub fn switch_mutations(&self, switch: &str) -> u64 {
        self.read(|world, _| world.switch_of(switch).map_or(0, |switch| switch.setups.mutations))
    }

    /// Whether packets without a tag go from one machine's network port to another's: both have a link to one switch, and
    /// the ports there are in one VLAN.
    #[must_use]
    pub fn reaches(&self, from: (&str, &str), to: (&str, &str)) -> bool {
        let place = |(machine, nic): (&str, &str)| {
            self.read(|world, _| {
                world.topology.switches.iter().map(|switch| switch.name.clone()).collect::<Vec<_>>()
            })
            .into_iter()
            .find_map(|switch| {
                let ports = self.ports(&switch)?;
                let port = ports.into_iter().find(|port| {
                    port.link && port.peer.as_ref().is_some_and(|peer| (&*peer.0, &*peer.1) == (machine, nic))
                })?;
                let vlan = self.switch_running(&switch)?.untagged(port.number)?;
                Some((switch, vlan))
            })
        };
        let (from, to) = (place(from), place(to));
        from.is_some() && from == to
    }
}
