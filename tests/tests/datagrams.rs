//! What IPMI costs on the wire, counted between driver and simulator.

mod common;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use common::{Rig, cx, soon};
use tokio::{net::UdpSocket, task::JoinHandle};
use underlay_hal::PowerState;

/// Passes datagrams on, for one client, and counts them.
struct Relay {
    address: SocketAddr,
    count: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Relay {
    async fn to(target: SocketAddr) -> Self {
        let near = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let far = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        far.connect(target).await.expect("the simulator");
        let (address, count) = (near.local_addr().expect("an address"), Arc::<AtomicUsize>::default());
        let counter = Arc::clone(&count);
        let task = tokio::spawn(async move {
            let (mut request, mut answer) = ([0; 2048], [0; 2048]);
            let mut client = None;
            loop {
                tokio::select! {
                    Ok((length, from)) = near.recv_from(&mut request) => {
                        client = Some(from);
                        let _ = far.send(request.get(..length).unwrap_or_default()).await;
                    }
                    Ok(length) = far.recv(&mut answer) => {
                        if let Some(client) = client {
                            let _ = near.send_to(answer.get(..length).unwrap_or_default(), client).await;
                        }
                    }
                }
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, count, task }
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// How many have passed since the last time.
    fn take(&self) -> usize {
        self.count.swap(0, Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_fresh_session_with_power_status_costs_ten_datagrams_and_a_kept_one_two() {
    for persona in ["standard", "dell-idrac9", "generic-ipmi"] {
        let mut rig = Rig::new("ipmi", persona).await;
        let host = rig.endpoint.host.parse().expect("an address");
        let relay = Relay::to(SocketAddr::new(host, rig.endpoint.port.expect("a port"))).await;
        rig.endpoint.port = Some(relay.address.port());
        let device = rig.device().await;
        let power = device.power().expect("power");
        device.close(&cx(5.0)).await.expect("closed");
        assert!(relay.take() > 10, "the relay counts");

        assert_eq!(power.state(&cx(5.0)).await.expect("read"), PowerState::On);
        soon("the last answer is counted", || relay.count() >= 8).await;
        let fresh = relay.take();
        for _ in 0..3 {
            assert_eq!(power.state(&cx(5.0)).await.expect("read"), PowerState::On);
            soon("the answer is counted", || relay.count() >= 2).await;
            assert_eq!(relay.take(), 2, "{persona}: a kept session");
        }
        device.close(&cx(5.0)).await.expect("closed");
        rig.no_session_left().await;
        soon("the answer is counted", || relay.count() >= 2).await;
        let total = fresh + relay.take();
        println!(
            "{persona}: {total} datagrams for a fresh session with power status and close, 2 for a kept one"
        );
        assert!(total <= 10, "{persona}: {total} datagrams");
    }
}
