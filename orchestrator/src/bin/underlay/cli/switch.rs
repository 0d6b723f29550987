//! Arguments of `underlay switch`.

use clap::Subcommand;

use super::SwitchConfiguration;

#[derive(Debug, Subcommand)]
pub(crate) enum SwitchLook {
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

#[derive(Debug, Subcommand)]
pub(crate) enum Switch {
    #[command(flatten)]
    Look(SwitchLook),
    /// How they are configured.
    #[command(subcommand)]
    Config(SwitchConfiguration),
    /// Keep a change that waits to be confirmed.
    Confirm {
        /// Which switches.
        select: String,
    },
    /// Undo a change that waits to be confirmed.
    Rollback {
        /// Which switches.
        select: String,
    },
    /// Write the running configuration to the startup configuration.
    Save {
        /// Which switches.
        select: String,
    },
}
