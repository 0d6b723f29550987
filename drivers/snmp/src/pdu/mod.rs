//! Power distribution units.

mod configure;
mod group;
mod load;
pub(crate) mod measure;
mod outlet;
mod switch;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio::sync::OnceCell;
use underlay_hal::{
    Change, Cx, DelayStyle, DeviceId, Error, ErrorKind, Outcome, Outlet, OutletAction, OutletConfig,
    OutletDelay, OutletGroup, OutletGroupId, OutletId, Pdu, PduAbilities, PduMetrics, Result, Support,
};
use underlay_snmp_mib::{Family, MeterKind, Oid, STANDARD, Switching};

use crate::{
    index::{Index, names},
    table::{Column, column, number},
    transport::Transport,
};

/// The outlets and meters of one unit.
#[derive(Debug)]
pub(crate) struct SnmpPdu {
    device: DeviceId,
    transport: Arc<dyn Transport>,
    family: &'static Family,
    abilities: PduAbilities,
    /// Every outlet's row and name, since the unit was opened: an outlet is not plugged in later.
    rows: Vec<(Index, OutletId)>,
    /// Whether the unit was seen to have the objects that switch; looked at before the first is written.
    has_controls: OnceCell<()>,
}

/// What a unit of this family with these rows can do.
fn abilities(family: &Family, states: bool, labels: bool, metered: bool) -> PduAbilities {
    let mut abilities = PduAbilities::NONE;
    let outlets = &family.outlets;
    abilities.metered_outlets = metered;
    let writable = |column: Option<&str>| column.map(|_| Support::Native);
    if labels {
        abilities.label = writable(outlets.label_set).or(Some(Support::ReadOnly));
    }
    if !states {
        return abilities;
    }
    let times = [outlets.on_delay, outlets.off_delay, outlets.cycle_off_time];
    abilities.policy =
        writable(outlets.policy.map(|(column, _)| column).or(times.into_iter().flatten().next()));
    let Some(switching) = &outlets.switching else {
        abilities.switch = Some(Support::ReadOnly);
        return abilities;
    };
    abilities.switch = Some(Support::Native);
    let (cycles, delay, cancels) = match switching {
        Switching::Words { now, later, cancel, .. } => (
            now.cycle.is_some(),
            if later.is_some() { DelayStyle::Configured } else { DelayStyle::None },
            cancel.is_some(),
        ),
        Switching::Seconds { cycle, .. } => (cycle.is_some(), DelayStyle::Inline, true),
    };
    abilities.cycle = Some(if cycles { Support::Native } else { Support::Emulated });
    abilities.delay = delay;
    abilities.cancel = cancels.then_some(Support::Native);
    abilities
}

impl SnmpPdu {
    pub(crate) async fn open(
        cx: &Cx,
        device: DeviceId,
        transport: Arc<dyn Transport>,
        family: &'static Family,
    ) -> Result<Self> {
        let outlets = &family.outlets;
        let rows_of =
            async |name: &str| column(cx, &*transport, name).await.map(Column::into_keys).map(Vec::from_iter);
        let mut states: Vec<Index> = rows_of(outlets.state).await?;
        if let Some(decides) = outlets.rows.column() {
            let kinds = column(cx, &*transport, decides).await?;
            states.retain(|row| outlets.rows.meant(number(&kinds, row)));
        }
        let labels = match outlets.label {
            Some(column) => rows_of(column).await?,
            None => Vec::new(),
        };
        let (has_states, has_labels) = (!states.is_empty(), !labels.is_empty());
        // A unit that only measures still has outlets, with names; those of the standards name anything.
        let rows = if has_states || family.id == STANDARD.id { states } else { labels };
        let names = names(&rows);
        let name = |row: &Index| OutletId::from(names.get(row).map_or("", String::as_str));
        let rows: Vec<_> = rows.iter().map(|row| (row.clone(), name(row))).collect();
        let mut metered = false;
        for column in measure::outlet_columns(family) {
            metered = metered || transport.has_rows(cx, &Oid::table(column)).await?;
        }
        let mut abilities = abilities(family, has_states, has_labels, metered);
        if let Some(groups) = &family.groups
            && transport.has_rows(cx, &Oid::table(groups.off)).await?
        {
            abilities.groups = Some(Support::Native);
        }
        Ok(Self { device, transport, family, abilities, rows, has_controls: OnceCell::new() })
    }

