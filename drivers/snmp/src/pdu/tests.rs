//! The facet on an agent of a few lines: what is sent, and what is made of what is read.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use underlay_hal::{Effect, OutletState};
use underlay_snmp_mib::FAMILIES;

use super::*;
use crate::transport::Value;

/// Objects in order, and what happens when one is set.
#[derive(Debug)]
struct Agent {
    objects: Mutex<BTreeMap<Oid, Value>>,
    sent: Mutex<Vec<(Oid, Value)>>,
    reaction: Reaction,
}

/// What a SET does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reaction {
    /// As asked.
    Obeys,
    /// Nothing, and says yes.
    Ignores,
    /// As asked, and says nothing.
    Silent,
}

fn of(id: &str) -> &'static Family {
    FAMILIES.iter().find(|family| family.id == id).copied().expect("a family")
}

impl Agent {
    fn new(family: &Family, outlets: &[(&[u32], i64)], reaction: Reaction) -> Arc<Self> {
        let mut objects = BTreeMap::new();
        for (row, state) in outlets {
            objects.insert(Oid::table(family.outlets.state).join(row), Value::Number(*state));
            if let Some(Switching::Words { column, .. }) = &family.outlets.switching {
                objects.entry(Oid::table(column).join(row)).or_insert(Value::Number(1));
            }
            if let Some(label) = family.outlets.label {
                objects.insert(Oid::table(label).join(row), Value::Bytes(b"outlet".to_vec()));
            }
        }
        Arc::new(Self { objects: Mutex::new(objects), sent: Mutex::default(), reaction })
    }

    fn sent(&self) -> Vec<(Oid, Value)> {
        self.sent.lock().unwrap().clone()
    }
}

#[async_trait]
impl Transport for Agent {
    async fn get(&self, _: &Cx, objects: &[Oid]) -> Result<Vec<Option<Value>>> {
        let all = self.objects.lock().unwrap();
        Ok(objects.iter().map(|object| all.get(object).cloned()).collect())
    }

    async fn walk(&self, _: &Cx, below: &Oid) -> Result<Vec<(Oid, Value)>> {
        let all = self.objects.lock().unwrap();
        Ok(all
            .iter()
            .filter(|(oid, _)| oid.starts_with(below))
            .map(|(oid, v)| (oid.clone(), v.clone()))
            .collect())
    }

    async fn has_rows(&self, cx: &Cx, below: &Oid) -> Result<bool> {
        Ok(!self.walk(cx, below).await?.is_empty())
    }

    async fn set(&self, _: &Cx, object: &Oid, value: Value) -> Result<()> {
        self.sent.lock().unwrap().push((object.clone(), value.clone()));
        if self.reaction != Reaction::Ignores {
            // The second generation of APC: told 1 it reads 2, told 2 it reads 1.
            let family = of("apc-rpdu2");
            let mut all = self.objects.lock().unwrap();
            if let (Some(row), Value::Number(word)) =
                (object.behind(&Oid::table("318.1.1.26.9.2.4.1.5")), &value)
            {
                all.insert(Oid::table(family.outlets.state).join(row), Value::Number(3 - word));
            }
        }
        if self.reaction == Reaction::Silent {
            return Err(Error::new(ErrorKind::Timeout, "no answer").with_effect(Effect::Unknown));
        }
        Ok(())
    }
}

fn cx() -> Cx {
    Cx::new("test", "1").within(std::time::Duration::from_secs(60))
}

async fn unit(family: &str, outlets: &[(&[u32], i64)], reaction: Reaction) -> (SnmpPdu, Arc<Agent>) {
    let agent = Agent::new(of(family), outlets, reaction);
    let pdu = SnmpPdu::open(&cx(), DeviceId::from("p1"), agent.clone(), of(family)).await.unwrap();
    (pdu, agent)
}

const ON: i64 = 2;
const OFF: i64 = 1;

#[tokio::test(start_paused = true)]
async fn what_is_sent_is_the_command_s_word_and_what_is_told_is_what_reads() {
    let (pdu, agent) = unit("apc-rpdu2", &[(&[1], ON), (&[2], OFF)], Reaction::Obeys).await;
    let id = OutletId::from("1");
    let done = pdu.switch(&cx(), &id, OutletAction::Off, OutletDelay::None).await.unwrap();
    assert_eq!(done, Outcome::Done(Change::Made));
    assert_eq!(agent.sent(), [(Oid::table("318.1.1.26.9.2.4.1.5.1"), Value::Number(2))]);
    assert_eq!(pdu.outlets(&cx()).await.unwrap()[0].state, OutletState::Off);
    let done = pdu.switch(&cx(), &id, OutletAction::Off, OutletDelay::None).await.unwrap();
    assert_eq!((done, agent.sent().len()), (Outcome::Done(Change::AlreadySo), 1));
}

