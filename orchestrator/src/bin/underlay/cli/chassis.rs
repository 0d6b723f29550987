//! `chassis`.

use clap::{Subcommand, ValueEnum};
use underlay_hal::PowerAction;

use super::Wait;

#[derive(Debug, Subcommand)]
pub(crate) enum Chassis {
    /// The slots of enclosures, and what is in them.
    Show {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Switch the machine in one slot; the others go on as they are.
    #[command(after_help = "Examples:\n  \
        underlay -r rack.toml chassis show quad01\n  \
        underlay -r rack.toml chassis power quad01 Node3 reset")]
    Power {
        /// The device that is the enclosure.
        device: String,
        /// The slot, as `chassis show` names it.
        slot: String,
        /// What its machine is to do.
        #[arg(value_enum)]
        action: SlotAction,
        #[command(flatten)]
        wait: Wait,
    },
}

/// The power actions, called as `underlay power` calls them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SlotAction {
    /// Power on.
    On,
    /// Power off at once, without asking the operating system.
    Off,
    /// Ask the operating system to shut down.
    Soft,
    /// Power off, and on again.
    Cycle,
    /// Reset at once, without asking the operating system.
    Reset,
}

impl SlotAction {
    pub(crate) fn action(self) -> PowerAction {
        match self {
            Self::On => PowerAction::On,
            Self::Off => PowerAction::ForceOff,
            Self::Soft => PowerAction::GracefulOff,
            Self::Cycle => PowerAction::Cycle,
            Self::Reset => PowerAction::ForceReset,
        }
    }
}
