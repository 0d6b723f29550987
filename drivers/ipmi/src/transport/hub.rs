use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use underlay_ipmi_codec::Packet;
use underlay_ipmi_codec::v20::PayloadType;

/// Kernel buffer asked for: 8 MiB effective hold some 10,000 small datagrams, the default only 256.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Longer datagrams are cut off; no IPMI answer comes near.
const MAX_DATAGRAM: usize = 2048;
/// Datagrams that wait for one BMC's reader; more are dropped, as UDP may drop them anyway.
const QUEUE: usize = 16;
/// Slots: the lower half of a console session id.
const MAX_SLOTS: usize = 1 << 16;

/// The UDP sockets that all BMCs share, one per address family, opened when first used.
///
/// * A datagram reaches a slot only from the slot's BMC address and port.
/// * In a session, the console session id finds the slot, and a former owner's id finds nobody.
/// * Without an id (ping, commands before a session, short errors), every slot of that address sees it.
/// * Memory is bounded whatever arrives: each slot queues 16 datagrams of at most 2 KiB.
pub(crate) struct Hub {
    v4: OnceLock<Receiving>,
    v6: OnceLock<Receiving>,
    table: Arc<Mutex<Table>>,
}

/// A socket and the task that reads it.
struct Receiving {
    socket: Arc<UdpSocket>,
    task: JoinHandle<()>,
}

impl Drop for Receiving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Table {
    slots: Vec<Slot>,
    free: Vec<usize>,
    by_peer: HashMap<SocketAddr, Vec<usize>>,
}

#[derive(Default)]
struct Slot {
    /// Counts the slot's owners, so that a late datagram for a former one is recognised. Never 0 in an id.
    generation: u16,
    owner: Option<Owner>,
}

struct Owner {
    peer: SocketAddr,
    queue: mpsc::Sender<Vec<u8>>,
}

/// A slot that is ours until dropped.
pub(crate) struct Registration {
    id: u32,
    table: Weak<Mutex<Table>>,
    /// What came for us.
    pub(crate) queue: mpsc::Receiver<Vec<u8>>,
}

impl Registration {
    /// The console session id: slot and generation, never 0.
    pub(crate) fn console_id(&self) -> u32 {
        self.id
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(table) = self.table.upgrade() {
            lock(&table).release(self.id);
        }
    }
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self { v4: OnceLock::new(), v6: OnceLock::new(), table: Arc::default() }
    }

    /// A slot for datagrams of `peer`.
    pub(crate) fn register(&self, peer: SocketAddr) -> io::Result<Registration> {
        let (sender, queue) = mpsc::channel(QUEUE);
        let id = lock(&self.table)
            .take(Owner { peer, queue: sender })
            .ok_or_else(|| io::Error::new(io::ErrorKind::QuotaExceeded, "all session slots are in use"))?;
        Ok(Registration { id, table: Arc::downgrade(&self.table), queue })
    }

    /// The socket that reaches `peer`. Must be called within a tokio runtime.
    pub(crate) fn socket(&self, peer: SocketAddr) -> io::Result<Arc<UdpSocket>> {
        let (place, any): (_, SocketAddr) = match peer {
            SocketAddr::V4(_) => (&self.v4, (Ipv4Addr::UNSPECIFIED, 0).into()),
            SocketAddr::V6(_) => (&self.v6, (Ipv6Addr::UNSPECIFIED, 0).into()),
        };
        if let Some(receiving) = place.get() {
            return Ok(Arc::clone(&receiving.socket));
        }
        let socket = std::net::UdpSocket::bind(any)?;
        socket.set_nonblocking(true)?;
        // Best effort: the kernel may give less.
        let _ = SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER);
        let socket = Arc::new(UdpSocket::from_std(socket)?);
        let task = tokio::spawn(receive(Arc::clone(&socket), Arc::downgrade(&self.table)));
        // Where two callers came at once, the loser's socket and task end here.
        let receiving = place.get_or_init(|| Receiving { socket, task });
        Ok(Arc::clone(&receiving.socket))
    }
}

async fn receive(socket: Arc<UdpSocket>, table: Weak<Mutex<Table>>) {
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((len, peer)) => {
                let Some(table) = table.upgrade() else { return };
                lock(&table).deliver(peer, buffer.get(..len).unwrap_or_default());
            }
            // Errors on an unconnected socket are about datagrams sent earlier; time-outs deal with those.
            Err(error) => {
                tracing::debug!(%error, "receiving failed");
                tokio::task::yield_now().await;
            }
        }
    }
}

impl Table {
    fn take(&mut self, owner: Owner) -> Option<u32> {
        let index = match self.free.pop() {
            Some(index) => index,
            None if self.slots.len() < MAX_SLOTS => {
                self.slots.push(Slot::default());
                self.slots.len() - 1
            }
            None => return None,
        };
        self.by_peer.entry(owner.peer).or_default().push(index);
        let slot = self.slots.get_mut(index)?;
        slot.generation = slot.generation.checked_add(1).unwrap_or(1);
        slot.owner = Some(owner);
        // `index` is below 65536.
        Some(u32::from(slot.generation) << 16 | u32::try_from(index).ok()?)
    }

