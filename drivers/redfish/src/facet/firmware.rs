//! Firmware: `UpdateService`, its inventory, and three ways to bring an image.

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use underlay_hal::{
    ApplyTime, ComponentId, Credentials, Cx, Device as _, Error, ErrorKind, Firmware, FirmwareComponent,
    FirmwareImage, FirmwareInventory, FirmwareUpdate, Needs, Outcome, Result, Skipped, Staged, UpdateMethod,
    uri::has_userinfo,
};

use super::power::allowable_values;
use crate::{
    device::{RedfishDevice, tolerate},
    error::about_the_values,
    json::{Lenient as _, plain},
    quirks::{Quirk, Quirks},
    resource::Resource,
    transport::{Client, Link, Reply, Request, Upload},
};

/// What was learnt of updates at open.
#[derive(Debug)]
pub(crate) struct UpdateAbility {
    /// What is installed; separate collections for firmware and software.
    inventories: Vec<Link>,
    multipart: Option<Link>,
    plain: Option<Link>,
    simple: Option<Link>,
    /// `TransferProtocol` words of `SimpleUpdate`, where told.
    protocols: Option<Vec<String>>,
    /// Where the targets of a plain push are written before it (`HttpPushUriTargets`).
    service: Link,
    has_push_targets: bool,
    methods: Vec<UpdateMethod>,
    apply_times: Vec<ApplyTime>,
}

const APPLY_TIMES: [(ApplyTime, &str); 2] =
    [(ApplyTime::Immediate, "Immediate"), (ApplyTime::OnReset, "OnReset")];

impl UpdateAbility {
    pub(crate) async fn learn(cx: &Cx, client: &Client, root: &Value) -> Result<Option<Self>> {
        let Ok(link) = client.linked(root, &["UpdateService"]) else { return Ok(None) };
        let Some(service) = tolerate(client.get(cx, &link).await)? else { return Ok(None) };
        let body = &service.body;
        let place = |name: &str| body.text(&[name]).and_then(|text| client.link(&text).ok());
        let action = body.at(&["Actions", "#UpdateService.SimpleUpdate"]);
        let simple = action.text(&["target"]).and_then(|text| client.link(&text).ok());
        let protocols = match simple {
            Some(_) => allowable_values(cx, client, action, "TransferProtocol").await?,
            None => None,
        };
        let (multipart, plain) = (place("MultipartHttpPushUri"), place("HttpPushUri"));
        let mut methods = Vec::new();
        if multipart.is_some() || plain.is_some() {
            methods.push(UpdateMethod::Push);
        }
        if simple.is_some() {
            methods.push(UpdateMethod::Pull);
        }
        // The standard tells apply times at the action that they go with, and at the service for pushes.
        let told: Vec<_> = [body, action]
            .iter()
            .flat_map(|place| place.texts(&["@Redfish.OperationApplyTimeSupport", "SupportedValues"]))
            .collect();
        let apply_times = APPLY_TIMES.iter().filter(|(_, word)| told.iter().any(|value| value == word));
        let apply_times = apply_times.map(|(time, _)| *time).collect();
        let inventories: Vec<_> = ["FirmwareInventory", "SoftwareInventory"]
            .iter()
            .filter_map(|name| client.linked(body, &[name]).ok())
            .collect();
        if inventories.is_empty() && methods.is_empty() {
            return Ok(None);
        }
        let has_push_targets = body.at(&["HttpPushUriTargets"]).is_array();
        Ok(Some(Self {
            inventories,
            multipart,
            plain,
            simple,
            protocols,
            service: link,
            has_push_targets,
            methods,
            apply_times,
        }))
    }
}

