use std::time::Duration;

use tokio::time::Instant;
use underlay_hal::Cx;
use underlay_ipmi_codec::command::Command;
use underlay_ipmi_codec::command::controller::GetDeviceId;
use underlay_ipmi_codec::command::session::{CloseSession, SetSessionPrivilege};
use underlay_ipmi_codec::keys::SessionKeys;
use underlay_ipmi_codec::lan::{Address, Checksums, Request, Response};
use underlay_ipmi_codec::login::Established;
use underlay_ipmi_codec::v20::{Frame, PayloadType};
use underlay_ipmi_codec::{Completion, NetFn, Packet, Privilege};

use super::link::{BRIEF, Dialogue, Link, Verdict};
use crate::error::Cause;

/// A session on a BMC.
///
/// * One request at a time; each try has a new session sequence number and the same request number.
/// * An answer counts only if it is authentic, inside the sequence window, and carries the network
///   function, command and request number that were asked.
/// * Closed on the BMC by [`Session::close`], or in the background when dropped.
pub(crate) struct Session {
    /// Present until the session is closed.
    link: Option<Link>,
    wire: Wire,
    /// The level the session stands at.
    pub(crate) level: Privilege,
    /// The level it was granted at most.
    pub(crate) ceiling: Privilege,
    /// When an answer came last.
    pub(crate) last_answer: Instant,
}

/// Everything about a session but the link.
struct Wire {
    keys: SessionKeys,
    console_id: u32,
    bmc_id: u32,
    /// Session sequence number of the next packet.
    sequence: u32,
    /// Number of the next request, 0 to 63.
    request: u8,
    window: Window,
}

/// What to ask.
pub(crate) struct Ask<'a> {
    pub(crate) net_fn: NetFn,
    pub(crate) code: u8,
    pub(crate) lun: u8,
    pub(crate) data: &'a [u8],
}

/// An answer: completion code and data.
pub(crate) type Answer = (Completion, Vec<u8>);

impl Session {
    pub(crate) fn new(link: Link, established: Established, asked: Privilege) -> Self {
        let Established { console_id, bmc_id, privilege, keys, .. } = established;
        Self {
            link: Some(link),
            wire: Wire { keys, console_id, bmc_id, sequence: 1, request: 0, window: Window::default() },
            level: Privilege::User,
            ceiling: privilege.map_or(asked, |granted| granted.min(asked)),
            last_answer: Instant::now(),
        }
    }

    pub(crate) fn console_id(&self) -> u32 {
        self.wire.console_id
    }

    /// Asks, and asks again after each pause but the last.
    pub(crate) async fn ask(&mut self, cx: &Cx, pauses: &[Duration], ask: &Ask<'_>) -> Result<Answer, Cause> {
        let Some(link) = self.link.as_mut() else { return Err(Cause::NoAnswer { garbage: false }) };
        let number = self.wire.request;
        self.wire.request = (number + 1) & 0x3F;
        let mut dialogue = Asking { message: message(ask, number), wire: &mut self.wire, ask, number };
        let answer = link.exchange(cx, pauses, &mut dialogue).await?;
        self.last_answer = Instant::now();
        Ok(answer)
    }

    /// Asks something harmless, to see whether the session still lives.
    pub(crate) async fn greet(&mut self, cx: &Cx, pauses: &[Duration]) -> Result<(), Cause> {
        let ask = Ask { net_fn: GetDeviceId::NET_FN, code: GetDeviceId::CODE, lun: 0, data: &[] };
        self.ask(cx, pauses, &ask).await.map(|_| ())
    }

    /// Raises the session to `level`.
    pub(crate) async fn raise(
        &mut self,
        cx: &Cx,
        pauses: &[Duration],
        level: Privilege,
    ) -> Result<(), Cause> {
        let data = [level.byte()];
        let ask =
            Ask { net_fn: SetSessionPrivilege::NET_FN, code: SetSessionPrivilege::CODE, lun: 0, data: &data };
        let (completion, data) = self.ask(cx, pauses, &ask).await?;
        if !completion.is_ok() {
            return Err(Cause::LevelRefused);
        }
        self.level = SetSessionPrivilege(level).decode(&data).unwrap_or(level);
        Ok(())
    }

