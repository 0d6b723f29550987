//! Laws of [`underlay_hal::Accounts`].

use secrecy::SecretString;
use underlay_hal::{Account, AccountId, Cx, NewAccount, Role};

use super::{
    Law,
    effect::over,
    ensure, facet,
    help::{Said, why},
};
use crate::{AccountFact, World};

mod changing;
mod passwords;
mod refusals;

facet!(Accounts, accounts, AccountsTruth);

pub(super) const LAWS: [&[Law]; 3] = [changing::LAWS, passwords::LAWS, refusals::LAWS];

/// The account that the laws make.
const NAME: &str = "lawful";

async fn list(world: &World, cx: &Cx) -> Said<Vec<Account>> {
    facet(world)?.list(cx).await.map_err(why)
}

/// A password of a length that the device takes, and another for another letter.
async fn password(world: &World, cx: &Cx, letter: char) -> Said<SecretString> {
    let policy = facet(world)?.policy(cx).await.map_err(why)?;
    let longest = policy.max_password_length.unwrap_or(20).max(1) as usize;
    let wanted = (policy.min_password_length.unwrap_or(0) as usize).max(12).min(longest);
    let mixed = "7a_Kq9-Zt4".chars().cycle();
    let text: String = ['L', letter].into_iter().chain(mixed).take(wanted).collect();
    Ok(text.into())
}

/// The account of the laws, made with that password.
async fn new(world: &World, cx: &Cx, password: &SecretString) -> Said<NewAccount> {
    let policy = facet(world)?.policy(cx).await.map_err(why)?;
    let wanted = [Role::Operator, Role::ReadOnly, Role::Administrator];
    let mut known = wanted.into_iter().filter(|role| policy.roles.is_empty() || policy.roles.contains(role));
    let role = known.next().ok_or_else(|| format!("only these roles can be given: {:?}", policy.roles))?;
    Ok(NewAccount { name: NAME.to_owned(), role, password: password.clone(), enabled: true })
}

async fn create(world: &World, cx: &Cx, account: &NewAccount) -> Said<AccountId> {
    let outcome = facet(world)?.create(cx, account).await;
    if let Some(id) = over(world, cx, outcome).await? {
        return Ok(id);
    }
    id_of(world, cx, &account.name).await
}

/// The device's name of the account of that user.
async fn id_of(world: &World, cx: &Cx, name: &str) -> Said<AccountId> {
    let account = list(world, cx).await?.into_iter().find(|account| account.name == name);
    Ok(account.ok_or_else(|| format!("no account of {name:?} is listed"))?.id)
}

/// The account of the laws with a password: its name on the device, and the password.
async fn created(world: &World, cx: &Cx) -> Said<(AccountId, SecretString)> {
    let password = password(world, cx, 'a').await?;
    let account = new(world, cx, &password).await?;
    let id = create(world, cx, &account).await?;
    ensure!(fact(world, NAME)?.is_some(), "an account was made, and the device has none of that name");
    Ok((id, password))
}

/// An account as it really is.
fn fact(world: &World, name: &str) -> Said<Option<AccountFact>> {
    Ok(real(world)?.accounts().into_iter().find(|fact| fact.name == name))
}

async fn lets_in(world: &World, cx: &Cx, password: &SecretString) -> Said<bool> {
    facet(world)?.verify_password(cx, NAME, password).await.map_err(why)
}
