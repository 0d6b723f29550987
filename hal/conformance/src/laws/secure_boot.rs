//! Laws of [`underlay_hal::SecureBoot`].

use std::time::Duration;

use underlay_hal::{Change, Cx, ErrorKind, KeyReset, PowerState, Safety, SecureBootMode, SecureBootState};

use super::{
    Law,
    effect::{changed, in_effect, reboot, settled},
    ensure, facet,
    help::{Said, ends_in_silence, until, untried, why, without_effect},
    law,
};
use crate::World;

facet!(SecureBoot, secure_boot, SecureBootTruth);

async fn look(world: &World, cx: &Cx) -> Said<SecureBootState> {
    facet(world)?.read(cx).await.map_err(why)
}

/// A machine whose host runs, and that has keys: some are delivered without, and cannot boot securely.
async fn ready(world: &World, cx: &Cx) -> Said {
    world.truth.put_power(PowerState::On).await;
    if real(world)?.mode() == SecureBootMode::Setup
        && facet(world)?.key_resets().contains(&KeyReset::ToDefault)
    {
        keys(world, cx, KeyReset::ToDefault).await?;
    }
    Ok(())
}

/// Asks such a machine for the other state; gives what was, and what was asked for.
async fn switched(world: &World, cx: &Cx) -> Said<(bool, bool)> {
    ready(world, cx).await?;
    let (was, asked) = (real(world)?.in_force(), !real(world)?.enabled());
    let outcome = facet(world)?.set_enabled(cx, asked).await;
    let change = settled(world, cx, outcome).await?.well()?.change;
    ensure!(change == Change::Made, "asking for {asked} gave {change:?}");
    Ok((was, asked))
}

/// Resets the keys, with the reboot that it may take.
async fn keys(world: &World, cx: &Cx, how: KeyReset) -> Said {
    let outcome = facet(world)?.reset_keys(cx, how).await;
    in_effect(world, cx, outcome).await.map(drop)
}

/// The certificates told of a database.
fn told(state: &SecureBootState, database: &str) -> Said<Vec<String>> {
    let one = state.databases.iter().find(|one| one.id == database);
    let one = one.ok_or_else(|| format!("the database {database} is not told"))?;
    Ok(one.certificates.iter().map(|certificate| certificate.id.clone()).collect())
}

/// Adds a certificate that the database does not have; gives the device's name of it.
async fn added(world: &World, cx: &Cx) -> Said<(String, String)> {
    world.truth.put_power(PowerState::On).await;
    let pem = real(world)?.spare_certificate().ok_or("the rig has no certificate, though it is promised")?;
    let before = told(&look(world, cx).await?, "db")?;
    let outcome = facet(world)?.add_certificate(cx, "db", &pem).await;
    let change = in_effect(world, cx, outcome).await?;
    ensure!(change == Change::Made, "adding a certificate gave {change:?}");
    let after = told(&look(world, cx).await?, "db")?;
    let mut new = after.iter().filter(|id| !before.contains(id));
    let id = new.next().ok_or_else(|| format!("one was added to {before:?}, and read were {after:?}"))?;
    Ok((id.clone(), pem))
}

