//! The firmware's list of boot options, and the order in which it tries them.
//!
//! - Options follow from what the machine is made of, and keep their numbers.
//! - An override goes before the order; where neither names anything that can be booted, the local disk or the
//!   network does.
use super::{
    BootTarget, Change, MutationKind, Origin, Refusal, Server, ServerSpec,
    machine::{Area, Machine},
    queue::Step,
};
use crate::persona::BiosRole;

/// The most drives with an option of their own.
const MOST_DRIVES: usize = 8;

/// What an option boots from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootSource {
    /// The drive of that place in [`ServerSpec::drives`].
    Drive(usize),
    /// The virtual optical drive.
    Optical,
    /// The network port of that place in [`ServerSpec::nics`], by PXE over IPv4.
    Pxe(usize),
    /// The same, by HTTP over IPv4.
    Http(usize),
}

impl BootSource {
    /// What kind of source it is.
    #[must_use]
    pub const fn target(self) -> BootTarget {
        match self {
            Self::Drive(_) => BootTarget::Disk,
            Self::Optical => BootTarget::Cd,
            Self::Pxe(_) => BootTarget::Pxe,
            Self::Http(_) => BootTarget::UefiHttp,
        }
    }
}

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootOption {
    /// Its number, which it keeps.
    pub number: u16,
    /// What it boots from.
    pub source: BootSource,
    /// Whether it is taken when its turn comes.
    pub enabled: bool,
}

/// Options and order at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootOrderView {
    /// Every option, by number.
    pub options: Vec<BootOption>,
    /// The order in force.
    pub order: Vec<u16>,
    /// The order that the next self test brings, if one is staged.
    pub staged: Option<Vec<u16>>,
    /// Whether ports can be booted from by HTTP now.
    pub http: bool,
    /// What to fetch by HTTP, unless DHCP says.
    pub http_uri: Option<String>,
}

impl BootOrderView {
    /// The order that the next boot follows.
    #[must_use]
    pub fn next(&self) -> &[u16] {
        self.staged.as_deref().unwrap_or(&self.order)
    }
}

#[derive(Debug)]
pub(super) struct BootOrder {
    options: Vec<BootOption>,
    order: Vec<u16>,
    staged: Option<Vec<u16>>,
    http_uri: Option<String>,
}

impl BootOrder {
    pub(super) fn new(spec: &ServerSpec) -> Self {
        let ports = spec.nics.len();
        let sources = (0..spec.drives.len().min(MOST_DRIVES))
            .map(BootSource::Drive)
            .chain([BootSource::Optical])
            .chain((0..ports).map(BootSource::Pxe))
            .chain((0..ports).map(BootSource::Http));
        let options: Vec<_> =
            (0..).zip(sources).map(|(number, source)| BootOption { number, source, enabled: true }).collect();
        let order = options.iter().map(|option| option.number).collect();
        Self { options, order, staged: None, http_uri: None }
    }

    fn option(&self, number: u16) -> Option<&BootOption> {
        self.options.iter().find(|option| option.number == number)
    }

    /// Whether every option of an order is there, and none twice.
    fn is_order(&self, order: &[u16]) -> bool {
        let once = |(at, number): (usize, &u16)| !order.iter().take(at).any(|before| before == number);
        order.iter().all(|number| self.option(*number).is_some()) && order.iter().enumerate().all(once)
    }
}

impl Machine {
    fn boot_order_view(&self) -> BootOrderView {
        let state = &self.boot_order;
        BootOrderView {
            options: state.options.clone(),
            order: state.order.clone(),
            staged: state.staged.clone(),
            http: self.boots_by_http(),
            http_uri: state.http_uri.clone(),
        }
    }

    fn boots_by_http(&self) -> bool {
        self.bios_says(BiosRole::HttpBoot) != Some(false)
    }

    fn can_boot(&self, source: BootSource) -> bool {
        match source {
            BootSource::Drive(_) | BootSource::Pxe(_) => true,
            BootSource::Optical => self.has_boot_medium(),
            BootSource::Http(_) => self.boots_by_http(),
        }
    }

    /// The self test is over: a staged order is in force.
    pub(super) fn boot_order_after_post(&mut self) {
        if let Some(order) = self.boot_order.staged.take() {
            self.boot_order.order = order;
            self.touch(Area::System);
        }
        let types = self.bios_boot_types();
        if !types.is_empty() {
            let place = |number: &u16| {
                let target = self.boot_order.option(*number).map(|option| option.source.target());
                types.iter().position(|kind| Some(*kind) == target).unwrap_or(types.len())
            };
            let mut order = self.boot_order.order.clone();
            order.sort_by_key(place);
            self.boot_order.order = order;
        }
    }

