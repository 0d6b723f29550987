//! Laws of [`underlay_hal::ManagerConfig`].

use std::{collections::BTreeMap, net::IpAddr};

use underlay_hal::{
    Change, Cx, ErrorKind, FactoryReset, Ipv4Source, ManagerChange, ManagerSetting, ManagerSettings,
    PowerState, Safety,
};

use super::{
    Law,
    effect::in_effect,
    ensure, facet,
    help::{Said, ends_in_silence, until, untried, why, without_effect},
    law,
};
use crate::World;

facet!(ManagerConfig, manager_config, ManagerConfigTruth);

async fn look(world: &World, cx: &Cx) -> Said<ManagerSettings> {
    facet(world)?.read(cx).await.map_err(why)
}

/// Makes a change and brings it into effect.
async fn change(world: &World, cx: &Cx, change: &ManagerChange) -> Said<Change> {
    let outcome = facet(world)?.change(cx, change).await;
    in_effect(world, cx, outcome).await
}

/// Waits until the settings read so.
async fn reads(world: &World, cx: &Cx, what: &str, holds: impl Fn(&ManagerSettings) -> bool) -> Said {
    until(world, what, || async { Ok(holds(&look(world, cx).await?)) }).await
}

fn name() -> ManagerChange {
    ManagerChange { host_name: Some("lawful-7".to_owned()), ..ManagerChange::default() }
}

fn servers() -> Vec<String> {
    ["192.0.2.21", "192.0.2.22"].map(str::to_owned).to_vec()
}

/// A change of that setting alone.
fn of(setting: ManagerSetting) -> ManagerChange {
    let nothing = ManagerChange::default();
    match setting {
        ManagerSetting::HostName => name(),
        ManagerSetting::Ipv4 => ManagerChange { ipv4: Some(Ipv4Source::Dhcp), ..nothing },
        ManagerSetting::Vlan => ManagerChange { vlan: Some(Some(7)), ..nothing },
        ManagerSetting::DnsServers => {
            ManagerChange { dns_servers: Some(vec![IpAddr::from([192, 0, 2, 53])]), ..nothing }
        }
        ManagerSetting::Ntp => {
            ManagerChange { ntp_enabled: Some(true), ntp_servers: Some(servers()), ..nothing }
        }
        ManagerSetting::Protocols => {
            ManagerChange { protocols: BTreeMap::from([("ssh".to_owned(), false)]), ..nothing }
        }
        _ => nothing,
    }
}

/// A change of what is listed and can be set without leaving the road; nothing, where nothing is.
fn harmless(world: &World) -> Said<ManagerChange> {
    let listed = facet(world)?.settings();
    let settings = [ManagerSetting::HostName, ManagerSetting::Ntp, ManagerSetting::DnsServers];
    Ok(settings.into_iter().find(|setting| listed.contains(setting)).map(of).unwrap_or_default())
}

/// Makes the factory reset that keeps the most, and waits until it is made.
async fn factory_reset(world: &World, cx: &Cx) -> Said {
    let (facet, real) = (facet(world)?, real(world)?);
    let kept = [FactoryReset::KeepNetworkAndUsers, FactoryReset::KeepNetwork, FactoryReset::All];
    let keep = kept.into_iter().find(|keep| facet.factory_resets().contains(keep));
    let keep = keep.ok_or("no factory reset is listed, though it is promised")?;
    let before = real.factory_resets();
    // The way back in may be gone with it: nothing is asked of the device afterwards.
    drop(facet.factory_reset(cx, keep).await.map_err(why)?);
    until(world, "a factory reset", || async { Ok(real.factory_resets() > before) }).await
}

