//! The laws. Each is one sentence of a contract; each has a mutant in [`crate::model`] that breaks it.

use std::{fmt, future::Future, pin::Pin};

use serde::Serialize;
use underlay_hal::{Cx, FacetKind};

use crate::{Danger, World};

mod accounts;
mod bios;
mod boot;
mod boot_order;
mod certificates;
mod chassis;
mod device;
mod effect;
mod event_log;
mod events;
mod firmware;
mod help;
mod identify;
mod inventory;
mod manager;
mod manager_config;
mod pdu;
mod power;
mod power_meter;
mod raid;
mod secure_boot;
mod sensors;
mod switch;
mod switch_config;
mod tasks;
mod virtual_media;

/// What a check says: nothing, or in which way the law was broken.
pub type Checked<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// One law.
#[derive(Debug)]
pub struct Law {
    /// `facet::sentence`.
    pub name: &'static str,
    /// The facet it is about; `None` for the device as a whole.
    pub facet: Option<FacetKind>,
    /// The ability it needs, if not every protocol has it.
    pub needs: Option<&'static str>,
    /// What it does to the target.
    pub danger: Danger,
    /// The check.
    pub check: for<'a> fn(&'a World, &'a Cx) -> Checked<'a>,
}

/// How a law fared on a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "why", rename_all = "snake_case")]
pub enum Verdict {
    /// Kept.
    Kept,
    /// Broken, in this way.
    Broken(String),
    /// Does not apply, for this reason.
    Skipped(String),
}

impl Verdict {
    /// One character for a table.
    #[must_use]
    pub const fn mark(&self) -> char {
        match self {
            Self::Kept => '+',
            Self::Broken(_) => 'X',
            Self::Skipped(_) => '-',
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept => f.write_str("kept"),
            Self::Broken(why) | Self::Skipped(why) => f.write_str(why),
        }
    }
}

impl From<Result<(), String>> for Verdict {
    fn from(checked: Result<(), String>) -> Self {
        checked.map_or_else(Self::Broken, |()| Self::Kept)
    }
}

/// Every law.
pub const LAWS: &[Law] = {
    const PARTS: &[&[&[Law]]] = &[
        &[
            device::LAWS,
            power::LAWS,
            boot::LAWS,
            manager::LAWS,
            inventory::LAWS,
            sensors::LAWS,
            event_log::LAWS,
        ],
        &[tasks::LAWS, virtual_media::LAWS, secure_boot::LAWS, boot_order::LAWS, manager_config::LAWS],
        &[
            certificates::LAWS,
            identify::LAWS,
            chassis::LAWS,
            power_meter::LAWS,
            pdu::LAWS,
            switch::LAWS,
            switch_config::LAWS,
        ],
        &events::LAWS,
        &bios::LAWS,
        &raid::LAWS,
        &firmware::LAWS,
        &accounts::LAWS,
    ];
    &flatten::<{ count(PARTS) }>(PARTS)
};

const fn count(parts: &[&[&[Law]]]) -> usize {
    let (mut sum, mut part) = (0, 0);
    while part < parts.len() {
        let mut file = 0;
        while file < parts[part].len() {
            sum += parts[part][file].len();
            file += 1;
        }
        part += 1;
    }
    sum
}

const fn flatten<const N: usize>(parts: &[&[&[Law]]]) -> [Law; N] {
    let mut all =
        [const { Law { name: "", facet: None, needs: None, danger: Danger::ReadOnly, check: nothing } }; N];
    let (mut at, mut part) = (0, 0);
    while part < parts.len() {
        let mut file = 0;
        while file < parts[part].len() {
            let mut law = 0;
            while law < parts[part][file].len() {
                let Law { name, facet, needs, danger, check } = parts[part][file][law];
                all[at] = Law { name, facet, needs, danger, check };
                at += 1;
                law += 1;
            }
            file += 1;
        }
        part += 1;
    }
    all
}

fn nothing<'a>(_: &'a World, _: &'a Cx) -> Checked<'a> {
    Box::pin(async { Err("a law without a check".to_owned()) })
}

/// Declares a law whose check is an `async` block over `world` and `cx`.
macro_rules! law {
    ($name:literal, $facet:expr, $needs:expr, $danger:ident, |$world:ident, $cx:ident| $body:expr) => {
        crate::laws::Law {
            name: $name,
            facet: $facet,
            needs: $needs,
            danger: crate::Danger::$danger,
            check: |$world, $cx| Box::pin(async move { $body }),
        }
    };
}
use law;

/// Fails the law with a message unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}
use ensure;

/// Declares how the laws of a file get at their facet, and at what is behind it.
macro_rules! facet {
    ($Kind:ident, $accessor:ident, $Truth:ident) => {
        const FACET: Option<underlay_hal::FacetKind> = Some(underlay_hal::FacetKind::$Kind);

        fn facet(world: &crate::World) -> Result<&dyn underlay_hal::$Kind, String> {
            world.device.$accessor().ok_or_else(|| concat!(stringify!($accessor), " is absent").to_owned())
        }

        fn real(world: &crate::World) -> Result<&dyn crate::$Truth, String> {
            let none = concat!("the rig does not show what is behind ", stringify!($accessor));
            world.truth.$accessor().ok_or_else(|| none.to_owned())
        }
    };
}
use facet;
