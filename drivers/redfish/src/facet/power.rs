//! Host power: `ComputerSystem.Reset` and what the system tells of its boot.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use underlay_hal::{
    BootMark, BootStage, BootStatus, Change, Cx, Effect, Error, ErrorKind, Outcome, Power, PowerAction,
    PowerState, Result,
};

use crate::{
    device::{RedfishDevice, tolerate},
    json::Lenient as _,
    quirks::Quirk,
    resource::Resource,
    transport::{Client, Link, Reply},
};

/// How long a power action is sent again that the service was not ready for, and the longest pause between two.
const UNSETTLED: Duration = Duration::from_secs(75);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The reset action: where it is, and which words it takes.
#[derive(Debug)]
pub(crate) struct PowerAbility {
    target: Link,
    actions: Vec<PowerAction>,
    words: Vec<(PowerAction, String)>,
}

/// The `ResetType` values for each action, the preferred first (DSP2046 `ResetType`).
const WORDS: [(PowerAction, &[&str]); 7] = [
    (PowerAction::On, &["On", "ForceOn"]),
    (PowerAction::ForceOff, &["ForceOff"]),
    (PowerAction::GracefulOff, &["GracefulShutdown"]),
    (PowerAction::ForceReset, &["ForceRestart"]),
    (PowerAction::GracefulReset, &["GracefulRestart"]),
    (PowerAction::Cycle, &["PowerCycle", "FullPowerCycle"]),
    (PowerAction::Nmi, &["Nmi"]),
];

/// What an action takes for a parameter: inline, or by its `ActionInfo`. Nothing told gives nothing.
pub(crate) async fn allowable_values(
    cx: &Cx,
    client: &Client,
    action: &Value,
    parameter: &str,
) -> Result<Option<Vec<String>>> {
    let inline = action.texts(&[&format!("{parameter}@Redfish.AllowableValues")]);
    if !inline.is_empty() {
        return Ok(Some(inline));
    }
    let Ok(link) =
        client.linked(&json!({ "info": { "@odata.id": action.at(&["@Redfish.ActionInfo"]) } }), &["info"])
    else {
        return Ok(None);
    };
    let Some(info) = tolerate(client.get(cx, &link).await)? else { return Ok(None) };
    let values = info
        .body
        .list(&["Parameters"])
        .iter()
        .find(|candidate| candidate.text(&["Name"]).as_deref() == Some(parameter))
        .map(|found| found.texts(&["AllowableValues"]));
    Ok(values.filter(|values| !values.is_empty()))
}

impl PowerAbility {
    pub(crate) async fn learn(cx: &Cx, client: &Client, system: &Resource) -> Result<Option<Self>> {
        let action = system.body.at(&["Actions", "#ComputerSystem.Reset"]);
        let Some(target) = action.text(&["target"]).and_then(|text| client.link(&text).ok()) else {
            return Ok(None);
        };
        // A service that does not tell gets what every service known takes.
        let allowed = allowable_values(cx, client, action, "ResetType").await?.unwrap_or_else(|| {
            ["On", "ForceOff", "GracefulShutdown", "ForceRestart"].map(str::to_owned).to_vec()
        });
        let words: Vec<_> = WORDS
            .iter()
            .filter_map(|(action, words)| {
                let word = words.iter().find(|word| allowed.iter().any(|value| value == *word))?;
                Some((*action, (*word).to_owned()))
            })
            .collect();
        let actions = words.iter().map(|(action, _)| *action).collect();
        Ok(Some(Self { target, actions, words }))
    }

    /// Leaves out an action that does harm on this machine.
    pub(crate) fn without(mut self, action: PowerAction) -> Self {
        self.actions.retain(|known| *known != action);
        self.words.retain(|(known, _)| *known != action);
        self
    }

    /// Where an action goes, and by which word; nothing if it is not listed.
    pub(crate) fn request(&self, action: PowerAction) -> Option<(&Link, &str)> {
        let (_, word) = self.words.iter().find(|(known, _)| *known == action)?;
        Some((&self.target, word))
    }
}

pub(crate) fn power_state(system: &Value) -> PowerState {
    match system.text(&["PowerState"]).as_deref() {
        Some("On") => PowerState::On,
        Some("Off") => PowerState::Off,
        Some("PoweringOn") => PowerState::PoweringOn,
        Some("PoweringOff") => PowerState::PoweringOff,
        _ => PowerState::Unknown,
    }
}

