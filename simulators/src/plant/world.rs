//! The one mutable truth: machines, cables and what is due, moved in order of time.
use std::sync::Arc;

use underlay_rack::{InitialState, Rack};

use super::{
    NicView, OutletView, PortView, Refusal, RestorePolicy, ServerSnapshot, SimTime, SupplyView,
    clock::Clock,
    enclosure::Plan,
    machine::{Area, Machine},
    pdu::{OutletAction, OutletPolicy, OutletState, OutletTurn, OutletWhen},
    queue::{Event, Queue, Step},
    topology::{PortState, Topology, at_mut},
};
use crate::persona::{SensorKind, SensorOf};

#[derive(Debug)]
pub(super) struct World {
    /// A server's index is its place here; handles carry only indices that exist.
    servers: Vec<Machine>,
    /// The machine with the controller of each.
    controllers: Vec<usize>,
    pub(super) topology: Topology,
    pub(super) queue: Queue,
}

impl World {
    pub(super) fn new(rack: &Rack, plans: &[Plan<'_>], clock: &Clock) -> Self {
        let date = clock.date(SimTime::ZERO);
        let servers = plans.iter().map(|plan| {
            let on = plan.device.state.unwrap_or(InitialState::On) == InitialState::On;
            Machine::new(Arc::clone(&plan.spec), rack.seed, on, RestorePolicy::default(), date)
        });
        let controllers = plans.iter().map(|plan| plan.controller).collect();
        let topology = Topology::new(rack, |name| plans.iter().position(|plan| &*plan.spec.name == name));
        Self { servers: servers.collect(), controllers, topology, queue: Queue::default() }
    }

    pub(super) fn machine(&self, index: usize) -> &Machine {
        &self.servers[index]
    }

    /// A machine and the moment it acts at.
    pub(super) fn act<R>(
        &mut self,
        index: usize,
        now: SimTime,
        clock: &Clock,
        act: impl FnOnce(&mut Machine, &mut Step<'_>) -> R,
    ) -> R {
        let mut step = Step { now, date: clock.date(now), queue: &mut self.queue, server: index };
        let answer = act(&mut self.servers[index], &mut step);
        let controller = self.controllers[index];
        if controller != index {
            for (at, what) in self.servers[index].take_untold() {
                self.servers[controller].tell(index - controller, at, what);
                self.servers[controller].touch(Area::Events);
            }
        }
        answer
    }

    /// The machines whose controller is that of this one.
    fn enclosure(&self, controller: usize) -> impl Iterator<Item = usize> {
        self.controllers.iter().enumerate().filter(move |(_, of)| **of == controller).map(|(index, _)| index)
    }

    /// Runs what is due at `now`; whether anything was.
    pub(super) fn catch_up(&mut self, now: SimTime, clock: &Clock) -> bool {
        let mut any = false;
        while let Some((at, of, event)) = self.queue.pop(now) {
            match event {
                Event::Outlet(outlet, token) => self.outlet_acts(of, outlet, token, at, clock),
                Event::Undo(token) => {
                    self.undo_due(of, token);
                    for server in self.cabled() {
                        self.act(server, at, clock, |machine, _| machine.touch(Area::Links));
                    }
                }
                event => self.act(of, at, clock, |machine, step| machine.event(step, event)),
            }
            any = true;
        }
        any
    }

    // ── Power and cables ─────────────────────────────────────────────────────────────────────

    pub(super) fn set_feed(
        &mut self,
        name: &str,
        live: bool,
        now: SimTime,
        clock: &Clock,
    ) -> Result<(), Refusal> {
        let feed = self.topology.feeds.iter_mut().find(|feed| feed.name == name).ok_or(Refusal::NotFound)?;
        let comes_back = live && !feed.live;
        feed.live = live;
        if comes_back {
            let Topology { feeds, pdus, .. } = &mut self.topology;
            let back = |pdu: &&mut super::topology::PduState| {
                pdu.feed.and_then(|feed| feeds.get(feed)).is_some_and(|feed| feed.name == name)
            };
            for outlet in pdus.iter_mut().filter(back).flat_map(|pdu| &mut pdu.outlets) {
                outlet.settle();
                match outlet.policy {
                    OutletPolicy::AlwaysOn => outlet.on = true,
                    OutletPolicy::AlwaysOff => outlet.on = false,
                    OutletPolicy::LastState => {}
                }
            }
        }
        self.apply_inputs(now, clock);
        Ok(())
    }

    pub(super) fn set_outlet(
        &mut self,
        pdu: &str,
        number: u32,
        on: bool,
        now: SimTime,
        clock: &Clock,
    ) -> Result<(), Refusal> {
        let outlet = self.outlet_mut(pdu, number)?;
        outlet.settle();
        outlet.put(on);
        self.apply_inputs(now, clock);
        Ok(())
    }

    fn outlet_mut(&mut self, pdu: &str, number: u32) -> Result<&mut OutletState, Refusal> {
        let pdu = self.topology.pdus.iter_mut().find(|state| state.name == pdu).ok_or(Refusal::NotFound)?;
        at_mut(&mut pdu.outlets, number).ok_or(Refusal::NotFound)
    }

    /// Counts a change by a protocol; whether it is to be done.
    fn takes_change(&mut self, pdu: &str) -> bool {
        let Some(pdu) = self.topology.pdus.iter_mut().find(|state| state.name == pdu) else { return false };
        pdu.mutations += 1;
        !std::mem::take(&mut pdu.ignores)
    }

    pub(super) fn command_outlet(
        &mut self,
        pdu: &str,
        number: u32,
        action: OutletAction,
        when: OutletWhen,
        now: SimTime,
        clock: &Clock,
    ) -> Result<(), Refusal> {
        let delay = self.outlet_mut(pdu, number)?.delay(action, when);
        if !self.takes_change(pdu) {
            return Ok(());
        }
        let of = self.topology.pdus.iter().position(|state| state.name == pdu).ok_or(Refusal::NotFound)?;
        let at = now.saturating_add(delay);
        let outlet = self.outlet_mut(pdu, number)?;
        outlet.settle();
        outlet.turn = Some(OutletTurn { action, at });
        let (index, token) = (number as usize - 1, outlet.token);
        if delay.is_zero() {
            self.outlet_acts(of, index, token, now, clock);
        } else {
            self.queue.add(at, of, Event::Outlet(index, token));
        }
        Ok(())
    }

    /// An outlet does what it was told, if that still holds.
    fn outlet_acts(&mut self, of: usize, index: usize, token: u64, now: SimTime, clock: &Clock) {
        let Some(outlet) = self.topology.pdus.get_mut(of).and_then(|pdu| pdu.outlets.get_mut(index)) else {
            return;
        };
        let Some(turn) = outlet.turn.filter(|_| outlet.token == token) else { return };
        outlet.settle();
        match turn.action {
            OutletAction::On => drop(outlet.put(true)),
            OutletAction::Off => drop(outlet.put(false)),
            OutletAction::Cycle => {
                outlet.put(false);
                let at = now.saturating_add(std::time::Duration::from_secs(u64::from(outlet.cycle_off_time)));
                outlet.turn = Some(OutletTurn { action: OutletAction::On, at });
                let token = outlet.token;
                self.queue.add(at, of, Event::Outlet(index, token));
            }
        }
        self.apply_inputs(now, clock);
    }

    /// Changes what an outlet keeps, not its relay.
    pub(super) fn change_outlet(
        &mut self,
        pdu: &str,
        number: u32,
        change: impl FnOnce(&mut OutletState),
    ) -> Result<(), Refusal> {
        self.outlet_mut(pdu, number)?;
        if self.takes_change(pdu) {
            change(self.outlet_mut(pdu, number)?);
        }
        Ok(())
    }

    pub(super) fn ignore_next(&mut self, pdu: &str) {
        if let Some(pdu) = self.topology.pdus.iter_mut().find(|state| state.name == pdu) {
            pdu.ignores = true;
        }
    }

    pub(super) fn pdu_mutations(&self, pdu: &str) -> u64 {
        self.topology.pdus.iter().find(|state| state.name == pdu).map_or(0, |pdu| pdu.mutations)
    }

    pub(super) fn is_fed(&self, pdu: &str) -> bool {
        self.topology.pdus.iter().find(|state| state.name == pdu).is_some_and(|pdu| self.topology.is_fed(pdu))
    }

    fn apply_inputs(&mut self, now: SimTime, clock: &Clock) {
        for (server, supply, live) in self.topology.inputs() {
            for node in self.enclosure(server).collect::<Vec<_>>() {
                self.act(node, now, clock, |machine, step| machine.set_input(step, supply, live));
            }
        }
    }

    pub(super) fn outlets(&self, pdu: &str, now: SimTime) -> Option<Vec<OutletView>> {
        let pdu = self.topology.pdus.iter().find(|state| state.name == pdu)?;
        let views = pdu.outlets.iter().zip(1..).map(|(outlet, number)| {
            let live = self.topology.is_live(pdu, outlet);
            let load = outlet.load.map(|(server, supply)| (&self.servers[server], supply));
            OutletView {
                number,
                on: outlet.on,
                live,
                label: outlet.label.clone(),
                turn: outlet.turn,
                on_delay: outlet.on_delay,
                off_delay: outlet.off_delay,
                cycle_off_time: outlet.cycle_off_time,
                policy: outlet.policy,
                cuts: outlet.cuts,
                load: load.map(|(machine, supply)| {
                    (machine.spec.name.to_string(), u32::try_from(supply + 1).unwrap_or(u32::MAX))
                }),
                watts: outlet.load.filter(|_| live).map_or(0.0, |(server, _)| {
                    let nodes = self.enclosure(server).map(|node| &self.servers[node]);
                    nodes.map(|machine| watts_per_supply(machine, now)).sum()
                }),
            }
        });
        Some(views.collect())
    }

    pub(super) fn set_port(
        &mut self,
        switch: &str,
        number: u32,
        set: impl FnOnce(&mut PortState),
    ) -> Result<Option<usize>, Refusal> {
        let switch =
            self.topology.switches.iter_mut().find(|state| state.name == switch).ok_or(Refusal::NotFound)?;
        let port = at_mut(&mut switch.ports, number).ok_or(Refusal::NotFound)?;
        set(port);
        Ok(port.peer.map(|(server, _)| server))
    }

    /// The machines with a cable to any switch.
    pub(super) fn cabled(&self) -> Vec<usize> {
        let ports = self.topology.switches.iter().flat_map(|switch| &switch.ports);
        ports.filter_map(|port| port.peer.map(|(server, _)| server)).collect()
    }

    pub(super) fn ports(&self, switch: &str) -> Option<Vec<PortView>> {
        let switch = self.topology.switches.iter().find(|state| state.name == switch)?;
        let views = switch.ports.iter().zip(1..).map(|(port, number)| {
            let peer = port.peer.filter(|_| !port.pulled).and_then(|(server, nic)| {
                let machine = &self.servers[server];
                let nic = machine.spec.nics.get(nic)?;
                Some((machine.spec.name.to_string(), nic.name.clone(), nic.mac))
            });
            let link = port.peer.is_some_and(|(server, _)| has_link(&self.servers[server], port));
            PortView { number, enabled: port.enabled, link, peer }
        });
        Some(views.collect())
    }

    // ── What views see ───────────────────────────────────────────────────────────────────────

    pub(super) fn snapshot(&self, index: usize, now: SimTime, clock: &Clock) -> ServerSnapshot {
        let machine = &self.servers[index];
        let date = clock.date(now);
        let elapsed = now.saturating_sub(machine.host.since);
        ServerSnapshot {
            spec: Arc::clone(&machine.spec),
            now,
            date: machine.own_date(date),
            phase: machine.host.phase,
            power: machine.host.phase.power_state(),
            in_phase: elapsed,
            last_reset: machine.host.last_reset,
            reset_cause: machine.host.cause,
            boot_count: machine.host.boot_count,
            boots: machine.host.boots.iter().copied().collect(),
            boot_override: machine.boot.value,
            boot_override_expires: machine.boot.expires.is_some(),
            reachability: machine.reachability(),
            bmc_generation: machine.bmc.generation,
            bmc_started: machine.bmc.started,
            identify: machine.light.value,
            restore_policy: machine.restore,
            supplies: machine.supplies.iter().map(|input| SupplyView { input: *input }).collect(),
            nics: self.nics(index),
            log: machine.log.summary(),
            jobs: machine.jobs.views(now),
            accounts: machine.accounts.views(now),
            revisions: machine.revisions,
        }
    }

    fn nics(&self, index: usize) -> Vec<NicView> {
        let machine = &self.servers[index];
        (0..machine.spec.nics.len())
            .map(|nic| {
                let found = self.topology.port_of(index, nic).filter(|(_, _, port)| !port.pulled);
                NicView {
                    link: found.is_some_and(|(_, _, port)| has_link(machine, port)),
                    cable: found.map(|(switch, number, _)| (switch.name.clone(), number)),
                }
            })
            .collect()
    }
}

fn has_link(machine: &Machine, port: &PortState) -> bool {
    port.enabled && !port.pulled && machine.host.phase.is_powered()
}

/// What one live cord carries: the machine's draw, shared evenly.
fn watts_per_supply(machine: &Machine, now: SimTime) -> f64 {
    let live = machine.supplies.iter().filter(|input| **input).count();
    let total = machine
        .spec
        .sensors()
        .iter()
        .zip(machine.readings(now))
        .find(|(data, _)| data.kind == SensorKind::Power && data.of == SensorOf::System)
        .and_then(|(_, reading)| reading.value);
    match (total, u32::try_from(live)) {
        (Some(total), Ok(live)) if live > 0 => total / f64::from(live),
        _ => 0.0,
    }
}
