//! Accounts: who makes, changes and ends them, and what a password lets one do.

use base64::Engine;
use serde_json::{Value, json};
use underlay_simulators::plant::{MutationKind, Origin};
use underlay_simulators::redfish::Quirk;

use super::support::{Client, Reply, Rig};

const SERVICE: &str = "/redfish/v1/AccountService";
const ACCOUNTS: &str = "/redfish/v1/AccountService/Accounts";
const SESSIONS: &str = "/redfish/v1/SessionService/Sessions";
const SYSTEM: &str = "/redfish/v1/Systems/1";

fn new(name: &str, password: &str, role: &str) -> Value {
    json!({ "UserName": name, "Password": password, "RoleId": role })
}

async fn login(rig: &Rig, user: &str, password: &str) -> Reply {
    rig.client().post(SESSIONS, &json!({ "UserName": user, "Password": password })).await
}

/// A client with a session of this login.
async fn entered(rig: &Rig, user: &str, password: &str) -> Client {
    let reply = login(rig, user, password).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    rig.client().with("X-Auth-Token", reply.header("x-auth-token").expect("a token"))
}

/// A client that sends Basic; the persona has to take it.
fn basic(rig: &Rig, user: &str, password: &str) -> Client {
    let text = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    rig.client().with("Authorization", &format!("Basic {text}"))
}

#[tokio::test]
async fn an_account_is_made_used_changed_and_ended() {
    let rig = Rig::new("standard").await;
    let admin = rig.admin().await;
    let made = admin.post(ACCOUNTS, &new("deploy", "long enough", "ReadOnly")).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert!(!made.text().contains("long enough"));
    let path = made.header("location").expect("a location").to_owned();
    assert_eq!(made.json()["@odata.id"], path.as_str());
    assert_eq!(made.header("etag"), made.json()["@odata.etag"].as_str());
    assert_eq!((&made.json()["Enabled"], &made.json()["Password"]), (&json!(true), &Value::Null));
    let client = entered(&rig, "deploy", "long enough").await;
    let boot = json!({"Boot": {"BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once"}});
    assert_eq!(client.patch(SYSTEM, &boot).await.status, 403);
    let changed = admin.patch(&path, &json!({ "RoleId": "Operator" })).await;
    assert_eq!((changed.status, &changed.json()["RoleId"]), (200, &json!("Operator")));
    assert_eq!(client.patch(SYSTEM, &boot).await.status, 200, "at once");
    assert_eq!(admin.patch(&path, &json!({ "UserName": "renamed" })).await.json()["UserName"], "renamed");
    assert_eq!(client.get(SYSTEM).await.status, 200, "a session outlives its user's name");
    assert_eq!(login(&rig, "deploy", "long enough").await.status, 401);
    assert_eq!(admin.patch(&path, &json!({ "Enabled": false })).await.json()["Enabled"], false);
    assert_eq!(client.get(SYSTEM).await.status, 401);
    assert_eq!(login(&rig, "renamed", "long enough").await.status, 401);
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_eq!(admin.get(&path).await.status, 404);
    assert_eq!(admin.delete(&path).await.status, 404);
    // Another one in the same slot, or of the same name, has none of its sessions.
    assert_eq!(admin.post(ACCOUNTS, &new("renamed", "long enough", "Operator")).await.status, 201);
    assert_eq!(client.get(SYSTEM).await.status, 401);
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::Account), 6);
}

