//! `underlay account`.

mod password_file;
mod rotate;

use std::{process::ExitCode, sync::Arc};

use secrecy::SecretString;
use serde::Serialize;
use underlay_hal::{
    Account as AccountInfo, AccountChange, AccountId, AccountPolicy, Accounts, Change, Cx, Error, ErrorKind,
    NewAccount, Opened, Outcome, Result, Role,
};

use super::{
    change::{Done, Mutation, Step},
    secrets::password_of,
};
use crate::{
    cli::{Account, AccountSet, Consent, Wait},
    context::{Context, Failure},
    output::{or_dash, print, print_if},
};

#[derive(Debug, Serialize)]
struct List {
    accounts: Vec<AccountInfo>,
    policy: AccountPolicy,
}

pub(super) async fn run(context: &Context, command: &Account) -> std::result::Result<ExitCode, Failure> {
    match command {
        Account::List { select } => list(context, select).await,
        Account::Set(arguments) => set(context, arguments).await,
        Account::Remove { select, name, consent } => remove(context, select, name, *consent).await,
        Account::Rotate(arguments) => rotate::run(context, arguments).await,
    }
}

fn facet(device: &dyn underlay_hal::Device) -> Result<&dyn Accounts> {
    device.accounts().ok_or_else(|| Error::unsupported("accounts.list"))
}

async fn list(context: &Context, select: &str) -> std::result::Result<ExitCode, Failure> {
    let answers = context
        .each(select, "account list", |cx: Cx, opened: Arc<Opened>| async move {
            let accounts = facet(&*opened.device)?;
            Ok(List { accounts: accounts.list(&cx).await?, policy: accounts.policy(&cx).await? })
        })
        .await?;
    Ok(print(context.output, &["device", "account", "id", "role", "state"], &answers, |list| {
        let rows = list.accounts.iter().map(|one| {
            let mut state = if one.enabled { "enabled" } else { "disabled" }.to_owned();
            if one.locked == Some(true) {
                state.push_str(", locked");
            }
            if one.password_change_required == Some(true) {
                state.push_str(", has to change its password");
            }
            vec![one.name.clone(), one.id.to_string(), one.role.to_string(), state]
        });
        rows.collect()
    }))
}

/// A role of the three that everybody has, or the device's own word.
fn role(word: &str) -> Role {
    match word.to_lowercase().replace('-', "_").as_str() {
        "administrator" | "admin" => Role::Administrator,
        "operator" => Role::Operator,
        "read_only" | "readonly" => Role::ReadOnly,
        "no_access" | "none" => Role::NoAccess,
        _ => Role::Other(word.to_owned()),
    }
}

async fn named(step: &Step, name: &str) -> Result<Option<AccountInfo>> {
    let accounts = facet(step.device())?.list(&step.cx).await?;
    Ok(accounts.into_iter().find(|one| one.name == name))
}

async fn set(context: &Context, arguments: &AccountSet) -> std::result::Result<ExitCode, Failure> {
    let password = arguments.password_file.as_deref().map(password_of).transpose()?;
    let change = AccountChange {
        role: arguments.role.as_deref().map(role),
        enabled: if arguments.enable || arguments.disable { Some(arguments.enable) } else { None },
        locked: arguments.unlock.then_some(false),
    };
    if password.is_none() && change == AccountChange::default() {
        return Err(Failure(
            "nothing to set; give --role, --password-file, --enable, --disable or --unlock".to_owned(),
        ));
    }
    let (password, change) = (password.as_ref(), &change);
    let mutation = Mutation::harmless(context, "account set", Wait::default());
    let look = async |step: &Step| named(step, &arguments.name).await;
    let act = async |step: &Step, account: Option<AccountInfo>| match account {
        Some(account) => alter(step, &account.id, change, password).await,
        None => create(step, &arguments.name, change, password).await,
    };
    let answers = mutation.run(&arguments.select, look, |_| Vec::new(), act).await?;
    Ok(print_if(context.output, &["device", "change"], answers, |done: &Done| vec![vec![done.words()]]))
}

async fn create(
    step: &Step,
    name: &str,
    change: &AccountChange,
    password: Option<&SecretString>,
) -> Result<Done> {
    let (Some(role), Some(password)) = (change.role.clone(), password) else {
        let message = format!("there is no account {name}; to make one, give --role and --password-file");
        return Err(Error::new(ErrorKind::NotFound, message).during("accounts.create"));
    };
    let account = NewAccount {
        name: name.to_owned(),
        role,
        password: password.clone(),
        enabled: change.enabled.unwrap_or(true),
    };
    let made = match facet(step.device())?.create(&step.cx, &account).await? {
        Outcome::Done(_) => Outcome::Done(Change::Made),
        Outcome::Running(task) => Outcome::Running(task),
    };
    step.changed(made).await
}

async fn alter(
    step: &Step,
    id: &AccountId,
    change: &AccountChange,
    password: Option<&SecretString>,
) -> Result<Done> {
    let accounts = facet(step.device())?;
    let mut done = Done::of(Change::AlreadySo);
    if *change != AccountChange::default() {
        done = step.changed(accounts.change(&step.cx, id, change).await?).await?;
    }
    if let Some(password) = password {
        // Nobody can tell whether it was so already.
        done = step.changed(accounts.set_password(&step.cx, id, password).await?).await?;
    }
    Ok(done)
}

async fn remove(
    context: &Context,
    select: &str,
    name: &str,
    consent: Consent,
) -> std::result::Result<ExitCode, Failure> {
    let mutation = Mutation::asking(context, "account remove", consent, Wait::default());
    let look = async |step: &Step| named(step, name).await;
    let losses = |account: &Option<AccountInfo>| {
        let told = |one: &AccountInfo| format!("account {} ({}, id {})", one.name, one.role, one.id);
        account.iter().map(told).collect()
    };
    let act = async |step: &Step, account: Option<AccountInfo>| match account {
        Some(account) => step.changed(facet(step.device())?.remove(&step.cx, &account.id).await?).await,
        None => Ok(Done::of(Change::AlreadySo)),
    };
    let answers = mutation.run(select, look, losses, act).await?;
    Ok(print_if(context.output, &["device", "change"], answers, |done: &Done| {
        vec![vec![or_dash(Some(done.words()))]]
    }))
}
