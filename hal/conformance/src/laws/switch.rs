//! Laws of [`underlay_hal::Switch`].

use std::collections::BTreeSet;

use underlay_hal::{Cx, ErrorKind, PortId, PortStatus};

use super::{
    Law, ensure, facet,
    help::{Said, ends_in_silence, refused, until, why},
    law,
};
use crate::World;

facet!(Switch, switch, SwitchTruth);

async fn status(world: &World, cx: &Cx, id: &PortId) -> Said<PortStatus> {
    let ports = facet(world)?.ports(cx).await.map_err(why)?;
    let port =
        ports.into_iter().find(|port| port.id == *id).ok_or_else(|| format!("no port {id} is read"))?;
    Ok(port.status)
}

pub(super) const LAWS: &[Law] = &[
    law!("switch::facts_are_the_switch's", FACET, None, ReadOnly, |world, cx| {
        let facts = facet(world)?.facts(cx).await.map_err(why)?;
        let real = real(world)?.host_name();
        ensure!(facts.host_name.as_deref() == Some(&*real), "read {:?}, it is {real}", facts.host_name);
        Ok(())
    }),
    law!("switch::ports_are_the_switch's", FACET, None, ReadOnly, |world, cx| {
        let seen = facet(world)?.ports(cx).await.map_err(why)?;
        let names: BTreeSet<_> = seen.iter().map(|port| &port.id).collect();
        ensure!(names.len() == seen.len(), "two ports have one name");
        for fact in real(world)?.ports() {
            let port = seen.iter().find(|port| port.id == fact.id);
            let port = port.ok_or_else(|| format!("the port {} is not read", fact.id))?;
            let expected = (fact.enabled, if fact.up { PortStatus::Up } else { PortStatus::Down });
            let read = (port.enabled, port.status);
            ensure!(read == expected, "{} reads {read:?}, it is {expected:?}", fact.id);
        }
        Ok(())
    }),
    law!("switch::a_pulled_cable_takes_the_port_down", FACET, None, Disruptive, |world, cx| {
        let up = real(world)?.ports().into_iter().find(|port| port.up).ok_or("no port is up")?;
        real(world)?.pull(&up.id, true);
        let down = || async { Ok(status(world, cx, &up.id).await? == PortStatus::Down) };
        until(world, "the port down", down).await?;
        real(world)?.pull(&up.id, false);
        let back = || async { Ok(status(world, cx, &up.id).await? == PortStatus::Up) };
        until(world, "the port up", back).await
    }),
    law!("switch::vlans_have_their_members", FACET, Some("switch.vlans"), ReadOnly, |world, cx| {
        let vlans = facet(world)?.vlans(cx).await.map_err(why)?;
        ensure!(vlans.is_sorted_by_key(|vlan| vlan.id), "not by number");
        for fact in real(world)?.ports() {
            let of: Vec<_> =
                vlans.iter().filter(|vlan| vlan.untagged.contains(&fact.id)).map(|vlan| vlan.id).collect();
            ensure!(of == [fact.vlan], "{} is untagged in {of:?}, and is in {}", fact.id, fact.vlan);
        }
        Ok(())
    }),
    law!("switch::neighbors_are_those_awake", FACET, Some("switch.neighbors"), ReadOnly, |world, cx| {
        let seen: BTreeSet<_> =
            facet(world)?.neighbors(cx).await.map_err(why)?.into_iter().map(|n| n.port).collect();
        let facts = real(world)?.ports();
        let real: BTreeSet<_> =
            facts.into_iter().filter(|port| port.up && port.peer.is_some()).map(|port| port.id).collect();
        ensure!(!real.is_empty(), "the rig has nobody awake at a port");
        ensure!(seen == real, "read {seen:?}, awake are {real:?}");
        Ok(())
    }),
    law!("switch::addresses_are_where_they_are", FACET, Some("switch.macs"), ReadOnly, |world, cx| {
        let seen = facet(world)?.macs(cx).await.map_err(why)?;
        for fact in real(world)?.ports().into_iter().filter(|port| port.up) {
            let Some(mac) = fact.peer else { continue };
            let at: Vec<_> = seen.iter().filter(|entry| entry.mac == mac).map(|entry| &entry.port).collect();
            ensure!(at == [&fact.id], "{mac} is at {}, and read at {at:?}", fact.id);
        }
        Ok(())
    }),
    law!("switch::what_is_not_listed_is_unsupported", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        let abilities = *facet.abilities();
        if abilities.vlans.is_none() {
            refused(facet.vlans(cx).await, ErrorKind::Unsupported, "VLANs")?;
        }
        if abilities.neighbors.is_none() {
            refused(facet.neighbors(cx).await, ErrorKind::Unsupported, "neighbours")?;
        }
        if abilities.macs.is_none() {
            refused(facet.macs(cx).await, ErrorKind::Unsupported, "addresses")?;
        }
        if abilities.poe.is_none() {
            refused(facet.poe(cx).await, ErrorKind::Unsupported, "power over Ethernet")?;
        }
        Ok(())
    }),
    law!("switch::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.ports(&cx).await }).await
    }),
];
