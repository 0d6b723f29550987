//! The unit as an agent: what the library asks, answered from the unit as it is now.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_snmp::{
    Oid as WireOid, Value, VarBind,
    handler::{
        BoxFuture, GetNextResult, GetResult, HandlerResult, MibHandler, PreparedSet, RequestContext,
        SetCommitError, SetCommitResult, SetTestError, SetTestResult, SetUndoError, SetUndoResult,
    },
};
use underlay_snmp_mib::{Family, Oid};

use super::{
    notify::State,
    shape::Shape,
    switch::{self, Model},
    tree::{Cell, Unit, objects},
    write::{Asked, Order, Refused, order},
};
use crate::plant::{OutletWhen, PduUnit, Plant};

/// How long what was made up is told again while nothing changes: measured values move on.
const FRESH: Duration = Duration::from_millis(100);

/// Every object, in order.
pub(super) type Objects = BTreeMap<Oid, Cell>;

/// An agent, and what it told last: a walk asks for thousands of objects one after the other.
#[derive(Debug)]
pub(super) struct Speaker {
    agent: Agent,
    last: Mutex<Option<(u64, Instant, Arc<Objects>)>>,
}

impl Speaker {
    fn objects(&self) -> Arc<Objects> {
        if let Agent::Recorded(recorded) = &self.agent {
            return Arc::clone(&recorded.objects);
        }
        let plant = self.agent.plant();
        // Whatever is due happens by looking; only then is it known whether anything moved.
        self.agent.look();
        let moved = *plant.subscribe().borrow();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((then, at, objects)) = &*last
            && *then == moved
            && at.elapsed() < FRESH
        {
            return Arc::clone(objects);
        }
        let objects = Arc::new(self.agent.objects());
        *last = Some((moved, Instant::now(), Arc::clone(&objects)));
        objects
    }
}

/// What an agent speaks for.
#[derive(Clone, Debug)]
pub(super) enum Agent {
    /// A unit of power.
    Pdu(Pdu),
    /// A switch.
    Switch(Bridge),
    /// What somebody recorded.
    Recorded(Recorded),
}

/// A recording in place of something that is simulated.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) plant: Plant,
    pub(super) name: String,
    pub(super) objects: Arc<Objects>,
}

/// One simulated unit of power.
#[derive(Clone, Debug)]
pub(super) struct Pdu {
    pub(super) unit: PduUnit,
    pub(super) family: &'static Family,
    pub(super) shape: &'static Shape,
    pub(super) serial: String,
}

/// One simulated switch.
#[derive(Clone, Debug)]
pub(super) struct Bridge {
    pub(super) plant: Plant,
    pub(super) name: String,
    pub(super) model: &'static Model,
    pub(super) serial: String,
}

impl Agent {
    /// Whether it has power: without, nobody answers.
    pub(super) fn is_fed(&self) -> bool {
        match self {
            Self::Pdu(pdu) => pdu.unit.is_fed(),
            Self::Switch(_) => true,
            // A unit of power stands in the rack all the same.
            Self::Recorded(recorded) => recorded.plant.pdu(&recorded.name).is_none_or(|unit| unit.is_fed()),
        }
    }

    /// What is watched of it.
    pub(super) fn state(&self) -> State {
        let (outlets, ports) = match self {
            Self::Pdu(pdu) => (pdu.unit.outlets().iter().map(|outlet| outlet.on).collect(), Vec::new()),
            Self::Switch(bridge) => {
                let ports = bridge.plant.ports(&bridge.name).unwrap_or_default();
                (Vec::new(), ports.iter().map(|port| (port.enabled, port.link)).collect())
            }
            Self::Recorded(_) => (Vec::new(), Vec::new()),
        };
        State { fed: self.is_fed(), outlets, ports }
    }

    fn plant(&self) -> &Plant {
        match self {
            Self::Pdu(pdu) => pdu.unit.plant(),
            Self::Switch(bridge) => &bridge.plant,
            Self::Recorded(recorded) => &recorded.plant,
        }
    }

    fn look(&self) {
        match self {
            Self::Pdu(pdu) => drop(pdu.unit.is_fed()),
            Self::Switch(bridge) => drop(bridge.plant.ports(&bridge.name)),
            Self::Recorded(_) => {}
        }
    }

    fn objects(&self) -> Objects {
        match self {
            Self::Pdu(pdu) => pdu.objects(),
            Self::Switch(bridge) => bridge.objects(),
            Self::Recorded(recorded) => Objects::clone(&recorded.objects),
        }
    }
}

impl Bridge {
    fn objects(&self) -> Objects {
        let ports = self.plant.ports(&self.name).unwrap_or_default();
        switch::objects(&switch::Switch {
            model: self.model,
            name: &self.name,
            serial: &self.serial,
            mac: self.plant.switch_mac(&self.name),
            now: self.plant.now(),
            ports: &ports,
            setup: &self.plant.switch_running(&self.name).unwrap_or_default(),
        })
    }
}

impl Pdu {
    fn objects(&self) -> Objects {
        let outlets = self.unit.outlets();
        objects(&Unit {
            family: self.family,
            shape: self.shape,
            name: self.unit.name(),
            serial: &self.serial,
            now: self.unit.plant().now(),
            outlets: &outlets,
        })
    }
}

fn back(oid: &WireOid) -> Oid {
    Oid::new(oid.arcs())
}

