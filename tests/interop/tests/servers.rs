//! Our drivers on strangers' servers: `ipmi_sim`, the emulator of sushy-tools, and recorded trees of real machines.
mod servers {
    pub(crate) mod cli_corpus;
    pub(crate) mod frr;
    pub(crate) mod ipmi_sim;
    pub(crate) mod played;
    pub(crate) mod recorded;
    pub(crate) mod recorded_facets;
    pub(crate) mod snmpd;
    pub(crate) mod snmpsim;
    pub(crate) mod snmpsim_switches;
    pub(crate) mod sshd;
    pub(crate) mod sushy_emulator;
}

use std::process::ExitCode;

use servers::{
    cli_corpus, frr, ipmi_sim, played, recorded, recorded_facets, snmpd, snmpsim, snmpsim_switches, sshd,
    sushy_emulator,
};
use underlay_interop::suite::Suite;

fn main() -> ExitCode {
    let suite = ipmi_sim::tests(Suite::default());
    let suite = sushy_emulator::tests(suite);
    let suite = played::tests(suite);
    let suite = cli_corpus::tests(suite);
    let suite = frr::tests(suite);
    let suite = sshd::tests(suite);
    let suite = snmpd::tests(suite);
    let suite = snmpsim::tests(suite);
    let suite = snmpsim_switches::tests(suite);
    let suite = recorded_facets::tests(suite);
    recorded::tests(suite).run()
}