pub(super) const LAWS: &[Law] = &[
    law!("manager_config::settings_are_the_device's", FACET, None, ReadOnly, |world, cx| {
        let (seen, real) = (look(world, cx).await?, real(world)?);
        let host_name = real.host_name();
        ensure!(
            seen.host_name.as_ref() == Some(&host_name),
            "its name reads as {:?}, it is {host_name}",
            seen.host_name
        );
        let (enabled, servers) = real.ntp();
        ensure!(
            seen.ntp_enabled.is_none_or(|it| it == enabled),
            "network time reads as {:?}, it is {enabled}",
            seen.ntp_enabled
        );
        ensure!(
            seen.ntp_enabled.is_none() || seen.ntp_servers == servers,
            "its servers read as {:?}, they are {servers:?}",
            seen.ntp_servers
        );
        Ok(())
    }),
    law!(
        "manager_config::a_host_name_reads_back",
        FACET,
        Some("manager_config.host_name"),
        Reversible,
        |world, cx| {
            let told = change(world, cx, &name()).await?;
            ensure!(told == Change::Made, "another name gave {told:?}");
            until(world, "the name in use", || async { Ok(real(world)?.host_name() == "lawful-7") }).await?;
            reads(world, cx, "the name read", |seen| seen.host_name.as_deref() == Some("lawful-7")).await
        }
    ),
    law!(
        "manager_config::network_time_reads_back",
        FACET,
        Some("manager_config.ntp"),
        Reversible,
        |world, cx| {
            change(world, cx, &of(ManagerSetting::Ntp)).await?;
            until(world, "the servers in use", || async { Ok(real(world)?.ntp() == (true, servers())) })
                .await?;
            let is = |seen: &ManagerSettings| seen.ntp_enabled == Some(true) && seen.ntp_servers == servers();
            reads(world, cx, "the servers read", is).await
        }
    ),
    law!(
        "manager_config::network_time_can_be_ended",
        FACET,
        Some("manager_config.ntp"),
        Reversible,
        |world, cx| {
            change(world, cx, &of(ManagerSetting::Ntp)).await?;
            let end = ManagerChange { ntp_enabled: Some(false), ..ManagerChange::default() };
            change(world, cx, &end).await?;
            until(world, "no network time", || async { Ok(!real(world)?.ntp().0) }).await?;
            reads(world, cx, "no network time read", |seen| seen.ntp_enabled == Some(false)).await
        }
    ),
    law!(
        "manager_config::name_servers_read_back",
        FACET,
        Some("manager_config.dns_servers"),
        Reversible,
        |world, cx| {
            let want = of(ManagerSetting::DnsServers);
            change(world, cx, &want).await?;
            reads(world, cx, "the name servers read", |seen| {
                Some(&seen.dns_servers) == want.dns_servers.as_ref()
            })
            .await
        }
    ),
    law!(
        "manager_config::a_service_can_be_switched",
        FACET,
        Some("manager_config.protocols"),
        Reversible,
        |world, cx| {
            let was = real(world)?.serves("ssh").ok_or("the device has no ssh, though it is promised")?;
            for on in [!was, was] {
                let protocols = BTreeMap::from([("ssh".to_owned(), on)]);
                change(world, cx, &ManagerChange { protocols, ..ManagerChange::default() }).await?;
                until(world, "the service switched", || async { Ok(real(world)?.serves("ssh") == Some(on)) })
                    .await?;
                let is =
                    |seen: &ManagerSettings| seen.protocols.get("ssh").is_some_and(|one| one.enabled == on);
                reads(world, cx, "the service read", is).await?;
            }
            Ok(())
        }
    ),
    law!("manager_config::setting_twice_is_already_so", FACET, None, Reversible, |world, cx| {
        let want = harmless(world)?;
        change(world, cx, &want).await?;
        let before = world.truth.mutations();
        let again = change(world, cx, &want).await?;
        ensure!(again == Change::AlreadySo, "setting what is so gave {again:?}");
        ensure!(world.truth.mutations() == before, "setting what is so changed something");
        Ok(())
    }),
    law!(
        "manager_config::an_unlisted_setting_is_unsupported_and_untried",
        FACET,
        None,
        Reversible,
        |world, cx| {
            let facet = facet(world)?;
            let all = [
                ManagerSetting::HostName,
                ManagerSetting::Ipv4,
                ManagerSetting::Vlan,
                ManagerSetting::DnsServers,
                ManagerSetting::Ntp,
                ManagerSetting::Protocols,
            ];
            for setting in all.into_iter().filter(|setting| !facet.settings().contains(setting)) {
                let change = of(setting);
                let call = facet.change(cx, &change);
                untried(world, ErrorKind::Unsupported, &format!("{setting:?}"), call).await?;
            }
            Ok(())
        }
    ),
    law!(
        "manager_config::an_unknown_interface_is_not_found",
        FACET,
        Some("manager_config.host_name"),
        Reversible,
        |world, cx| {
            let elsewhere = ManagerChange { network: Some("no-such-interface".to_owned()), ..name() };
            let call = facet(world)?.change(cx, &elsewhere);
            without_effect(world, ErrorKind::NotFound, "an interface that is not there", call).await
        }
    ),
    law!(
        "manager_config::an_unknown_service_is_not_found",
        FACET,
        Some("manager_config.protocols"),
        Reversible,
        |world, cx| {
            let protocols = BTreeMap::from([("no-such-service".to_owned(), true)]);
            let change = ManagerChange { protocols, ..ManagerChange::default() };
            let call = facet(world)?.change(cx, &change);
            without_effect(world, ErrorKind::NotFound, "a service that is not there", call).await
        }
    ),
    law!(
        "manager_config::an_unlisted_factory_reset_is_unsupported_and_untried",
        FACET,
        None,
        DestroysData,
        |world, cx| {
            let facet = facet(world)?;
            for keep in FactoryReset::ALL.into_iter().filter(|keep| !facet.factory_resets().contains(keep)) {
                let call = facet.factory_reset(cx, keep);
                untried(world, ErrorKind::Unsupported, keep.as_str(), call).await?;
            }
            Ok(())
        }
    ),
    law!(
        "manager_config::a_factory_reset_is_made",
        FACET,
        Some("manager_config.factory_reset"),
        DestroysData,
        |world, cx| {
            let before = real(world)?.factory_resets();
            factory_reset(world, cx).await?;
            let after = real(world)?.factory_resets();
            ensure!(after == before + 1, "one was asked for, and there were {after} after {before}");
            Ok(())
        }
    ),
    law!(
        "manager_config::a_factory_reset_leaves_the_host_running",
        FACET,
        Some("manager_config.factory_reset"),
        DestroysData,
        |world, cx| {
            world.truth.put_power(PowerState::On).await;
            let before = (world.truth.boots(), world.truth.resets());
            factory_reset(world, cx).await?;
            let after = (world.truth.boots(), world.truth.resets());
            ensure!(after == before, "it took the host's boots and resets from {before:?} to {after:?}");
            ensure!(world.truth.power() == PowerState::On, "the host is {}", world.truth.power());
            Ok(())
        }
    ),
    law!(
        "manager_config::a_factory_reset_needs_consent",
        FACET,
        Some("manager_config.factory_reset"),
        Reversible,
        |world, cx| {
            let facet = facet(world)?;
            let keep =
                *facet.factory_resets().first().ok_or("no factory reset is listed, though it is promised")?;
            let careful = cx.consenting(Safety::Mutating);
            let call = facet.factory_reset(&careful, keep);
            untried(world, ErrorKind::PermissionDenied, "a factory reset without consent", call).await
        }
    ),
    law!("manager_config::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.read(&cx).await }).await
    }),
];
