//! The road to an agent, on which datagrams can be lost: what the agent's library cannot be asked to do.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::{net::UdpSocket, task::JoinSet};

use super::{agent::Agent, notify::Relay};

/// The largest datagram.
const LARGEST: usize = 65_507;
/// Clients that are remembered; a new one beyond that drops the others.
const CLIENTS: usize = 1024;
/// The tag of a SET (RFC 3416), which stands behind version and community.
const SET: u8 = 0xA3;

/// What happens on the road to an agent.
#[derive(Debug, Default)]
pub struct Faults {
    silent: AtomicBool,
    loses_next: AtomicBool,
    pub(super) requests: AtomicU64,
}

impl Faults {
    /// Makes the agent deaf and dumb, or lets it answer again.
    pub fn set_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::Relaxed);
    }

    pub(super) fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    /// The next change of version 1 or 2c is carried out, and its answer is lost.
    pub fn lose_next_answer(&self) {
        self.loses_next.store(true, Ordering::Relaxed);
    }
}

/// Whether a datagram is a SET of version 1 or 2c; of version 3 it cannot be told without the keys.
fn is_set(datagram: &[u8]) -> bool {
    // SEQUENCE, version, community, then the request: each a tag, a length and that many bytes.
    let body = |bytes: &[u8]| -> Option<(usize, usize)> {
        let first = *bytes.get(1)?;
        let long = usize::from(first & 0x7F);
        if first & 0x80 == 0 {
            return Some((2, long));
        }
        let length = bytes
            .get(2..2 + long)?
            .iter()
            .try_fold(0_usize, |sum, byte| sum.checked_mul(256)?.checked_add(usize::from(*byte)))?;
        Some((2 + long, length))
    };
    let find = || {
        let (start, _) = body(datagram)?;
        let mut rest = datagram.get(start..)?;
        for _ in 0..2 {
            let (start, length) = body(rest)?;
            rest = rest.get(start.checked_add(length)?..)?;
        }
        rest.first().copied()
    };
    find() == Some(SET)
}

/// Carries datagrams between clients and the agent, as long as the unit has power.
pub(super) async fn carry(
    outside: Arc<UdpSocket>,
    agent: SocketAddr,
    thing: Agent,
    road: Arc<Faults>,
    relay: Option<Arc<Relay>>,
) {
    let mut clients: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
    // Ends with this future: whoever stops the view stops them.
    let mut tasks = JoinSet::new();
    let mut buffer = vec![0; LARGEST];
    loop {
        let Ok((length, client)) = outside.recv_from(&mut buffer).await else { continue };
        if let Some(relay) = relay.as_ref().filter(|relay| relay.to == client) {
            relay.back(buffer.get(..length).unwrap_or_default()).await;
            continue;
        }
        road.requests.fetch_add(1, Ordering::Relaxed);
        let Some(datagram) = buffer.get(..length) else { continue };
        if road.silent.load(Ordering::Relaxed) || !thing.is_fed() {
            continue;
        }
        let lost = is_set(datagram) && road.loses_next.swap(false, Ordering::Relaxed);
        if clients.len() >= CLIENTS && !clients.contains_key(&client) {
            clients.clear();
            tasks.abort_all();
        }
        if lost {
            // Its answer has nowhere to go.
            let Ok(inside) = UdpSocket::bind((agent.ip(), 0)).await else { continue };
            let _ = inside.send_to(datagram, agent).await;
            let _ = tokio::time::timeout(std::time::Duration::from_secs(2), inside.recv(&mut [0; 16])).await;
            continue;
        }
        let inside = match clients.get(&client) {
            Some(inside) => Arc::clone(inside),
            None => {
                let Ok(inside) = UdpSocket::bind((agent.ip(), 0)).await else { continue };
                let inside = Arc::new(inside);
                tasks.spawn(answers(Arc::clone(&inside), Arc::clone(&outside), client, Arc::clone(&road)));
                clients.insert(client, Arc::clone(&inside));
                inside
            }
        };
        let _ = inside.send_to(datagram, agent).await;
    }
}

async fn answers(inside: Arc<UdpSocket>, outside: Arc<UdpSocket>, client: SocketAddr, road: Arc<Faults>) {
    let mut buffer = vec![0; LARGEST];
    loop {
        let Ok(length) = inside.recv(&mut buffer).await else { continue };
        if let Some(datagram) = buffer.get(..length).filter(|_| !road.silent.load(Ordering::Relaxed)) {
            let _ = outside.send_to(datagram, client).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_set;

    #[test]
    fn a_set_is_told_from_a_get_and_from_rubbish() {
        let message =
            |tag: u8| [&[0x30, 20, 2, 1, 1, 4, 6], b"public".as_slice(), &[tag, 7, 2, 1, 1]].concat();
        assert!(is_set(&message(0xA3)) && !is_set(&message(0xA0)));
        for rubbish in [&[][..], &[0x30], &[0x30, 0x84], &[0x30, 0x82, 0xFF, 0xFF, 2, 0x7F], &[0xFF; 64]] {
            assert!(!is_set(rubbish));
        }
    }
}
