//! Accounts: made, changed and ended, and the lockout.

use http::{Method, StatusCode, header};
use serde_json::{Map, Value, json};

use super::patch::{done, not_listed, written, wrong_type};
use super::{Call, GET, Handler, PATCH, PATCH_DELETE, POST, Written, refused};
use crate::plant::{AccountChange, AccountRefusal, AccountView, NewAccount, Role};
use crate::redfish::ORIGIN;
use crate::redfish::messages::{Key, Message};
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::tree::Scene;
use crate::redfish::tree::accounts::{ACCOUNTS, find, role_of};

const SERVICE: &str = "/redfish/v1/AccountService";
const THRESHOLD: &str = "AccountLockoutThreshold";
const DURATION: &str = "AccountLockoutDuration";
/// Seconds below which a lockout is refused (quirk Q32b).
const FLOOR: u64 = 60;
/// Failures and seconds beyond which a lockout makes no sense.
const MOST: u64 = 86_400;

pub(super) fn methods(scene: &Scene<'_>, segments: &[&str]) -> &'static [Method] {
    let slots = scene.quirks.has(Quirk::AccountSlots);
    match segments {
        ["AccountService"] => PATCH,
        ["AccountService", "Accounts"] if !slots => POST,
        ["AccountService", "Accounts", _] if slots => PATCH,
        ["AccountService", "Accounts", _] => PATCH_DELETE,
        _ => GET,
    }
}

/// Writes the lockout.
pub(super) fn property(call: &Call<'_>, name: &str, value: &Value) -> Option<Written> {
    if call.path != SERVICE || !matches!(name, THRESHOLD | DURATION) {
        return None;
    }
    let Some(number) = value.as_u64() else { return Some(Err(wrong_type(name, value))) };
    let floor = call.scene.quirks.has(Quirk::LockoutFloor) && name == DURATION;
    if number > MOST || (floor && number < FLOOR) {
        let text = number.to_string();
        return Some(Err(vec![Message::base(Key::PropertyValueOutOfRange, &[&text, name]).about(name)]));
    }
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    let (threshold, seconds) =
        if name == THRESHOLD { (Some(number), None) } else { (None, Some(f64::from(number))) };
    Some(done(call.service.server.set_lockout(threshold, seconds, ORIGIN)))
}

// ── One account ──────────────────────────────────────────────────────────────────────────────

/// What a body says of an account, and what is wrong with it.
#[derive(Default)]
struct Asked {
    change: AccountChange,
    problems: Vec<Message>,
    /// The properties that can be written, as far as they are right.
    good: Vec<String>,
}

fn read(scene: &Scene<'_>, body: &Map<String, Value>, known: Option<&Value>) -> Asked {
    let mut asked = Asked::default();
    for (name, value) in body.iter().filter(|(name, _)| !name.starts_with('@')) {
        match one(scene, name, value, known, &mut asked.change) {
            Ok(()) => asked.good.push(name.clone()),
            Err(mut messages) => asked.problems.append(&mut messages),
        }
    }
    asked
}

fn one(
    scene: &Scene<'_>,
    name: &str,
    value: &Value,
    known: Option<&Value>,
    change: &mut AccountChange,
) -> Written {
    let text = || value.as_str().ok_or_else(|| wrong_type(name, value));
    let truth = || value.as_bool().ok_or_else(|| wrong_type(name, value));
    match name {
        "UserName" => change.name = Some(text()?.to_owned()),
        "Password" => {
            // The value is a secret, so it is not repeated, whatever it is.
            let secret = value
                .as_str()
                .ok_or_else(|| vec![Message::base(Key::PropertyValueTypeError, &["", name]).about(name)])?;
            change.password = Some(secret.into());
        }
        "RoleId" => {
            change.role =
                Some(role_of(scene, text()?).ok_or_else(|| not_listed(name, text().unwrap_or_default()))?);
        }
        "Enabled" => change.enabled = Some(truth()?),
        "PasswordChangeRequired" => change.must_change = Some(truth()?),
        "Locked" => match truth()? {
            false => change.unlock = true,
            true => return Err(not_listed(name, "true")),
        },
        _ => {
            let there = known.is_some_and(|known| known.get(name).is_some());
            let key = if there { Key::PropertyNotWritable } else { Key::PropertyUnknown };
            return Err(vec![Message::base(key, &[name]).about(name)]);
        }
    }
    Ok(())
}

pub(super) fn patcher(call: &Call<'_>) -> Option<Handler> {
    find(call.scene, call.path).map(|_| patch as Handler)
}

fn patch(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    let scene = call.scene;
    let (slot, account) = find(scene, call.path).ok_or_else(|| Reply::not_found(call.path))?;
    if body.keys().all(|name| name.starts_with('@')) {
        let key = if body.is_empty() { Key::EmptyJSON } else { Key::NoOperation };
        return Err(Reply::refuse(StatusCode::BAD_REQUEST, key, &[]));
    }
    let known = scene.document(call.path);
    let mut asked = read(scene, body, known.as_ref());
    if slot == 1 {
        // The slot of IPMI's null user.
        let fixed = asked.good.drain(..);
        let fixed = fixed.map(|name| Message::base(Key::PropertyNotWritable, &[&name]).about(&name));
        asked.problems.extend(fixed);
    }
    if asked.good.is_empty() {
        return Err(Reply::error(StatusCode::BAD_REQUEST, &asked.problems));
    }
    may(call, slot, &asked)?;
    let changed = match account {
        Some(account) => change(call, account, asked.change),
        None => fill(call, slot, asked.change),
    };
    changed?;
    if asked.problems.is_empty() {
        return Ok(written(scene));
    }
    let notes: Vec<Value> = asked.problems.iter().map(Message::render).collect();
    Ok(Reply::document(json!({ "@Message.ExtendedInfo": notes })))
}

/// Who is no administrator may change the own password alone; nobody may shut the own door.
fn may(call: &Call<'_>, slot: u8, asked: &Asked) -> Result<(), Box<Reply>> {
    let Some(caller) = call.account else { return Ok(()) };
    let only_password = asked.good.iter().all(|name| name == "Password");
    if caller.role != Role::Administrator && !only_password {
        return Err(Reply::refuse(StatusCode::FORBIDDEN, Key::InsufficientPrivilege, &[]));
    }
    if caller.must_change && !only_password {
        return Err(Reply::refuse(StatusCode::FORBIDDEN, Key::PasswordChangeRequired, &[call.path]));
    }
    let closes = asked.change.enabled == Some(false) || asked.change.name.as_deref() == Some("");
    if caller.slot == slot && closes {
        return Err(conflict("Enabled", "false", call.path));
    }
    Ok(())
}

fn change(call: &Call<'_>, account: &AccountView, change: AccountChange) -> Result<(), Box<Reply>> {
    let server = &call.service.server;
    let empties = change.name.as_deref() == Some("") && call.scene.quirks.has(Quirk::AccountSlots);
    if empties {
        server.remove_account(account.slot, ORIGIN).map_err(|refusal| told(refusal, call.path))?;
        call.service.memory().sessions.end(&account.name);
        return Ok(());
    }
    let name = change.name.clone();
    server.change_account(account.slot, change, ORIGIN).map_err(|refusal| told(refusal, call.path))?;
    if let Some(name) = name {
        call.service.memory().sessions.rename(&account.name, &name);
    }
    Ok(())
}

/// Makes an account of an empty slot (quirk Q17): name, password and role come together.
fn fill(call: &Call<'_>, slot: u8, change: AccountChange) -> Result<(), Box<Reply>> {
    let AccountChange { name, password, role, enabled, must_change, unlock: _ } = change;
    let name = name.filter(|name| !name.is_empty());
    if name.is_none()
        && password.is_none()
        && role.is_none_or(|role| role == Role::NoAccess)
        && enabled != Some(true)
    {
        // It is empty, and stays so.
        return Ok(());
    }
    let (Some(name), Some(password), Some(role)) = (name.clone(), password.clone(), role) else {
        let given =
            [("UserName", name.is_some()), ("Password", password.is_some()), ("RoleId", role.is_some())];
        let missing = given.iter().filter(|(_, given)| !given);
        let missing: Vec<_> =
            missing.map(|(name, _)| Message::base(Key::PropertyMissing, &[name]).about(name)).collect();
        return Err(Reply::error(StatusCode::BAD_REQUEST, &missing));
    };
    let new = NewAccount {
        slot: Some(slot),
        name,
        password,
        role,
        enabled: enabled.unwrap_or(false),
        must_change: must_change.unwrap_or(false),
    };
    call.service.server.create_account(new, ORIGIN).map(drop).map_err(|refusal| told(refusal, call.path))
}

// ── Making and ending ────────────────────────────────────────────────────────────────────────

pub(super) fn creator(call: &Call<'_>) -> Option<Handler> {
    (call.path == ACCOUNTS && !call.scene.quirks.has(Quirk::AccountSlots)).then_some(create)
}

fn create(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    let mut body = body.clone();
    let types = body.remove("AccountTypes");
    let mut asked = read(call.scene, &body, None);
    let given = [
        ("UserName", body.contains_key("UserName")),
        ("Password", body.contains_key("Password")),
        ("RoleId", body.contains_key("RoleId")),
    ];
    let missing = given.iter().filter(|(_, given)| !given);
    asked.problems.extend(missing.map(|(name, _)| Message::base(Key::PropertyMissing, &[name]).about(name)));
    if types.is_some_and(|types| types != json!(["Redfish", "IPMI"])) {
        // Every account is one of both protocols.
        asked.problems.push(Message::base(Key::PropertyNotWritable, &["AccountTypes"]).about("AccountTypes"));
    }
    let AccountChange { name, password, role, enabled, must_change, unlock: _ } = asked.change;
    let (Some(name), Some(password), Some(role), true) = (name, password, role, asked.problems.is_empty())
    else {
        return Err(Reply::error(StatusCode::BAD_REQUEST, &asked.problems));
    };
    let new = NewAccount {
        slot: None,
        name: name.clone(),
        password,
        role,
        enabled: enabled.unwrap_or(true),
        must_change: must_change.unwrap_or(false),
    };
    call.service.server.create_account(new, ORIGIN).map_err(|refusal| told(refusal, &name))?;
    let now = Scene::new(call.service);
    let account = now.snapshot.accounts.iter().find(|account| account.name == name);
    let path = account.map(|account| crate::redfish::tree::accounts::path_of(now.quirks, account));
    let path = path.unwrap_or_default();
    let document = now.document(&path).ok_or_else(|| Reply::not_found(&path))?;
    let tag = document.get("@odata.etag").and_then(Value::as_str).map(str::to_owned);
    let mut reply = Reply::document(document);
    reply.status = StatusCode::CREATED;
    reply.push(header::LOCATION, &path);
    if let Some(tag) = tag {
        reply.push(header::ETAG, &tag);
    }
    Ok(reply)
}

pub(super) fn remove(call: &Call<'_>) -> Option<Answer> {
    let (slot, account) = find(call.scene, call.path)?;
    let account = account?;
    if call.account.is_some_and(|caller| caller.slot == slot) {
        return Some(Err(Reply::refuse(StatusCode::CONFLICT, Key::ResourceCannotBeDeleted, &[])));
    }
    let removed = call.service.server.remove_account(slot, ORIGIN);
    Some(match removed {
        Ok(_) => {
            call.service.memory().sessions.end(&account.name);
            Ok(Reply::no_content())
        }
        Err(AccountRefusal::LastAdministrator) => {
            Err(Reply::refuse(StatusCode::CONFLICT, Key::ResourceCannotBeDeleted, &[]))
        }
        Err(refusal) => Err(told(refusal, call.path)),
    })
}

fn conflict(property: &str, value: &str, path: &str) -> Box<Reply> {
    let message = Message::base(Key::PropertyValueResourceConflict, &[property, value, path]);
    Reply::error(StatusCode::CONFLICT, &[message.about(property)])
}

/// A refusal in Redfish's words. Secrets are in none of them.
fn told(refusal: AccountRefusal, what: &str) -> Box<Reply> {
    let bad = |name: &str| {
        Reply::error(StatusCode::BAD_REQUEST, &[Message::base(Key::PropertyValueError, &[name]).about(name)])
    };
    match refusal {
        AccountRefusal::Machine(refusal) => refused(refusal),
        AccountRefusal::NotFound => Reply::not_found(what),
        AccountRefusal::NameTaken => {
            let key = Key::ResourceAlreadyExists;
            Reply::refuse(StatusCode::CONFLICT, key, &["ManagerAccount", "UserName", "the one given"])
        }
        AccountRefusal::BadName => bad("UserName"),
        AccountRefusal::BadPassword => bad("Password"),
        AccountRefusal::Full => {
            Reply::refuse(StatusCode::BAD_REQUEST, Key::CreateLimitReachedForResource, &[])
        }
        AccountRefusal::LastAdministrator => conflict("RoleId", "of the last administrator", what),
    }
}
