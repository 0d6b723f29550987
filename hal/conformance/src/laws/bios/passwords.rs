//! The firmware's passwords.

use secrecy::SecretString;
use underlay_hal::{ErrorKind, PowerState};

use super::{FACET, facet, look, real};
use crate::{
    World,
    laws::{
        Law,
        effect::{changed, reboot},
        ensure,
        help::{Said, until, untried, without_effect},
        law,
    },
};

const NEW: &str = "Lawful-7a";
const WRONG: &str = "Lawless-7b";

/// Sets the first password that the device lists, where there was none; gives its name.
async fn set(world: &World, cx: &underlay_hal::Cx) -> Said<String> {
    world.truth.put_power(PowerState::On).await;
    let (facet, real) = (facet(world)?, real(world)?);
    let name = facet.passwords().first().ok_or("no password is listed, though it is promised")?.clone();
    let (none, new) = (SecretString::from(""), SecretString::from(NEW));
    changed(world, cx, facet.change_password(cx, &name, &none, &new).await).await?;
    if !real.has_password(&name, &new) {
        // Many firmwares take it at the next boot.
        reboot(world, cx).await?;
    }
    until(world, "the password in force", || async { Ok(real.has_password(&name, &new)) }).await?;
    Ok(name)
}

pub(super) const LAWS: &[Law] = &[
    law!("bios::a_password_is_changed", FACET, Some("bios.passwords"), Disruptive, |world, cx| {
        set(world, cx).await.map(drop)
    }),
    law!("bios::a_password_never_shows", FACET, Some("bios.passwords"), Disruptive, |world, cx| {
        set(world, cx).await?;
        let state = look(world, cx).await?;
        let shown = state.attributes.iter().find(|(_, one)| format!("{one:?}").contains(NEW));
        ensure!(shown.is_none(), "it shows as {:?}", shown.map(|(name, _)| name));
        Ok(())
    }),
    law!("bios::a_wrong_old_password_is_refused", FACET, Some("bios.passwords"), Disruptive, |world, cx| {
        let name = set(world, cx).await?;
        let (wrong, new) = (SecretString::from(WRONG), SecretString::from("Lawful-7c"));
        let call = facet(world)?.change_password(cx, &name, &wrong, &new);
        without_effect(world, ErrorKind::PermissionDenied, "a wrong old password", call).await?;
        ensure!(
            real(world)?.has_password(&name, &SecretString::from(NEW)),
            "the password changed all the same"
        );
        Ok(())
    }),
    law!("bios::an_unlisted_password_is_unsupported_and_untried", FACET, None, ReadOnly, |world, cx| {
        let (none, new) = (SecretString::from(""), SecretString::from(NEW));
        let call = facet(world)?.change_password(cx, "UnderlayNoSuchPassword", &none, &new);
        untried(world, ErrorKind::Unsupported, "a password that is not listed", call).await
    }),
];
