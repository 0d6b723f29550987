use super::*;
use crate::{
    persona::AccountLimits,
    plant::{SimTime, clock::seconds},
};

fn accounts(limits: AccountLimits) -> Accounts {
    let mut accounts = Accounts::new(limits);
    assert!(accounts.put("admin", "admin".into(), Role::Administrator));
    accounts
}

fn new(name: &str, password: &str) -> NewAccount {
    NewAccount {
        slot: None,
        name: name.to_owned(),
        password: password.into(),
        role: Role::Operator,
        enabled: true,
        must_change: false,
    }
}

fn role(role: Role) -> AccountChange {
    AccountChange { role: Some(role), ..AccountChange::default() }
}

#[test]
fn an_account_keeps_its_slot_and_a_free_one_is_filled_again() {
    let mut table = accounts(AccountLimits { slots: 4, ..AccountLimits::default() });
    assert_eq!(table.create(new("a", "long enough")), Ok(3));
    assert_eq!(table.create(new("b", "long enough")), Ok(4));
    assert_eq!(table.create(new("c", "long enough")), Err(AccountRefusal::Full));
    table.remove(3).expect("it is there");
    assert_eq!(table.remove(3), Err(AccountRefusal::NotFound));
    let slots: Vec<_> = table.views(SimTime::ZERO).iter().map(|view| view.slot).collect();
    assert_eq!(slots, [2, 4]);
    for (slot, expected) in
        [(1, Err(AccountRefusal::NotFound)), (4, Err(AccountRefusal::NotFound)), (3, Ok(3))]
    {
        assert_eq!(table.create(NewAccount { slot: Some(slot), ..new("c", "long enough") }), expected);
    }
}

#[test]
fn names_and_passwords_have_their_limits() {
    let mut table = accounts(AccountLimits::default());
    for (name, password, refusal) in [
        ("", "long enough", AccountRefusal::BadName),
        ("with space", "long enough", AccountRefusal::BadName),
        ("a-name-of-17-long", "long enough", AccountRefusal::BadName),
        ("admin", "long enough", AccountRefusal::NameTaken),
        ("a", "shorter", AccountRefusal::BadPassword),
        ("a", "twenty-one-characters", AccountRefusal::BadPassword),
    ] {
        assert_eq!(table.create(new(name, password)), Err(refusal), "{name} {password}");
    }
    let slot = table.create(new("a-name-of-16-lon", "exactly8")).expect("it fits");
    let rename = |name: &str| AccountChange { name: Some(name.to_owned()), ..AccountChange::default() };
    assert_eq!(table.change(slot, rename("admin")), Err(AccountRefusal::NameTaken));
    assert_eq!(table.change(slot, rename("a-name-of-16-lon")), Ok(false), "its own name");
    assert_eq!(table.change(slot, rename("b")), Ok(true));
}

#[test]
fn somebody_can_always_administer() {
    let mut table = accounts(AccountLimits::default());
    let disable = || AccountChange { enabled: Some(false), ..AccountChange::default() };
    assert_eq!(table.change(2, role(Role::Operator)), Err(AccountRefusal::LastAdministrator));
    assert_eq!(table.change(2, disable()), Err(AccountRefusal::LastAdministrator));
    assert_eq!(table.remove(2), Err(AccountRefusal::LastAdministrator));
    let slot =
        table.create(NewAccount { role: Role::Administrator, ..new("b", "long enough") }).expect("made");
    table.change(slot, disable()).expect("the other is there");
    assert_eq!(
        table.remove(2),
        Err(AccountRefusal::LastAdministrator),
        "one that cannot log in does not count"
    );
    table.change(slot, AccountChange { enabled: Some(true), ..AccountChange::default() }).expect("changed");
    assert_eq!(table.remove(2), Ok(()));
}

#[test]
fn a_new_password_is_the_only_one_and_ends_the_duty_to_change() {
    let mut table = accounts(AccountLimits::default());
    let slot = table.create(NewAccount { must_change: true, ..new("a", "first word") }).expect("made");
    let seen =
        |table: &Accounts| table.views(SimTime::ZERO).into_iter().find(|view| view.slot == slot).unwrap();
    assert!(seen(&table).must_change);
    let to = |word: &str| AccountChange { password: Some(word.into()), ..AccountChange::default() };
    assert_eq!(table.change(slot, to("short")), Err(AccountRefusal::BadPassword));
    assert_eq!(table.change(slot, to("second word")), Ok(true));
    assert!(!seen(&table).must_change);
    assert!(table.is_password("a", &"second word".into()) && !table.is_password("a", &"first word".into()));
    let both = AccountChange { must_change: Some(true), ..to("third word") };
    assert_eq!(table.change(slot, both), Ok(true));
    assert!(seen(&table).must_change, "it was asked for");
}

#[test]
fn a_lock_ends_by_time_or_by_hand() {
    let limits = AccountLimits { lockout_threshold: 2, lockout_seconds: 10.0, ..AccountLimits::default() };
    for (seconds_locked, by_time) in [(10.0, true), (0.0, false)] {
        let mut table = accounts(AccountLimits { lockout_seconds: seconds_locked, ..limits });
        assert!(table.check("admin", "wrong", SimTime::ZERO).is_err());
        assert!(table.check("admin", "wrong", SimTime::ZERO).is_err_and(|(_, failure)| failure.locked_now));
        assert!(table.check("admin", "admin", seconds(9.0)).is_err());
        assert_eq!(table.check("admin", "admin", seconds(11.0)).is_ok(), by_time);
        if !by_time {
            let unlock = AccountChange { unlock: true, ..AccountChange::default() };
            assert_eq!(table.change(2, unlock.clone()), Ok(true));
            assert_eq!(table.change(2, unlock), Ok(false));
            assert!(table.check("admin", "admin", seconds(12.0)).is_ok());
        }
    }
}

#[test]
fn who_has_no_rights_does_not_log_in_and_delivery_brings_everything_back() {
    let mut table = accounts(AccountLimits::default());
    let slot = table.create(NewAccount { role: Role::NoAccess, ..new("a", "long enough") }).expect("made");
    assert!(table.check("a", "long enough", SimTime::ZERO).is_err());
    table.change(slot, role(Role::ReadOnly)).expect("changed");
    assert!(table.check("a", "long enough", SimTime::ZERO).is_ok());
    table.deliver(AccountLimits::default());
    assert_eq!(table.views(SimTime::ZERO).len(), 1);
}
