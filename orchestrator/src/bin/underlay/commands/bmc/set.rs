//! `underlay bmc set`.

use std::{collections::BTreeMap, process::ExitCode};

use underlay_hal::{Error, Ipv4Source, ManagerChange};

use crate::{
    cli::{BmcSet, Wait},
    commands::change::{Mutation, Step},
    context::{Context, Failure},
    output::print_if,
};

pub(super) async fn run(context: &Context, arguments: &BmcSet) -> Result<ExitCode, Failure> {
    let change = &change_of(arguments)?;
    let mutation = Mutation::asking(context, "bmc set", arguments.consent, Wait::default());
    let losses = |_: &()| if change.may_cut_the_road() { vec![road(change)] } else { Vec::new() };
    let act = async |step: &Step, ()| {
        let config =
            step.device().manager_config().ok_or_else(|| Error::unsupported("manager_config.change"))?;
        step.staged(config.change(&step.cx, change).await?).await
    };
    let answers = mutation.run(&arguments.select, async |_| Ok(()), losses, act).await?;
    Ok(print_if(context.output, &["device", "change"], answers, super::row_of))
}

/// What may cut the road to the controller.
fn road(change: &ManagerChange) -> String {
    let mut parts = Vec::new();
    if let Some(ipv4) = change.ipv4 {
        parts.push(match ipv4 {
            Ipv4Source::Dhcp => "its address comes from DHCP".to_owned(),
            Ipv4Source::Static { address, .. } => format!("its address becomes {address}"),
        });
    }
    match change.vlan {
        Some(Some(vlan)) => parts.push(format!("its traffic goes to VLAN {vlan}")),
        Some(None) => parts.push("its traffic leaves its VLAN".to_owned()),
        None => {}
    }
    let off =
        change.protocols.iter().filter(|(_, on)| !**on).map(|(name, _)| format!("{name} is turned off"));
    parts.extend(off);
    format!("perhaps the road to the controller: {}", parts.join(", "))
}

/// The change that the command line names.
fn change_of(arguments: &BmcSet) -> Result<ManagerChange, Failure> {
    let on = arguments.enable.iter().map(|name| (name.to_lowercase(), true));
    let off = arguments.disable.iter().map(|name| (name.to_lowercase(), false));
    let mut protocols = BTreeMap::new();
    for (name, on) in on.chain(off) {
        if protocols.insert(name.clone(), on) == Some(!on) {
            return Err(Failure(format!("{name}: on or off?")));
        }
    }
    let vlan = match arguments.vlan.as_deref() {
        None => None,
        Some("none") => Some(None),
        Some(word) => match word.parse::<u16>() {
            Ok(vlan @ 1..=4094) => Some(Some(vlan)),
            _ => return Err(Failure(format!("--vlan {word}: a number from 1 to 4094, or none"))),
        },
    };
    let change = ManagerChange {
        network: arguments.network.clone(),
        host_name: arguments.host_name.clone(),
        ipv4: arguments.ipv4.as_deref().map(ipv4).transpose()?,
        vlan,
        dns_servers: arguments.dns.clone(),
        ntp_enabled: if arguments.no_ntp { Some(false) } else { arguments.ntp.as_ref().map(|_| true) },
        ntp_servers: arguments.ntp.clone(),
        protocols,
    };
    if change.is_empty() {
        return Err(Failure("nothing to set; `underlay bmc set --help` lists what there is".to_owned()));
    }
    Ok(change)
}

/// `dhcp`, or `ADDRESS/LENGTH` and a gateway behind a comma.
fn ipv4(word: &str) -> Result<Ipv4Source, Failure> {
    if word.eq_ignore_ascii_case("dhcp") {
        return Ok(Ipv4Source::Dhcp);
    }
    let wrong = || Failure(format!("--ipv4 {word}: dhcp, or such as 192.0.2.11/24,192.0.2.1"));
    let (net, gateway) = match word.split_once(',') {
        Some((net, gateway)) => (net, Some(gateway.parse().map_err(|_| wrong())?)),
        None => (word, None),
    };
    let net: ipnet::Ipv4Net = net.parse().map_err(|_| wrong())?;
    Ok(Ipv4Source::Static { address: net.addr(), prefix_length: net.prefix_len(), gateway })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_length_and_may_have_a_gateway() {
        assert!(matches!(ipv4("DHCP"), Ok(Ipv4Source::Dhcp)));
        let with = ipv4("192.0.2.11/24,192.0.2.1").unwrap();
        let (address, gateway) = ("192.0.2.11".parse().unwrap(), "192.0.2.1".parse().unwrap());
        assert_eq!(with, Ipv4Source::Static { address, prefix_length: 24, gateway: Some(gateway) });
        for wrong in ["192.0.2.11", "192.0.2.11/33", "192.0.2.11/24,", "static"] {
            assert!(ipv4(wrong).is_err(), "{wrong}");
        }
    }
}
