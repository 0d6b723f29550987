//! Strangers' programs on our simulator: ipmitool, FreeIPMI, sushy, the DMTF validators, net-snmp,
//! NUT, fence-agents, netmiko, OpenSSH.
mod programs {
    pub(crate) mod freeipmi;
    pub(crate) mod ipmitool;
    pub(crate) mod redfish;
    pub(crate) mod redfish_changes;
    pub(crate) mod snmp;
    pub(crate) mod snmp_names;
    pub(crate) mod snmp_traps;
    pub(crate) mod switch_ssh;
}

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use programs::{freeipmi, ipmitool, redfish, redfish_changes, snmp, snmp_names, snmp_traps, switch_ssh};
use underlay_interop::suite::Suite;

fn main() -> ExitCode {
    let suite = ipmitool::tests(Suite::default());
    let suite = freeipmi::tests(suite);
    let suite = redfish::tests(suite);
    let suite = redfish_changes::tests(suite);
    let suite = snmp::tests(suite);
    let suite = snmp_names::tests(suite);
    let suite = snmp_traps::tests(suite);
    switch_ssh::tests(suite).run()
}

/// A script of `clients/`.
fn client(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}
