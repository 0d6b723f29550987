//! Tasks: followed by task or monitor, stopped by either, and told in the service's words.

use serde_json::json;
use underlay_simulators::plant::{JobState, Origin};

use super::support::{Client, Rig};

const COLLECT: &str = "/redfish/v1/Systems/1/LogServices/EventLog/Actions/LogService.CollectDiagnosticData";

/// Starts work; its task and its monitor.
async fn start(client: &Client) -> (String, String) {
    let accepted = client.post(COLLECT, &json!({"DiagnosticDataType": "Manager"})).await;
    assert_eq!(accepted.status, 202);
    let monitor = accepted.header("location").expect("a monitor").to_owned();
    (accepted.json()["@odata.id"].as_str().expect("a task").to_owned(), monitor)
}

#[tokio::test]
async fn a_task_is_told_from_beginning_to_end() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    let (task, monitor) = start(&client).await;
    let running = client.get(&task).await.json();
    assert_eq!(running["TaskMonitor"], monitor.as_str());
    assert_eq!(running["Messages"][0]["MessageId"], "TaskEvent.1.0.TaskStarted");
    let following = client.get(&monitor).await;
    assert_eq!((following.status, following.header("retry-after")), (202, Some("1")));
    rig.advance(10);
    let over = client.get(&task).await.json();
    assert_eq!((&over["TaskState"], &over["PercentComplete"]), (&json!("Completed"), &json!(100)));
    assert_eq!(over["Messages"][0]["MessageId"], "TaskEvent.1.0.TaskCompletedOK");
    assert!(over["EndTime"].is_string() && over.get("TaskMonitor").is_none());
    assert_eq!(client.get(&monitor).await.status, 200);
}

#[tokio::test]
async fn a_task_is_stopped_by_its_own_name_or_its_monitors() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    for by_monitor in [false, true] {
        let (task, monitor) = start(&client).await;
        let path = if by_monitor { &monitor } else { &task };
        assert_eq!(rig.session("viewer").await.delete(path).await.status, 403);
        assert_eq!(client.delete(path).await.status, 204);
        let stopped = client.get(&task).await.json();
        assert_eq!(stopped["TaskState"], "Cancelled");
        assert_eq!(stopped["Messages"][0]["MessageId"], "TaskEvent.1.0.TaskCancelled");
        assert_eq!(client.delete(path).await.status, 204, "what is over is forgotten");
        assert_eq!(client.get(&task).await.status, 404);
        assert_eq!(client.delete(path).await.status, 404);
    }
    assert!(rig.server.jobs().iter().all(|job| job.state == JobState::Cancelled));
    assert_eq!(client.get("/redfish/v1/TaskService/TaskMonitors/99").await.status, 404);
    assert_eq!(client.post("/redfish/v1/TaskService/Tasks", &json!({})).await.status, 405);
}

#[tokio::test]
async fn work_that_nobody_asked_for_is_listed_too() {
    let rig = Rig::new("standard").await;
    let client = rig.admin().await;
    rig.server.start_job("Patrol read", 60.0, Origin::Machine).expect("accepted");
    let tasks = client.get("/redfish/v1/TaskService/Tasks?$expand=.").await.json();
    assert_eq!(tasks["Members"][0]["Name"], "Patrol read");
    assert_eq!(rig.server.counters().mutations(), 0);
}