impl RedfishDevice {
    fn boot_stage(&self, system: &Value) -> BootStage {
        if power_state(system) == PowerState::Off {
            return BootStage::Off;
        }
        // DSP2046 `BootProgress.LastState`; "None" while on means that the boot has not begun to report.
        match system.text(&["BootProgress", "LastState"]).as_deref() {
            Some("OSRunning" | "OSBootStarted" | "SetupEntered") => return BootStage::Booted,
            Some(
                "PrimaryProcessorInitializationStarted"
                | "BusInitializationStarted"
                | "MemoryInitializationStarted"
                | "SecondaryProcessorInitializationStarted"
                | "PCIResourceConfigStarted"
                | "SystemHardwareInitializationComplete",
            ) => return BootStage::Post,
            _ => {}
        }
        if let Some((path, in_test, past_it)) = self.quirks.boot_progress_outside_the_standard()
            && let Some(word) = system.text(path)
        {
            if in_test.contains(&word.as_str()) {
                return BootStage::Post;
            }
            if past_it.contains(&word.as_str()) {
                return BootStage::Booted;
            }
        }
        BootStage::Unknown
    }

    /// Sends a reset, and again while the service says that the last one has not settled: a refusal that the same words
    /// do not get a while later (Q5b). Any other refusal is told at once.
    pub(super) async fn post_reset(&self, cx: &Cx, target: &Link, word: &str) -> Result<Reply> {
        let mut pause = Duration::from_secs(1);
        let mut waited = Duration::ZERO;
        loop {
            let error = match self.client.post(cx, target, &json!({ "ResetType": word })).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            let soon = error.kind() == ErrorKind::Busy
                && error.effect() == Effect::None
                && error.vendor_code() == Some("ActionParameterValueConflict");
            let in_time = cx.remaining().is_none_or(|left| left > pause);
            if !soon || waited >= UNSETTLED || !in_time {
                return Err(error);
            }
            tracing::debug!("{}; again in {pause:?}", error.report());
            cx.sleep(pause).await.map_err(|over| over.into_error(Effect::None))?;
            waited += pause;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Reads the state after an answer that left the effect open.
    async fn settled(&self, cx: &Cx, system: &Link, goal: Option<PowerState>) -> bool {
        match (goal, self.client.get(cx, system).await) {
            (Some(goal), Ok(system)) => {
                let now = power_state(&system.body);
                let on_the_way = matches!(
                    (goal, now),
                    (PowerState::On, PowerState::PoweringOn) | (PowerState::Off, PowerState::PoweringOff)
                );
                now == goal || on_the_way
            }
            _ => false,
        }
    }

    /// What a power action did to a system, from its answer and, where that leaves it open, from looking.
    pub(super) async fn settle_power(
        &self,
        cx: &Cx,
        system: &Link,
        action: PowerAction,
        sent: Result<Reply>,
        operation: &'static str,
    ) -> Result<Outcome<Change>> {
        let error = match sent {
            Ok(reply) => return Ok(self.outcome(cx, &reply, operation).await),
            Err(error) => error,
        };
        // Both questions are answered by looking, never by sending again.
        let may_be_so = error.kind() == ErrorKind::AlreadyInState
            || (error.kind() == ErrorKind::Conflict && self.quirks.has(Quirk::ConflictIsAlreadySo));
        if may_be_so && self.settled(cx, system, action.goal()).await {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        if error.effect() != Effect::None && self.settled(cx, system, action.goal()).await {
            return Ok(Outcome::Done(Change::Made));
        }
        Err(error)
    }
}

#[async_trait]
impl Power for RedfishDevice {
    fn actions(&self) -> &[PowerAction] {
        self.power.as_ref().map_or(&[], |power| &power.actions)
    }

    async fn state(&self, cx: &Cx) -> Result<PowerState> {
        Ok(power_state(&self.read_system(cx, "power.state").await?.body))
    }

    async fn set(&self, cx: &Cx, action: PowerAction) -> Result<Outcome<Change>> {
        const SET: &str = "power.set";
        let ability = self.named(SET, self.power.as_ref().ok_or_else(|| Error::unsupported(SET)))?;
        let (target, word) =
            self.named(SET, ability.request(action).ok_or_else(|| Error::unsupported(SET)))?;
        if let Some(goal) = action.goal()
            && power_state(&self.read_system(cx, SET).await?.body) == goal
        {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        let sent = self.post_reset(cx, target, word).await;
        self.named(SET, self.settle_power(cx, &self.system, action, sent, SET).await)
    }

    async fn boot_status(&self, cx: &Cx) -> Result<BootStatus> {
        let system = self.read_system(cx, "power.boot_status").await?;
        let mark = system.body.time(&["LastResetTime"]).map(|time| BootMark(time.to_string()));
        Ok(BootStatus { stage: self.boot_stage(&system.body), mark })
    }
}
