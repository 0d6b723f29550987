//! Who gets in, for how long, and what they may do.

use base64::Engine;
use serde_json::json;
use underlay_simulators::plant::{MutationKind, Origin};

use super::support::Rig;

const SESSIONS: &str = "/redfish/v1/SessionService/Sessions";

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")))
}

#[tokio::test]
async fn only_the_entrance_is_open() {
    let rig = Rig::new("standard").await;
    let nobody = rig.client();
    for path in ["/redfish", "/redfish/v1", "/redfish/v1/", "/redfish/v1/odata", "/redfish/v1/$metadata"] {
        assert_eq!(nobody.get(path).await.status, 200, "{path}");
    }
    for path in [
        "/redfish/v1/Systems",
        "/redfish/v1/Systems/1",
        "/redfish/v1/Registries",
        "/redfish/v1/Nowhere",
        SESSIONS,
    ] {
        let reply = nobody.get(path).await;
        assert_eq!(reply.status, 401, "{path}");
        assert!(reply.header("www-authenticate").is_some_and(|value| value.starts_with("Basic")), "{path}");
        assert_eq!(reply.message(), "Base.1.18.NoValidSession");
    }
    let reset = nobody
        .post("/redfish/v1/Systems/1/Actions/ComputerSystem.Reset", &json!({"ResetType": "ForceOff"}))
        .await;
    assert_eq!(reset.status, 401);
    assert_eq!(rig.server.counters().mutations(), 0);
}

#[tokio::test]
async fn basic_is_taken_where_the_persona_says_so_and_the_password_is_right() {
    let rig = Rig::new("supermicro").await;
    let login = |user, password| rig.client().with("Authorization", &basic(user, password));
    assert_eq!(login("admin", "admin").get("/redfish/v1/Systems").await.status, 200);
    assert_eq!(login("admin", "wrong").get("/redfish/v1/Systems").await.status, 401);
    assert_eq!(login("nobody", "admin").get("/redfish/v1/Systems").await.status, 401);
    assert_eq!(rig.view.sessions(), 0);
    // The standard persona takes it over TLS only.
    let strict = Rig::new("standard").await;
    let client = strict.client().with("Authorization", &basic("admin", "admin"));
    assert_eq!(client.get("/redfish/v1/Systems").await.status, 401);
}

#[tokio::test]
async fn a_session_is_created_used_and_deleted() {
    let rig = Rig::new("standard").await;
    let created = rig.client().post(SESSIONS, &json!({"UserName": "admin", "Password": "admin"})).await;
    assert_eq!(created.status, 201);
    let location = created.header("location").expect("a location").to_owned();
    assert_eq!(created.json()["@odata.id"], location.as_str());
    assert_eq!(created.json()["UserName"], "admin");
    let token = created.header("x-auth-token").expect("a token").to_owned();
    assert!(!created.text().contains(&token));
    let client = rig.client().with("X-Auth-Token", &token);
    assert_eq!(client.get(&location).await.json()["UserName"], "admin");
    assert_eq!(client.get(SESSIONS).await.json()["Members@odata.count"], 1);
    assert_eq!(client.delete(&location).await.status, 204);
    assert_eq!(client.get("/redfish/v1/Systems").await.status, 401);
    assert_eq!(rig.client().with("X-Auth-Token", "0").get("/redfish/v1/Systems").await.status, 401);
}

#[tokio::test]
async fn a_login_without_its_parts_or_with_wrong_ones_is_refused() {
    let rig = Rig::new("standard").await;
    for (body, status) in [
        (json!({"UserName": "admin", "Password": "wrong"}), 401),
        (json!({"UserName": "admin"}), 400),
        (json!({"UserName": "admin", "Password": 5}), 400),
        (json!({"UserName": "admin", "Password": "admin", "Colour": "red"}), 400),
        (json!([]), 400),
    ] {
        let reply = rig.client().post(SESSIONS, &body).await;
        assert_eq!(reply.status, status, "{body}");
        assert!(reply.header("x-auth-token").is_none());
    }
    assert_eq!(rig.view.sessions(), 0);
}

#[tokio::test]
async fn wrong_passwords_lock_the_account_for_everybody_and_time_unlocks_it() {
    let rig = Rig::new("standard").await;
    let limits = rig.server.spec().persona.accounts;
    let login = |password: &'static str| {
        let client = rig.client();
        async move { client.post(SESSIONS, &json!({"UserName": "admin", "Password": password})).await.status }
    };
    for _ in 1..limits.lockout_threshold {
        assert_eq!(login("wrong").await, 401);
    }
    assert_eq!(
        login("admin").await,
        201,
        "one failure less does not lock, and success starts the count anew"
    );
    for _ in 0..limits.lockout_threshold {
        assert_eq!(login("wrong").await, 401);
    }
    assert_eq!(login("admin").await, 401, "locked: the right password does not help");
    assert_eq!(
        rig.client().post(SESSIONS, &json!({"UserName": "operator", "Password": "operator"})).await.status,
        201
    );
    rig.plant.advance(std::time::Duration::from_secs_f64(limits.lockout_seconds + 1.0));
    assert_eq!(login("admin").await, 201);
    assert_eq!(rig.server.counters().logins(Origin::Redfish), 3);
}