    /// The option that a boot takes: the first of the order that can be booted, of this kind if one is asked for.
    pub(super) fn boot_option(&self, asked: Option<BootTarget>) -> Option<BootOption> {
        let options = self.boot_order.order.iter().filter_map(|number| self.boot_order.option(*number));
        let mut fits = options.filter(|option| match asked {
            Some(target) => option.source.target() == target,
            None => option.enabled && self.can_boot(option.source),
        });
        fits.next().copied()
    }

    fn set_boot_order(
        &mut self,
        step: &Step<'_>,
        order: Vec<u16>,
        stage: bool,
        origin: Origin,
    ) -> Result<Change, Refusal> {
        self.need_bmc(origin)?;
        if !self.boot_order.is_order(&order) {
            return Err(Refusal::Invalid);
        }
        let state = &mut self.boot_order;
        if *state.staged.as_ref().unwrap_or(&state.order) == order {
            return Ok(Change::AlreadySo);
        }
        let detail = format!("boot order {order:?}");
        if stage {
            state.staged = (order != state.order).then_some(order);
        } else {
            state.order = order;
            state.staged = None;
        }
        self.count(step, origin, MutationKind::Setting, detail);
        self.touch(Area::System);
        Ok(Change::Made)
    }
}

impl Server {
    /// Boot options and their order.
    #[must_use]
    pub fn boot_order(&self) -> BootOrderView {
        self.read(Machine::boot_order_view)
    }

    /// Sets the order that the next boot follows; with `stage` the one in force stays until the next self test.
    ///
    /// # Errors
    /// - [`Refusal::Invalid`]: an option that is not there, or that comes twice. [`Refusal::BmcDown`].
    pub fn set_boot_order(&self, order: Vec<u16>, stage: bool, origin: Origin) -> Result<Change, Refusal> {
        self.act(|machine, step| machine.set_boot_order(step, order, stage, origin))
    }

