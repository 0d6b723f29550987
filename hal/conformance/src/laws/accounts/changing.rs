//! Which accounts there are, and what they may do.

use std::collections::BTreeSet;

use secrecy::ExposeSecret as _;
use underlay_hal::{AccountChange, Change, Role};

use super::{FACET, NAME, created, facet, fact, lets_in, list, new, password, real};
use crate::laws::{
    Law,
    effect::changed,
    ensure,
    help::{ends_in_silence, until, why},
    law,
};

pub(super) const LAWS: &[Law] = &[
    law!("accounts::list_is_the_device's", FACET, None, Reversible, |world, cx| {
        created(world, cx).await?;
        let accounts = list(world, cx).await?;
        let ids: BTreeSet<_> = accounts.iter().map(|account| &account.id).collect();
        ensure!(ids.len() == accounts.len(), "{} accounts share {} names", accounts.len(), ids.len());
        let seen: BTreeSet<_> =
            accounts.iter().map(|one| (one.name.clone(), one.role.clone(), one.enabled)).collect();
        let facts = real(world)?.accounts();
        let real: BTreeSet<_> = facts.into_iter().map(|one| (one.name, one.role, one.enabled)).collect();
        ensure!(seen == real, "read {seen:?}, they are {real:?}");
        Ok(())
    }),
    law!("accounts::a_new_account_can_log_in", FACET, None, Reversible, |world, cx| {
        let (_, password) = created(world, cx).await?;
        ensure!(real(world)?.has_password(NAME, &password), "it was made, and has another password");
        ensure!(lets_in(world, cx, &password).await?, "its password is said not to let it in");
        Ok(())
    }),
    law!("accounts::a_new_account_may_do_what_was_said", FACET, None, Reversible, |world, cx| {
        let password = password(world, cx, 'a').await?;
        let account = new(world, cx, &password).await?;
        super::create(world, cx, &account).await?;
        let fact = fact(world, NAME)?.ok_or("an account was made, and is not there")?;
        ensure!(fact.role == account.role && fact.enabled, "asked for {}, it is {fact:?}", account.role);
        Ok(())
    }),
    law!("accounts::a_role_can_be_changed", FACET, None, Reversible, |world, cx| {
        let (id, _) = created(world, cx).await?;
        let change = AccountChange { role: Some(Role::ReadOnly), ..AccountChange::default() };
        let told = changed(world, cx, facet(world)?.change(cx, &id, &change).await).await?;
        ensure!(told == Change::Made, "another role gave {told:?}");
        let real = fact(world, NAME)?.map(|fact| fact.role);
        ensure!(real == Some(Role::ReadOnly), "asked for {}, its role is {real:?}", Role::ReadOnly);
        let seen = list(world, cx).await?.into_iter().find(|one| one.id == id).map(|one| one.role);
        ensure!(seen == Some(Role::ReadOnly), "its role reads as {seen:?}");
        Ok(())
    }),
    law!("accounts::changing_to_what_is_so_is_already_so", FACET, None, Reversible, |world, cx| {
        let (id, _) = created(world, cx).await?;
        let role = fact(world, NAME)?.map(|fact| fact.role);
        let change = AccountChange { role, enabled: Some(true), locked: None };
        let before = world.truth.mutations();
        let told = changed(world, cx, facet(world)?.change(cx, &id, &change).await).await?;
        ensure!(told == Change::AlreadySo, "nothing to change gave {told:?}");
        ensure!(world.truth.mutations() == before, "nothing to change changed something");
        Ok(())
    }),
    law!("accounts::a_disabled_account_cannot_log_in", FACET, None, Reversible, |world, cx| {
        let (id, password) = created(world, cx).await?;
        let change = AccountChange { enabled: Some(false), ..AccountChange::default() };
        changed(world, cx, facet(world)?.change(cx, &id, &change).await).await?;
        let real = fact(world, NAME)?;
        ensure!(real.as_ref().is_none_or(|fact| !fact.enabled), "it was disabled, and is {real:?}");
        ensure!(!lets_in(world, cx, &password).await?, "it was disabled, and is said to be let in");
        Ok(())
    }),
    law!("accounts::a_removed_account_is_gone", FACET, None, Reversible, |world, cx| {
        let (id, _) = created(world, cx).await?;
        let told = changed(world, cx, facet(world)?.remove(cx, &id).await).await?;
        ensure!(told == Change::Made, "removing gave {told:?}");
        until(world, "the account gone", || async { Ok(fact(world, NAME)?.is_none()) }).await?;
        let left = list(world, cx).await?.into_iter().find(|account| account.name == NAME);
        ensure!(left.is_none(), "removed, and read as {left:?}");
        Ok(())
    }),
    law!("accounts::removing_what_is_gone_is_already_so", FACET, None, Reversible, |world, cx| {
        let (id, _) = created(world, cx).await?;
        let facet = facet(world)?;
        changed(world, cx, facet.remove(cx, &id).await).await?;
        until(world, "the account gone", || async { Ok(fact(world, NAME)?.is_none()) }).await?;
        let before = world.truth.mutations();
        let told = changed(world, cx, facet.remove(cx, &id).await).await?;
        ensure!(told == Change::AlreadySo, "removing what is gone gave {told:?}");
        ensure!(world.truth.mutations() == before, "removing what is gone changed something");
        Ok(())
    }),
    law!("accounts::no_answer_holds_a_password", FACET, None, Reversible, |world, cx| {
        let (_, password) = created(world, cx).await?;
        let facet = facet(world)?;
        let twin = new(world, cx, &password).await?;
        let refusal = facet.create(cx, &twin).await.err().map(|error| format!("{error:?}"));
        let policy = facet.policy(cx).await.map_err(why)?;
        let told = format!("{:?} {policy:?} {refusal:?} {twin:?}", list(world, cx).await?);
        ensure!(!told.contains(password.expose_secret()), "an answer holds the password");
        Ok(())
    }),
    law!("accounts::silence_ends_by_the_deadline", FACET, None, ReadOnly, |world, cx| {
        let facet = facet(world)?;
        ends_in_silence(world, cx, |cx| async move { facet.list(&cx).await }).await
    }),
];
