//! Outlets that are switched together.

use std::time::Duration;

use underlay_hal::{
    Change, Cx, Effect, Error, ErrorKind, OutletAction, OutletGroup, OutletGroupId, OutletId, OutletState,
    Result,
};
use underlay_snmp_mib::{Groups, Oid};

use super::{SnmpPdu, switch::NO_EFFECT};
use crate::{
    index::{Index, names},
    table::{number, text},
    transport::Value,
};

/// Between two looks at a group that was told something.
const LOOK: Duration = Duration::from_millis(200);

const SWITCH: &str = "pdu.switch_group";

impl SnmpPdu {
    fn groups_of(&self) -> Option<&'static Groups> {
        self.family.groups.as_ref().filter(|_| self.abilities.groups.is_some())
    }

    /// The outlet that an object is one of.
    fn outlet_of(&self, object: &Oid) -> Option<&OutletId> {
        let found = self.rows.iter().find(|(row, _)| object.numbers().ends_with(row));
        found.map(|(_, id)| id)
    }

    pub(super) async fn all_groups(&self, cx: &Cx) -> Result<Vec<(Index, OutletGroup)>> {
        let Some(groups) = self.groups_of() else { return Ok(Vec::new()) };
        let labels = self.column(cx, groups.label).await?;
        let (kind, outlet) = groups.kinds;
        let kinds = self.column(cx, kind).await?;
        let members = self.column(cx, groups.members).await?;
        let names = names(labels.keys());
        let group = |row: &Index| {
            let within = members.iter().filter_map(|(at, value)| {
                let (_, of) = at.split_last()?;
                let Value::Oid(object) = value else { return None };
                (of == row.as_slice() && number(&kinds, at) == Some(outlet))
                    .then(|| self.outlet_of(object))?
            });
            OutletGroup {
                id: OutletGroupId::from(names.get(row).map_or("1", String::as_str)),
                label: text(&labels, row),
                outlets: within.cloned().collect(),
            }
        };
        Ok(labels.keys().map(|row| (row.clone(), group(row))).collect())
    }

    /// Does every outlet of the group read as asked? Where the unit does not tell which they are, its own word counts.
    async fn is_so(
        &self,
        cx: &Cx,
        row: &Index,
        group: &OutletGroup,
        groups: &Groups,
        on: bool,
    ) -> Result<bool> {
        if group.outlets.is_empty() {
            let object = Oid::table(groups.state).join(row);
            let told = self.transport.get(cx, &[object]).await?;
            let told = told.into_iter().next().flatten().and_then(|value| value.number());
            return Ok(told == Some(if on { groups.is_on } else { groups.is_off }));
        }
        let wanted = if on { OutletState::On } else { OutletState::Off };
        for id in &group.outlets {
            if self.look(cx, self.row(id)?, id).await?.state != wanted {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) async fn act_together(
        &self,
        cx: &Cx,
        id: &OutletGroupId,
        action: OutletAction,
    ) -> Result<Change> {
        let Some(groups) = self.groups_of() else { return Err(Error::unsupported(SWITCH)) };
        let all = self.all_groups(cx).await?;
        let Some((row, group)) = all.iter().find(|(_, group)| group.id == *id) else {
            let known: Vec<_> = all.iter().map(|(_, group)| group.id.as_str()).collect();
            let message = format!("there is no group {id}; there are {}", known.join(", "));
            return Err(Error::new(ErrorKind::NotFound, message));
        };
        for outlet in &group.outlets {
            super::switch::allowed(&self.look(cx, self.row(outlet)?, outlet).await?)?;
        }
        match action {
            OutletAction::On => self.put(cx, row, group, groups, true).await,
            OutletAction::Off => self.put(cx, row, group, groups, false).await,
            // Off and on by hand: the unit would turn on what was off, and does not say when it is done.
            OutletAction::Cycle => {
                if !self.is_so(cx, row, group, groups, true).await? {
                    let message =
                        format!("not every outlet of group {id} is on, and a cycle would turn all on");
                    return Err(Error::new(ErrorKind::PreconditionFailed, message));
                }
                self.put(cx, row, group, groups, false).await?;
                let half = |error: Error| {
                    let message =
                        format!("group {id} was switched off, and not on again: {}", error.message());
                    Error::new(error.kind(), message).with_effect(Effect::Applied)
                };
                let pause = cx.sleep(super::switch::OFF).await;
                pause.map_err(|interrupted| half(interrupted.into_error(Effect::Applied)))?;
                self.put(cx, row, group, groups, true).await.map_err(half)
            }
        }
    }

    async fn put(
        &self,
        cx: &Cx,
        row: &Index,
        group: &OutletGroup,
        groups: &Groups,
        on: bool,
    ) -> Result<Change> {
        if self.is_so(cx, row, group, groups, on).await? {
            return Ok(Change::AlreadySo);
        }
        let lost = self.send(cx, if on { groups.on } else { groups.off }, row, 0).await?;
        let begun = tokio::time::Instant::now();
        loop {
            let unknown = |error: Error| error.with_effect(Effect::Unknown);
            if self.is_so(cx, row, group, groups, on).await.map_err(unknown)? {
                return Ok(Change::Made);
            }
            if begun.elapsed() >= NO_EFFECT {
                return Err(lost.unwrap_or_else(|| {
                    let message = format!("the unit said yes, and group {} still is as before", group.id);
                    Error::new(ErrorKind::NoEffect, message)
                }));
            }
            cx.sleep(LOOK).await.map_err(|interrupted| interrupted.into_error(Effect::Unknown))?;
        }
    }
}
