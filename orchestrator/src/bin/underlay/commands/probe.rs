//! `underlay probe`.

use std::{process::ExitCode, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use ipnet::IpNet;
use serde::Serialize;
use underlay_hal::{Cx, Driver, Endpoint, Error, ErrorKind, Opened, Sighting, Tls};

use super::show::{Facet, facets};
use crate::{
    cli::Cli,
    context::{Context, Failure, actor},
    output::{Answer, or_dash, print},
    progress::Bar,
};

/// Addresses asked at once, and most addresses of one call.
const PARALLEL: usize = 256;
const MOST: usize = 65_536;

#[derive(Debug, Serialize)]
struct Found {
    protocols: Vec<Sighting>,
}

#[derive(Debug, Serialize)]
struct Identified {
    vendor: Option<String>,
    model: Option<String>,
    serial_number: Option<String>,
    firmware_version: Option<String>,
    driver: String,
    endpoints: Vec<String>,
    facets: Vec<Facet>,
}

/// Asks addresses and networks, without logging in anywhere.
pub(super) async fn addresses(cli: &Cli, targets: &[String], wait: u64) -> Result<ExitCode, Failure> {
    let mut places: Vec<(String, Option<u16>, bool)> = Vec::new();
    for target in targets {
        if let Ok(net) = target.parse::<IpNet>()
            && target.contains('/')
        {
            places.extend(net.hosts().take(MOST + 1).map(|ip| (ip.to_string(), None, false)));
        } else {
            let (host, port) = split(target)?;
            places.push((host, port, true));
        }
        if places.len() > MOST {
            return Err(Failure(format!("{target}: more than {MOST} addresses; ask for smaller networks")));
        }
    }
    let drivers = underlay_drivers::all();
    let limit = Duration::from_millis(wait);
    let bar = Bar::new("probe", places.len());
    let jobs = places.into_iter().map(|(host, port, named)| {
        let (drivers, bar) = (&drivers, &bar);
        async move {
            let protocols = ask(drivers, &host, port, limit).await;
            bar.one_more(&host);
            let device =
                port.map_or_else(|| host.clone(), |port| Endpoint::new("", host.clone()).authority(port));
            // In a network, silence is the normal case; an address that was named must answer.
            match protocols {
                Ok(protocols) if protocols.is_empty() && !named => None,
                Ok(protocols) if protocols.is_empty() => {
                    let known: Vec<_> = drivers.iter().map(|driver| driver.name()).collect();
                    let message = format!("nothing here speaks {}", known.join(" or "));
                    let error = Error::new(ErrorKind::NotFound, message).during("probe");
                    Some(Answer { device, result: Err(error) })
                }
                Ok(protocols) => Some(Answer { device, result: Ok(Found { protocols }) }),
                Err(error) => Some(Answer { device, result: Err(error) }),
            }
        }
    });
    let answers: Vec<_> =
        stream::iter(jobs).buffered(PARALLEL).filter_map(|answer| async { answer }).collect().await;
    drop(bar);
    let headings = ["address", "protocol", "vendor", "model", "firmware"];
    Ok(print(cli.output, &headings, &answers, |found: &Found| found.protocols.iter().map(row).collect()))
}

fn row(seen: &Sighting) -> Vec<String> {
    vec![
        seen.protocol.clone(),
        or_dash(seen.vendor.as_deref()),
        or_dash(seen.model.as_deref()),
        or_dash(seen.firmware_version.as_deref()),
    ]
}

/// Every protocol that answers at a place. A port that was named is asked with TLS and without.
async fn ask(
    drivers: &[Arc<dyn Driver>],
    host: &str,
    port: Option<u16>,
    limit: Duration,
) -> underlay_hal::Result<Vec<Sighting>> {
    let cx = Cx::new(actor(), "probe").within(limit);
    let asks = drivers.iter().map(|driver| {
        let cx = &cx;
        async move {
            let mut at = Endpoint::new(driver.name(), host).port(port.unwrap_or(driver.default_port()));
            at.tls = Tls::Insecure;
            let first = driver.probe(cx, &at).await;
            match first {
                Ok(None) if port.is_some() && driver.name() == "redfish" => {
                    driver.probe(cx, &at.tls(Tls::Plain)).await
                }
                other => other,
            }
        }
    });
    let seen: underlay_hal::Result<Vec<_>> = futures_util::future::join_all(asks).await.into_iter().collect();
    Ok(seen?.into_iter().flatten().collect())
}

/// `host`, `host:port`, `v6`, `[v6]`, `[v6]:port`.
fn split(text: &str) -> Result<(String, Option<u16>), Failure> {
    let wrong = || Failure(format!("{text:?} is no address; write host, host:port, [v6]:port or a network"));
    let port = |digits: &str| digits.parse::<u16>().ok().filter(|port| *port > 0).map(Some).ok_or_else(wrong);
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or_else(wrong)?;
        host.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
        return match rest.strip_prefix(':') {
            Some(digits) => Ok((host.to_owned(), port(digits)?)),
            None if rest.is_empty() => Ok((host.to_owned(), None)),
            None => Err(wrong()),
        };
    }
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Ok((text.to_owned(), None));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, digits)) => (host, port(digits)?),
        None => (text, None),
    };
    let good = !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    if good { Ok((host.to_owned(), port)) } else { Err(wrong()) }
}

/// Logs in to the devices of the rack, and tells what they say they are.
pub(super) async fn rack(context: &Context) -> Result<ExitCode, Failure> {
    let everything: Vec<_> = context.rack().devices.iter().map(|device| device.name.as_str()).collect();
    let answers = context
        .each(&everything.join(","), "probe", |_cx: Cx, opened: Arc<Opened>| async move {
            let info = opened.device.info().clone();
            let mut endpoints = Vec::new();
            let device = context.fleet.rack().device(info.id.as_str());
            for endpoint in device.map(underlay_rack::Device::endpoints).transpose()?.unwrap_or_default() {
                endpoints.push(endpoint.to_string());
            }
            Ok(Identified {
                vendor: info.vendor,
                model: info.model,
                serial_number: info.serial_number,
                firmware_version: info.firmware_version,
                driver: info.driver,
                endpoints,
                facets: facets(&opened),
            })
        })
        .await?;
    let headings = ["device", "protocols", "vendor", "model", "firmware"];
    Ok(print(context.output, &headings, &answers, |found: &Identified| {
        vec![vec![
            found.driver.clone(),
            or_dash(found.vendor.as_deref()),
            or_dash(found.model.as_deref()),
            or_dash(found.firmware_version.as_deref()),
        ]]
    }))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn addresses_in_every_form() {
        for (text, host, port) in [
            ("bmc1", "bmc1", None),
            ("10.0.0.1:623", "10.0.0.1", Some(623)),
            ("fe80::1", "fe80::1", None),
            ("[fe80::1]", "fe80::1", None),
            ("[::1]:8443", "::1", Some(8443)),
        ] {
            assert_eq!(split(text).ok(), Some((host.to_owned(), port)), "{text}");
        }
        for text in ["", ":1", "a:b", "a:0", "a:70000", "[::1", "[x]:1", "[::1]x", "a b", "http://x"] {
            assert!(split(text).is_err(), "{text}");
        }
    }
}
