//! `underlay account rotate`: one password file, all devices that use it, and at every moment a password that works.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use underlay_hal::{
    AccountId, Credentials, Cx, Effect, Error, ErrorKind, Keeper, Opened, Result, Rotated, rotate,
};
use underlay_orchestrator::Fleet;
use underlay_rack::PasswordSource;

use super::{facet, password_file};
use crate::{
    cli::Rotate,
    commands::secrets::password_of,
    context::{Context, Failure, PARALLEL, close},
    output::{Answer, confirmed, print},
    progress::Bar,
};

#[derive(Debug, Serialize)]
struct Turned {
    account: String,
    password: &'static str,
}

/// The devices that share a password file.
struct Group {
    path: PathBuf,
    username: String,
    devices: Vec<String>,
    old: SecretString,
    new: SecretString,
    /// A rotation that was begun and not ended is carried on.
    resumed: bool,
}

/// The file is the keeper; what is done to it is decided when every device has been asked.
struct InFile;

#[async_trait]
impl Keeper for InFile {
    async fn stage(&self, _: &SecretString) -> Result<()> {
        Ok(())
    }
    async fn commit(&self) -> Result<()> {
        Ok(())
    }
    async fn discard(&self) -> Result<()> {
        Ok(())
    }
}

pub(super) async fn run(context: &Context, arguments: &Rotate) -> std::result::Result<ExitCode, Failure> {
    let groups = groups(context, arguments)?;
    for group in groups.iter().filter(|group| !group.resumed) {
        ready(context, group).await?;
    }
    if !arguments.consent.yes {
        for group in &groups {
            let (count, file) = (group.devices.len(), group.path.display());
            eprintln!("{file}: the password of {} on {count} devices gets a new one", group.username);
        }
        if !confirmed("Go on?", "what is changed")? {
            eprintln!("Nothing was done.");
            return Ok(ExitCode::from(2));
        }
    }
    let mut answers = Vec::new();
    for group in &groups {
        let turned = turn(context, group).await?;
        settle(group, &turned)?;
        answers.extend(turned);
    }
    Ok(print(context.output, &["device", "account", "password in force"], &answers, |turned| {
        vec![vec![turned.account.clone(), turned.password.to_owned()]]
    }))
}

/// The password files of the devices meant, each with all its devices.
fn groups(context: &Context, arguments: &Rotate) -> std::result::Result<Vec<Group>, Failure> {
    let rack = context.fleet.rack();
    let said = arguments.password_file.as_deref().map(password_of).transpose()?;
    let file_of = |name: &str| {
        let credential = rack.device(name)?.credential.as_deref()?;
        let credential = rack.credentials.get(credential)?;
        Some((credential.username.clone(), credential.password.clone()))
    };
    let mut devices: BTreeMap<PathBuf, (String, Vec<String>)> = BTreeMap::new();
    for name in context.select(&arguments.select)? {
        match file_of(&name) {
            Some((username, PasswordSource::File(path))) => {
                let (known, names) =
                    devices.entry(path.clone()).or_insert_with(|| (username.clone(), Vec::new()));
                if *known != username {
                    let file = path.display();
                    let message = format!(
                        "{file} holds the password of {known} and of {username}; give each its own file"
                    );
                    return Err(Failure(message));
                }
                names.push(name);
            }
            Some(_) => {
                let message = format!(
                    "{name}: its password is not in a file, and cannot be replaced from here; \
                     use `password = {{ file = … }}` in the rack file"
                );
                return Err(Failure(message));
            }
            None => return Err(Failure(format!("{name}: the rack file gives no credential"))),
        }
    }
    let groups = devices.into_iter().map(|(path, (username, names))| {
        let meant: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let others = rack.devices.iter().map(|device| device.name.as_str()).filter(|name| {
            let same = matches!(file_of(name), Some((_, PasswordSource::File(other))) if other == path);
            same && !meant.contains(name)
        });
        let others: Vec<_> = others.collect();
        if !others.is_empty() {
            let (file, others) = (path.display(), others.join(", "));
            return Err(Failure(format!("{others} use the password in {file} as well; select them, too")));
        }
        let staged = password_file::beside(&path);
        let resumed = staged.exists();
        let new = match (&said, resumed) {
            (Some(said), true) if said.expose_secret() != password_of(&staged)?.expose_secret() => {
                let message = format!(
                    "{} holds the password of a rotation that was not ended; run without --password-file to end it",
                    staged.display()
                );
                return Err(Failure(message));
            }
            (_, true) => password_of(&staged)?,
            (Some(said), false) => said.clone(),
            (None, false) => password_file::generate(arguments.length.into()),
        };
        Ok(Group { old: password_of(&path)?, path, username, devices: names, new, resumed })
    });
    groups.collect()
}

/// Opens a device of a group with a password.
async fn open(
    context: &Context,
    cx: &Cx,
    group: &Group,
    name: &str,
    password: &SecretString,
) -> Result<Arc<Opened>> {
    let credentials = Credentials::password(group.username.clone(), password.clone());
    let fleet = &context.fleet;
    let fleet = Fleet::new(fleet.rack().clone(), fleet.registry().clone(), Arc::new(credentials));
    Ok(Arc::new(fleet.open_for(cx, name, context.facets()).await?))
}