#[tokio::test]
async fn what_is_no_account_is_refused_and_secrets_are_not_repeated() {
    let rig = Rig::new("standard").await;
    let admin = rig.admin().await;
    let with = |name: &str, value: Value| {
        let mut body = new("deploy", "long enough", "ReadOnly");
        body[name] = value;
        body
    };
    for (body, status, key) in [
        (json!({ "UserName": "deploy", "Password": "long enough" }), 400, "PropertyMissing"),
        (with("RoleId", json!("King")), 400, "PropertyValueNotInList"),
        (with("RoleId", json!("None")), 400, "PropertyValueNotInList"),
        (with("UserName", json!("")), 400, "PropertyValueError"),
        (with("UserName", json!("with space")), 400, "PropertyValueError"),
        (with("UserName", json!("admin")), 409, "ResourceAlreadyExists"),
        (with("UserName", json!(5)), 400, "PropertyValueTypeError"),
        (with("Password", json!("secret!")), 400, "PropertyValueError"),
        (with("Password", json!("secret-of-21-letters!")), 400, "PropertyValueError"),
        (with("Password", json!(["secret"])), 400, "PropertyValueTypeError"),
        (with("Locked", json!(true)), 400, "PropertyValueNotInList"),
        (with("AccountTypes", json!(["WebUI"])), 400, "PropertyNotWritable"),
        (with("Colour", json!("red")), 400, "PropertyUnknown"),
    ] {
        let refused = admin.post(ACCOUNTS, &body).await;
        assert_eq!((refused.status, refused.message()), (status, format!("Base.1.18.{key}")), "{body}");
        assert!(!refused.text().contains("secret"));
    }
    assert_eq!(rig.server.counters().mutations(), 0);
    // The control, and the end of the room for more.
    assert_eq!(admin.post(ACCOUNTS, &with("AccountTypes", json!(["Redfish", "IPMI"]))).await.status, 201);
    for number in 6..=16 {
        let name = format!("user{number}");
        assert_eq!(admin.post(ACCOUNTS, &new(&name, "long enough", "ReadOnly")).await.status, 201, "{name}");
    }
    let full = admin.post(ACCOUNTS, &new("onemore", "long enough", "ReadOnly")).await;
    assert_eq!((full.status, full.message().as_str()), (400, "Base.1.18.CreateLimitReachedForResource"));
}

#[tokio::test]
async fn a_part_that_is_wrong_does_not_stop_the_parts_that_are_right() {
    let rig = Rig::new("standard").await;
    let admin = rig.admin().await;
    let path = format!("{ACCOUNTS}/3");
    let mixed = admin.patch(&path, &json!({ "Password": "long enough", "Colour": "red", "Id": "9" })).await;
    assert_eq!(mixed.status, 200);
    let keys: Vec<_> = mixed.json()["@Message.ExtendedInfo"]
        .as_array()
        .expect("messages")
        .iter()
        .map(|info| info["MessageId"].clone())
        .collect();
    assert_eq!(keys, ["Base.1.18.PropertyUnknown", "Base.1.18.PropertyNotWritable"]);
    assert_eq!(login(&rig, "operator", "long enough").await.status, 201);
    for (body, key) in [
        (json!({}), "EmptyJSON"),
        (json!({ "@odata.id": "/x" }), "NoOperation"),
        (json!({ "Colour": "red" }), "PropertyUnknown"),
        (json!({ "Locked": true }), "PropertyValueNotInList"),
        (json!({ "Enabled": "no" }), "PropertyValueTypeError"),
    ] {
        let refused = admin.patch(&path, &body).await;
        assert_eq!((refused.status, refused.message()), (400, format!("Base.1.18.{key}")));
    }
    // One thing that the table refuses, and nothing of the request is done.
    let refused = admin.patch(&path, &json!({ "RoleId": "ReadOnly", "Password": "short" })).await;
    assert_eq!((refused.status, refused.message().as_str()), (400, "Base.1.18.PropertyValueError"));
    assert_eq!(admin.get(&path).await.json()["RoleId"], "Operator");
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::Account), 1);
}

