//! A switch that is open.

use async_trait::async_trait;
use tokio::sync::{Mutex, MutexGuard};
use underlay_hal::{
    Cx, Device, DeviceId, DeviceInfo, Effect, Error, ErrorKind, MacEntry, Oem, PoePort, PortId, PortMode,
    PortNeighbor, Result, Support, Switch, SwitchAbilities, SwitchConfig, SwitchConfigAbilities, SwitchFacts,
    SwitchPort, Vlan,
};
use underlay_switch_cli::{Mode, Style, parse};

use crate::{
    conversation::Conversation,
    settings::Settings,
    transport::{Login, connect},
};

/// One switch by its command line.
#[derive(Debug)]
pub(crate) struct SwitchDevice {
    info: DeviceInfo,
    oem: Oem,
    pub(crate) id: DeviceId,
    host: String,
    port: u16,
    login: Login,
    pub(crate) settings: Settings,
    pub(crate) abilities: SwitchConfigAbilities,
    looks: SwitchAbilities,
    facts: SwitchFacts,
    /// The one login; absent while none is open.
    talk: Mutex<Option<Conversation>>,
}

/// The one login, while it is used. Whoever fails in the middle leaves none behind: what is on its screen, and which mode
/// it is in, nobody knows then.
pub(crate) struct Talk<'d> {
    guard: MutexGuard<'d, Option<Conversation>>,
    done: bool,
}

impl Drop for Talk<'_> {
    fn drop(&mut self) {
        if !self.done {
            *self.guard = None;
        }
    }
}

impl Talk<'_> {
    /// The conversation.
    pub(crate) fn with(&mut self) -> Result<&mut Conversation> {
        self.guard.as_mut().ok_or_else(|| Error::unsupported("switch"))
    }

    /// It is where it was before.
    pub(crate) fn done(mut self) {
        self.done = true;
    }
}

impl SwitchDevice {
    pub(crate) async fn open(
        cx: &Cx,
        id: DeviceId,
        host: String,
        port: u16,
        login: Login,
        settings: Settings,
    ) -> Result<Self> {
        let mut this = Self {
            info: DeviceInfo::new(id.clone(), "ssh"),
            oem: Oem::default(),
            id,
            host,
            port,
            login,
            settings,
            abilities: SwitchConfigAbilities::NONE,
            looks: SwitchAbilities::NONE,
            facts: SwitchFacts::default(),
            talk: Mutex::default(),
        };
        let platform = this.settings.platform;
        let mut talk = this.talk(cx).await?;
        let mut printed = talk.with()?.look(cx, platform.version).await?;
        if let Some(line) = platform.hardware {
            printed.push('\n');
            printed.push_str(&talk.with()?.look(cx, line).await?);
        }
        let archive = match &platform.revert {
            Some(revert) => {
                let said = talk.with()?.say(cx, revert.archive).await?;
                platform.refusal(&said).is_none() && !said.to_ascii_lowercase().contains(revert.no_archive)
            }
            None => false,
        };
        let name = talk.with()?.name().to_owned();
        talk.done();
        // Some prompts begin with who has logged in.
        let name = name.rsplit('@').next().unwrap_or(&name).to_owned();
        this.facts.host_name = Some(name).filter(|name| !name.is_empty());
        let version = parse::version(&printed);
        this.facts.vendor = platform.title.split_whitespace().next().map(str::to_owned);
        this.facts.model.clone_from(&version.model);
        this.facts.serial_number.clone_from(&version.serial);
        this.facts.software_version.clone_from(&version.software);
        this.info.vendor.clone_from(&this.facts.vendor);
        this.info.model = version.model;
        this.info.serial_number = version.serial;
        this.info.firmware_version = version.software;
        this.looks.vlans = Some(Support::Native);
        this.looks.macs = Some(Support::Native);
        this.looks.neighbors = Some(Support::Native);
        this.looks.lags = Some(Support::Native);
        let native = Some(Support::Native);
        this.abilities.vlans = native;
        this.abilities.ports = native;
        this.abilities.lags = native;
        this.abilities.save = native;
        if platform.commits.is_some() {
            // Groups are not changed there.
            (this.abilities.transaction, this.abilities.confirm, this.abilities.lags) =
                (native, native, None);
        } else if platform.sessions.is_some() {
            (this.abilities.transaction, this.abilities.confirm) = (native, native);
        } else if archive {
            // The timer is the switch's own; that all of a plan is undone with it is this driver's doing.
            (this.abilities.transaction, this.abilities.confirm) = (Some(Support::Emulated), native);
        } else if platform.checkpoint.is_some() {
            this.abilities.transaction = Some(Support::Emulated);
        }
        Ok(this)
    }

