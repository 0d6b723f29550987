//! What the agents make of requests, as a plain function for the fuzz target. No part of the interface.

use async_snmp::{compatibility::DecodeConfig, message::Message};
use underlay_snmp_mib::{FAMILIES, Oid};

use super::{
    shape::SHAPES,
    write::{Asked, Order, order},
};

/// A request from anywhere, as a SET to every family.
///
/// # Panics
/// If an order is about an outlet that there is not.
pub fn requests(data: &[u8]) {
    const OUTLETS: u32 = 8;
    let Ok(message) = Message::decode(data.to_vec().into(), DecodeConfig::default()) else { return };
    let Some(pdu) = message.value.into_pdu() else { return };
    for (family, bound) in
        FAMILIES.iter().flat_map(|family| pdu.varbinds().iter().map(move |bound| (family, bound)))
    {
        let Some(shape) = SHAPES.iter().find(|shape| shape.family == family.id) else { continue };
        let asked = match &bound.value {
            async_snmp::Value::Integer(value) => Asked::Number(i64::from(*value)),
            async_snmp::Value::OctetString(bytes) => Asked::Text(String::from_utf8_lossy(bytes).into_owned()),
            _ => Asked::Other,
        };
        let (first, last) = match order(family, shape, OUTLETS, &Oid::new(bound.oid.arcs()), &asked) {
            Ok(Order::Switch(outlet, ..) | Order::Cancel(outlet) | Order::Set(outlet, _)) => (outlet, outlet),
            Ok(Order::Together(outlets, _)) => (*outlets.start(), *outlets.end()),
            Err(_) => continue,
        };
        assert!((1..=OUTLETS).contains(&first) && (1..=OUTLETS).contains(&last));
    }
}
