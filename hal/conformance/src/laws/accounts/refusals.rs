//! What is refused.

use underlay_hal::{AccountChange, AccountId, ErrorKind, NewAccount};

use super::{FACET, NAME, create, created, facet, fact, id_of, new, password, real};
use crate::laws::{
    Law, ensure,
    help::{untried, why, without_effect},
    law,
};

pub(super) const LAWS: &[Law] = &[
    law!("accounts::a_name_that_is_taken_is_a_conflict", FACET, None, Reversible, |world, cx| {
        created(world, cx).await?;
        let other = password(world, cx, 'b').await?;
        let twin = new(world, cx, &other).await?;
        let call = facet(world)?.create(cx, &twin);
        without_effect(world, ErrorKind::Conflict, "a name that is taken", call).await?;
        ensure!(
            !real(world)?.has_password(NAME, &other),
            "it was refused, and changed the account of that name"
        );
        Ok(())
    }),
    law!("accounts::ones_own_account_is_not_removed", FACET, None, Reversible, |world, cx| {
        let own = real(world)?.own();
        let id = id_of(world, cx, &own).await?;
        let call = facet(world)?.remove(cx, &id);
        untried(world, ErrorKind::Conflict, "removing one's own account", call).await?;
        ensure!(fact(world, &own)?.is_some(), "{own} is gone");
        Ok(())
    }),
    law!("accounts::ones_own_account_is_not_disabled", FACET, None, Reversible, |world, cx| {
        let own = real(world)?.own();
        let id = id_of(world, cx, &own).await?;
        let change = AccountChange { enabled: Some(false), ..AccountChange::default() };
        let call = facet(world)?.change(cx, &id, &change);
        untried(world, ErrorKind::Conflict, "disabling one's own account", call).await?;
        ensure!(fact(world, &own)?.is_some_and(|fact| fact.enabled), "{own} is disabled");
        Ok(())
    }),
    law!("accounts::an_unknown_account_is_not_found", FACET, None, Reversible, |world, cx| {
        let unknown = AccountId::from("no-such-account");
        let change = AccountChange { enabled: Some(true), ..AccountChange::default() };
        let facet = facet(world)?;
        let call = facet.change(cx, &unknown, &change);
        without_effect(world, ErrorKind::NotFound, "an account that is not there", call).await?;
        let password = password(world, cx, 'a').await?;
        let call = facet.set_password(cx, &unknown, &password);
        without_effect(world, ErrorKind::NotFound, "an account that is not there", call).await
    }),
    law!(
        "accounts::a_short_password_is_invalid_input",
        FACET,
        Some("accounts.min_password"),
        Reversible,
        |world, cx| {
            let policy = facet(world)?.policy(cx).await.map_err(why)?;
            let least = policy.min_password_length.filter(|least| *least > 1);
            let least = least.ok_or("no shortest password is told, though it is promised")? as usize;
            let long = password(world, cx, 'a').await?;
            let short = "L7a_Kq9-Zt4".chars().cycle().take(least - 1).collect::<String>().into();
            let account = NewAccount { password: short, ..new(world, cx, &long).await? };
            let call = facet(world)?.create(cx, &account);
            without_effect(world, ErrorKind::InvalidInput, "a password that is too short", call).await?;
            ensure!(fact(world, NAME)?.is_none(), "it was refused, and the account is there");
            Ok(())
        }
    ),
    law!(
        "accounts::a_full_table_is_resource_exhausted",
        FACET,
        Some("accounts.slots"),
        Reversible,
        |world, cx| {
            let facet = facet(world)?;
            let slots = facet.policy(cx).await.map_err(why)?.slots.filter(|slots| *slots <= 64);
            let slots = slots.ok_or("no number of slots is told, though it is promised")? as usize;
            let password = password(world, cx, 'a').await?;
            let template = new(world, cx, &password).await?;
            let named = |number: usize| NewAccount { name: format!("{NAME}{number}"), ..template.clone() };
            for number in real(world)?.accounts().len()..slots {
                // Some slots may be kept for something else.
                if let Err(why) = create(world, cx, &named(number)).await {
                    ensure!(why.contains(ErrorKind::ResourceExhausted.as_str()), "account {number}: {why}");
                    break;
                }
            }
            let (last, before) = (named(slots), real(world)?.accounts());
            let call = facet.create(cx, &last);
            without_effect(world, ErrorKind::ResourceExhausted, "one account too many", call).await?;
            let after = real(world)?.accounts();
            ensure!(after == before, "one too many made {after:?} of {before:?}");
            Ok(())
        }
    ),
    law!(
        "accounts::a_lost_answer_is_settled_by_reading_back",
        FACET,
        Some("device.lost_answer"),
        Reversible,
        |world, cx| {
            let password = password(world, cx, 'a').await?;
            let account = new(world, cx, &password).await?;
            ensure!(world.truth.lose_next_answer(), "the rig loses no answers, though it is promised");
            let id = create(world, cx, &account).await?;
            let listed = id_of(world, cx, NAME).await?;
            ensure!(listed == id, "it was made as {listed}, and told as {id}");
            Ok(())
        }
    ),
];
