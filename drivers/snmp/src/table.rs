//! Columns by row.

use std::collections::BTreeMap;

use underlay_hal::{Cx, ErrorKind, Result};
use underlay_snmp_mib::Oid;

use crate::{
    index::Index,
    transport::{Transport, Value},
};

/// One column: what stands behind its identifier, and the value.
pub(crate) type Column = BTreeMap<Index, Value>;

/// Reads a column; one that the agent does not have is empty.
pub(crate) async fn column(cx: &Cx, transport: &dyn Transport, column: &str) -> Result<Column> {
    let below = Oid::table(column);
    let rows = match transport.walk(cx, &below).await {
        // Version 1 says so of a column that is not there.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Column::new()),
        rows => rows?,
    };
    Ok(rows.into_iter().filter_map(|(oid, value)| Some((oid.behind(&below)?.to_vec(), value))).collect())
}

/// The row's number, where there is one.
pub(crate) fn number(column: &Column, row: &[u32]) -> Option<i64> {
    column.get(row).and_then(Value::number)
}

/// The row's text, where there is one.
pub(crate) fn text(column: &Column, row: &[u32]) -> Option<String> {
    column.get(row).and_then(Value::text)
}