async fn account_of(cx: &Cx, group: &Group, opened: &Opened) -> Result<AccountId> {
    let accounts = facet(&*opened.device)?.list(cx).await?;
    let mine = accounts.into_iter().find(|account| account.name == group.username);
    mine.map(|account| account.id).ok_or_else(|| {
        let message = format!("the device lists no account {}", group.username);
        Error::new(ErrorKind::NotFound, message).during("accounts.rotate")
    })
}

/// Nothing is begun before every device answers, has the account, and takes a password of that length.
async fn ready(context: &Context, group: &Group) -> std::result::Result<(), Failure> {
    let length = group.new.expose_secret().chars().count();
    let bar = Bar::new("look", group.devices.len());
    let looks = group.devices.iter().map(|name| {
        let bar = &bar;
        async move {
            let cx = context.cx("account rotate");
            let look = async {
                let opened = open(context, &cx, group, name, &group.old).await?;
                let fits = async {
                    let policy = facet(&*opened.device)?.policy(&cx).await?;
                    let outside = policy.max_password_length.is_some_and(|most| length > most as usize)
                        || policy.min_password_length.is_some_and(|least| length < least as usize);
                    if outside {
                        let bound =
                            |bound: Option<u32>| bound.map_or_else(|| "?".to_owned(), |b| b.to_string());
                        let (least, most) =
                            (bound(policy.min_password_length), bound(policy.max_password_length));
                        let message =
                            format!("it takes passwords of {least} to {most} characters, and not {length}");
                        return Err(Error::new(ErrorKind::InvalidInput, message));
                    }
                    account_of(&cx, group, &opened).await
                };
                let fits = fits.await;
                close(&cx, name, &opened).await;
                fits
            };
            let looked: Result<AccountId> = look.await;
            bar.one_more(name);
            looked.err().map(|error| crate::output::explain(name, &error))
        }
    });
    let problems: Vec<_> =
        stream::iter(looks).buffered(PARALLEL).filter_map(async |problem| problem).collect().await;
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure(format!(
        "{}\nnothing was changed: a rotation begins when every device is ready",
        problems.join("\n")
    )))
}

/// Gives every device of a group the new password, after it stands in its file.
async fn turn(context: &Context, group: &Group) -> std::result::Result<Vec<Answer<Turned>>, Failure> {
    if group.resumed {
        eprintln!("{}: a rotation that was begun is carried on", group.path.display());
    } else {
        password_file::stage(&group.path, &group.new)
            .map_err(|error| failed(&password_file::beside(&group.path), "be written", &error))?;
    }
    let bar = Bar::new("account rotate", group.devices.len());
    let turns = group.devices.iter().map(|name| {
        let bar = &bar;
        async move {
            let result = turn_one(context, group, name).await;
            bar.one_more(name);
            let result = result.map(|rotated| Turned {
                account: group.username.clone(),
                password: if rotated == Rotated::New { "new" } else { "old" },
            });
            Answer { device: name.clone(), result }
        }
    });
    Ok(stream::iter(turns).buffered(PARALLEL).collect().await)
}

async fn turn_one(context: &Context, group: &Group, name: &str) -> Result<Rotated> {
    let cx = context.cx("account rotate");
    if group.resumed {
        match open(context, &cx, group, name, &group.new).await {
            Ok(opened) => {
                close(&cx, name, &opened).await;
                return Ok(Rotated::New);
            }
            Err(error) if error.kind() == ErrorKind::Unauthenticated => {}
            Err(error) => return Err(error),
        }
    }
    let opened = open(context, &cx, group, name, &group.old).await?;
    let turned = async {
        let id = account_of(&cx, group, &opened).await?;
        let accounts = facet(&*opened.device)?;
        rotate(accounts, &cx, (&id, &group.username), &group.old, &group.new, &InFile).await
    };
    let turned = turned.await;
    close(&cx, name, &opened).await;
    turned
}

fn failed(path: &Path, what: &str, error: &std::io::Error) -> Failure {
    Failure(format!("{} cannot {what}: {error}", path.display()))
}

/// What becomes of the two passwords, now that every device has been asked.
fn settle(group: &Group, answers: &[Answer<Turned>]) -> std::result::Result<(), Failure> {
    let (path, staged) = (&group.path, password_file::beside(&group.path));
    let new = |answer: &Answer<Turned>| answer.result.as_ref().is_ok_and(|turned| turned.password == "new");
    let old = |answer: &Answer<Turned>| match &answer.result {
        Ok(turned) => turned.password == "old",
        // A device that refused, and says so, has the old one; in a rotation carried on that is not known.
        Err(error) => !group.resumed && error.effect() == Effect::None,
    };
    if answers.iter().all(new) {
        password_file::commit(path).map_err(|error| failed(path, "take the new password", &error))?;
        eprintln!("{}: holds the new password, which opens every device", path.display());
    } else if answers.iter().all(old) {
        password_file::discard(path).map_err(|error| failed(&staged, "be removed", &error))?;
        eprintln!("{}: still holds the password; no device took the new one", path.display());
    } else {
        eprintln!(
            "{}: some devices have the new password, which stands in {}; run the same command again to end it",
            path.display(),
            staged.display()
        );
    }
    Ok(())
}
