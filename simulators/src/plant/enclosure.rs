//! Enclosures: several machines behind one management controller.
//!
//! - A device whose persona has `[enclosure]` stands for as many machines. The one in the first slot has the device's
//!   name, and what the rack file says of the device; the others are `name/2`, `name/3` and so on.
//! - Each has a host, firmware settings, storage, sensors, log and jobs of its own. No two jobs have one number.
//! - The controller, with accounts, sessions, its own firmware and configuration, is that of the first.
//! - Power cords are the enclosure's: each of them feeds all.
//! - What happens at any of them is told by the controller, in one order.
use std::sync::Arc;

use underlay_rack::{Device, Hardware, Rack};

use super::{Server, ServerSpec, UnknownPersona, random, spec};
use crate::persona::{DEFAULT, Persona, PersonaSet};

/// Numbers of jobs that each machine of an enclosure has for itself.
const JOBS: u32 = 10_000;
/// Machines in an enclosure at most.
const MOST: usize = 32;

/// Where in an enclosure a machine is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotSpec {
    /// From 0; the first one's machine has the controller.
    pub index: usize,
    /// What it is called.
    pub name: String,
    /// Serial number of the enclosure.
    pub enclosure_serial: String,
}

impl ServerSpec {
    /// Where in its enclosure this machine is, from 0; 0 also for one that stands alone.
    #[must_use]
    pub fn slot_index(&self) -> usize {
        self.slot.as_ref().map_or(0, |slot| slot.index)
    }

    /// The number before that of the first job.
    pub(super) fn jobs_begin(&self) -> u32 {
        u32::try_from(self.slot_index()).unwrap_or_default().saturating_mul(JOBS)
    }
}

/// A machine that is to be built.
pub(super) struct Plan<'r> {
    pub(super) spec: Arc<ServerSpec>,
    /// The device it is, or is part of.
    pub(super) device: &'r Device,
    /// The machine with its controller.
    pub(super) controller: usize,
}

/// The machines of a rack, those of one enclosure side by side.
pub(super) fn plans<'r>(rack: &'r Rack, personas: &PersonaSet) -> Result<Vec<Plan<'r>>, UnknownPersona> {
    let mut plans = Vec::with_capacity(rack.devices.len());
    for device in rack.servers() {
        let name = device.persona.as_deref().unwrap_or(DEFAULT);
        let persona = personas
            .get(name)
            .ok_or_else(|| UnknownPersona { device: device.name.clone(), persona: name.to_owned() })?;
        let controller = plans.len();
        let specs = specs(device, persona, rack);
        plans.extend(specs.map(|spec| Plan { spec: Arc::new(spec), device, controller }));
    }
    Ok(plans)
}

fn specs(device: &Device, persona: &Arc<Persona>, rack: &Rack) -> impl Iterator<Item = ServerSpec> {
    let resolve = |device: &Device| ServerSpec::resolve(device, persona, rack.simulation, rack.seed);
    let nodes = persona.enclosure.as_ref().map_or(1, |enclosure| enclosure.nodes.clamp(1, MOST));
    let mut stream = random::stream(rack.seed, &device.name, "enclosure");
    let enclosure_serial = spec::serial(&mut stream, 7);
    (0..nodes).map(move |index| {
        let mut spec = match index {
            0 => resolve(device),
            _ => resolve(&other(device, index)),
        };
        spec.slot = persona.enclosure.as_ref().map(|enclosure| SlotSpec {
            index,
            name: enclosure.slot.replace("{n}", &(index + 1).to_string()),
            enclosure_serial: enclosure_serial.clone(),
        });
        spec
    })
}

/// The device as which a further machine of its enclosure is built: with the same parts, and none of its own names.
fn other(device: &Device, index: usize) -> Device {
    Device {
        name: format!("{}/{}", device.name, index + 1),
        nics: Vec::new(),
        hardware: Hardware { serial: None, asset_tag: None, ..device.hardware.clone() },
        ..device.clone()
    }
}

impl Server {
    /// The machine whose controller stands for this one: itself, unless it is one of several in an enclosure.
    #[must_use]
    pub fn controller(&self) -> Self {
        self.sibling(self.index.saturating_sub(self.spec.slot_index()))
    }

    /// The machines of its enclosure, by slot; itself alone, if there is none.
    #[must_use]
    pub fn enclosure(&self) -> Vec<Self> {
        let first = self.index.saturating_sub(self.spec.slot_index());
        let specs = self.plant.0.specs.iter().skip(first).enumerate();
        let same = |(index, spec): &(usize, &Arc<ServerSpec>)| match &spec.slot {
            Some(slot) => slot.index == *index && self.spec.slot.is_some(),
            None => *index == 0,
        };
        specs.take_while(same).map(|(index, _)| self.sibling(first + index)).collect()
    }

