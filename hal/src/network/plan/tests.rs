use super::*;
use crate::{ModeEdit, PortEdit, VlanEdit};

fn set(text: &str) -> VlanSet {
    text.parse().expect("a list")
}

fn switch() -> SwitchConfiguration {
    let port = |mode| PortConfig { enabled: true, mode: Some(mode), ..PortConfig::default() };
    SwitchConfiguration {
        vlans: [(1, None), (10, Some("blue".to_owned())), (20, None)].into(),
        ports: [
            (PortId::from("e1"), port(PortMode::Access { vlan: 10 })),
            (PortId::from("e2"), port(PortMode::Trunk { native: Some(1), allowed: VlanSet::all() })),
        ]
        .into(),
    }
}

fn edit(port: &str, edit: PortEdit) -> SwitchEdit {
    SwitchEdit::Port { port: PortId::from(port), edit }
}

fn mode(port: &str, mode: ModeEdit) -> SwitchEdit {
    edit(port, PortEdit { mode: Some(mode), ..PortEdit::default() })
}

/// The configuration after a plan.
fn carried_out(now: &SwitchConfiguration, plan: &SwitchPlan) -> SwitchConfiguration {
    let mut now = now.clone();
    for step in &plan.steps {
        match step {
            SwitchStep::Vlan { id, name, .. } => drop(now.vlans.insert(*id, name.clone())),
            SwitchStep::NoVlan { id, .. } => drop(now.vlans.remove(id)),
            SwitchStep::Port { port, after, .. } => drop(now.ports.insert(port.clone(), after.clone())),
        }
    }
    now
}

#[test]
fn vlans_come_before_ports_and_go_after_them() {
    let edits = [
        SwitchEdit::RemoveVlan { id: 10 },
        mode("e1", ModeEdit::Access(30)),
        SwitchEdit::AddVlan { id: 30, name: Some("red".to_owned()) },
    ];
    let planned = plan(&switch(), &edits, &[]).expect("a plan");
    let order: Vec<_> = planned
        .steps
        .iter()
        .map(|step| match step {
            SwitchStep::Vlan { id, .. } => format!("+{id}"),
            SwitchStep::Port { port, .. } => port.to_string(),
            SwitchStep::NoVlan { id, .. } => format!("-{id}"),
        })
        .collect();
    assert_eq!(order, ["+30", "e1", "-10"]);
    let after = carried_out(&switch(), &planned);
    assert!(plan(&after, &edits[1..], &[]).expect("a plan").is_empty(), "again is nothing");
}

#[test]
fn all_minus_one_is_the_others() {
    let remove = ModeEdit::Trunk { native: None, allowed: Some(VlanEdit::Remove(set("100"))) };
    let planned = plan(&switch(), &[mode("e2", remove)], &[]).expect("a plan");
    let [SwitchStep::Port { after, .. }] = planned.steps.as_slice() else { panic!("{planned:?}") };
    let expected = PortMode::Trunk { native: Some(1), allowed: set("1-99,101-4094") };
    assert_eq!(after.mode, Some(expected));
    // To add what all has already is nothing.
    let add = ModeEdit::Trunk { native: None, allowed: Some(VlanEdit::Add(set("100"))) };
    assert!(plan(&switch(), &[mode("e2", add)], &[]).expect("a plan").is_empty());
}

#[test]
fn what_is_needed_is_there_and_stays() {
    let missing = plan(&switch(), &[mode("e2", ModeEdit::Access(99))], &[]).expect_err("99 is not there");
    assert_eq!(missing.kind(), ErrorKind::Conflict);
    let needed = plan(&switch(), &[SwitchEdit::RemoveVlan { id: 10 }], &[]).expect_err("e1 needs it");
    assert!(needed.message().contains("e1"), "{}", needed.message());
    // The control: nobody needs 20 by itself.
    let planned = plan(&switch(), &[SwitchEdit::RemoveVlan { id: 20 }], &[]).expect("a plan");
    assert_eq!(planned.steps, [SwitchStep::NoVlan { id: 20, before: None }]);
    let own = plan(&switch(), &[SwitchEdit::RemoveVlan { id: 1 }], &[]).expect_err("VLAN 1 stays");
    assert_eq!(own.kind(), ErrorKind::Conflict);
}

#[test]
fn a_port_that_is_not_there_is_told_with_some_that_are() {
    let error = plan(&switch(), &[mode("e9", ModeEdit::Access(10))], &[]).expect_err("no such port");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.message().contains("e1, e2"), "{}", error.message());
}

#[test]
fn a_way_to_management_that_would_be_cut_is_a_risk() {
    let guarded = [(PortId::from("e2"), "the switch itself".to_owned())];
    let risks = |edits: &[SwitchEdit]| plan(&switch(), edits, &guarded).expect("a plan").risks;
    let trunk = |allowed| mode("e2", ModeEdit::Trunk { native: None, allowed: Some(allowed) });
    let down = PortEdit { enabled: Some(false), ..PortEdit::default() };
    assert!(risks(&[edit("e2", down.clone())])[0].why.contains("would be off"));
    assert!(risks(&[trunk(VlanEdit::Set(set("1,10")))])[0].why.contains("lose VLAN 20"));
    assert!(risks(&[mode("e2", ModeEdit::Access(10))])[0].why.contains("lose VLAN 1,20"));
    assert!(risks(&[SwitchEdit::RemoveVlan { id: 20 }])[0].why.contains("lose VLAN 20"));
    let native = ModeEdit::Trunk { native: Some(Some(10)), allowed: None };
    assert!(risks(&[mode("e2", native)])[0].why.contains("another VLAN"));
    // The controls: a VLAN that is not there is no loss, and other ports are nobody's way.
    assert_eq!(risks(&[trunk(VlanEdit::Remove(set("100")))]), []);
    assert_eq!(risks(&[edit("e1", down)]), []);
}
