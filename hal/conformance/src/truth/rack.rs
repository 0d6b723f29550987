//! Ground truth of what stands around the machines: power and network.

use std::fmt;

use underlay_hal::{MacAddress, OutletId, PortId, RestorePolicy, SwitchConfiguration};

/// One outlet as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct OutletFact {
    /// The device's name of it.
    pub id: OutletId,
    /// The name that people gave it.
    pub label: String,
    /// Its relay.
    pub on: bool,
    /// A change waits.
    pub pending: bool,
    /// What it does when power comes back.
    pub restore_policy: RestorePolicy,
    /// Drawn from it, in watts, and how far a reading may wander from it, either way.
    pub watts: (f64, f64),
}

/// A power distribution unit as it is.
pub trait PduTruth: fmt::Debug + Send + Sync {
    /// The outlets, in order; something is plugged into the first, and it draws power while the outlet is on.
    fn outlets(&self) -> Vec<OutletFact>;

    /// Puts the relay of an outlet, at once, behind every protocol's back.
    fn put_outlet(&self, outlet: &OutletId, on: bool);

    /// How often the relay of an outlet has gone off.
    fn cuts(&self, outlet: &OutletId) -> u64;

    /// The next change of an outlet is accepted, and nothing is done. `false` if the world cannot.
    fn ignore_next(&self) -> bool;
}

/// One port as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortFact {
    /// The switch's name of it.
    pub id: PortId,
    /// Is it meant to be up?
    pub enabled: bool,
    /// Is it?
    pub up: bool,
    /// The VLAN that it is untagged in.
    pub vlan: u16,
    /// The address at the other end of the cable, while somebody there is awake.
    pub peer: Option<MacAddress>,
}

/// A switch as it is.
pub trait SwitchTruth: fmt::Debug + Send + Sync {
    /// Its name.
    fn host_name(&self) -> String;

    /// The ports, in order.
    fn ports(&self) -> Vec<PortFact>;

    /// Pulls the cable of a port, or puts it back.
    fn pull(&self, port: &PortId, out: bool);
}

/// How a switch is configured.
pub trait SwitchConfigTruth: fmt::Debug + Send + Sync {
    /// The running configuration, with the switch's own names of its ports.
    fn configuration(&self) -> SwitchConfiguration;

    /// A change waits to be confirmed.
    fn waits(&self) -> bool;
}
