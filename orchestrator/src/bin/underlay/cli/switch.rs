//! Arguments of `underlay switch`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Switch {
    /// What switches are.
    Show {
        /// Which switches.
        #[arg(default_value = "kind:switch")]
        select: String,
    },
    /// Their ports: states, speed, what the rack file says is cabled there.
    Ports {
        /// Which switches.
        #[arg(default_value = "kind:switch")]
        select: String,
    },
    /// VLANs and their members.
    Vlans {
        /// Which switches.
        #[arg(default_value = "kind:switch")]
        select: String,
    },
    /// Who is at the other end of the ports, as LLDP hears it.
    Neighbors {
        /// Which switches.
        #[arg(default_value = "kind:switch")]
        select: String,
    },
    /// Where addresses are.
    Macs {
        /// Which switches.
        #[arg(default_value = "kind:switch")]
        select: String,
    },
}