    fn release(&mut self, id: u32) {
        let Some(index) = self.find(id) else { return };
        let Some(owner) = self.slots.get_mut(index).and_then(|slot| slot.owner.take()) else { return };
        if let Some(indexes) = self.by_peer.get_mut(&owner.peer) {
            indexes.retain(|other| *other != index);
            if indexes.is_empty() {
                self.by_peer.remove(&owner.peer);
            }
        }
        self.free.push(index);
    }

    /// The slot of an id, if it is still the same owner's.
    fn find(&self, id: u32) -> Option<usize> {
        let index = usize::try_from(id & 0xFFFF).ok()?;
        let slot = self.slots.get(index)?;
        (slot.owner.is_some() && u32::from(slot.generation) == id >> 16).then_some(index)
    }

    fn deliver(&self, peer: SocketAddr, datagram: &[u8]) {
        match addressee(datagram) {
            Some(id) => {
                if let Some(index) = self.find(id) {
                    self.hand_over(index, peer, datagram);
                }
            }
            None => {
                for index in self.by_peer.get(&peer).into_iter().flatten() {
                    self.hand_over(*index, peer, datagram);
                }
            }
        }
    }

    fn hand_over(&self, index: usize, peer: SocketAddr, datagram: &[u8]) {
        if let Some(owner) = self.slots.get(index).and_then(|slot| slot.owner.as_ref())
            && owner.peer == peer
        {
            // A full queue means that its reader is flooded: drop.
            let _ = owner.queue.try_send(datagram.to_vec());
        }
    }
}

/// The console session id a datagram names; `None` for one that names none, and for garbage.
fn addressee(datagram: &[u8]) -> Option<u32> {
    let Ok(Packet::V20(frame)) = Packet::decode(datagram) else { return None };
    match frame.header.payload_type {
        PayloadType::OpenResponse | PayloadType::Rakp2 | PayloadType::Rakp4 => {
            frame.payload.get(4..8)?.first_chunk().copied().map(u32::from_le_bytes)
        }
        _ => Some(frame.header.session_id).filter(|id| *id != 0),
    }
}

fn lock(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use underlay_ipmi_codec::v20::{Frame, Header};

    fn to(id: u32) -> Vec<u8> {
        let header = Header { session_id: id, ..Header::sessionless(PayloadType::Ipmi) };
        Frame::encode(&header, b"payload", |_| Vec::new()).unwrap()
    }

    #[test]
    fn datagrams_reach_their_slot_and_only_from_its_address() {
        let (hub, one, two) =
            (Hub::new(), "192.0.2.1:623".parse().unwrap(), "192.0.2.2:623".parse().unwrap());
        let mut first = hub.register(one).unwrap();
        let mut second = hub.register(two).unwrap();
        assert_ne!(first.console_id(), second.console_id());
        let deliver = |peer, datagram: &[u8]| lock(&hub.table).deliver(peer, datagram);
        deliver(one, &to(first.console_id()));
        deliver(two, &to(first.console_id()));
        deliver("192.0.2.1:624".parse().unwrap(), &to(first.console_id()));
        assert!(first.queue.try_recv().is_ok());
        assert!(first.queue.try_recv().is_err(), "another address or port reached the slot");
        assert!(second.queue.try_recv().is_err());
        deliver(two, b"garbage");
        assert!(second.queue.try_recv().is_ok(), "what names nobody goes to the address's slots");
        assert!(first.queue.try_recv().is_err());
    }

    #[test]
    fn a_former_owners_id_finds_nobody_and_no_id_is_zero() {
        let (hub, peer) = (Hub::new(), "192.0.2.1:623".parse().unwrap());
        let mut seen = std::collections::HashSet::new();
        let old = hub.register(peer).unwrap().console_id();
        for _ in 0..70_000 {
            seen.insert(hub.register(peer).unwrap().console_id());
        }
        assert!(seen.len() > 60_000 && !seen.contains(&0), "{}", seen.len());
        let mut now = hub.register(peer).unwrap();
        assert_ne!(now.console_id(), old);
        lock(&hub.table).deliver(peer, &to(old));
        assert!(now.queue.try_recv().is_err());
        drop(now);
        assert!(lock(&hub.table).by_peer.is_empty(), "nothing is left behind");
    }

    #[test]
    fn a_flood_is_dropped_at_the_queues_end() {
        let (hub, peer) = (Hub::new(), "192.0.2.1:623".parse().unwrap());
        let mut slot = hub.register(peer).unwrap();
        for _ in 0..10_000 {
            lock(&hub.table).deliver(peer, &[0; MAX_DATAGRAM]);
        }
        assert_eq!(std::iter::from_fn(|| slot.queue.try_recv().ok()).count(), QUEUE);
    }
}