#[tokio::test(start_paused = true)]
async fn yes_without_effect_is_an_error_of_its_own() {
    let (pdu, agent) = unit("apc-rpdu2", &[(&[1], ON)], Reaction::Ignores).await;
    let error = pdu.switch(&cx(), &"1".into(), OutletAction::Off, OutletDelay::None).await.unwrap_err();
    assert_eq!((error.kind(), agent.sent().len()), (ErrorKind::NoEffect, 1));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_read_back_and_never_sent_again() {
    let (pdu, agent) = unit("apc-rpdu2", &[(&[1], ON)], Reaction::Silent).await;
    let done = pdu.switch(&cx(), &"1".into(), OutletAction::Off, OutletDelay::None).await.unwrap();
    assert_eq!((done, agent.sent().len()), (Outcome::Done(Change::Made), 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_off_is_not_cycled_and_what_is_locked_not_switched() {
    let (pdu, agent) = unit("apc-rpdu2", &[(&[1], OFF)], Reaction::Obeys).await;
    let error = pdu.switch(&cx(), &"1".into(), OutletAction::Cycle, OutletDelay::None).await.unwrap_err();
    assert_eq!((error.kind(), agent.sent().len()), (ErrorKind::PreconditionFailed, 0));

    // 3 is locked on.
    let (pdu, agent) = unit("baytech-rpc", &[(&[1, 1], 3)], Reaction::Obeys).await;
    assert!(pdu.outlets(&cx()).await.unwrap()[0].locked);
    let error = pdu.switch(&cx(), &"1".into(), OutletAction::Off, OutletDelay::None).await.unwrap_err();
    assert_eq!((error.kind(), agent.sent().len()), (ErrorKind::Conflict, 0));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_where_the_table_is_wrong_about_the_unit() {
    let (pdu, agent) = unit("apc-rpdu2", &[(&[1], ON)], Reaction::Obeys).await;
    let control = Oid::table("318.1.1.26.9.2.4.1.5.1");
    agent.objects.lock().unwrap().insert(control.clone(), Value::Bytes(b"Outlet 1".to_vec()));
    let error = pdu.switch(&cx(), &"1".into(), OutletAction::Off, OutletDelay::None).await.unwrap_err();
    assert_eq!((error.kind(), agent.sent().len()), (ErrorKind::Unsupported, 0));
    assert!(error.message().contains("318.1.1.26.9.2.4.1.5"), "{}", error.message());
    // The control: with a number there it is written, and not looked at again.
    agent.objects.lock().unwrap().insert(control.clone(), Value::Number(1));
    let _ = pdu.switch(&cx(), &"1".into(), OutletAction::Off, OutletDelay::None).await.unwrap();
    agent.objects.lock().unwrap().remove(&control);
    let _ = pdu.switch(&cx(), &"1".into(), OutletAction::On, OutletDelay::None).await.unwrap();
    assert_eq!(agent.sent().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_state_without_a_word_is_unknown_with_its_number() {
    let (pdu, _) = unit("apc-rpdu2", &[(&[1], 9)], Reaction::Obeys).await;
    let outlets = pdu.outlets(&cx()).await.unwrap();
    assert_eq!((outlets[0].state, outlets[0].raw_state.as_deref()), (OutletState::Unknown, Some("9")));
}

#[test]
fn what_a_family_can_do_follows_from_its_table_and_its_rows() {
    let can = abilities(of("eaton-epdu"), true, true, true);
    assert_eq!(
        (can.delay, can.cancel, can.cycle),
        (DelayStyle::Inline, Some(Support::Native), Some(Support::Native))
    );
    let can = abilities(of("apc-easy"), true, false, false);
    assert_eq!((can.delay, can.cycle, can.label), (DelayStyle::None, Some(Support::Emulated), None));
    // Measured only: nothing can be switched.
    let can = abilities(of("raritan-pdu2"), false, true, true);
    assert_eq!((can.switch, can.cycle, can.label), (None, None, Some(Support::Native)));
}

/// What is not the unit itself is an outlet; it is looked at, and its power comes with a power of ten.
#[tokio::test(start_paused = true)]
async fn energy_objects_are_outlets_that_nobody_switches() {
    let agent = Agent::new(STANDARD, &[(&[7], 259), (&[8], 257), (&[9], 258)], Reaction::Obeys);
    let (class, power) = ("1.3.6.1.2.1.47.1.1.1.1.5", "1.3.6.1.2.1.229.1.2.1");
    let more = [
        (format!("{power}.9.1"), 259),
        (format!("{class}.1"), 3),
        (format!("{class}.7"), 13),
        (format!("{power}.1.1"), 2),
        (format!("{power}.3.1"), 3),
        (format!("{power}.1.7"), 1500),
        (format!("{power}.3.7"), -3),
        // Without its power of ten.
        (format!("{power}.1.8"), 1500),
    ];
    for (object, value) in more {
        agent.objects.lock().unwrap().insert(Oid::table(&object), Value::Number(value));
    }
    let pdu = SnmpPdu::open(&cx(), DeviceId::from("p1"), agent.clone(), STANDARD).await.unwrap();
    let outlets = pdu.outlets(&cx()).await.unwrap();
    let told: Vec<_> = outlets.iter().map(|o| (o.id.as_str(), o.state, o.raw_state.as_deref())).collect();
    let sleeps = ("9", OutletState::Unknown, Some("258"));
    assert_eq!(told, [("7", OutletState::On, None), ("8", OutletState::Off, None), sleeps]);
    assert!(outlets.iter().all(|outlet| !outlet.switchable));

    let circuits = pdu.meter(&cx()).await.unwrap().circuits;
    let watts =
        |kind, id: &str| circuits.iter().find(|one| one.kind == kind && one.id == id).map(|one| one.watts);
    use underlay_hal::CircuitKind::{Inlet, Outlet};
    assert_eq!(watts(Inlet, "1"), Some(Some(2000.0)), "{circuits:?}");
    assert_eq!(
        (watts(Outlet, "7"), watts(Outlet, "8"), watts(Outlet, "1")),
        (Some(Some(1.5)), Some(None), None)
    );

    let error = pdu.switch(&cx(), &"7".into(), OutletAction::Off, OutletDelay::None).await.unwrap_err();
    assert_eq!((error.kind(), agent.sent().len()), (ErrorKind::Unsupported, 0), "{error}");
}
