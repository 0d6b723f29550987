//! Ground truth of what goes on: tasks, events, enclosures, power.

use std::fmt;

use underlay_hal::{PowerState, SlotId};

/// Tasks as they are.
pub trait TasksTruth: fmt::Debug + Send + Sync {
    /// Starts work on the device that takes so many seconds, by nobody's request; gives a word that its description
    /// holds.
    fn start(&self, seconds: f64) -> String;

    /// Is work of that word under way?
    fn is_running(&self, word: &str) -> bool;
}

/// Events as they are.
pub trait EventsTruth: fmt::Debug + Send + Sync {
    /// Streams open now.
    fn streams(&self) -> usize;

    /// Cuts every stream; what happens until another is opened reaches nobody through them.
    fn cut_streams(&self);

    /// Subscriptions of receivers.
    fn subscriptions(&self) -> usize;

    /// An address that a receiver of the rig's own listens on, and that nothing else does.
    fn receiver(&self) -> String;

    /// Events that have reached that receiver so far: their texts.
    fn received(&self) -> Vec<String>;
}

/// An enclosure as it is.
pub trait ChassisTruth: fmt::Debug + Send + Sync {
    /// The slots that hold machines, in order, and the power of the host in each.
    fn machines(&self) -> Vec<(SlotId, PowerState)>;
}

/// What the machine draws as it is.
pub trait PowerMeterTruth: fmt::Debug + Send + Sync {
    /// Watts now, and how far a reading may wander from them, either way.
    fn watts(&self) -> (f64, f64);
}
