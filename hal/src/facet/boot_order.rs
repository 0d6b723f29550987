//! The firmware's list of boot options, and their order.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{BootOptionId, BootTarget, Cx, Fingerprint, MacAddress, Outcome, Result, Staged};

/// One boot option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BootOption {
    /// The device's name of it (`BootOptionReference`), such as `Boot0003`.
    pub id: BootOptionId,
    /// As people read it.
    pub name: Option<String>,
    /// What kind of source it is, where told.
    pub target: Option<BootTarget>,
    /// Is it taken when its turn comes?
    pub enabled: Option<bool>,
    /// The UEFI device path.
    pub uefi_path: Option<String>,
    /// The network port it boots from.
    pub mac: Option<MacAddress>,
}

impl BootOption {
    /// An option of which only the name is known.
    #[must_use]
    pub fn new(id: BootOptionId) -> Self {
        Self { id, name: None, target: None, enabled: None, uefi_path: None, mac: None }
    }
}

/// The options at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BootOrderState {
    /// The order in force.
    pub current: Vec<BootOptionId>,
    /// The order that the next reset brings, where it differs.
    pub pending: Option<Vec<BootOptionId>>,
    /// What is known of the options, in the device's order; an option of an order may be missing here.
    pub options: Vec<BootOption>,
    /// Names this observation.
    pub fingerprint: Fingerprint,
}

impl BootOrderState {
    /// A state with its fingerprint.
    #[must_use]
    pub fn new(
        current: Vec<BootOptionId>,
        pending: Option<Vec<BootOptionId>>,
        options: Vec<BootOption>,
    ) -> Self {
        let fingerprint = Fingerprint::of(&(&current, &pending));
        Self { current, pending, options, fingerprint }
    }

    /// The order that the next boot follows.
    #[must_use]
    pub fn next(&self) -> &[BootOptionId] {
        self.pending.as_deref().unwrap_or(&self.current)
    }

    /// The option of that name.
    #[must_use]
    pub fn option(&self, id: &BootOptionId) -> Option<&BootOption> {
        self.options.iter().find(|option| option.id == *id)
    }

    /// The next order with these options moved to its front, in the order given; what is not in it is added.
    #[must_use]
    pub fn with_first(&self, first: &[BootOptionId]) -> Vec<BootOptionId> {
        let rest = self.next().iter().filter(|id| !first.contains(id));
        first.iter().chain(rest).cloned().collect()
    }

    /// The next order with the options of a network port at its front; `None` if no option is known to be of it.
    ///
    /// - Of several, such as PXE and HTTP over IPv4 and IPv6, all are moved, in the order they have.
    /// - `prefer` puts those of that kind before the others.
    #[must_use]
    pub fn with_mac_first(&self, mac: MacAddress, prefer: Option<BootTarget>) -> Option<Vec<BootOptionId>> {
        let place =
            |id: &BootOptionId| self.next().iter().position(|known| known == id).unwrap_or(usize::MAX);
        let mut mine: Vec<_> = self.options.iter().filter(|option| option.mac == Some(mac)).collect();
        mine.sort_by_key(|option| (prefer.is_some() && option.target != prefer, place(&option.id)));
        let first: Vec<_> = mine.into_iter().map(|option| option.id.clone()).collect();
        (!first.is_empty()).then(|| self.with_first(&first))
    }
}

/// The firmware's boot order (DSP0268 `ComputerSystem.Boot.BootOrder`, `BootOption`).
///
/// - What was set is what [`BootOrder::read`] shows as pending, or as current where the device applies it at once;
///   the host follows it from its next boot on.
/// - Setting never boots the host. A [`crate::Boot`] override goes before the order.
#[async_trait]
pub trait BootOrder: fmt::Debug + Send + Sync {
    /// Order and options.
    ///
    /// # Errors
    /// As every read. An option that cannot be read is left out.
    async fn read(&self, cx: &Cx) -> Result<BootOrderState>;

    /// Sets the order. `AlreadySo` if the next boot follows it already.
    ///
    /// # Errors
    /// `InvalidInput` for an option that the device does not have, or that comes twice; `Busy` during the self test;
    /// both with effect `None`. `DeviceFault` with effect `Applied` if the device accepted and shows something else.
    async fn set(&self, cx: &Cx, order: &[BootOptionId]) -> Result<Outcome<Staged>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option(id: &str, target: BootTarget, mac: Option<u8>) -> BootOption {
        BootOption {
            target: Some(target),
            mac: mac.map(|last| MacAddress([2, 0, 0, 0, 0, last])),
            ..BootOption::new(id.into())
        }
    }

    fn ids(order: &[BootOptionId]) -> Vec<&str> {
        order.iter().map(BootOptionId::as_str).collect()
    }

    #[test]
    fn a_port_is_moved_to_the_front_with_all_its_options() {
        let order = ["Disk", "Pxe2", "Http1", "Pxe1"].map(BootOptionId::from).to_vec();
        let options = vec![
            option("Disk", BootTarget::Hdd, None),
            option("Pxe1", BootTarget::Pxe, Some(1)),
            option("Http1", BootTarget::UefiHttp, Some(1)),
            option("Pxe2", BootTarget::Pxe, Some(2)),
        ];
        let state = BootOrderState::new(order, None, options);
        let port = |last| MacAddress([2, 0, 0, 0, 0, last]);
        assert_eq!(ids(&state.with_mac_first(port(1), None).unwrap()), ["Http1", "Pxe1", "Disk", "Pxe2"]);
        let pxe = state.with_mac_first(port(1), Some(BootTarget::Pxe)).unwrap();
        assert_eq!(ids(&pxe), ["Pxe1", "Http1", "Disk", "Pxe2"]);
        assert_eq!(state.with_mac_first(port(9), None), None);
    }

    #[test]
    fn the_next_boot_follows_the_pending_order() {
        let (now, next) = (vec!["A".into(), "B".into()], vec!["B".into(), "A".into()]);
        let state = BootOrderState::new(now, Some(next), Vec::new());
        assert_eq!(ids(state.next()), ["B", "A"]);
        assert_eq!(ids(&state.with_first(&["C".into()])), ["C", "B", "A"]);
    }
}