#[tokio::test]
async fn everybody_may_change_the_own_password_and_nothing_else() {
    let rig = Rig::new("standard").await;
    let viewer = rig.session("viewer").await;
    let (own, other) = (format!("{ACCOUNTS}/4"), format!("{ACCOUNTS}/3"));
    for (path, body) in [
        (&own, json!({ "RoleId": "Administrator" })),
        (&own, json!({ "Password": "long enough", "RoleId": "Administrator" })),
        (&other, json!({ "Password": "long enough" })),
    ] {
        let refused = viewer.patch(path, &body).await;
        assert_eq!((refused.status, refused.message().as_str()), (403, "Base.1.18.InsufficientPrivilege"));
    }
    assert_eq!(viewer.post(ACCOUNTS, &new("deploy", "long enough", "ReadOnly")).await.status, 403);
    assert_eq!(viewer.delete(&own).await.status, 403);
    assert_eq!(viewer.patch(SERVICE, &json!({ "AccountLockoutThreshold": 0 })).await.status, 403);
    assert_eq!(rig.server.counters().mutations(), 0);
    assert_eq!(viewer.patch(&own, &json!({ "Password": "long enough" })).await.status, 200);
    assert_eq!(viewer.get(SYSTEM).await.status, 200, "the session goes on");
    assert_eq!(login(&rig, "viewer", "viewer").await.status, 401);
    assert_eq!(login(&rig, "viewer", "long enough").await.status, 201);
}

#[tokio::test]
async fn basic_with_the_old_password_is_refused() {
    let rig = Rig::new("supermicro").await;
    let old = basic(&rig, "admin", "admin");
    let path = format!("{ACCOUNTS}/2");
    let tag = old.get(&path).await.header("etag").expect("a tag").to_owned();
    let changed = old.with("If-Match", &tag).patch(&path, &json!({ "Password": "long enough" })).await;
    assert_eq!(changed.status, 200);
    assert_eq!(old.get(SYSTEM).await.status, 401);
    assert_eq!(basic(&rig, "admin", "long enough").get(SYSTEM).await.status, 200);
}

#[tokio::test]
async fn nobody_shuts_the_last_door_or_the_own() {
    let rig = Rig::new("standard").await;
    let admin = rig.admin().await;
    let own = format!("{ACCOUNTS}/2");
    let deleted = admin.delete(&own).await;
    assert_eq!((deleted.status, deleted.message().as_str()), (409, "Base.1.18.ResourceCannotBeDeleted"));
    for body in [json!({ "Enabled": false }), json!({ "RoleId": "Operator" })] {
        let refused = admin.patch(&own, &body).await;
        let key = "Base.1.18.PropertyValueResourceConflict";
        assert_eq!((refused.status, refused.message().as_str()), (409, key), "{body}");
    }
    assert_eq!(rig.server.counters().mutations(), 0);
    // With a second administrator the first is not the last.
    let made = admin.post(ACCOUNTS, &new("second", "long enough", "Administrator")).await;
    assert_eq!(made.status, 201);
    let second = entered(&rig, "second", "long enough").await;
    assert_eq!(second.delete(&own).await.status, 204);
    assert_eq!(admin.get(SYSTEM).await.status, 401);
    let last =
        second.patch(made.header("location").expect("a location"), &json!({ "RoleId": "ReadOnly" })).await;
    assert_eq!(last.status, 409);
}

#[tokio::test]
async fn who_has_to_change_the_password_can_do_nothing_else() {
    let rig = Rig::new("standard").await;
    let admin = rig.admin().await;
    let mut body = new("fresh", "given word", "Administrator");
    body["PasswordChangeRequired"] = json!(true);
    let path = admin.post(ACCOUNTS, &body).await.header("location").expect("a location").to_owned();
    let session = login(&rig, "fresh", "given word").await;
    assert_eq!(session.status, 201);
    let told = session.json()["@Message.ExtendedInfo"][0].clone();
    assert_eq!(
        (&told["MessageId"], &told["MessageArgs"]),
        (&json!("Base.1.18.PasswordChangeRequired"), &json!([path]))
    );
    let client = rig.client().with("X-Auth-Token", session.header("x-auth-token").expect("a token"));
    for path in [SYSTEM, SESSIONS, ACCOUNTS, "/redfish/v1/AccountService/Accounts/2"] {
        let refused = client.get(path).await;
        assert_eq!(
            (refused.status, refused.message().as_str()),
            (403, "Base.1.18.PasswordChangeRequired"),
            "{path}"
        );
    }
    assert_eq!(client.get("/redfish/v1/").await.status, 200);
    assert_eq!(client.get(&path).await.json()["PasswordChangeRequired"], true);
    let reset = json!({ "ResetType": "ForceOff" });
    assert_eq!(client.post(&format!("{SYSTEM}/Actions/ComputerSystem.Reset"), &reset).await.status, 403);
    for body in [
        json!({ "PasswordChangeRequired": false }),
        json!({ "Password": "another one", "RoleId": "ReadOnly" }),
    ] {
        assert_eq!(client.patch(&path, &body).await.status, 403, "{body}");
    }
    let changed = client.patch(&path, &json!({ "Password": "another one" })).await;
    assert_eq!((changed.status, &changed.json()["PasswordChangeRequired"]), (200, &json!(false)));
    assert_eq!(client.get(SYSTEM).await.status, 200);
    // It can be asked for again, and such a session can be ended.
    assert_eq!(admin.patch(&path, &json!({ "PasswordChangeRequired": true })).await.status, 200);
    assert_eq!(client.get(SYSTEM).await.status, 403);
    let location = session.header("location").expect("a location").to_owned();
    assert_eq!(client.delete(&location).await.status, 204);
}

