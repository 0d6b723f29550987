//! Arguments of `underlay pdu` and `underlay outlet`.

use clap::{Args, Subcommand};

use super::Consent;

#[derive(Debug, Subcommand)]
pub(crate) enum Pdu {
    /// The outlets of units of power: state, name, what is plugged in.
    Show {
        /// Which units.
        #[arg(default_value = "kind:pdu")]
        select: String,
    },
    /// Outlets that are switched together, where the unit has groups.
    Groups {
        /// Which units.
        #[arg(default_value = "kind:pdu")]
        select: String,
    },
    /// What flows through inlets, phases, banks and outlets.
    Meter {
        /// Which units.
        #[arg(default_value = "kind:pdu")]
        select: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Outlet {
    /// The state of outlets.
    #[command(after_help = TARGETS)]
    Status {
        /// Which outlets: `pdu-a:3`, or a machine for all that feed it.
        #[arg(required = true)]
        outlets: Vec<String>,
    },
    /// Give power.
    #[command(after_help = TARGETS)]
    On(OutletArgs),
    /// Give none. What hangs on it is dead.
    #[command(after_help = TARGETS)]
    Off(OutletArgs),
    /// Off, and on again. An outlet that is off is left alone.
    #[command(after_help = TARGETS)]
    Cycle(OutletArgs),
    /// Take back changes that wait.
    Cancel {
        /// Which outlets: `pdu-a:3`, or a machine for all that feed it.
        #[arg(required = true)]
        outlets: Vec<String>,
    },
    /// Name an outlet.
    Label {
        /// Which outlet, such as `pdu-a:3`.
        outlet: String,
        /// Its name.
        label: String,
    },
}

const TARGETS: &str = "Examples:\n  \
    underlay -r rack.toml outlet status pdu-a:1 pdu-a:2\n  \
    underlay -r rack.toml outlet off node03            every outlet that feeds node03\n  \
    underlay -r rack.toml outlet cycle pdu-a:7 --yes\n  \
    underlay -r rack.toml outlet off pdu-a:7 --after 30";

#[derive(Debug, Args)]
pub(crate) struct OutletArgs {
    /// Which outlets: `pdu-a:3`, or a machine for all that feed it.
    #[arg(required = true)]
    pub(crate) outlets: Vec<String>,
    /// Seconds to wait before; for units that take them with the request.
    #[arg(long, value_name = "SECONDS", conflicts_with = "later")]
    pub(crate) after: Option<u32>,
    /// After the delay that the outlet is configured with.
    #[arg(long)]
    pub(crate) later: bool,
    #[command(flatten)]
    pub(crate) consent: Consent,
}
