//! What an agent sends by itself: traps or informs of what happens to its outlets and ports.
//!
//! - An outlet that goes on or off, of the families with a notification for it (APC's); a port that goes up or down.
//! - `coldStart` when its power comes back.
//! - Sent from the port that it answers at, so that a receiver can tell units of one address apart.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_snmp::{Oid as WireOid, Value, VarBind, agent::Agent as Library};
use tokio::net::UdpSocket;
use underlay_snmp_mib::{Oid, trap};

use super::{agent::Agent, front::Faults};

/// Where an agent sends to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sink {
    /// The receiver.
    pub to: SocketAddr,
    /// Informs, which it acknowledges, in place of traps.
    pub inform: bool,
    /// With version 3; else with the community.
    pub secure: bool,
}

/// How often it is looked whether something that was due has happened.
const LOOK: Duration = Duration::from_millis(100);

/// What is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) fed: bool,
    pub(super) outlets: Vec<bool>,
    /// Allowed, and up.
    pub(super) ports: Vec<(bool, bool)>,
}

/// One notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    Started,
    /// Number (from 1), and whether it is on.
    Outlet(u32, bool),
    /// Number (from 1), whether it is allowed, and whether it is up.
    Port(u32, bool, bool),
}

/// What is worth a notification between two looks; without power nobody sends.
pub(super) fn news(before: &State, after: &State) -> Vec<News> {
    if !after.fed {
        return Vec::new();
    }
    if !before.fed {
        return vec![News::Started];
    }
    let outlets = (1..).zip(before.outlets.iter().zip(&after.outlets));
    let outlets = outlets.filter(|(_, (before, after))| before != after);
    let ports = (1..).zip(before.ports.iter().zip(&after.ports));
    let ports = ports.filter(|(_, (before, after))| before.1 != after.1);
    outlets
        .map(|(number, (_, on))| News::Outlet(number, *on))
        .chain(ports.map(|(number, (_, (allowed, up)))| News::Port(number, *allowed, *up)))
        .collect()
}

/// Its identifier and variables, if the agent has a notification for it.
pub(super) fn variables(agent: &Agent, news: &News) -> Option<(Oid, Vec<(Oid, Value)>)> {
    let integer = |number: u32| Value::Integer(i32::try_from(number).unwrap_or(i32::MAX));
    let text = |text: &str| Value::OctetString(text.as_bytes().to_vec().into());
    match (agent, news) {
        (_, News::Started) => Some((Oid::table(trap::COLD_START), Vec::new())),
        (Agent::Pdu(pdu), News::Outlet(number, on)) if pdu.family.id.starts_with("apc-") => {
            let label = pdu.unit.outlets().into_iter().find(|outlet| outlet.number == *number)?.label;
            let kind = if *on { trap::APC_OUTLET_ON } else { trap::APC_OUTLET_OFF };
            Some((
                Oid::table(kind),
                vec![
                    (Oid::table("318.1.1.12.1.6.0"), text(&pdu.serial)),
                    (Oid::table("318.1.1.12.3.3.1.1.1").join(&[*number]), integer(*number)),
                    (Oid::table("318.1.1.12.3.3.1.1.2").join(&[*number]), text(&label)),
                ],
            ))
        }
        (Agent::Switch(bridge), News::Port(number, allowed, up)) => {
            let status = |good: bool| Value::Integer(if good { 1 } else { 2 });
            let column = |column: &str| Oid::table(column).join(&[*number]);
            Some((
                Oid::table(if *up { trap::LINK_UP } else { trap::LINK_DOWN }),
                vec![
                    (column("1.3.6.1.2.1.2.2.1.1"), integer(*number)),
                    (column("1.3.6.1.2.1.2.2.1.7"), status(*allowed)),
                    (column("1.3.6.1.2.1.2.2.1.8"), status(*up)),
                    (column("1.3.6.1.2.1.31.1.1.1.1"), text(&bridge.model.port_name(*number))),
                ],
            ))
        }
        _ => None,
    }
}

/// The road of what the library sends: through the socket that the agent answers at.
#[derive(Debug)]
pub(super) struct Relay {
    inside: UdpSocket,
    pub(super) to: SocketAddr,
    /// Who sent last, and waits for an acknowledgement.
    last: Mutex<Option<SocketAddr>>,
}

impl Relay {
    pub(super) async fn open(to: SocketAddr) -> std::io::Result<Self> {
        Ok(Self { inside: UdpSocket::bind("127.0.0.1:0").await?, to, last: Mutex::default() })
    }

    pub(super) fn address(&self) -> std::io::Result<SocketAddr> {
        self.inside.local_addr()
    }

    /// Carries what the library sends, until dropped.
    pub(super) async fn carry(self: Arc<Self>, outside: Arc<UdpSocket>, thing: Agent, road: Arc<Faults>) {
        let mut buffer = vec![0; 65_507];
        loop {
            let Ok((length, from)) = self.inside.recv_from(&mut buffer).await else { continue };
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(from);
            if let Some(datagram) = buffer.get(..length).filter(|_| !road.is_silent() && thing.is_fed()) {
                let _ = outside.send_to(datagram, self.to).await;
            }
        }
    }

    /// Hands an acknowledgement back.
    pub(super) async fn back(&self, datagram: &[u8]) {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last {
            let _ = self.inside.send_to(datagram, last).await;
        }
    }
}

/// Watches what differs from that state, and has the library send, until dropped.
pub(super) async fn watch(library: Library, agent: Agent, sink: Sink, mut before: State) {
    let begun = Instant::now();
    loop {
        tokio::time::sleep(LOOK).await;
        let after = agent.state();
        for news in news(&before, &after) {
            let Some((oid, variables)) = variables(&agent, &news) else { continue };
            let wire = |oid: &Oid| WireOid::from_slice(oid.numbers());
            let variables: Vec<_> =
                variables.into_iter().map(|(oid, value)| VarBind::new(wire(&oid), value)).collect();
            let up_time = u32::try_from(begun.elapsed().as_millis() / 10).unwrap_or(u32::MAX);
            let sent = if sink.inform {
                library.send_inform(&wire(&oid), up_time, variables).await
            } else {
                library.send_trap(&wire(&oid), up_time, variables).await
            };
            if !sent.all_succeeded() {
                tracing::debug!(to = %sink.to, "a notification was not sent, or not acknowledged");
            }
        }
        before = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_news_and_nothing_is_sent_without_power() {
        let on = State { fed: true, outlets: vec![true, true], ports: vec![(true, true)] };
        assert!(news(&on, &on).is_empty());
        let off = State { outlets: vec![true, false], ports: vec![(true, false)], ..on.clone() };
        assert_eq!(news(&on, &off), [News::Outlet(2, false), News::Port(1, true, false)]);
        let dark = State { fed: false, ..off.clone() };
        assert!(news(&on, &dark).is_empty());
        assert_eq!(news(&dark, &off), [News::Started]);
    }
}