    /// Closes the session on the BMC, and waits a moment for its answer.
    ///
    /// # Errors
    /// `NoAnswer` when the BMC did not confirm; nothing is left open on this side.
    pub(crate) async fn close(mut self, cx: &Cx) -> Result<(), Cause> {
        let Some(mut link) = self.link.take() else { return Ok(()) };
        let close = close_request(self.wire.bmc_id);
        let ask = close.ask();
        let number = self.wire.request;
        let mut dialogue = Asking { message: message(&ask, number), wire: &mut self.wire, ask: &ask, number };
        link.exchange(cx, BRIEF, &mut dialogue).await.map(|_| ())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(mut link) = self.link.take() else { return };
        let message = message(&close_request(self.wire.bmc_id).ask(), self.wire.request);
        let (Ok(first), Ok(second)) = (self.wire.seal(&message), self.wire.seal(&message)) else { return };
        link.send_now(&first);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let [pause, _] = BRIEF else { return };
                let cx = Cx::new("underlay-ipmi", "close");
                // Whatever comes back for this session now is the answer to its end.
                if let Ok(None) = link.receive(&cx, Instant::now() + *pause).await {
                    link.send_now(&second);
                }
            });
        }
    }
}

/// One request on the wire.
struct Asking<'a> {
    wire: &'a mut Wire,
    ask: &'a Ask<'a>,
    message: Vec<u8>,
    number: u8,
}

impl Dialogue for Asking<'_> {
    type Answer = Answer;

    fn build(&mut self) -> Result<Vec<u8>, Cause> {
        self.wire.seal(&self.message)
    }

    fn accept(&mut self, datagram: &[u8]) -> Verdict<Answer> {
        self.wire.accept(datagram, self.ask, self.number)
    }
}

struct CloseRequest([u8; 4]);

fn close_request(bmc_id: u32) -> CloseRequest {
    CloseRequest(bmc_id.to_le_bytes())
}

impl CloseRequest {
    fn ask(&self) -> Ask<'_> {
        Ask { net_fn: CloseSession::NET_FN, code: CloseSession::CODE, lun: 0, data: &self.0 }
    }
}

fn message(ask: &Ask<'_>, number: u8) -> Vec<u8> {
    let address = Address { rs_lun: ask.lun, ..Address::BMC };
    Request { address, net_fn: ask.net_fn, sequence: number, command: ask.code, data: ask.data }.encode()
}

impl Wire {
    fn seal(&mut self, message: &[u8]) -> Result<Vec<u8>, Cause> {
        let sequence = self.sequence;
        // 0 means "outside a session".
        self.sequence = sequence.checked_add(1).unwrap_or(1);
        let iv = rand::random();
        self.keys.seal(self.bmc_id, sequence, PayloadType::Ipmi, message, &iv).map_err(Cause::Malformed)
    }

    fn accept(&mut self, datagram: &[u8], ask: &Ask<'_>, number: u8) -> Verdict<Answer> {
        let Ok(Packet::V20(frame)) = Packet::decode(datagram) else { return Verdict::Garbage };
        let Some(plain) = self.open(&frame) else { return Verdict::Garbage };
        // The frame is authentic, so a wrong checksum is a firmware defect and no attack.
        let Ok(response) = Response::decode(&plain, Checksums::Tolerate) else { return Verdict::Garbage };
        let asked = (ask.net_fn.response(), ask.code, number);
        if !self.window.accept(frame.header.sequence)
            || (response.net_fn, response.command, response.sequence) != asked
        {
            return Verdict::Ignore;
        }
        Verdict::Take((response.completion, response.data.to_vec()))
    }

    fn open(&self, frame: &Frame<'_>) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        if frame.header.session_id != self.console_id || frame.header.payload_type != PayloadType::Ipmi {
            return None;
        }
        self.keys.open(frame).ok()
    }
}

/// The session sequence numbers a BMC may use next: 16 back to 15 ahead of the highest seen.
///
/// Wide enough for firmware that skips numbers or repeats an answer with its old one.
#[derive(Default)]
struct Window {
    highest: Option<u32>,
}

impl Window {
    fn accept(&mut self, sequence: u32) -> bool {
        let Some(highest) = self.highest else {
            self.highest = Some(sequence);
            return true;
        };
        let ahead = sequence.wrapping_sub(highest).cast_signed();
        if ahead > 0 && ahead <= 15 {
            self.highest = Some(sequence);
        }
        (-16..=15).contains(&ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_sixteen_back_and_fifteen_ahead() {
        let mut window = Window::default();
        assert!(window.accept(100));
        assert!(window.accept(84) && !window.accept(83));
        assert!(!window.accept(116) && window.accept(115));
        assert!(!window.accept(98), "the window moved with the highest number");
        let mut wrapping = Window::default();
        assert!(wrapping.accept(u32::MAX) && wrapping.accept(3));
    }
}
