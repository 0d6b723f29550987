use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};
use underlay_hal::Cx;

use super::hub::{Hub, Registration};
use crate::error::Cause;

/// How long to wait for an answer before each further try, and after the last one: 3.5 s together.
pub(crate) const PATIENT: &[Duration] =
    &[Duration::from_millis(500), Duration::from_millis(1000), Duration::from_millis(2000)];
/// For a session that has rested, which the BMC may have dropped: 1.5 s, then a new login is the better bet.
pub(crate) const WARY: &[Duration] = &[Duration::from_millis(500), Duration::from_millis(1000)];
/// For what is sent once and never again.
pub(crate) const ONCE: &[Duration] = &[Duration::from_secs(5)];
/// For Close Session: some BMCs never answer it.
pub(crate) const BRIEF: &[Duration] = &[Duration::from_millis(300), Duration::from_millis(500)];

/// What a datagram is to the exchange that waits for one.
pub(crate) enum Verdict<T> {
    /// The answer.
    Take(T),
    /// Well-formed, and not for this exchange: a duplicate, a late reply, another message.
    Ignore,
    /// Unreadable, or not authentic.
    Garbage,
}

/// A request and what its answer looks like.
pub(crate) trait Dialogue {
    /// The answer.
    type Answer;
    /// The datagram of the next try.
    fn build(&mut self) -> Result<Vec<u8>, Cause>;
    /// Looks at a datagram that came.
    fn accept(&mut self, datagram: &[u8]) -> Verdict<Self::Answer>;
}

/// The datagrams of one BMC for one login or session.
pub(crate) struct Link {
    socket: Arc<UdpSocket>,
    peer: SocketAddr,
    registration: Registration,
}

impl Link {
    pub(crate) fn new(hub: &Hub, peer: SocketAddr) -> io::Result<Self> {
        Ok(Self { socket: hub.socket(peer)?, peer, registration: hub.register(peer)? })
    }

    pub(crate) fn console_id(&self) -> u32 {
        self.registration.console_id()
    }

    pub(crate) async fn send(&self, datagram: &[u8]) -> io::Result<()> {
        self.socket.send_to(datagram, self.peer).await.map(|_| ())
    }

    /// Sends without waiting, where only `Drop` is left to do it.
    pub(crate) fn send_now(&self, datagram: &[u8]) {
        let _ = self.socket.try_send_to(datagram, self.peer);
    }

    /// The next datagram before `until`; `None` when there was none.
    ///
    /// * Ends at `until` even when datagrams never stop coming.
    pub(crate) async fn receive(&mut self, cx: &Cx, until: Instant) -> Result<Option<Vec<u8>>, Cause> {
        cx.check().map_err(Cause::Interrupted)?;
        if Instant::now() >= until {
            return Ok(None);
        }
        let next = timeout_at(until, self.registration.queue.recv());
        match cx.run(next).await.map_err(Cause::Interrupted)? {
            Ok(Some(datagram)) => Ok(Some(datagram)),
            // The sender lives in the table as long as this registration does.
            Ok(None) | Err(_) => Ok(None),
        }
    }

    /// Sends, until an answer is accepted or the pauses are over.
    ///
    /// # Errors
    /// `NoAnswer`, `Interrupted`, `Socket`, or what [`Dialogue::build`] says.
    pub(crate) async fn exchange<D: Dialogue>(
        &mut self,
        cx: &Cx,
        pauses: &[Duration],
        dialogue: &mut D,
    ) -> Result<D::Answer, Cause> {
        let mut garbage = false;
        for pause in pauses {
            self.send(&dialogue.build()?).await.map_err(Cause::Socket)?;
            let until = Instant::now() + jittered(*pause);
            while let Some(datagram) = self.receive(cx, until).await? {
                match dialogue.accept(&datagram) {
                    Verdict::Take(answer) => return Ok(answer),
                    Verdict::Ignore => {}
                    Verdict::Garbage => garbage = true,
                }
            }
        }
        Err(Cause::NoAnswer { garbage })
    }
}

/// The pause give or take a fifth, so that many BMCs are not asked again at the same moment.
pub(crate) fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::random_range(0.8..1.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_queue_that_is_never_empty_does_not_outlast_the_time() {
        let peer = std::net::UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        let hub = Hub::new();
        let mut link = Link::new(&hub, peer.local_addr().unwrap()).unwrap();
        let port = link.socket.local_addr().unwrap().port();
        for _ in 0..4 {
            peer.send_to(b"garbage", ("127.0.0.1", port)).unwrap();
        }
        let cx = Cx::new("test", "link").within(Duration::from_secs(10));
        let soon = Instant::now() + Duration::from_secs(5);
        assert!(link.receive(&cx, soon).await.is_ok_and(|datagram| datagram.is_some()));
        tokio::time::sleep(Duration::from_millis(50)).await;
        // Datagrams wait, and the time is over: they are not looked at for ever.
        let late = link.receive(&cx, Instant::now()).await;
        assert!(late.is_ok_and(|datagram| datagram.is_none()));
        assert!(link.receive(&cx, soon).await.is_ok_and(|datagram| datagram.is_some()), "they were waiting");
    }
}
