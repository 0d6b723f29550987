//! `task` and `events`.

use std::net::SocketAddr;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// What the controllers are working on, and what they have finished.
    List {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Follow a task to its end, over restarts of the controller.
    Watch {
        /// Which device.
        device: String,
        /// The task, as the command that started it and `task list` name it.
        task: String,
        /// At most this long.
        #[arg(long, default_value_t = 3600, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=604_800))]
        limit: u64,
    },
    /// Cancel a task.
    Cancel {
        /// Which device.
        device: String,
        /// The task.
        task: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    /// Print events as they happen, until interrupted; with -o json one object in each line.
    #[command(after_help = "Examples:\n  \
        underlay -r rack.toml events watch all\n  \
        underlay -r rack.toml events watch all --listen 192.0.2.5:8443     have them pushed here\n\n\
        A controller with an event stream is read; others need --listen, an address of this machine that they reach. What \
        may have been missed, because a connection was lost, is told.")]
    Watch(EventsWatch),
    /// To whom the controllers send events.
    Subscriptions {
        /// Which devices.
        #[arg(default_value = "all")]
        select: String,
    },
    /// Remove a subscription.
    Unsubscribe {
        /// Which device.
        device: String,
        /// The subscription, as `events subscriptions` names it.
        subscription: String,
    },
    /// Have the controllers send a test event.
    Test {
        /// Which devices.
        select: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct EventsWatch {
    /// Which devices.
    #[arg(default_value = "all")]
    pub(crate) select: String,
    /// Subscribe this address of this machine, and print what the controllers push to it.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Listen for HTTP in place of HTTPS.
    #[arg(long, requires = "listen")]
    pub(crate) plain: bool,
    /// End after that many events.
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<usize>,
    /// End after that many seconds.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=604_800))]
    pub(crate) limit: Option<u64>,
}