/// A component as the service tells of it.
pub(crate) fn component(quirks: Quirks, resource: &Resource) -> FirmwareComponent {
    let body = &resource.body;
    let tail = resource.link.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let id = body.text(&["Id"]).unwrap_or_else(|| tail.to_owned());
    let mut component = FirmwareComponent::new(id.clone().into());
    component.name = body.text(&["Name"]);
    component.version = body.text(&["Version"]).map(|version| match version.split_once('-') {
        Some((product, version)) if quirks.has(Quirk::VersionPrefix) && product.ends_with("Nvl") => {
            version.to_owned()
        }
        _ => version,
    });
    component.updateable = body.truth(&["Updateable"]);
    component.manufacturer = body.text(&["Manufacturer"]);
    component.release_date = body.text(&["ReleaseDate"]).filter(|date| !date.starts_with("00"));
    component.lowest_supported_version = body.text(&["LowestSupportedVersion"]);
    let state = body.text(&["Status", "State"]).unwrap_or_default();
    // Dell lists the image before and the one to come by their ids alone.
    component.standby =
        state.starts_with("Standby") || id.starts_with("Previous-") || id.starts_with("Available-");
    component.health = body.health();
    component
}

/// A boundary that is in none of the parameters; in a file of a random nature it is not, either.
fn boundary(parameters: &str) -> String {
    let mark = underlay_hal::Fingerprint::of(&(parameters, underlay_hal::Timestamp::now().to_string())).0;
    format!("----underlay-{mark}-{mark}")
}

fn word(when: ApplyTime) -> &'static str {
    APPLY_TIMES.iter().find(|(time, _)| *time == when).map_or("Immediate", |(_, word)| word)
}

/// `UpdateParameters` of a multipart push (DSP0266).
fn parameters(targets: &[Link], when: Option<ApplyTime>, oem: bool) -> Value {
    let targets: Vec<_> = targets.iter().map(Link::as_str).collect();
    let mut parameters = json!({ "Targets": targets });
    if let Some(when) = when {
        parameters["@Redfish.OperationApplyTime"] = json!(word(when));
    }
    if oem {
        parameters["Oem"] = json!({});
    }
    parameters
}

/// What goes out with a pull: the address, with its scheme beside it where the service speaks of schemes.
fn simple_body(
    uri: &str,
    credentials: Option<&Credentials>,
    protocols: Option<&[String]>,
    targets: &[Link],
    when: Option<ApplyTime>,
) -> Value {
    let mut body = json!({ "ImageURI": uri });
    let scheme = uri.split_once("://").map(|(scheme, _)| scheme.to_ascii_uppercase());
    if let (Some(scheme), Some(protocols)) = (scheme, protocols)
        && protocols.contains(&scheme)
    {
        body["TransferProtocol"] = json!(scheme);
    }
    if !targets.is_empty() {
        body["Targets"] = json!(targets.iter().map(Link::as_str).collect::<Vec<_>>());
    }
    if let Some(when) = when {
        body["@Redfish.OperationApplyTime"] = json!(word(when));
    }
    if let Some(Credentials::Password { username, password }) = credentials {
        body["Username"] = json!(username);
        body["Password"] = json!(password.expose_secret());
    }
    body
}

impl RedfishDevice {
    fn update_ability(&self, operation: &'static str) -> Result<&UpdateAbility> {
        self.updates.as_ref().ok_or_else(|| Error::unsupported(operation))
    }

    /// Components with their addresses, and what could not be read.
    async fn components(&self, cx: &Cx) -> Result<(Vec<Resource>, Vec<Skipped>)> {
        let ability = self.update_ability("firmware.inventory")?;
        let (mut all, mut skipped) = (Vec::new(), Vec::new());
        for (at, inventory) in ability.inventories.iter().enumerate() {
            let members = match self.client.members(cx, inventory).await {
                Ok(members) => members,
                // The firmware is what is asked for; software beside it is more.
                Err(error) if at == 0 || crate::device::is_fatal(&error) => return Err(error),
                Err(error) => {
                    skipped.push(Skipped { what: inventory.to_string(), why: error.report() });
                    continue;
                }
            };
            for member in members {
                let what = member.link().to_string();
                match self.client.member(cx, member).await {
                    Ok(resource) => all.push(resource),
                    Err(error) if crate::device::is_fatal(&error) => return Err(error),
                    Err(error) => skipped.push(Skipped { what: plain(&what, 256), why: error.report() }),
                }
            }
        }
        Ok((all, skipped))
    }

