//! Strangers' crates on our simulator: ipmi-rs, nv-redfish and snmp2, clients that share no code with ours.
mod crates {
    pub(crate) mod ipmi_rs;
    pub(crate) mod nv_redfish;
    pub(crate) mod snmp2;
}

use std::process::ExitCode;

use underlay_interop::suite::Suite;

fn main() -> ExitCode {
    let suite = crates::ipmi_rs::tests(Suite::default());
    let suite = crates::nv_redfish::tests(suite);
    crates::snmp2::tests(suite).run()
}
