//! Passwords: set, tried, rotated.

use async_trait::async_trait;
use secrecy::SecretString;
use underlay_hal::{AccountChange, AccountId, Cx, ErrorKind, Keeper, Result, Rotated, rotate};

use super::{FACET, NAME, created, facet, fact, lets_in, list, password, real};
use crate::{
    World,
    laws::{
        Law,
        effect::changed,
        ensure,
        help::{Said, why},
        law,
    },
};

/// What a rotation tells whoever keeps the passwords.
#[derive(Default)]
struct Notes(std::sync::Mutex<Vec<&'static str>>);

impl Notes {
    fn note(&self, what: &'static str) {
        if let Ok(mut notes) = self.0.lock() {
            notes.push(what);
        }
    }
}

#[async_trait]
impl Keeper for Notes {
    async fn stage(&self, _: &SecretString) -> Result<()> {
        self.note("stage");
        Ok(())
    }
    async fn commit(&self) -> Result<()> {
        self.note("commit");
        Ok(())
    }
    async fn discard(&self) -> Result<()> {
        self.note("discard");
        Ok(())
    }
}

/// Rotates the password of the account of the laws, and checks that exactly one works, the one that is said to.
async fn rotated(world: &World, cx: &Cx, lose: bool) -> Said {
    let (id, old) = created(world, cx).await?;
    let new = password(world, cx, 'b').await?;
    let notes = Notes::default();
    ensure!(!lose || world.truth.lose_next_answer(), "the rig loses no answers, though it is promised");
    let tries = world.truth.refused_logins();
    let rotated = rotate(facet(world)?, cx, (&id, NAME), &old, &new, &notes).await.map_err(why)?;
    let told = notes.0.lock().map_err(|_| "poisoned")?.clone();
    ensure!(rotated == Rotated::New && told == ["stage", "commit"], "it ended as {rotated:?}, with {told:?}");
    let real = real(world)?;
    ensure!(real.has_password(NAME, &new), "the new password is committed, and does not work");
    ensure!(!real.has_password(NAME, &old), "both passwords work");
    ensure!(world.truth.refused_logins() == tries, "a password was tried that was refused");
    Ok(())
}

/// An account that so many failures have locked.
async fn locked(world: &World, cx: &Cx) -> Said<AccountId> {
    let (id, _) = created(world, cx).await?;
    let wrong = password(world, cx, 'z').await?;
    let facet = facet(world)?;
    let threshold = facet.policy(cx).await.map_err(why)?.lockout_threshold;
    let threshold = threshold.filter(|times| (1..=20).contains(times));
    for _ in 0..threshold.ok_or("no threshold is told, though it is promised")? {
        match facet.verify_password(cx, NAME, &wrong).await {
            Ok(false) => {}
            Err(error) if error.kind() == ErrorKind::LockedOut => break,
            other => return Err(format!("a wrong password gave {other:?}")),
        }
    }
    ensure!(fact(world, NAME)?.is_some_and(|fact| fact.locked), "so many failures, and it is not locked");
    Ok(id)
}

pub(super) const LAWS: &[Law] = &[
    law!("accounts::a_password_that_was_set_works", FACET, None, Reversible, |world, cx| {
        let (id, _) = created(world, cx).await?;
        let new = password(world, cx, 'b').await?;
        changed(world, cx, facet(world)?.set_password(cx, &id, &new).await).await?;
        ensure!(real(world)?.has_password(NAME, &new), "it was set, and is not the password");
        ensure!(lets_in(world, cx, &new).await?, "it was set, and is said not to let in");
        Ok(())
    }),
    law!("accounts::the_old_password_works_no_longer", FACET, None, Reversible, |world, cx| {
        let (id, old) = created(world, cx).await?;
        let new = password(world, cx, 'b').await?;
        changed(world, cx, facet(world)?.set_password(cx, &id, &new).await).await?;
        ensure!(!real(world)?.has_password(NAME, &old), "another was set, and the old password still works");
        Ok(())
    }),
    law!("accounts::a_wrong_password_is_false", FACET, None, Reversible, |world, cx| {
        created(world, cx).await?;
        let wrong = password(world, cx, 'z').await?;
        ensure!(!lets_in(world, cx, &wrong).await?, "a wrong password is said to let it in");
        Ok(())
    }),
    law!("accounts::a_password_is_tried_once", FACET, None, Reversible, |world, cx| {
        created(world, cx).await?;
        let wrong = password(world, cx, 'z').await?;
        let before = world.truth.refused_logins();
        lets_in(world, cx, &wrong).await?;
        let tries = world.truth.refused_logins() - before;
        ensure!(tries == 1, "a wrong password was offered {tries} times");
        Ok(())
    }),
    law!("accounts::trying_a_password_leaves_no_session", FACET, None, Reversible, |world, cx| {
        let (_, good) = created(world, cx).await?;
        list(world, cx).await?;
        let before = world.truth.open_sessions();
        lets_in(world, cx, &good).await?;
        let mut open = world.truth.open_sessions();
        for _ in 0..50 {
            if open <= before {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            open = world.truth.open_sessions();
        }
        ensure!(open <= before, "{before} sessions were open before a password was tried, {open} after");
        Ok(())
    }),
    law!("accounts::a_rotation_leaves_one_working_password", FACET, None, Reversible, |world, cx| {
        rotated(world, cx, false).await
    }),
    law!(
        "accounts::a_rotation_bears_a_lost_answer",
        FACET,
        Some("device.lost_answer"),
        Reversible,
        |world, cx| rotated(world, cx, true).await
    ),
    law!("accounts::a_locked_account_is_told", FACET, Some("accounts.lockout"), Reversible, |world, cx| {
        let id = locked(world, cx).await?;
        let seen = list(world, cx).await?.into_iter().find(|account| account.id == id);
        ensure!(
            seen.as_ref().is_some_and(|one| one.locked == Some(true)),
            "it is locked, and reads as {seen:?}"
        );
        Ok(())
    }),
    law!(
        "accounts::a_locked_account_can_be_unlocked",
        FACET,
        Some("accounts.lockout"),
        Reversible,
        |world, cx| {
            let id = locked(world, cx).await?;
            let unlock = AccountChange { locked: Some(false), ..AccountChange::default() };
            changed(world, cx, facet(world)?.change(cx, &id, &unlock).await).await?;
            ensure!(fact(world, NAME)?.is_some_and(|fact| !fact.locked), "unlocked, and it is still locked");
            Ok(())
        }
    ),
];
