use std::time::Duration;

use tokio::time::Instant;
use underlay_hal::Cx;
use underlay_ipmi_codec::Packet;
use underlay_ipmi_codec::login::{Account, Established, Login, LoginError, Seed, Step};
use underlay_ipmi_codec::suite::CipherSuite;

use super::link::{Link, PATIENT, jittered};
use crate::error::Cause;

/// How much longer than the caller a login waits once the BMC may hold a session: to be able to close it.
const GRACE: Duration = Duration::from_secs(1);

/// Takes a link through the handshake.
///
/// * Each message is sent at most three times, with the same bytes.
///
/// # Errors
/// `Login` for a refusal, `NoAnswer`, `Interrupted`, `Socket`.
pub(crate) async fn log_in(
    cx: &Cx,
    link: &mut Link,
    account: Account,
    suite: CipherSuite,
) -> Result<Established, Cause> {
    let seed = Seed { console_id: link.console_id(), console_random: rand::random(), tag: rand::random() };
    let malformed = |error| Cause::Login(LoginError::Malformed(error));
    let (mut login, mut datagram) = Login::start(account, suite, seed).map_err(malformed)?;
    let mut cx = cx.clone();
    let mut garbage = false;
    let mut tries = PATIENT.iter();
    let mut first = true;
    // One turn for each message sent, whether for the first time or again.
    loop {
        let Some(pause) = tries.next() else { return Err(Cause::NoAnswer { garbage }) };
        if !first {
            login.resent();
        }
        first = false;
        link.send(&datagram).await.map_err(Cause::Socket)?;
        let until = Instant::now() + jittered(*pause);
        while let Some(received) = link.receive(&cx, until).await? {
            let Ok(packet) = Packet::decode(&received) else {
                garbage = true;
                continue;
            };
            let Packet::V20(frame) = packet else { continue };
            if frame.header.encrypted || frame.header.authenticated {
                continue;
            }
            match login.receive(frame.header.payload_type, frame.payload) {
                Step::Ignore => {}
                Step::Unreadable => garbage = true,
                Step::Resend(again) => link.send(&again).await.map_err(Cause::Socket)?,
                Step::Send(next) => {
                    datagram = next;
                    tries = PATIENT.iter();
                    first = true;
                    if login.proof_sent()
                        && let Some(left) = cx.remaining()
                    {
                        cx = cx.for_cleanup(left + GRACE);
                    }
                    break;
                }
                Step::Done(established) => return Ok(established),
                Step::Failed { error, farewell } => {
                    if let Some(farewell) = farewell {
                        link.send_now(&farewell);
                    }
                    return Err(Cause::Login(error));
                }
            }
        }
    }
}
