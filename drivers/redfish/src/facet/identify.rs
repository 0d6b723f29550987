//! The identify light: `LocationIndicatorActive`, or `IndicatorLED` where only that is served.

use async_trait::async_trait;
use serde_json::{Value, json};
use underlay_hal::{Change, Cx, Effect, Error, ErrorKind, Identify, Outcome, Result};

use crate::{device::RedfishDevice, json::Lenient as _, transport::Link};

const NEW: &str = "LocationIndicatorActive";
const OLD: &str = "IndicatorLED";

/// Is it lit, as this resource tells?
pub(crate) fn is_lit(body: &Value) -> Option<bool> {
    body.truth(&[NEW]).or_else(|| match body.text(&[OLD]).as_deref() {
        Some("Lit" | "Blinking") => Some(true),
        Some("Off") => Some(false),
        _ => None,
    })
}

/// Does this resource have the light?
pub(crate) fn is_offered(body: &Value) -> bool {
    body.at(&[NEW]).is_boolean() || body.at(&[OLD]).is_string()
}

fn request(body: &Value, lit: bool) -> Value {
    if body.at(&[NEW]).is_boolean() {
        json!({ NEW: lit })
    } else {
        // Lit is what people see from far; some services know only blinking.
        let words = body.texts(&["IndicatorLED@Redfish.AllowableValues"]);
        let on = if words.is_empty() || words.iter().any(|word| word == "Lit") { "Lit" } else { "Blinking" };
        json!({ OLD: if lit { on } else { "Off" } })
    }
}

impl RedfishDevice {
    fn light(&self, operation: &'static str) -> Result<&Link> {
        self.light.as_ref().ok_or_else(|| Error::unsupported(operation))
    }

    async fn set_light(&self, cx: &Cx, lit: bool) -> Result<Outcome<Change>> {
        const SET: &str = "identify.set";
        let link = self.light(SET)?;
        let now = self.client.get(cx, link).await?;
        if is_lit(&now.body) == Some(lit) {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        let mut sent = self.client.patch(cx, &now, &request(&now.body, lit), &[]).await;
        // Some services know only blinking, and say so no other way.
        if lit
            && now.body.at(&[OLD]).is_string()
            && matches!(&sent, Err(error) if error.effect() == Effect::None)
        {
            sent = self.client.patch(cx, &now, &json!({ OLD: "Blinking" }), &[]).await;
        }
        let lost = match sent {
            Ok(_) => None,
            Err(error) if error.effect() == Effect::None => return Err(error),
            Err(error) => Some(error),
        };
        match (self.client.get(cx, link).await, lost) {
            (Ok(seen), _) if is_lit(&seen.body) == Some(lit) => Ok(Outcome::Done(Change::Made)),
            (_, Some(lost)) => Err(lost),
            (Ok(_), None) => {
                let message = "the service accepted the light and shows it as it was";
                Err(Error::new(ErrorKind::DeviceFault, message).with_effect(Effect::Applied))
            }
            (Err(error), None) => Err(error.with_effect(Effect::Applied)),
        }
    }
}

#[async_trait]
impl Identify for RedfishDevice {
    async fn is_lit(&self, cx: &Cx) -> Result<Option<bool>> {
        const READ: &str = "identify.is_lit";
        let link = self.named(READ, self.light(READ))?;
        Ok(is_lit(&self.named(READ, self.client.get(cx, link).await)?.body))
    }

    async fn set(&self, cx: &Cx, lit: bool) -> Result<Outcome<Change>> {
        self.named("identify.set", self.set_light(cx, lit).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_generations_of_the_property_are_read_and_written() {
        let (new, old) = (json!({NEW: false}), json!({OLD: "Blinking"}));
        assert_eq!(
            (is_lit(&new), is_lit(&old), is_lit(&json!({OLD: "Unknown"}))),
            (Some(false), Some(true), None)
        );
        assert_eq!(request(&new, true), json!({NEW: true}));
        assert_eq!(request(&old, false), json!({OLD: "Off"}));
        let only_blinking = json!({OLD: "Off", "IndicatorLED@Redfish.AllowableValues": ["Blinking", "Off"]});
        assert_eq!(request(&only_blinking, true), json!({OLD: "Blinking"}));
        assert!(!is_offered(&json!({OLD: null})));
    }
}