#[tokio::test]
async fn the_lockout_is_set_and_an_account_unlocked() {
    let rig = Rig::new("standard").await;
    let admin = rig.admin().await;
    let service = admin.get(SERVICE).await.json();
    assert_eq!((&service["MinPasswordLength"], &service["MaxPasswordLength"]), (&json!(8), &json!(20)));
    for (body, key) in [
        (json!({ "AccountLockoutThreshold": -1 }), "PropertyValueTypeError"),
        (json!({ "AccountLockoutDuration": 1_000_000 }), "PropertyValueOutOfRange"),
        (json!({ "MinPasswordLength": 1 }), "PropertyNotWritable"),
    ] {
        let refused = admin.patch(SERVICE, &body).await;
        assert_eq!((refused.status, refused.message()), (400, format!("Base.1.18.{key}")));
    }
    let body = json!({ "AccountLockoutThreshold": 2, "AccountLockoutDuration": 0 });
    assert_eq!(admin.patch(SERVICE, &body).await.json()["AccountLockoutThreshold"], 2);
    for _ in 0..2 {
        assert_eq!(login(&rig, "viewer", "wrong").await.status, 401);
    }
    rig.advance(100_000);
    let admin = rig.admin().await;
    assert_eq!(login(&rig, "viewer", "viewer").await.status, 401, "locked until somebody unlocks it");
    let path = format!("{ACCOUNTS}/4");
    assert_eq!(admin.get(&path).await.json()["Locked"], true);
    assert_eq!(admin.patch(&path, &json!({ "Locked": false })).await.json()["Locked"], false);
    assert_eq!(login(&rig, "viewer", "viewer").await.status, 201);
}

#[tokio::test]
async fn tags_of_accounts_follow_every_change() {
    let rig = Rig::new("standard").await;
    let admin = rig.admin().await;
    let path = format!("{ACCOUNTS}/4");
    let tag = admin.get(&path).await.header("etag").expect("a tag").to_owned();
    let body = json!({ "Password": "long enough" });
    assert_eq!(admin.with("If-Match", "\"stale\"").patch(&path, &body).await.status, 412);
    assert_eq!(login(&rig, "viewer", "viewer").await.status, 201);
    let changed = admin.with("If-Match", &tag).patch(&path, &body).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), Some(tag.as_str()), "a password does not show, and the tag moves");
    assert_eq!(admin.with("If-Match", &tag).delete(&path).await.status, 412);
    let tag = changed.header("etag").expect("a tag").to_owned();
    assert_eq!(admin.with("If-Match", &tag).delete(&path).await.status, 204);
}

