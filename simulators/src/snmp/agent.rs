//! The unit as an agent: what the library asks, answered from the unit as it is now.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use async_snmp::{
    Oid as WireOid, Value, VarBind,
    handler::{
        BoxFuture, GetNextResult, GetResult, HandlerResult, MibHandler, PreparedSet, RequestContext,
        SetCommitError, SetCommitResult, SetTestError, SetTestResult, SetUndoError, SetUndoResult,
    },
};
use underlay_snmp_mib::{Family, Oid};

use super::{
    shape::Shape,
    tree::{Cell, Unit, objects},
    write::{Asked, Order, Refused, order},
};
use crate::plant::PduUnit;

/// One simulated unit.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) unit: PduUnit,
    pub(super) family: &'static Family,
    pub(super) shape: &'static Shape,
    pub(super) serial: String,
}

impl Agent {
    fn objects(&self) -> BTreeMap<Oid, Cell> {
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
        Cell::Text(text) => Value::OctetString(text.into_bytes().into()),
        Cell::Oid(oid) => Value::ObjectIdentifier(WireOid::from_slice(oid.numbers())),
    }
}

impl MibHandler for Agent {
    /// The standard's objects and the vendor's; the library has some of its own beside them.
    fn handles(&self, _: &WireOid, oid: &WireOid) -> bool {
        oid.starts_with(&WireOid::from_slice(&[1, 3, 6, 1, 2, 1]))
            || oid.starts_with(&WireOid::from_slice(&[1, 3, 6, 1, 4, 1]))
    }

    fn get<'a>(&'a self, _: &'a RequestContext, oid: &'a WireOid) -> BoxFuture<'a, HandlerResult<GetResult>> {
        Box::pin(async move {
            let asked = back(oid);
            let mut all = self.objects();
            if let Some(cell) = all.remove(&asked) {
                return Ok(GetResult::Value(out(cell)));
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
            let outlets = u32::try_from(self.unit.outlets().len()).unwrap_or(0);
            match order(self.family, self.shape, outlets, &back(oid), &asked) {
                Ok(order) => {
                    Ok(Box::new(Prepared { unit: self.unit.clone(), order }) as Box<dyn PreparedSet>)
                }
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

/// Where the library looks for handlers.
pub(super) fn root() -> WireOid {
    WireOid::from_slice(&[1, 3, 6, 1])
}

/// The handler, as the library wants it.
pub(super) fn handler(agent: Agent) -> Arc<dyn MibHandler> {
    Arc::new(agent)
}