    async fn targets(&self, cx: &Cx, wanted: &[ComponentId]) -> Result<Vec<Link>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let (all, _) = self.components(cx).await?;
        let find = |id: &ComponentId| {
            let found = all.iter().find(|resource| component(self.quirks, resource).id == *id);
            found.map(|resource| resource.link.clone()).ok_or_else(|| {
                Error::new(ErrorKind::NotFound, format!("there is no firmware component {id}"))
            })
        };
        wanted.iter().map(find).collect()
    }

    async fn start_update(&self, cx: &Cx, update: &FirmwareUpdate) -> Result<Outcome<Staged>> {
        const UPDATE: &str = "firmware.update";
        let ability = self.update_ability(UPDATE)?;
        let method = update.image.method();
        let unlisted = update.when.is_some_and(|when| !ability.apply_times.contains(&when));
        if !ability.methods.contains(&method) || unlisted {
            return Err(Error::unsupported(UPDATE));
        }
        let reply = match &update.image {
            FirmwareImage::File(path) => {
                // Looked for before anything is asked of the device.
                let file = Upload::plain(path).await?;
                let targets = self.targets(cx, &update.targets).await?;
                self.push(cx, ability, path, file, &targets, update.when).await
            }
            FirmwareImage::Uri { uri, credentials } => {
                if has_userinfo(uri) {
                    let message =
                        "the address holds credentials; give them apart, where they are kept out of logs";
                    return Err(Error::new(ErrorKind::InvalidInput, message));
                }
                let target = ability.simple.as_ref().ok_or_else(|| Error::unsupported(UPDATE))?;
                let targets = self.targets(cx, &update.targets).await?;
                let protocols = ability.protocols.as_deref();
                let body = simple_body(uri, credentials.as_ref(), protocols, &targets, update.when);
                let secrets: Vec<&SecretString> = match credentials {
                    Some(Credentials::Password { password, .. }) => vec![password],
                    _ => Vec::new(),
                };
                self.client.post_secret(cx, target, &body, &secrets).await
            }
            _ => return Err(Error::unsupported(UPDATE)),
        };
        let reply = reply.map_err(about_the_values)?;
        let on_reset = update.when == Some(ApplyTime::OnReset);
        let needs = if on_reset { Needs::HostPowerCycle } else { Needs::Nothing };
        Ok(self.staged(cx, &reply, UPDATE, needs).await)
    }

    async fn push(
        &self,
        cx: &Cx,
        ability: &UpdateAbility,
        path: &std::path::Path,
        file: Upload,
        targets: &[Link],
        when: Option<ApplyTime>,
    ) -> Result<Reply> {
        if let Some(multipart) = &ability.multipart {
            let oem = self.quirks.has(Quirk::UpdateNeedsOem);
            let parameters = parameters(targets, when, oem).to_string();
            let upload = Upload::multipart(path, &parameters, &boundary(&parameters)).await?;
            let quirk = oem.then_some(Quirk::UpdateNeedsOem);
            let request = Request::upload(multipart, &upload).shaped_by(quirk);
            return self.client.send(cx, &request).await;
        }
        let plain = ability.plain.as_ref().ok_or_else(|| Error::unsupported("firmware.update"))?;
        if when.is_some() {
            return Err(Error::unsupported("firmware.update"));
        }
        // The plain push says nothing of targets; the service may have a place to tell them before (DSP0268).
        if !targets.is_empty() {
            if !ability.has_push_targets {
                let message =
                    "this device takes a pushed image for the component it names itself; give no target";
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            let service = self.client.get(cx, &ability.service).await?;
            let links: Vec<_> = targets.iter().map(Link::as_str).collect();
            self.client.patch(cx, &service, &json!({ "HttpPushUriTargets": links }), &[]).await?;
        }
        self.client.send(cx, &Request::upload(plain, &file)).await
    }
}

