//! The machine as IPMI over LAN shows it: RMCP+ with cipher suites 3 and 17.
//!
//! - Framing comes from `underlay-ipmi-codec`; keys, codes, sessions and all meaning are this
//!   module's own.
//! - A wrong password, code, sequence number, level or reservation is refused; nothing is accepted
//!   and ignored.
//! - While the controller is unreachable ([`crate::plant::Reachability`]), or IPMI is switched off, nothing is
//!   answered.
//!
//! Persona quirks read here: `ipmi-boot-parameter-3-unsupported` (boot parameter 3 gives 80, as
//! OpenBMC does), `ipmi-off-while-off-refused` (power off while off gives D5),
//! `ipmi-guid-smbios` (GUID in SMBIOS byte order).
//!
//! Source: IPMI specification 2.0 revision 1.1; ASF specification 2.0 for the presence ping.
mod bmc;
mod commands;
mod crypto;
mod discrete;
mod faults;
mod fru;
mod login;
mod scale;
mod sdr;
mod sel;
mod session;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::UdpSocket, task::JoinHandle};

use crate::plant::{Origin, Server};
use bmc::Bmc;

pub use faults::{Fault, Faults};

/// How a view is served.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a session may be idle, in the clients' time.
    pub idle: Duration,
    /// The fault knob; keep a clone to turn it.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        // IPMI 2.0, section 6.12.15.
        Self { idle: Duration::from_secs(60), faults: Faults::default() }
    }
}

/// A running view. Dropping it stops it.
#[derive(Debug)]
pub struct View {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl View {
    /// Where it answers.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves a machine's IPMI over LAN at an address (port 0 takes a free one).
///
/// # Errors
/// - Any failure to bind the address.
pub async fn serve(server: Server, listen: SocketAddr, options: Options) -> io::Result<View> {
    let socket = Arc::new(UdpSocket::bind(listen).await?);
    let address = socket.local_addr()?;
    let bmc = Bmc::new(server.clone(), address, options.idle);
    let task = tokio::spawn(run(socket, server, bmc, options.faults));
    Ok(View { address, task })
}

async fn run(socket: Arc<UdpSocket>, server: Server, mut bmc: Bmc, faults: Faults) {
    let mut buffer = vec![0; 2048];
    let mut told = 0;
    loop {
        let until_idle = bmc.tidy(server.client_now());
        let open = bmc.open_sessions();
        if open != told {
            told = open;
            server.set_sessions(Origin::Ipmi, open);
        }
        let received = match until_idle {
            Some(limit) => match tokio::time::timeout(
                limit.max(Duration::from_millis(10)),
                socket.recv_from(&mut buffer),
            )
            .await
            {
                Ok(received) => received,
                Err(_elapsed) => continue,
            },
            None => socket.recv_from(&mut buffer).await,
        };
        // An error here is about an earlier answer that nobody was there to take.
        let Ok((length, from)) = received else { continue };
        let Some(datagram) = buffer.get(..length) else { continue };
        let active = faults.active();
        if !server.is_bmc_reachable() || !server.serves("IPMI") || active.contains(&Fault::Silent) {
            continue;
        }
        bmc.tidy(server.client_now());
        if active.contains(&Fault::Garbage) {
            let garbage = bmc.garbage();
            let _ = socket.send_to(&garbage, from).await;
            continue;
        }
        if let Some(answer) = bmc.datagram(from, datagram, server.client_now(), &active) {
            send(&socket, from, answer, &active, &faults, &mut bmc).await;
        }
    }
}

/// Sends an answer as the active faults leave it.
async fn send(
    socket: &Arc<UdpSocket>,
    to: SocketAddr,
    mut answer: Vec<u8>,
    active: &[Fault],
    faults: &Faults,
    bmc: &mut Bmc,
) {
    let (mut delay, mut copies) = (Duration::ZERO, 1);
    for fault in active {
        match fault {
            Fault::DropEvery(n) if faults.is_nth(*n) => return,
            Fault::Delay(by) => delay += *by,
            Fault::Duplicate => copies = 2,
            Fault::Truncate(length) => answer.truncate(*length),
            Fault::Corrupt => {
                if let Some(last) = answer.last_mut() {
                    *last ^= 1;
                }
            }
            Fault::Flood(count) => {
                for _ in 0..*count {
                    let _ = socket.send_to(&bmc.garbage(), to).await;
                }
            }
            _ => {}
        }
    }
    let socket = Arc::clone(socket);
    let sending = async move {
        tokio::time::sleep(delay).await;
        for _ in 0..copies {
            let _ = socket.send_to(&answer, to).await;
        }
    };
    if delay.is_zero() {
        sending.await;
    } else {
        // Later answers do not wait for this one.
        tokio::spawn(sending);
    }
}
