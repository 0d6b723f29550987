//! Strangers' crates on our simulator: ipmi-rs and nv-redfish, clients that share no code with ours.
mod crates {
    pub(crate) mod ipmi_rs;
    pub(crate) mod nv_redfish;
}

use std::process::ExitCode;

use underlay_interop::suite::Suite;

fn main() -> ExitCode {
    let suite = crates::ipmi_rs::tests(Suite::default());
    crates::nv_redfish::tests(suite).run()
}
