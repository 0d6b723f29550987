//! One service for all machines of an enclosure.
//!
//! - Every machine has a system and a chassis that are called like its slot; what is under their paths is its own.
//! - Everything else is of the controller, and so of the machine in the first slot: manager, accounts, sessions, events
//!   and the inventory of firmware. Tasks are those of all machines.
//! - The enclosure is a chassis that contains the others, and has the power supplies.

use std::sync::Arc;

use super::persona::RedfishData;
use super::tree::ROOT;
use crate::plant::{JobView, Server};

/// A machine as this service names it.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) server: Server,
    pub(crate) data: Arc<RedfishData>,
}

/// The machines that a service stands for, by slot.
pub(crate) fn nodes(server: &Server, data: &Arc<RedfishData>) -> Vec<Node> {
    let named = |server: Server| {
        let mut data = Arc::clone(data);
        if let Some(slot) = &server.spec().slot {
            let own = Arc::make_mut(&mut data);
            let chassis = std::mem::replace(&mut own.ids.chassis, slot.name.clone());
            own.enclosure = Some(chassis);
            own.ids.system.clone_from(&slot.name);
        }
        Node { server, data }
    };
    server.enclosure().into_iter().map(named).collect()
}

/// The machine that a path belongs to; that of the controller, unless it is another's system or chassis.
pub(crate) fn node_of(nodes: &[Node], path: &str) -> usize {
    let id = |collection: &str| path.strip_prefix(ROOT)?.strip_prefix(collection)?.split('/').next();
    let at = |id: Option<&str>, of: fn(&Node) -> &str| nodes.iter().position(|node| Some(of(node)) == id);
    at(id("/Systems/"), |node| &node.data.ids.system)
        .or_else(|| at(id("/Chassis/"), |node| &node.data.ids.chassis))
        .unwrap_or(0)
}

/// The machine that has a job of this number; that of the controller, if there is none.
pub(crate) fn holder_of(nodes: &[Node], job: u32) -> usize {
    let alone = nodes.len() < 2;
    let has = |node: &Node| node.server.jobs().iter().any(|known| known.id == job);
    nodes.iter().position(|node| alone || has(node)).unwrap_or(0)
}

/// The jobs of all machines but the first, whose own are known.
pub(crate) fn jobs_of_others(nodes: &[Node]) -> impl Iterator<Item = JobView> {
    nodes.iter().skip(1).flat_map(|node| node.server.jobs())
}