#[async_trait]
impl Firmware for RedfishDevice {
    async fn inventory(&self, cx: &Cx) -> Result<FirmwareInventory> {
        let (all, skipped) = self.named("firmware.inventory", self.components(cx).await)?;
        let mut inventory = FirmwareInventory::default();
        inventory.components = all.iter().map(|resource| component(self.quirks, resource)).collect();
        inventory.skipped = skipped;
        Ok(inventory)
    }

    fn methods(&self) -> &[UpdateMethod] {
        self.updates.as_ref().map_or(&[], |ability| &ability.methods)
    }

    fn apply_times(&self) -> &[ApplyTime] {
        self.updates.as_ref().map_or(&[], |ability| &ability.apply_times)
    }

    async fn update(&self, cx: &Cx, update: &FirmwareUpdate) -> Result<Outcome<Staged>> {
        tracing::info!(device = %self.info().id, image = %update.image.describe(), "firmware update");
        self.named("firmware.update", self.start_update(cx, update).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_hold_what_was_asked_for_and_what_the_service_demands() {
        let bmc = Link::root();
        let asked = parameters(&[bmc], Some(ApplyTime::OnReset), true);
        assert_eq!(asked["Targets"], json!(["/redfish/v1/"]));
        assert_eq!((&asked["@Redfish.OperationApplyTime"], &asked["Oem"]), (&json!("OnReset"), &json!({})));
        assert_eq!(parameters(&[], None, false), json!({"Targets": []}));
    }

    #[test]
    fn a_scheme_is_told_only_where_the_service_lists_it() {
        let with = |protocols: Option<&[String]>| simple_body("https://f/a.bin", None, protocols, &[], None);
        assert_eq!(with(None), json!({"ImageURI": "https://f/a.bin"}));
        assert_eq!(with(Some(&["HTTPS".to_owned()]))["TransferProtocol"], "HTTPS");
        assert!(with(Some(&["NFS".to_owned()])).get("TransferProtocol").is_none());
    }

    #[test]
    fn images_in_waiting_are_standby_and_zero_dates_are_none() {
        let of =
            |body: Value| component(Quirks::default(), &Resource { link: Link::root(), etag: None, body });
        assert!(of(json!({"Id": "Previous-159-1.2.4__BIOS.Setup.1-1"})).standby);
        assert!(of(json!({"Id": "BMC2", "Status": {"State": "StandbySpare"}})).standby);
        let installed = of(json!({"Id": "BMC", "ReleaseDate": "00:00:00Z", "Version": "7.0"}));
        assert!(!installed.standby && installed.release_date.is_none());
    }

    #[test]
    fn the_product_before_a_version_is_left_off_where_it_is_a_habit() {
        let body = json!({"Id": "bmc", "Version": "GB200Nvl-24.10-9"});
        let resource = Resource { link: Link::root(), etag: None, body };
        let version = |quirks: &[Quirk]| component(Quirks::only(quirks), &resource).version;
        assert_eq!(version(&[Quirk::VersionPrefix]).as_deref(), Some("24.10-9"));
        assert_eq!(version(&[]).as_deref(), Some("GB200Nvl-24.10-9"));
        let bare = Resource { body: json!({"Id": "bmc", "Version": "24.10-9"}), ..resource.clone() };
        let bare = component(Quirks::only(&[Quirk::VersionPrefix]), &bare).version;
        assert_eq!(bare.as_deref(), Some("24.10-9"));
    }

    #[test]
    fn boundaries_are_not_in_what_they_bound() {
        let text = parameters(&[], None, true).to_string();
        assert!(!text.contains(&boundary(&text)) && boundary(&text).len() <= 70);
    }
}