    fn named<T>(&self, operation: &'static str, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.during(operation).on(&self.device))
    }

    /// The row of an outlet.
    fn row(&self, outlet: &OutletId) -> Result<&Index> {
        let found = self.rows.iter().find(|(_, id)| id == outlet).map(|(row, _)| row);
        found.ok_or_else(|| {
            let known: Vec<_> = self.rows.iter().take(32).map(|(_, id)| id.as_str()).collect();
            let message = format!("there is no outlet {outlet}; there are {}", known.join(", "));
            Error::new(ErrorKind::NotFound, message)
        })
    }

    /// One column, by row.
    async fn column(&self, cx: &Cx, name: &str) -> Result<Column> {
        column(cx, &*self.transport, name).await
    }

    /// One outlet as it is now.
    async fn look(&self, cx: &Cx, row: &Index, id: &OutletId) -> Result<Outlet> {
        let columns = outlet::columns(&self.family.outlets);
        let objects: Vec<Oid> = columns.iter().map(|column| Oid::table(column).join(row)).collect();
        let values = self.transport.get(cx, &objects).await?;
        let found = columns.into_iter().zip(values).filter_map(|(column, value)| Some((column, value?)));
        Ok(outlet::read(self.family, id.clone(), &found.collect()))
    }
}

#[async_trait]
impl Pdu for SnmpPdu {
    fn abilities(&self) -> &PduAbilities {
        &self.abilities
    }

    async fn outlets(&self, cx: &Cx) -> Result<Vec<Outlet>> {
        let read = async {
            let mut columns = BTreeMap::new();
            for column in outlet::columns(&self.family.outlets) {
                columns.insert(column, self.column(cx, column).await?);
            }
            let all = self.rows.iter().map(|(row, id)| {
                let cells =
                    columns.iter().filter_map(|(column, rows)| Some((*column, rows.get(row)?.clone())));
                outlet::read(self.family, id.clone(), &cells.collect())
            });
            Ok(all.collect())
        };
        self.named("pdu.outlets", read.await)
    }

    async fn groups(&self, cx: &Cx) -> Result<Vec<OutletGroup>> {
        let all = self.all_groups(cx).await;
        self.named("pdu.groups", all.map(|all| all.into_iter().map(|(_, group)| group).collect()))
    }

    async fn meter(&self, cx: &Cx) -> Result<PduMetrics> {
        self.named("pdu.meter", self.measure(cx).await)
    }

    async fn switch(
        &self,
        cx: &Cx,
        outlet: &OutletId,
        action: OutletAction,
        delay: OutletDelay,
    ) -> Result<Outcome<Change>> {
        self.named("pdu.switch", self.act(cx, outlet, action, delay).await.map(Outcome::Done))
    }

    async fn switch_group(
        &self,
        cx: &Cx,
        group: &OutletGroupId,
        action: OutletAction,
    ) -> Result<Outcome<Change>> {
        self.named("pdu.switch_group", self.act_together(cx, group, action).await.map(Outcome::Done))
    }

    async fn cancel(&self, cx: &Cx, outlet: &OutletId) -> Result<Outcome<Change>> {
        self.named("pdu.cancel", self.take_back(cx, outlet).await.map(Outcome::Done))
    }

    async fn configure(&self, cx: &Cx, outlet: &OutletId, config: &OutletConfig) -> Result<Outcome<Change>> {
        self.named("pdu.configure", self.set_up(cx, outlet, config).await.map(Outcome::Done))
    }
}

/// Circuits of this kind, in the words of the interface.
fn circuit_kind(kind: MeterKind) -> underlay_hal::CircuitKind {
    use underlay_hal::CircuitKind as Kind;
    match kind {
        MeterKind::Inlet => Kind::Inlet,
        MeterKind::Phase => Kind::Phase,
        MeterKind::Bank => Kind::Bank,
        MeterKind::Outlet => Kind::Outlet,
    }
}
