//! `underlay secure-boot` and the boot order.

use underlay_simulators::Truth as _;

use crate::lab::{Lab, of, rack_of, until};

#[test]
fn secure_boot_is_asked_for_and_in_force_after_a_boot() {
    let lab = Lab::new(&rack_of(&[("node01", "standard", "on")]));
    let truth = lab.truth("node01");
    let facts = || truth.secure_boot().expect("secure boot");
    lab.run(&["secure-boot", "show"]).exits(0).says(&["IN FORCE", "off", "user", "PK:1"]);
    lab.run(&["secure-boot", "enable", "node01"]).exits(0).says(&["made", "after a reset"]);
    assert!(!facts().in_force());
    lab.run(&["power", "reset", "node01"]).exits(0);
    until("it has booted", || facts().in_force());
    let (_, shown) = lab.json(&["secure-boot", "show"]);
    assert_eq!(
        (&of(&shown, "node01")["enabled"], &of(&shown, "node01")["in_force"]),
        (&true.into(), &true.into())
    );
    lab.run(&["secure-boot", "disable", "node01"]).exits(0).says(&["made"]);
}

#[test]
fn keys_are_deleted_only_after_a_yes() {
    let lab = Lab::new(&rack_of(&[("node01", "standard", "on")]));
    let truth = lab.truth("node01");
    let keys = |database: &str| truth.secure_boot().expect("secure boot").certificates(database);
    lab.run(&["secure-boot", "reset-keys", "node01", "delete-all"])
        .exits(2)
        .complains(&["database db: 2 certificates", "--yes"]);
    assert_eq!(keys("db"), Some(2));
    lab.run(&["secure-boot", "reset-keys", "node01", "delete_al"])
        .exits(2)
        .complains(&["did you mean `delete_all`"]);
    let reboot = || {
        let before = truth.boots();
        lab.run(&["power", "reset", "node01"]).exits(0);
        until("it has booted", || truth.boots() > before);
    };
    lab.run(&["secure-boot", "reset-keys", "node01", "delete_all", "--yes"])
        .exits(0)
        .says(&["after a reset"]);
    reboot();
    until("the keys are gone", || keys("db") == Some(0));
    let spare = truth.secure_boot().expect("secure boot").spare_certificate().expect("a certificate");
    lab.file("own.pem", &spare);
    lab.run(&["secure-boot", "reset-keys", "node01", "to_default", "--yes"]).exits(0);
    reboot();
    until("the vendor's keys are back", || keys("db") == Some(2));
    lab.run(&["secure-boot", "add-certificate", "node01", "db", "own.pem"]).exits(0).says(&["made"]);
    reboot();
    until("it is there", || keys("db") == Some(3));
}

#[test]
fn a_port_is_put_first_in_the_boot_order() {
    let lab = Lab::new(&rack_of(&[("node01", "standard", "on")]));
    let truth = lab.truth("node01");
    let first = || truth.boot_order().expect("a boot order").order()[0].to_string();
    let mac = truth.macs()[1].to_string();
    let (_, shown) = lab.json(&["boot", "order"]);
    let options = of(&shown, "node01")["options"].as_array().expect("options").clone();
    let option =
        options.iter().find(|one| one["mac"] == mac.as_str() && one["target"] == "pxe").expect("a port");
    let id = option["id"].as_str().expect("an id");
    assert_ne!(first(), id);
    lab.run(&["boot", "first", "node01", "--mac", &mac]).exits(0).says(&["made"]);
    assert_eq!(first(), id);
    lab.run(&["boot", "first", "node01", "--mac", &mac]).exits(0).says(&["already so"]);
    lab.run(&["boot", "order"]).exits(0).says(&["PLACE", &mac]);
    lab.run(&["boot", "first", "node01", "--mac", "02:00:00:00:00:99"])
        .exits(1)
        .complains(&["no boot option"]);
    lab.run(&["boot", "first", "node01", "Boot9999"]).exits(1).complains(&["there are"]);
}
