//! How circuits stand to their limits.

use underlay_hal::{Cx, Health, PduMetrics, Result};
use underlay_snmp_mib::{Load, Standing};

use super::{
    SnmpPdu,
    measure::{Rows, reading},
};
use crate::{
    limits::{self, Columns},
    table::number,
};

fn health(standing: Standing) -> Health {
    match standing {
        Standing::Normal => Health::Ok,
        Standing::Warning => Health::Warning,
        Standing::Critical => Health::Critical,
    }
}

/// The columns of a table.
fn columns(load: &Load) -> Vec<&'static str> {
    let own = [load.standing.map(|(column, _)| column), load.rated.map(|(column, _)| column)];
    let limits = load.limits.iter().flat_map(limits::columns);
    own.into_iter().flatten().chain(limits).collect()
}

impl SnmpPdu {
    /// Adds to the circuits what the unit tells of their limits.
    pub(super) async fn limits(&self, cx: &Cx, rows: &Rows, metrics: &mut PduMetrics) -> Result<()> {
        for load in self.family.loads {
            if !rows.iter().any(|(kind, _)| *kind == load.kind) {
                continue;
            }
            let mut read = Columns::new();
            for column in columns(load) {
                read.insert(column, self.tolerated(cx, column, &mut metrics.skipped).await?);
            }
            for ((_, row), circuit) in
                rows.iter().zip(&mut metrics.circuits).filter(|((kind, _), _)| *kind == load.kind)
            {
                let own = [row.as_slice(), load.number.as_slice()].concat();
                let cell = |column: &str, row: &[u32]| read.get(column).and_then(|rows| number(rows, row));
                circuit.health = load.standing.and_then(|(column, words)| {
                    let value = cell(column, &own)?;
                    words.iter().find(|(word, _)| *word == value).map(|(_, meant)| health(*meant))
                });
                circuit.rated_amperes = load.rated.and_then(|(column, one)| reading(cell(column, row)?, one));
                if let Some(limits) = &load.limits {
                    circuit.thresholds = limits::thresholds(limits, &read, &own, false);
                }
            }
        }
        Ok(())
    }
}