fn out(cell: Cell) -> Value {
    match cell {
        Cell::Integer(value) => Value::Integer(value),
        Cell::Gauge(value) => Value::Gauge32(value),
        Cell::Ticks(value) => Value::TimeTicks(value),
        Cell::Counter32(value) => Value::Counter32(value),
        Cell::Address(octets) => Value::IpAddress(octets),
        Cell::Counter(value) => Value::Counter64(value),
        Cell::Bytes(bytes) => Value::OctetString(bytes.into()),
        Cell::Text(text) => Value::OctetString(text.into_bytes().into()),
        Cell::Oid(oid) => Value::ObjectIdentifier(WireOid::from_slice(oid.numbers())),
    }
}

impl MibHandler for Speaker {
    /// The standards' objects and the vendor's; the library has some of its own beside them.
    fn handles(&self, _: &WireOid, oid: &WireOid) -> bool {
        is_told(oid.arcs())
    }

    fn get<'a>(&'a self, _: &'a RequestContext, oid: &'a WireOid) -> BoxFuture<'a, HandlerResult<GetResult>> {
        Box::pin(async move {
            let asked = back(oid);
            let all = self.objects();
            if let Some(cell) = all.get(&asked) {
                return Ok(GetResult::Value(out(cell.clone())));
            }
            // A column that has rows is an object; this row is what there is none of.
            let column = asked.numbers().split_last().map(|(_, column)| Oid::new(column));
            let known = column.is_some_and(|column| all.keys().any(|known| known.starts_with(&column)));
            Ok(if known { GetResult::NoSuchInstance } else { GetResult::NoSuchObject })
        })
    }

    fn get_next<'a>(
        &'a self,
        _: &'a RequestContext,
        oid: &'a WireOid,
    ) -> BoxFuture<'a, HandlerResult<GetNextResult>> {
        Box::pin(async move {
            let all = self.objects();
            let after = (Bound::Excluded(back(oid)), Bound::Unbounded);
            Ok(match all.range(after).next() {
                Some((found, cell)) => {
                    let found = WireOid::from_slice(found.numbers());
                    GetNextResult::Value(VarBind::new(found, out(cell.clone())))
                }
                None => GetNextResult::EndOfMibView,
            })
        })
    }

    fn test_set<'a>(
        &'a self,
        _: &'a RequestContext,
        oid: &'a WireOid,
        value: &'a Value,
    ) -> BoxFuture<'a, SetTestResult> {
        Box::pin(async move {
            let asked = match value {
                Value::Integer(value) => Asked::Number(i64::from(*value)),
                Value::Gauge32(value) | Value::UInteger32(value) => Asked::Number(i64::from(*value)),
                Value::OctetString(bytes) => Asked::Text(String::from_utf8_lossy(bytes).into_owned()),
                _ => Asked::Other,
            };
            // Switches and recordings are only looked at.
            let Agent::Pdu(pdu) = &self.agent else { return Err(SetTestError::NotWritable) };
            let outlets = u32::try_from(pdu.unit.outlets().len()).unwrap_or(0);
            match order(pdu.family, pdu.shape, outlets, &back(oid), &asked) {
                Ok(order) => Ok(Box::new(Prepared { unit: pdu.unit.clone(), order }) as Box<dyn PreparedSet>),
                Err(refused) => Err(match refused {
                    Refused::NotWritable => SetTestError::NotWritable,
                    Refused::NoCreation => SetTestError::NoCreation,
                    Refused::WrongType => SetTestError::WrongType,
                    Refused::WrongLength => SetTestError::WrongLength,
                    Refused::WrongValue => SetTestError::WrongValue,
                }),
            }
        })
    }
}

/// A change that was found good.
struct Prepared {
    unit: PduUnit,
    order: Order,
}

impl PreparedSet for Prepared {
    fn commit<'a>(
        &'a mut self,
        _: &'a RequestContext,
        _: &'a WireOid,
        _: &'a Value,
    ) -> BoxFuture<'a, SetCommitResult> {
        Box::pin(async move {
            let done = match &self.order {
                Order::Switch(outlet, action, when) => self.unit.command(*outlet, *action, *when),
                Order::Together(outlets, action) => {
                    outlets.clone().try_for_each(|outlet| self.unit.command(outlet, *action, OutletWhen::Now))
                }
                Order::Cancel(outlet) => self.unit.cancel(*outlet),
                Order::Set(outlet, setting) => self.unit.set(*outlet, setting.clone()),
            };
            done.map_err(|_| SetCommitError::Failed)
        })
    }

    /// A relay that has fallen cannot be asked not to have.
    fn undo<'a>(
        &'a mut self,
        _: &'a RequestContext,
        _: &'a WireOid,
        _: &'a Value,
    ) -> BoxFuture<'a, SetUndoResult> {
        Box::pin(async { Err(SetUndoError::Failed) })
    }
}

/// Whether an object is the thing's own: the library tells of the agent itself (`1.3.6.1.6`).
pub(super) fn is_told(numbers: &[u32]) -> bool {
    let own: [&[u32]; 4] = [&[1, 0], &[1, 2], &[1, 3, 6, 1, 2, 1], &[1, 3, 6, 1, 4, 1]];
    own.iter().any(|known| numbers.starts_with(known))
}

/// Where the library looks for handlers.
pub(super) fn root() -> WireOid {
    WireOid::from_slice(&[1])
}

/// The handler, as the library wants it.
pub(super) fn handler(agent: Agent) -> Arc<dyn MibHandler> {
    Arc::new(Speaker { agent, last: Mutex::default() })
}
