//! What an accepted change leaves behind: nothing, or work under a name.

use serde_json::Value;
use underlay_hal::{Change, Cx, Device as _, Needs, Outcome, Staged, TaskRef};

use crate::{
    device::RedfishDevice,
    json::{self, Lenient as _},
    transport::{Link, Reply},
};

/// In a task's name: it begins only with the next reset of the host. Addresses have no fragment.
const ON_RESET: &str = "#on_reset";

/// Was this task asked for at the next reset?
pub(crate) fn waits_for_reset(task: &TaskRef) -> bool {
    task.id.as_str().ends_with(ON_RESET)
}

/// Is this a resource that tells of work: a task, or a vendor's or the standard's job?
pub(crate) fn is_task(body: &Value) -> bool {
    let kind = body.text(&["@odata.type"]).unwrap_or_default();
    ["#Task.", "#Job.", "#DellJob."].iter().any(|prefix| kind.starts_with(prefix))
}

/// An address at which a service keeps the work itself, and not only a monitor of it.
fn is_tasks_own(link: &Link) -> bool {
    ["/Tasks/", "/Jobs/"].iter().any(|part| link.as_str().contains(part))
}

/// Does the answer to a change of the controller's own say that it waits for the controller's restart (DMTF Base
/// registry, `ResetRequired`, and vendors' messages of that name)?
pub(crate) fn wants_restart(reply: &Reply) -> bool {
    let body = json::parse(&reply.body).unwrap_or(Value::Null);
    let of = |holder: &Value| -> Vec<String> {
        let messages = holder.list(&["@Message.ExtendedInfo"]).iter();
        messages.filter_map(|message| message.text(&["MessageId"])).collect()
    };
    let ids = of(&body).into_iter().chain(of(body.at(&["error"])));
    ids.take(100).any(|id| id.rsplit('.').next() == Some("ResetRequired"))
}

impl RedfishDevice {
    /// The tasks that the service lists, by address only; none where it lists none. For [`RedfishDevice::new_task`].
    pub(crate) async fn known_tasks(&self, cx: &Cx) -> Vec<Link> {
        let Some(service) = &self.tasks else { return Vec::new() };
        let list = async {
            let service = self.client.get(cx, service).await?;
            let collection = self.client.linked(&service.body, &["Tasks"])?;
            self.client.members(cx, &collection).await
        };
        let members = list.await.unwrap_or_default();
        members.iter().map(|member| member.link().clone()).collect()
    }

    /// The work that a change whose answer was lost has left behind: the only task that was not there before.
    ///
    /// With two new ones nobody can tell which is ours, and the answer stays lost.
    pub(crate) async fn new_task(
        &self,
        cx: &Cx,
        before: &[Link],
        operation: &'static str,
    ) -> Option<TaskRef> {
        let now = self.known_tasks(cx).await;
        let mut new = now.into_iter().filter(|link| !before.contains(link));
        let (task, None) = (new.next()?, new.next()) else { return None };
        Some(TaskRef {
            device: self.info().id.clone(),
            driver: "redfish".into(),
            id: task.as_str().into(),
            operation: operation.into(),
        })
    }

    /// The task behind an accepted change, if the service works on after its answer.
    ///
    /// - Told by 202, or by a `Location` among tasks or jobs whatever the status (Dell).
    /// - The task itself is preferred to its monitor, which some services delete when it is read after the end (Q31a):
    ///   a monitor is read once, at once, to learn the task's own address.
    pub(crate) async fn task(
        &self,
        cx: &Cx,
        reply: &Reply,
        operation: &'static str,
        on_reset: bool,
    ) -> Option<TaskRef> {
        let named = |link: &Link| {
            let mark = if on_reset { ON_RESET } else { "" };
            TaskRef {
                device: self.info().id.clone(),
                driver: "redfish".into(),
                id: format!("{link}{mark}").into(),
                operation: operation.into(),
            }
        };
        let location = reply.location.as_deref().and_then(|text| self.client.link(text).ok());
        let accepted = reply.status.as_u16() == 202;
        if !accepted && !location.as_ref().is_some_and(is_tasks_own) {
            return None;
        }
        let body = json::parse(&reply.body).unwrap_or(Value::Null);
        let told = is_task(&body).then(|| body.link(&[])).flatten();
        if let Some(link) = told.and_then(|text| self.client.link(&text).ok()) {
            return Some(named(&link));
        }
        let location = location?;
        if !is_tasks_own(&location)
            && let Ok(monitor) = self.client.get(cx, &location).await
            && is_task(&monitor.body)
            && let Some(link) = monitor.body.link(&[]).and_then(|text| self.client.link(&text).ok())
        {
            return Some(named(&link));
        }
        Some(named(&location))
    }

    /// [`Outcome::Running`] with the task, or [`Outcome::Done`] with a change made.
    pub(crate) async fn outcome(&self, cx: &Cx, reply: &Reply, operation: &'static str) -> Outcome<Change> {
        let task = self.task(cx, reply, operation, false).await;
        task.map_or(Outcome::Done(Change::Made), Outcome::Running)
    }

    /// The same for what may have to wait.
    pub(crate) async fn staged(
        &self,
        cx: &Cx,
        reply: &Reply,
        operation: &'static str,
        needs: Needs,
    ) -> Outcome<Staged> {
        let task = self.task(cx, reply, operation, needs == Needs::HostPowerCycle).await;
        task.map_or(Outcome::Done(Staged::made(needs)), Outcome::Running)
    }
}