#[tokio::test]
async fn sessions_end_by_idleness_and_by_a_restart_of_the_controller() {
    let rig = Rig::new("standard").await;
    let idle = rig.session("admin").await;
    let busy = rig.session("admin").await;
    assert_eq!(busy.patch("/redfish/v1/SessionService", &json!({"SessionTimeout": 60})).await.status, 200);
    rig.advance(40);
    assert_eq!(busy.get("/redfish/v1/Systems").await.status, 200);
    rig.advance(40);
    assert_eq!(busy.get("/redfish/v1/Systems").await.status, 200);
    assert_eq!(idle.get("/redfish/v1/Systems").await.status, 401);
    let manager = "/redfish/v1/Managers/BMC/Actions/Manager.Reset";
    assert_eq!(busy.post(manager, &json!({"ResetType": "ForceRestart"})).await.status, 204);
    assert!(busy.try_send("GET", "/redfish/v1/", b"").await.is_err(), "the controller is away");
    rig.settle();
    assert_eq!(busy.get("/redfish/v1/").await.status, 200);
    assert_eq!(busy.get("/redfish/v1/Systems").await.status, 401);
    assert_eq!(rig.session("admin").await.get("/redfish/v1/Systems").await.status, 200);
}

#[tokio::test]
async fn the_session_table_is_bounded() {
    let rig = Rig::new("openbmc").await;
    let login = json!({"UserName": "admin", "Password": "admin"});
    for _ in 0..16 {
        assert_eq!(rig.client().post(SESSIONS, &login).await.status, 201);
    }
    let refused = rig.client().post(SESSIONS, &login).await;
    assert_eq!((refused.status, refused.message().as_str()), (503, "Base.1.18.SessionLimitExceeded"));
    // Idleness frees the slots.
    rig.advance(1801);
    assert_eq!(rig.client().post(SESSIONS, &login).await.status, 201);
}

#[tokio::test]
async fn roles_are_kept_apart() {
    let rig = Rig::new("standard").await;
    let (viewer, operator, admin) =
        (rig.session("viewer").await, rig.session("operator").await, rig.admin().await);
    let reset = "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset";
    let manager = "/redfish/v1/Managers/BMC/Actions/Manager.Reset";
    let clear = "/redfish/v1/Systems/1/LogServices/EventLog/Actions/LogService.ClearLog";
    let off = json!({"ResetType": "ForceOff"});
    assert_eq!(viewer.get("/redfish/v1/Systems/1").await.status, 200);
    for (client, path, body) in [
        (&viewer, reset, &off),
        (&viewer, clear, &json!({})),
        (&operator, clear, &json!({})),
        (&operator, manager, &json!({"ResetType": "ForceRestart"})),
    ] {
        let reply = client.post(path, body).await;
        assert_eq!(
            (reply.status, reply.message().as_str()),
            (403, "Base.1.18.InsufficientPrivilege"),
            "{path}"
        );
    }
    let boot = json!({"Boot": {"BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once"}});
    assert_eq!(viewer.patch("/redfish/v1/Systems/1", &boot).await.status, 403);
    assert_eq!(rig.server.counters().mutations(), 0);
    // The controls: the same requests by those who may.
    assert_eq!(operator.patch("/redfish/v1/Systems/1", &boot).await.status, 200);
    assert_eq!(operator.post(reset, &off).await.status, 204);
    assert_eq!(admin.post(clear, &json!({})).await.status, 204);
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::Power), 1);
    assert_eq!(rig.server.counters().of(Origin::Redfish, MutationKind::LogClear), 1);
}

#[tokio::test]
async fn sessions_are_ended_by_their_owner_or_an_administrator() {
    let rig = Rig::new("standard").await;
    let viewer = rig.session("viewer").await;
    let other = rig.session("operator").await;
    let admin = rig.admin().await;
    assert_eq!(viewer.delete(&format!("{SESSIONS}/2")).await.status, 403);
    assert_eq!(viewer.delete(&format!("{SESSIONS}/1")).await.status, 204);
    assert_eq!(other.get("/redfish/v1/Systems").await.status, 200);
    assert_eq!(admin.delete(&format!("{SESSIONS}/2")).await.status, 204);
    assert_eq!(other.get("/redfish/v1/Systems").await.status, 401);
    assert_eq!(admin.delete(&format!("{SESSIONS}/2")).await.status, 404);
}

#[tokio::test]
async fn a_disabled_account_loses_its_session() {
    let rig = Rig::new("standard").await;
    let operator = rig.session("operator").await;
    rig.server.set_account_enabled("operator", false).expect("known");
    assert_eq!(operator.get("/redfish/v1/Systems").await.status, 401);
    rig.server.set_account_enabled("operator", true).expect("known");
    assert_eq!(operator.get("/redfish/v1/Systems").await.status, 200);
}
