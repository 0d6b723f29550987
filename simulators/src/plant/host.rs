//! Words for the host: its phases, what may be asked of it, how it starts.
use jiff::Timestamp;

/// Where the host is between off and running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostPhase {
    /// No power to the host.
    Off,
    /// Power was ordered and is not on yet.
    PoweringOn,
    /// Firmware runs; no boot device chosen yet.
    Post,
    /// A boot device was chosen; the operating system loads.
    Booting,
    /// The operating system runs.
    Running,
    /// Firmware setup is on the screen; it stays there.
    Setup,
    /// The operating system shuts down.
    ShuttingDown,
    /// Power was ordered off and is not off yet.
    PoweringOff,
}

impl HostPhase {
    /// Whether the host has power.
    #[must_use]
    pub fn is_powered(self) -> bool {
        !matches!(self, Self::Off | Self::PoweringOn)
    }

    /// The power state as management protocols see it.
    #[must_use]
    pub fn power_state(self) -> PowerState {
        match self {
            Self::Off => PowerState::Off,
            Self::PoweringOn => PowerState::PoweringOn,
            Self::PoweringOff => PowerState::PoweringOff,
            Self::Post | Self::Booting | Self::Running | Self::Setup | Self::ShuttingDown => PowerState::On,
        }
    }
}

/// The host's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerState {
    /// Off.
    Off,
    /// Ordered on.
    PoweringOn,
    /// On.
    On,
    /// Ordered off.
    PoweringOff,
}

/// What may be asked of the host's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerAction {
    /// Power on.
    On,
    /// Cut the power.
    ForceOff,
    /// Ask the operating system to shut down.
    GracefulOff,
    /// Reset line, power stays.
    ForceReset,
    /// Ask the operating system to shut down, then start again.
    GracefulReset,
    /// Power off, wait, power on.
    Cycle,
    /// Diagnostic interrupt; nothing else changes.
    Nmi,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Accepted; the machine changes.
    Made,
    /// It was so already; nothing was done or counted.
    AlreadySo,
}

/// Why a request was not accepted. Nothing was done or counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The host has no power, and the request needs a running host.
    HostOff,
    /// The host is on its way between on and off; ask again later.
    InTransition,
    /// The management controller does not run.
    BmcDown,
    /// No such thing.
    NotFound,
    /// The value is outside what the machine takes.
    Invalid,
    /// Something else about the machine forbids it.
    Conflict,
    /// A secret that the request has to know is wrong.
    Denied,
}

/// Why the host started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetCause {
    /// It was running when the plant began.
    Initial,
    /// A management command.
    Command,
    /// Power returned and the policy says on.
    PolicyAlwaysOn,
    /// Power returned and it had been on.
    PolicyPrevious,
    /// The operating system restarted itself.
    OperatingSystem,
}

/// What happens when power returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestorePolicy {
    /// Stay off.
    AlwaysOff,
    /// As before the loss.
    #[default]
    Previous,
    /// Power on.
    AlwaysOn,
}

/// Where to boot from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BootTarget {
    /// The network, by PXE.
    Pxe,
    /// A local disk.
    Disk,
    /// Virtual optical media.
    Cd,
    /// An optical drive of the machine's own.
    BuiltInCd,
    /// A USB or virtual removable device.
    Usb,
    /// A diskette, or IPMI's "primary removable media".
    Floppy,
    /// Firmware setup.
    BiosSetup,
    /// The network, by UEFI HTTP.
    UefiHttp,
    /// The vendor's diagnostics.
    Diagnostics,
    /// An SD card.
    SdCard,
}

/// Whether an override is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// Consumed by the next choice of a boot device.
    Once,
    /// Stays until cleared.
    Continuous,
}

/// Firmware interface to boot with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootMode {
    /// BIOS.
    Legacy,
    /// UEFI.
    Uefi,
}

/// A boot override as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootOverride {
    /// Where to boot from.
    pub target: BootTarget,
    /// Used once or always.
    pub persistence: Persistence,
    /// With which firmware interface; `None` as configured.
    pub mode: Option<BootMode>,
}

/// One start of the host, written when it chose a boot device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootRecord {
    /// From 1; the machine's own count.
    pub number: u64,
    /// When the device was chosen.
    pub at: Timestamp,
    /// What it booted from.
    pub source: BootTarget,
    /// With which firmware interface.
    pub mode: BootMode,
    /// The override that decided, if one did.
    pub by_override: Option<Persistence>,
    /// Why the host had started.
    pub cause: ResetCause,
    /// The number of the boot option that was taken, if it was one.
    pub option: Option<u16>,
}

/// The identify light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Identify {
    /// Dark.
    #[default]
    Off,
    /// Blinking until a timer ends.
    Timed,
    /// On until told otherwise.
    On,
    /// Blinking until told otherwise.
    Blinking,
}

/// Whether the management controller answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachability {
    /// It answers.
    Ready,
    /// It starts.
    Booting,
    /// It has no power.
    Unpowered,
    /// A test cut it off; inside it runs on.
    Silent,
}