    /// The login, opened if there is none.
    pub(crate) async fn talk(&self, cx: &Cx) -> Result<Talk<'_>> {
        let turn = cx.run(self.talk.lock()).await;
        let mut guard = turn.map_err(|interrupted| interrupted.into_error(Effect::None))?;
        if guard.is_none() {
            let transport = connect(cx, &self.host, self.port, &self.login, &self.settings).await?;
            let secret = self.login.password.clone();
            let talk = Conversation::open(cx, transport, self.settings.platform, secret).await;
            *guard = Some(talk.map_err(|error| error.with_effect(Effect::None))?);
        }
        Ok(Talk { guard, done: false })
    }

    pub(crate) fn named<T>(&self, operation: &'static str, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.during(operation).on(&self.id))
    }

    /// What a line that only looks prints; once more on a new login, if the old one was cut meanwhile.
    pub(crate) async fn ask(&self, cx: &Cx, line: &str) -> Result<String> {
        let asked = async || {
            let mut talk = self.talk(cx).await?;
            let conversation = talk.with()?;
            debug_assert_ne!(
                conversation.mode(),
                Mode::Config,
                "a look is made outside of the configuration"
            );
            let printed = conversation.look(cx, line).await;
            if printed.as_ref().err().is_none_or(|error| error.kind() == ErrorKind::InvalidInput) {
                talk.done();
            }
            printed.map_err(|error| error.with_effect(Effect::None))
        };
        match asked().await {
            Err(error) if error.kind() == ErrorKind::Unreachable && cx.check().is_ok() => asked().await,
            printed => printed,
        }
    }

    /// A line that changes something, sent once.
    pub(crate) async fn tell(&self, cx: &Cx, line: &str) -> Result<()> {
        let mut talk = self.talk(cx).await?;
        let told = talk.with()?.command(cx, line).await;
        let refused = |error: &Error| error.kind() == ErrorKind::InvalidInput;
        if told.as_ref().err().is_none_or(refused) {
            talk.done();
        }
        told.map(drop).map_err(|error| {
            let effect = if refused(&error) { Effect::None } else { Effect::Unknown };
            error.with_effect(effect)
        })
    }

    pub(crate) async fn configuration(&self, cx: &Cx) -> Result<underlay_hal::SwitchConfiguration> {
        let platform = self.settings.platform;
        Ok(parse::running(platform, &self.ask(cx, platform.running).await?))
    }
}

#[async_trait]
impl Device for SwitchDevice {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn oem(&self) -> &Oem {
        &self.oem
    }

    fn switch(&self) -> Option<&dyn Switch> {
        Some(self)
    }

    fn switch_config(&self) -> Option<&dyn SwitchConfig> {
        Some(self)
    }

    async fn close(&self, cx: &Cx) -> Result<()> {
        let turn = cx.run(self.talk.lock()).await;
        let mut guard = turn.map_err(|interrupted| interrupted.into_error(Effect::None))?;
        if let Some(talk) = guard.take() {
            let _ = cx.run(talk.close()).await;
        }
        Ok(())
    }
}

#[async_trait]
impl Switch for SwitchDevice {
    fn abilities(&self) -> &SwitchAbilities {
        &self.looks
    }

    async fn facts(&self, _: &Cx) -> Result<SwitchFacts> {
        Ok(self.facts.clone())
    }

    async fn ports(&self, cx: &Cx) -> Result<Vec<SwitchPort>> {
        let read = async {
            let platform = self.settings.platform;
            let rows = parse::status(platform, &self.ask(cx, platform.status).await?);
            let configured = self.configuration(cx).await?;
            let port = |row: &parse::Status| {
                let config = configured.ports.get(&row.port);
                let enabled = config.map_or(!row.is_disabled(), |config| config.enabled);
                let mut port = SwitchPort::new(row.port.clone(), enabled, row.status());
                port.description =
                    config.and_then(|config| config.description.clone()).or_else(|| row.name.clone());
                port.speed_mbps = row.speed_mbps.filter(|_| row.status() == underlay_hal::PortStatus::Up);
                port.mtu = config.and_then(|config| config.mtu);
                port.lag = config
                    .and_then(|config| config.lag)
                    .map(|lag| PortId::from(format!("{}{}", platform.group, lag.group)));
                port
            };
            Ok(rows.iter().map(port).collect())
        };
        self.named("switch.ports", read.await)
    }

    async fn vlans(&self, cx: &Cx) -> Result<Vec<Vlan>> {
        let configured = self.named("switch.vlans", self.configuration(cx).await)?;
        let vlan = |(id, name): (&u16, &Option<String>)| {
            let mut vlan = Vlan::new(*id);
            vlan.name.clone_from(name);
            for (port, config) in &configured.ports {
                match &config.mode {
                    Some(PortMode::Access { vlan: access }) if access == id => {
                        vlan.untagged.push(port.clone());
                    }
                    Some(PortMode::Trunk { native, allowed }) if allowed.contains(*id) => {
                        let list = if *native == Some(*id) { &mut vlan.untagged } else { &mut vlan.tagged };
                        list.push(port.clone());
                    }
                    _ => {}
                }
            }
            vlan
        };
        Ok(configured.vlans.iter().map(vlan).collect())
    }

    async fn neighbors(&self, cx: &Cx) -> Result<Vec<PortNeighbor>> {
        let read = async {
            let platform = self.settings.platform;
            let printed = self.ask(cx, platform.neighbors).await?;
            if printed.to_ascii_lowercase().contains("lldp is not enabled") {
                let message = "LLDP is off on this switch; turn it on to see who is at its ports";
                return Err(Error::new(ErrorKind::PreconditionFailed, message));
            }
            Ok(parse::neighbors(platform, &printed))
        };
        self.named("switch.neighbors", read.await)
    }

    async fn macs(&self, cx: &Cx) -> Result<Vec<MacEntry>> {
        let platform = self.settings.platform;
        let printed = self.named("switch.macs", self.ask(cx, platform.macs).await)?;
        let entry =
            |row: parse::Address| MacEntry { mac: row.mac, vlan: row.vlan, port: row.port, kind: row.kind };
        let rows = if platform.style == Style::Statements {
            let vlans = self.named("switch.macs", self.configuration(cx).await)?.vlans;
            parse::macs_by_name(platform, &printed, &vlans)
        } else {
            parse::macs(platform, &printed)
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    async fn poe(&self, _: &Cx) -> Result<Vec<PoePort>> {
        self.named("switch.poe", Err(Error::unsupported("switch.poe")))
    }
}
