//! Laws of [`underlay_hal::Certificates`].

use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use underlay_hal::{CertificateInfo, Csr, CsrRequest, Cx, ErrorKind, Needs};

use super::{
    Law,
    effect::{over, restart, settled},
    ensure, facet,
    help::{Said, ends_in_silence, until, why, without_effect},
    law,
};
use crate::World;

facet!(Certificates, certificates, CertificatesTruth);

/// The SHA-256 of the first certificate of a PEM text, in lower-case hex.
fn sha256(pem: &str) -> Said<String> {
    let body =
        pem.split_once("-----BEGIN CERTIFICATE-----").and_then(|(_, rest)| rest.split_once("-----END"));
    let (body, _) = body.ok_or_else(|| format!("no certificate in {pem:?}"))?;
    let plain: String = body.split_whitespace().collect();
    let der = base64::engine::general_purpose::STANDARD.decode(plain);
    let der = der.map_err(|error| format!("no certificate: {error}"))?;
    Ok(Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The SHA-256 of a certificate that the device tells of, by whichever of its fields says so.
fn told(certificate: &CertificateInfo) -> Option<String> {
    if let Some(pem) = &certificate.pem {
        return sha256(pem).ok();
    }
    let digits = certificate.fingerprint.as_ref()?.chars().filter(char::is_ascii_hexdigit);
    let digits: String = digits.collect::<String>().to_ascii_lowercase();
    (digits.len() == 64).then_some(digits)
}

fn request() -> CsrRequest {
    CsrRequest {
        common_name: "lawful-7.example".to_owned(),
        organization: "Underlay".to_owned(),
        organizational_unit: "Laws".to_owned(),
        city: "Bern".to_owned(),
        state: "Bern".to_owned(),
        country: "CH".to_owned(),
        ..CsrRequest::default()
    }
}

async fn csr(world: &World, cx: &Cx) -> Said<Csr> {
    let outcome = facet(world)?.generate_csr(cx, &request()).await;
    over(world, cx, outcome).await?.ok_or_else(|| "the task is over, and the request is nowhere".to_owned())
}

async fn signed(world: &World, cx: &Cx) -> Said<String> {
    real(world)?.sign(&csr(world, cx).await?.pem)
}

pub(super) const LAWS: &[Law] = &[
    law!(
        "certificates::the_one_served_is_listed",
        FACET,
        Some("certificates.told"),
        ReadOnly,
        |world, cx| {
            let list = facet(world)?.list(cx).await.map_err(why)?;
            let (seen, real): (Vec<_>, _) =
                (list.iter().filter_map(told).collect(), real(world)?.served_sha256());
            ensure!(seen.contains(&real), "served is {real}, and listed are {seen:?}");
            Ok(())
        }
    ),
    law!(
        "certificates::a_request_can_be_signed",
        FACET,
        Some("certificates.csr"),
        Reversible,
        |world, cx| signed(world, cx).await.map(drop)
    ),
    law!("certificates::the_private_key_stays", FACET, Some("certificates.csr"), Reversible, |world, cx| {
        let csr = csr(world, cx).await?;
        let list = facet(world)?.list(cx).await.map_err(why)?;
        ensure!(!format!("{csr:?} {list:?}").contains("PRIVATE KEY"), "a private key came out");
        Ok(())
    }),
    law!(
        "certificates::asking_for_a_request_changes_nothing_served",
        FACET,
        Some("certificates.csr"),
        Reversible,
        |world, cx| {
            let before = real(world)?.served_sha256();
            csr(world, cx).await?;
            let after = real(world)?.served_sha256();
            ensure!(after == before, "a request was made, and {after} is served instead of {before}");
            Ok(())
        }
    ),
    law!(
        "certificates::what_is_installed_is_served",
        FACET,
        Some("certificates.csr"),
        Disruptive,
        |world, cx| {
            let pem = signed(world, cx).await?;
            let outcome = facet(world)?.install(cx, None, &pem).await;
            let installed = settled(world, cx, outcome).await?.well()?;
            // A pin of the old one no longer fits: from here on only the back door is asked.
            match installed.needs {
                Needs::Nothing => {}
                Needs::BmcReset => restart(world, cx).await?,
                other => return Err(format!("a certificate waits for {other:?}")),
            }
            let expected = sha256(&pem)?;
            until(world, "the new certificate served", || async {
                Ok(real(world)?.served_sha256() == expected)
            })
            .await
        }
    ),
    law!(
        "certificates::a_foreign_key_is_invalid_input",
        FACET,
        Some("certificates.csr"),
        Disruptive,
        |world, cx| {
            csr(world, cx).await?;
            let (served, foreign) = (real(world)?.served_sha256(), real(world)?.foreign());
            let call = facet(world)?.install(cx, None, &foreign);
            without_effect(
                world,
                ErrorKind::InvalidInput,
                "a certificate for a key that is not its own",
                call,
            )
            .await?;
            let now = real(world)?.served_sha256();
            ensure!(now == served, "it was refused, and {now} is served instead of {served}");
            Ok(())
        }
    ),
    law!(
        "certificates::replacing_what_is_not_there_is_not_found",
        FACET,
        Some("certificates.csr"),
        Disruptive,
        |world, cx| {
            let pem = signed(world, cx).await?;
            let call = facet(world)?.install(cx, Some("no-such-certificate".to_owned()), &pem);
            without_effect(world, ErrorKind::NotFound, "a certificate that is not there", call).await
        }
    ),
    law!("certificates::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.list(&cx).await }).await
    }),
];