pub(super) const LAWS: &[Law] = &[
    law!("secure_boot::state_is_the_machine's", FACET, None, ReadOnly, |world, cx| {
        let (seen, real) = (look(world, cx).await?, real(world)?);
        ensure!(seen.enabled.is_none_or(|it| it == real.enabled()), "enabled reads as {:?}", seen.enabled);
        ensure!(
            seen.in_force.is_none_or(|it| it == real.in_force()),
            "in force reads as {:?}",
            seen.in_force
        );
        let mode = real.mode();
        ensure!(seen.mode.is_none_or(|it| it == mode), "its mode reads as {:?}, it is {mode:?}", seen.mode);
        Ok(())
    }),
    law!("secure_boot::what_is_absent_has_a_reason", FACET, None, ReadOnly, |world, cx| {
        let SecureBootState { enabled, in_force, mode, unknown_because, .. } = look(world, cx).await?;
        let told = enabled.is_some() && in_force.is_some() && mode.is_some();
        ensure!(
            told || unknown_because.is_some(),
            "no reason is told, and read were {enabled:?}, {in_force:?} and {mode:?}"
        );
        Ok(())
    }),
    law!(
        "secure_boot::a_change_is_told_at_once_and_not_in_force",
        FACET,
        Some("secure_boot.set"),
        Reversible,
        |world, cx| {
            let (was, asked) = switched(world, cx).await?;
            world.truth.pass(Duration::from_secs(30)).await;
            let (seen, real) = (look(world, cx).await?, real(world)?);
            ensure!(
                seen.enabled == Some(asked),
                "asked for {asked}, and enabled reads as {:?}",
                seen.enabled
            );
            ensure!(seen.in_force == Some(was), "without a boot, in force reads as {:?}", seen.in_force);
            ensure!(real.in_force() == was, "without a boot, in force is {}", real.in_force());
            Ok(())
        }
    ),
    law!(
        "secure_boot::a_boot_brings_it_into_force",
        FACET,
        Some("secure_boot.set"),
        Disruptive,
        |world, cx| {
            let (_, asked) = switched(world, cx).await?;
            reboot(world, cx).await?;
            until(world, "the change in force", || async { Ok(real(world)?.in_force() == asked) }).await?;
            let seen = look(world, cx).await?.in_force;
            ensure!(seen == Some(asked), "{asked} is in force, and reads as {seen:?}");
            Ok(())
        }
    ),
    law!(
        "secure_boot::setting_what_is_so_is_already_so",
        FACET,
        Some("secure_boot.set"),
        Reversible,
        |world, cx| {
            let (_, asked) = switched(world, cx).await?;
            let before = world.truth.mutations();
            let outcome = facet(world)?.set_enabled(cx, asked).await;
            let again = settled(world, cx, outcome).await?.change;
            ensure!(again == Change::AlreadySo, "asking for what reads so gave {again:?}");
            ensure!(world.truth.mutations() == before, "asking for what is so changed something");
            Ok(())
        }
    ),
    law!(
        "secure_boot::nothing_here_resets_the_host",
        FACET,
        Some("secure_boot.set"),
        Reversible,
        |world, cx| {
            ready(world, cx).await?;
            let before = (world.truth.boots(), world.truth.resets());
            switched(world, cx).await?;
            world.truth.pass(Duration::from_secs(60)).await;
            let after = (world.truth.boots(), world.truth.resets());
            ensure!(after == before, "it took boots and resets from {before:?} to {after:?}");
            Ok(())
        }
    ),
    law!(
        "secure_boot::an_unlisted_key_reset_is_unsupported_and_untried",
        FACET,
        None,
        Reversible,
        |world, cx| {
            let facet = facet(world)?;
            for how in KeyReset::ALL.into_iter().filter(|how| !facet.key_resets().contains(how)) {
                let call = facet.reset_keys(cx, how);
                untried(world, ErrorKind::Unsupported, how.as_str(), call).await?;
            }
            Ok(())
        }
    ),
    law!(
        "secure_boot::without_keys_it_is_in_setup_mode",
        FACET,
        Some("secure_boot.keys"),
        DestroysData,
        |world, cx| {
            world.truth.put_power(PowerState::On).await;
            keys(world, cx, KeyReset::DeleteAll).await?;
            until(world, "setup mode", || async { Ok(real(world)?.mode() == SecureBootMode::Setup) }).await?;
            let left = real(world)?.certificates("PK");
            ensure!(
                left.is_none_or(|left| left == 0),
                "every key was deleted, and {left:?} platform keys are left"
            );
            let seen = look(world, cx).await?.mode;
            ensure!(seen == Some(SecureBootMode::Setup), "in setup mode, and it reads as {seen:?}");
            Ok(())
        }
    ),
    law!(
        "secure_boot::the_vendor's_keys_come_back",
        FACET,
        Some("secure_boot.keys"),
        DestroysData,
        |world, cx| {
            world.truth.put_power(PowerState::On).await;
            let mut held = Vec::new();
            for _ in 0..2 {
                keys(world, cx, KeyReset::DeleteAll).await?;
                until(world, "setup mode", || async { Ok(real(world)?.mode() == SecureBootMode::Setup) })
                    .await?;
                keys(world, cx, KeyReset::ToDefault).await?;
                until(world, "user mode", || async { Ok(real(world)?.mode() != SecureBootMode::Setup) })
                    .await?;
                held.push(real(world)?.certificates("db").unwrap_or_default());
            }
            let same = held.iter().all(|count| *count > 0 && held.first() == Some(count));
            ensure!(same, "with the vendor's keys, and again with them, db holds {held:?} certificates");
            Ok(())
        }
    ),
    law!(
        "secure_boot::resetting_keys_needs_consent",
        FACET,
        Some("secure_boot.keys"),
        Reversible,
        |world, cx| {
            let careful = cx.consenting(Safety::Mutating);
            let call = facet(world)?.reset_keys(&careful, KeyReset::DeleteAll);
            untried(world, ErrorKind::PermissionDenied, "deleting keys without consent", call).await
        }
    ),
    law!(
        "secure_boot::databases_are_the_machine's",
        FACET,
        Some("secure_boot.databases"),
        ReadOnly,
        |world, cx| {
            let (state, real) = (look(world, cx).await?, real(world)?);
            for database in ["PK", "KEK", "db"] {
                let (seen, there) = (told(&state, database)?.len(), real.certificates(database));
                ensure!(Some(seen) == there, "{database} holds {there:?} certificates, and {seen} were read");
            }
            Ok(())
        }
    ),
    law!(
        "secure_boot::a_certificate_can_be_added",
        FACET,
        Some("secure_boot.certificates"),
        Disruptive,
        |world, cx| {
            let before = real(world)?.certificates("db");
            added(world, cx).await?;
            let after = real(world)?.certificates("db");
            ensure!(
                after == before.map(|before| before + 1),
                "one was added to {before:?}, and there are {after:?}"
            );
            Ok(())
        }
    ),
    law!(
        "secure_boot::adding_a_certificate_twice_is_already_so",
        FACET,
        Some("secure_boot.certificates"),
        Disruptive,
        |world, cx| {
            let (_, pem) = added(world, cx).await?;
            let before = world.truth.mutations();
            let outcome = facet(world)?.add_certificate(cx, "db", &pem).await;
            let again = in_effect(world, cx, outcome).await?;
            ensure!(again == Change::AlreadySo, "adding what is in it gave {again:?}");
            ensure!(world.truth.mutations() == before, "adding what is in it changed something");
            Ok(())
        }
    ),
    law!(
        "secure_boot::a_certificate_can_be_removed",
        FACET,
        Some("secure_boot.certificates"),
        Disruptive,
        |world, cx| {
            let before = real(world)?.certificates("db");
            let (id, _) = added(world, cx).await?;
            let change = changed(world, cx, facet(world)?.remove_certificate(cx, "db", &id).await).await?;
            ensure!(change == Change::Made, "removing a certificate gave {change:?}");
            until(world, "the certificate gone", || async { Ok(real(world)?.certificates("db") == before) })
                .await
        }
    ),
    law!(
        "secure_boot::removing_what_is_gone_is_already_so",
        FACET,
        Some("secure_boot.certificates"),
        Reversible,
        |world, cx| {
            let before = world.truth.mutations();
            let call = facet(world)?.remove_certificate(cx, "db", "no-such-certificate").await;
            let change = changed(world, cx, call).await?;
            ensure!(change == Change::AlreadySo, "removing what is not in it gave {change:?}");
            ensure!(world.truth.mutations() == before, "removing what is not in it changed something");
            Ok(())
        }
    ),
    law!(
        "secure_boot::an_unknown_database_is_not_found",
        FACET,
        Some("secure_boot.certificates"),
        Reversible,
        |world, cx| {
            let pem = real(world)?
                .spare_certificate()
                .ok_or("the rig has no certificate, though it is promised")?;
            let facet = facet(world)?;
            let add = facet.add_certificate(cx, "no-such-database", &pem);
            without_effect(world, ErrorKind::NotFound, "a database that is not there", add).await?;
            let remove = facet.remove_certificate(cx, "no-such-database", "1");
            without_effect(world, ErrorKind::NotFound, "a database that is not there", remove).await
        }
    ),
    law!("secure_boot::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.read(&cx).await }).await
    }),
];