#[tokio::test]
async fn q17_accounts_are_slots() {
    let rig = Rig::new("dell-idrac9").await;
    let admin = rig.admin().await;
    let all = admin.get(ACCOUNTS).await;
    assert_eq!((&all.json()["Members@odata.count"], all.header("allow")), (&json!(16), Some("GET, HEAD")));
    let slot = |number: u8| format!("{ACCOUNTS}/{number}");
    let empty = admin.get(&slot(9)).await;
    assert_eq!(empty.header("allow"), Some("GET, HEAD, PATCH"));
    let empty = empty.json();
    assert_eq!(
        (&empty["UserName"], &empty["Enabled"], &empty["RoleId"]),
        (&json!(""), &json!(false), &json!("None"))
    );
    assert_eq!(
        admin.get("/redfish/v1/AccountService/Roles/None").await.json()["AssignedPrivileges"],
        json!([])
    );
    assert_eq!(admin.post(ACCOUNTS, &new("deploy", "long enough", "Operator")).await.status, 405);
    assert_eq!(admin.delete(&slot(4)).await.status, 405);
    for (number, body) in [
        (1, new("deploy", "long enough", "Operator")),
        (9, json!({ "UserName": "deploy", "RoleId": "Operator" })),
        (9, json!({ "UserName": "deploy", "Password": "long enough" })),
        (9, json!({ "Enabled": true })),
        (9, new("admin", "long enough", "Operator")),
    ] {
        let refused = admin.patch(&slot(number), &body).await;
        assert!((400..500).contains(&refused.status), "{number} {body}");
    }
    assert_eq!(admin.get(&slot(17)).await.status, 404);
    assert_eq!(rig.server.counters().mutations(), 0);
    let mut body = new("deploy", "long enough", "Operator");
    body["Enabled"] = json!(true);
    assert_eq!(admin.patch(&slot(9), &body).await.json()["UserName"], "deploy");
    let client = entered(&rig, "deploy", "long enough").await;
    assert_eq!(
        admin.patch(&slot(9), &json!({ "Enabled": false, "UserName": "" })).await.json()["UserName"],
        ""
    );
    assert_eq!(client.get(ACCOUNTS).await.status, 401);
    assert_eq!(rig.server.accounts().len(), 3);
    assert_eq!(admin.patch(&slot(2), &json!({ "UserName": "" })).await.status, 409, "the own slot");
    // The control takes POST, lists what there is, and has no such role.
    let standard = Rig::new("standard").await;
    let admin = standard.admin().await;
    assert_eq!(admin.get(ACCOUNTS).await.json()["Members@odata.count"], 3);
    assert_eq!(admin.get(&slot(9)).await.status, 404);
    assert_eq!(admin.get("/redfish/v1/AccountService/Roles/None").await.status, 404);
    assert_eq!(admin.patch(&slot(4), &json!({ "UserName": "" })).await.status, 400);
}

#[tokio::test]
async fn q32b_a_lockout_has_a_shortest_time() {
    let (with, without) = (Rig::quirky(&[Quirk::LockoutFloor]).await, Rig::quirky(&[]).await);
    for (rig, status) in [(&with, 400), (&without, 200)] {
        let admin = rig.admin().await;
        for seconds in [0, 59] {
            assert_eq!(
                admin.patch(SERVICE, &json!({ "AccountLockoutDuration": seconds })).await.status,
                status
            );
        }
        assert_eq!(admin.patch(SERVICE, &json!({ "AccountLockoutDuration": 60 })).await.status, 200);
        assert_eq!(admin.patch(SERVICE, &json!({ "AccountLockoutThreshold": 0 })).await.status, 200);
    }
}

#[tokio::test]
async fn q34g_ids_of_accounts_are_names() {
    let (with, without) = (Rig::quirky(&[Quirk::AccountsByName]).await, Rig::quirky(&[]).await);
    for (rig, id, made) in [(&with, "viewer", "deploy"), (&without, "4", "5")] {
        let admin = rig.admin().await;
        assert_eq!(admin.get(&format!("{ACCOUNTS}/{id}")).await.json()["UserName"], "viewer");
        let location = admin.post(ACCOUNTS, &new("deploy", "long enough", "ReadOnly")).await;
        assert_eq!(location.header("location"), Some(format!("{ACCOUNTS}/{made}").as_str()));
        let path = format!("{ACCOUNTS}/{made}");
        assert_eq!(admin.patch(&path, &json!({ "Enabled": false })).await.status, 200);
        assert_eq!(admin.delete(&path).await.status, 204);
    }
}
