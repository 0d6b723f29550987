//! Strangers' programs on our simulator: ipmitool, FreeIPMI, sushy, the DMTF validators.
mod programs {
    pub(crate) mod freeipmi;
    pub(crate) mod ipmitool;
    pub(crate) mod redfish;
}

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use programs::{freeipmi, ipmitool, redfish};
use underlay_interop::suite::Suite;

fn main() -> ExitCode {
    let suite = ipmitool::tests(Suite::default());
    let suite = freeipmi::tests(suite);
    redfish::tests(suite).run()
}

/// A script of `clients/`.
fn client(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}
