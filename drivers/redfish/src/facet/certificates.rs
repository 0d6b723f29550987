//! The certificates of the web service: `CertificateService` and what lies under `HTTPS`.

use async_trait::async_trait;
use serde_json::{Value, json};
use underlay_hal::{
    CertificateInfo, Certificates, Change, Csr, CsrRequest, Cx, Error, ErrorKind, Needs, Outcome, Result,
    Staged,
};

use crate::{
    accepted::wants_restart,
    device::{RedfishDevice, tolerate},
    error::about_the_values,
    json::Lenient as _,
    resource::Resource,
    transport::{Client, Link},
};

/// What was learnt of the certificates at open.
#[derive(Debug)]
pub(crate) struct CertificateAbility {
    /// The certificates of the web service.
    collection: Link,
    generate: Option<Link>,
    replace: Option<Link>,
}

impl CertificateAbility {
    /// Looks for the service below the root, and for the collection below the manager's HTTPS.
    pub(crate) async fn learn(
        cx: &Cx,
        client: &Client,
        root: &Value,
        protocols: Option<&Value>,
    ) -> Result<Option<Self>> {
        let Some(protocols) = protocols else { return Ok(None) };
        let Ok(collection) = client.linked(protocols, &["HTTPS", "Certificates"]) else { return Ok(None) };
        let service = match client.linked(root, &["CertificateService"]) {
            Ok(link) => tolerate(client.get(cx, &link).await)?.map(|service| service.body),
            Err(_) => None,
        };
        let target = |name: &str| {
            let text = service.as_ref()?.text(&["Actions", name, "target"])?;
            client.link(&text).ok()
        };
        let generate = target("#CertificateService.GenerateCSR");
        let replace = target("#CertificateService.ReplaceCertificate");
        Ok(Some(Self { collection, generate, replace }))
    }
}

/// A certificate as the service tells of it.
pub(crate) fn certificate(resource: &Resource) -> CertificateInfo {
    let body = &resource.body;
    let name = |of: &str| body.text(&[of, "CommonName"]).or_else(|| body.text(&[of, "DisplayString"]));
    let mut info = CertificateInfo::default();
    let tail = resource.link.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    info.id = body.text(&["Id"]).unwrap_or_else(|| tail.to_owned());
    info.subject = name("Subject");
    info.issuer = name("Issuer");
    info.not_before = body.time(&["ValidNotBefore"]);
    info.not_after = body.time(&["ValidNotAfter"]);
    info.fingerprint = body.text(&["Fingerprint"]);
    // Not `text`, which is for one line: PEM has many.
    let pem =
        body.at(&["CertificateString"]).as_str().filter(|text| text.contains("-----BEGIN CERTIFICATE-----"));
    let printable = |c: &char| !c.is_control() || matches!(c, '\n' | '\r');
    info.pem = pem.map(|text| text.chars().filter(printable).take(64 << 10).collect());
    info
}

fn csr_body(request: &CsrRequest, collection: &Link) -> Value {
    let mut body = json!({
        "CertificateCollection": { "@odata.id": collection.as_str() },
        "CommonName": request.common_name,
        "Organization": request.organization,
        "OrganizationalUnit": request.organizational_unit,
        "City": request.city,
        "State": request.state,
        "Country": request.country,
    });
    if !request.alternative_names.is_empty() {
        body["AlternativeNames"] = json!(request.alternative_names);
    }
    if let Some(algorithm) = &request.key_algorithm {
        body["KeyPairAlgorithm"] = json!(algorithm);
    }
    if let Some(bits) = request.key_bits {
        body["KeyBitLength"] = json!(bits);
    }
    body
}

impl RedfishDevice {
    fn certificate_ability(&self, operation: &'static str) -> Result<&CertificateAbility> {
        self.certificates.as_ref().ok_or_else(|| Error::unsupported(operation))
    }

    async fn sign_request(&self, cx: &Cx, request: &CsrRequest) -> Result<Outcome<Csr>> {
        const GENERATE: &str = "certificates.generate_csr";
        let ability = self.certificate_ability(GENERATE)?;
        let target = ability.generate.as_ref().ok_or_else(|| Error::unsupported(GENERATE))?;
        let reply = self.client.post(cx, target, &csr_body(request, &ability.collection)).await?;
        if let Some(task) = self.task(cx, &reply, GENERATE, false).await {
            return Ok(Outcome::Running(task));
        }
        let body = reply.json(target)?;
        let pem = body.at(&["CSRString"]).as_str().filter(|text| text.contains("CERTIFICATE REQUEST"));
        let pem = pem.ok_or_else(|| {
            Error::new(ErrorKind::Protocol, "the service made a request for signing and gave none")
                .with_effect(underlay_hal::Effect::Applied)
        })?;
        Ok(Outcome::Done(Csr { pem: pem.chars().take(64 << 10).collect() }))
    }

    async fn install_certificate(&self, cx: &Cx, id: Option<String>, pem: &str) -> Result<Outcome<Staged>> {
        const INSTALL: &str = "certificates.install";
        let ability = self.certificate_ability(INSTALL)?;
        let list = self.resources_of(cx, &ability.collection).await?;
        let place = match (&id, list.as_slice()) {
            (Some(id), list) => list
                .iter()
                .find(|one| certificate(one).id == *id)
                .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no certificate {id:?}")))?,
            (None, [only]) => only,
            (None, []) => return Err(Error::new(ErrorKind::NotFound, "there is no certificate to replace")),
            (None, several) => {
                let known: Vec<_> = several.iter().map(|one| certificate(one).id).collect();
                let message = format!("which certificate? there are {}", known.join(", "));
                return Err(Error::new(ErrorKind::Conflict, message));
            }
        };
        let target = ability.replace.as_ref().ok_or_else(|| Error::unsupported(INSTALL))?;
        let body = json!({
            "CertificateString": pem,
            "CertificateType": if pem.matches("-----BEGIN CERTIFICATE-----").count() > 1 { "PEMchain" } else { "PEM" },
            "CertificateUri": { "@odata.id": place.link.as_str() },
        });
        let reply = self.client.post(cx, target, &body).await.map_err(about_the_values)?;
        let needs = if wants_restart(&reply) { Needs::BmcReset } else { Needs::Nothing };
        Ok(match self.task(cx, &reply, INSTALL, false).await {
            Some(task) => Outcome::Running(task),
            None => Outcome::Done(Staged { change: Change::Made, needs }),
        })
    }
}

#[async_trait]
impl Certificates for RedfishDevice {
    async fn list(&self, cx: &Cx) -> Result<Vec<CertificateInfo>> {
        const LIST: &str = "certificates.list";
        let ability = self.named(LIST, self.certificate_ability(LIST))?;
        let list = self.named(LIST, self.resources_of(cx, &ability.collection).await)?;
        Ok(list.iter().map(certificate).collect())
    }

    async fn generate_csr(&self, cx: &Cx, request: &CsrRequest) -> Result<Outcome<Csr>> {
        self.named("certificates.generate_csr", self.sign_request(cx, request).await)
    }

    async fn install(&self, cx: &Cx, certificate: Option<String>, pem: &str) -> Result<Outcome<Staged>> {
        self.named("certificates.install", self.install_certificate(cx, certificate, pem).await)
    }
}