    fn sibling(&self, index: usize) -> Self {
        let spec = self.plant.0.specs.get(index).unwrap_or(&self.spec);
        Self { plant: self.plant.clone(), index, spec: Arc::clone(spec) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use underlay_rack::{Pdu, PowerCable};

    use super::*;
    use crate::plant::{
        ClockMode, Happening, JobState, LogEvent, Origin, Plant, PowerAction, PowerState, Reachability,
    };

    /// An enclosure of four between two machines that stand alone.
    fn rack() -> Plant {
        let device = |name: &str, persona: &str, power: &[u32]| Device {
            name: name.to_owned(),
            persona: Some(persona.to_owned()),
            power: power
                .iter()
                .map(|outlet| PowerCable { pdu: "pdu1".to_owned(), outlet: *outlet })
                .collect(),
            ..Device::default()
        };
        let devices = vec![
            device("n1", "standard", &[]),
            device("quad", "standard-quad", &[1, 2]),
            device("n2", "standard", &[]),
        ];
        let pdus = vec![Pdu { name: "pdu1".to_owned(), feed: None, outlets: 2 }];
        let rack = Rack { name: "test".to_owned(), seed: 7, devices, pdus, ..Rack::default() };
        let personas = PersonaSet::embedded().expect("personas");
        Plant::new(&rack, &personas, ClockMode::Stepped).expect("a plant")
    }

    fn names(servers: &[Server]) -> Vec<&str> {
        servers.iter().map(Server::name).collect()
    }

    #[test]
    fn a_device_is_as_many_machines_as_its_persona_says() {
        let plant = rack();
        let all: Vec<_> = plant.servers().collect();
        assert_eq!(names(&all), ["n1", "quad", "quad/2", "quad/3", "quad/4", "n2"]);
        let nodes = plant.server("quad/3").expect("a node").enclosure();
        assert_eq!(names(&nodes), ["quad", "quad/2", "quad/3", "quad/4"]);
        assert_eq!(plant.server("quad/3").expect("a node").controller().name(), "quad");
        for alone in ["n1", "n2"] {
            let server = plant.server(alone).expect("a machine");
            assert_eq!(names(&server.enclosure()), [alone]);
            assert_eq!(server.controller().name(), alone);
        }
        let slots: Vec<_> =
            nodes.iter().filter_map(|node| Some(node.spec().slot.as_ref()?.name.clone())).collect();
        assert_eq!(slots, ["Node1", "Node2", "Node3", "Node4"]);
        let mut serials: Vec<_> = nodes.iter().map(|node| node.spec().serial.clone()).collect();
        serials.dedup();
        assert_eq!(serials.len(), 4);
    }

    #[test]
    fn each_has_a_host_and_jobs_of_its_own() {
        let plant = rack();
        let [one, two] = ["quad", "quad/2"].map(|name| plant.server(name).expect("a node"));
        two.power(PowerAction::ForceOff, Origin::Redfish).expect("accepted");
        plant.advance(Duration::from_secs(5));
        assert_eq!((one.snapshot().power, two.snapshot().power), (PowerState::On, PowerState::Off));
        let jobs = [&one, &two].map(|node| node.start_job("Work", 1.0, Origin::Redfish).expect("accepted"));
        assert_eq!(jobs, [1, 10_001]);
    }

    #[test]
    fn what_happens_at_any_is_told_by_the_controller_in_order() {
        let plant = rack();
        let [one, three] = ["quad", "quad/3"].map(|name| plant.server(name).expect("a node"));
        three.power(PowerAction::ForceOff, Origin::Redfish).expect("accepted");
        plant.advance(Duration::from_secs(5));
        let id = one.start_job("Work", 9.0, Origin::Redfish).expect("accepted");
        let told = one.events_after(0);
        let [first, second] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((first.id, first.slot, second.id, second.slot), (1, 2, 2, 0));
        assert!(matches!(&first.what, Happening::Logged(entry) if entry.event == LogEvent::PowerOff));
        assert_eq!(second.what, Happening::Job { id, state: JobState::Running });
        assert!(
            three.events_after(0).is_empty() && plant.server("n1").expect("n1").events_after(0).is_empty()
        );
    }

    #[test]
    fn the_cords_of_the_enclosure_feed_all_of_them() {
        let plant = rack();
        let nodes = plant.server("quad").expect("a node").enclosure();
        let before = plant.outlets("pdu1").expect("outlets")[0].watts;
        let alone: f64 = 300.0;
        assert!(before > alone, "half of what four draw: {before}");
        plant.set_outlet("pdu1", 1, false).expect("an outlet");
        assert!(nodes.iter().all(|node| node.snapshot().power == PowerState::On));
        plant.set_outlet("pdu1", 2, false).expect("an outlet");
        let dead = |node: &Server| {
            node.reachability() == Reachability::Unpowered && node.snapshot().power == PowerState::Off
        };
        assert!(nodes.iter().all(dead));
        assert!(!dead(&plant.server("n1").expect("n1")));
    }
}