    /// Lets an option be taken when its turn comes, or not.
    ///
    /// # Errors
    /// - [`Refusal::NotFound`], [`Refusal::BmcDown`].
    pub fn enable_boot_option(&self, number: u16, enabled: bool, origin: Origin) -> Result<Change, Refusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin)?;
            let options = &mut machine.boot_order.options;
            let option =
                options.iter_mut().find(|option| option.number == number).ok_or(Refusal::NotFound)?;
            if std::mem::replace(&mut option.enabled, enabled) == enabled {
                return Ok(Change::AlreadySo);
            }
            let detail = format!("boot option {number} {enabled}");
            machine.count(step, origin, MutationKind::Setting, detail);
            machine.touch(Area::System);
            Ok(Change::Made)
        })
    }

    /// Sets what to fetch when booting by HTTP; `None` leaves it to DHCP.
    ///
    /// # Errors
    /// - [`Refusal::BmcDown`].
    pub fn set_http_boot_uri(&self, uri: Option<String>, origin: Origin) -> Result<Change, Refusal> {
        self.act(|machine, step| {
            machine.need_bmc(origin)?;
            if machine.boot_order.http_uri == uri {
                return Ok(Change::AlreadySo);
            }
            let detail = format!("HTTP boot {}", uri.as_deref().unwrap_or("by DHCP"));
            machine.boot_order.http_uri = uri;
            machine.count(step, origin, MutationKind::BootOverride, detail);
            machine.touch(Area::System);
            Ok(Change::Made)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use underlay_rack::{Device, InitialState, Rack};

    use super::*;
    use crate::{
        persona::PersonaSet,
        plant::{
            BiosChange, BiosCommit, BootMode, BootOverride, BootRecord, ClockMode, Persistence, Plant,
            PowerAction,
        },
    };

    fn machine() -> (Plant, Server) {
        let device = Device { name: "node1".to_owned(), state: Some(InitialState::On), ..Device::default() };
        let rack = Rack { seed: 7, devices: vec![device], ..Rack::default() };
        let personas = PersonaSet::embedded().expect("personas read");
        let plant = Plant::new(&rack, &personas, ClockMode::Stepped).expect("plant builds");
        let server = plant.server("node1").expect("node1 exists");
        (plant, server)
    }

    fn boot(plant: &Plant, server: &Server) -> BootRecord {
        server.power(PowerAction::ForceReset, Origin::Test).expect("accepted");
        plant.advance(Duration::from_secs(600));
        *server.snapshot().last_boot().expect("a boot")
    }

    fn of(server: &Server, source: BootSource) -> u16 {
        let view = server.boot_order();
        view.options.iter().find(|option| option.source == source).expect("the option").number
    }

    /// The order with this option at its front.
    fn first(server: &Server, source: BootSource) -> Vec<u16> {
        let number = of(server, source);
        let rest = server.boot_order().order.into_iter().filter(|other| *other != number);
        [number].into_iter().chain(rest).collect()
    }

    #[test]
    fn the_host_follows_the_order_and_the_disk_comes_first_of_itself() {
        let (plant, server) = machine();
        assert_eq!(boot(&plant, &server).source, BootTarget::Disk);
        let order = first(&server, BootSource::Pxe(1));
        server.set_boot_order(order.clone(), false, Origin::Redfish).expect("accepted");
        assert_eq!(server.set_boot_order(order, false, Origin::Redfish), Ok(Change::AlreadySo));
        let record = boot(&plant, &server);
        assert_eq!((record.source, record.option), (BootTarget::Pxe, Some(of(&server, BootSource::Pxe(1)))));
        // What is switched off is passed over, and so is a drive without a medium.
        server.enable_boot_option(of(&server, BootSource::Pxe(1)), false, Origin::Redfish).expect("accepted");
        assert_eq!(boot(&plant, &server).source, BootTarget::Disk);
        let order = first(&server, BootSource::Optical);
        server.set_boot_order(order, false, Origin::Redfish).expect("accepted");
        assert_eq!(boot(&plant, &server).source, BootTarget::Disk);
        assert_eq!(server.counters().of(Origin::Redfish, MutationKind::Setting), 3);
    }

    #[test]
    fn a_staged_order_waits_for_the_self_test() {
        let (plant, server) = machine();
        let order = first(&server, BootSource::Pxe(0));
        server.set_boot_order(order.clone(), true, Origin::Redfish).expect("accepted");
        let seen = server.boot_order();
        assert_ne!(seen.order, order);
        assert_eq!(seen.next(), order);
        assert_eq!(boot(&plant, &server).source, BootTarget::Pxe);
        assert_eq!((server.boot_order().order, server.boot_order().staged), (order, None));
        // Staging what is in force takes back what was staged.
        let now = server.boot_order().order;
        server.set_boot_order(first(&server, BootSource::Drive(0)), true, Origin::Redfish).expect("accepted");
        server.set_boot_order(now, true, Origin::Redfish).expect("accepted");
        assert_eq!(server.boot_order().staged, None);
    }

    #[test]
    fn an_order_of_what_is_not_there_is_refused() {
        let (_, server) = machine();
        let before = server.boot_order();
        for order in [vec![0, 99], vec![0, 1, 0]] {
            assert_eq!(server.set_boot_order(order, false, Origin::Redfish), Err(Refusal::Invalid));
        }
        assert_eq!(server.enable_boot_option(99, false, Origin::Redfish), Err(Refusal::NotFound));
        assert_eq!(server.boot_order(), before);
        assert_eq!(server.counters().mutations(), 0);
    }

    #[test]
    fn an_override_goes_before_the_order_and_takes_its_first_option_of_that_kind() {
        let (plant, server) = machine();
        server.set_boot_order(first(&server, BootSource::Pxe(1)), false, Origin::Redfish).expect("accepted");
        let disk = BootOverride { target: BootTarget::Disk, persistence: Persistence::Once, mode: None };
        server.set_boot_override(Some(disk), None, Origin::Redfish).expect("accepted");
        let record = boot(&plant, &server);
        assert_eq!((record.source, record.option), (BootTarget::Disk, Some(0)));
        assert_eq!(record.mode, BootMode::Uefi);
        assert_eq!(boot(&plant, &server).source, BootTarget::Pxe);
    }

    #[test]
    fn booting_by_http_is_a_setting_of_the_firmware() {
        let (plant, server) = machine();
        server.set_boot_order(first(&server, BootSource::Http(0)), false, Origin::Redfish).expect("accepted");
        assert_eq!(boot(&plant, &server).source, BootTarget::UefiHttp);
        let off = BiosChange {
            values: [("HttpBoot".to_owned(), Some("Disabled".into()))].into(),
            commit: BiosCommit::Reset,
            job: String::new(),
            lenient: false,
            keeps_equal: false,
        };
        server.stage_bios(off, Origin::Redfish).expect("staged");
        assert!(server.boot_order().http);
        assert_eq!(boot(&plant, &server).source, BootTarget::Disk);
        assert!(!server.boot_order().http);
    }
}
