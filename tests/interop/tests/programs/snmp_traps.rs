//! net-snmp sends traps and informs to our driver.
use std::{net::SocketAddr, sync::Arc, time::Duration};

use underlay_hal::{CredentialSource, Cursor, Cx, Device, Event, Severity};
use underlay_interop::{
    lab::Lab,
    need::Need,
    program::{Said, run},
    suite::Suite,
};

const TRAP: Need = Need::Program("snmptrap");
const INFORM: Need = Need::Program("snmpinform");
const LINK_DOWN: &str = "1.3.6.1.6.3.1.1.5.3";

pub(crate) fn tests(suite: Suite) -> Suite {
    let suite = suite.test("net-snmp: traps of versions 1 and 2c are events", &[TRAP], traps);
    suite.test("net-snmp: informs are acknowledged, and a stranger's are not", &[INFORM], informs)
}

fn cx() -> Cx {
    Cx::new("interop", "events").within(Duration::from_secs(30))
}

/// A unit whose driver listens; the place from which on everything is heard.
async fn listen(lab: &Lab) -> (Arc<dyn Device>, Option<Cursor>) {
    let credentials: Arc<dyn CredentialSource> = Arc::new(lab.running().credentials());
    let at = lab.running().rack().device("p1").expect("it").endpoints().expect("an address");
    let registry = underlay_drivers::registry().expect("the drivers");
    let device = registry.open(&cx(), &"p1".into(), &at, &credentials).await;
    let device = device.unwrap_or_else(|error| panic!("{}", error.report())).device;
    let batch = device.events().expect("events").next(&cx(), None, Duration::from_millis(10)).await;
    let cursor = batch.unwrap_or_else(|error| panic!("{}", error.report())).cursor;
    (device, cursor)
}

async fn next(device: &dyn Device, from: &Option<Cursor>) -> Vec<Event> {
    let batch = device.events().expect("events").next(&cx(), from.clone(), Duration::from_secs(5)).await;
    batch.unwrap_or_else(|error| panic!("{}", error.report())).events
}

fn start(words: &str) -> (Lab, SocketAddr) {
    let free = std::net::UdpSocket::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
    (Lab::with_unit_that_speaks("raritan-pdu2", &words.replace("HERE", &free.to_string())), free)
}

fn send(need: Need, arguments: &[&str]) -> Said {
    run(&need.path(), arguments, Duration::from_secs(20))
}

fn traps() {
    let (lab, to) = start("traps = \"HERE\"");
    let (community, to) = (lab.password.clone(), to.to_string());
    lab.block_on(async {
        let (device, from) = listen(&lab).await;
        let two = ["-v2c", "-c", &community, "-Ln", &to, "", LINK_DOWN, "1.3.6.1.2.1.2.2.1.1.7", "i", "7"];
        send(TRAP, &two).well();
        let heard = next(&*device, &from).await;
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert_eq!(heard[0].text, "a port went down: ifIndex 7");
        assert_eq!(heard[0].code.as_deref(), Some(LINK_DOWN));
        assert_eq!(heard[0].severity, Severity::Warning);
        // Version 1: enterprise 318, number 276, translated as RFC 3584 says. The unit speaks 2c: the community counts.
        let one = ["-v1", "-c", &community, "-Ln", &to, "1.3.6.1.4.1.318", "127.0.0.1", "6", "276", "100"];
        send(TRAP, &one).well();
        let from = Some(Cursor(format!("{}-1", from.expect("a place").0.split('-').next().expect("a run"))));
        let heard = next(&*device, &from).await;
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert_eq!(heard[0].code.as_deref(), Some("1.3.6.1.4.1.318.0.276"));
        assert_eq!(heard[0].severity, Severity::Critical);
    });
}

fn informs() {
    let (lab, to) = start("informs = \"HERE\", version = \"3\"");
    let (user, phrase, to) = (lab.user.clone(), lab.password.clone(), to.to_string());
    lab.block_on(async {
        let (device, from) = listen(&lab).await;
        let inform = |phrase: &str| {
            let secure = [
                "-v3", "-l", "authPriv", "-u", &user, "-a", "SHA-256", "-A", phrase, "-x", "AES", "-X",
                phrase,
            ];
            let what = ["-t", "1", "-r", "1", "-Ln", &to, "", "1.3.6.1.6.3.1.1.5.1"];
            send(INFORM, &[&secure[..], &what].concat())
        };
        inform(&phrase).well();
        let heard = next(&*device, &from).await;
        assert!(heard.iter().all(|event| event.details["snmpTrapName"] == "coldStart"), "{heard:?}");
        assert_eq!(heard.len(), 1, "{heard:?}");
        let refused = inform("not that phrase");
        assert!(refused.code != Some(0), "{refused:?}");
        // With a community, which this unit does not speak.
        let plain = ["-v2c", "-c", "public", "-t", "1", "-r", "0", "-Ln", &to, "", LINK_DOWN];
        let refused = send(INFORM, &plain);
        assert!(refused.code != Some(0), "{refused:?}");
        assert_eq!(next(&*device, &from).await.len(), 1, "nothing else was heard");
    });
}
