//! The job queue of an iDRAC (`DellJob`).

use serde_json::Value;
use underlay_hal::{Change, Cx, Effect, ErrorKind, Result};

use crate::{device::tolerate, json::Lenient as _, oem::Road, transport::Link};

/// A job, in the iDRAC's words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DellJob {
    /// `JID_` and digits; of a restart `RID_`.
    pub id: String,
    /// What it does.
    pub name: Option<String>,
    /// Its kind: `BIOSConfiguration`, `RAIDConfiguration`, `FirmwareUpdate`, …
    pub kind: Option<String>,
    /// `Scheduled`, `Running`, `Completed`, `Failed`, `CompletedWithErrors`, …
    pub state: String,
    /// Progress, 0 to 100.
    pub percent: Option<u8>,
    /// The iDRAC's message.
    pub message: Option<String>,
    /// The message's id, such as `JCP001`.
    pub message_id: Option<String>,
    /// When it may begin; `TIME_NOW` and other words stay as they are.
    pub start_time: Option<String>,
}

/// The job queue of an iDRAC.
///
/// - Jobs are listed as the iDRAC keeps them, finished ones too.
/// - One job can be deleted, by its id. The queue is never emptied: it holds the work of others.
///
/// Source: iDRAC Redfish guide, `DellJob`; recorded R750.
#[derive(Debug)]
pub struct DellJobs {
    pub(super) road: Road,
    pub(super) jobs: Link,
}

fn job(body: &Value) -> Option<DellJob> {
    Some(DellJob {
        id: body.text(&["Id"])?,
        name: body.text(&["Name"]),
        kind: body.text(&["JobType"]),
        state: body.text(&["JobState"]).unwrap_or_else(|| "Unknown".to_owned()),
        percent: body.whole(&["PercentComplete"]).and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= 100),
        message: body.text(&["Message"]),
        message_id: body.text(&["MessageId"]),
        start_time: body.text(&["StartTime"]),
    })
}

impl DellJobs {
    async fn read(&self, cx: &Cx) -> Result<Vec<(DellJob, Link)>> {
        let mut all = Vec::new();
        for member in self.road.client.members(cx, &self.jobs).await? {
            // A job may be gone between the list and the look.
            let Some(resource) = tolerate(self.road.client.member(cx, member).await)? else { continue };
            all.extend(job(&resource.body).map(|job| (job, resource.link)));
        }
        Ok(all)
    }

    /// The jobs.
    ///
    /// # Errors
    /// As every read.
    pub async fn list(&self, cx: &Cx) -> Result<Vec<DellJob>> {
        let all = self.road.named("dell_jobs.list", self.read(cx).await)?;
        Ok(all.into_iter().map(|(job, _)| job).collect())
    }

    /// Deletes one job; one that is not there is so already. A job that runs is refused by the iDRAC.
    ///
    /// # Errors
    /// What the iDRAC says; effect `Unknown` only if the answer was lost and the job is still there.
    pub async fn delete(&self, cx: &Cx, id: &str) -> Result<Change> {
        const DELETE: &str = "dell_jobs.delete";
        let find = async || {
            let all = self.read(cx).await?;
            Ok(all.into_iter().find(|(job, _)| job.id == id).map(|(_, link)| link))
        };
        let Some(link) = self.road.named(DELETE, find().await)? else { return Ok(Change::AlreadySo) };
        let error = match self.road.delete(cx, &link).await {
            Ok(()) => return Ok(Change::Made),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Change::AlreadySo),
            Err(error) => error,
        };
        if error.effect() != Effect::None && matches!(find().await, Ok(None)) {
            return Ok(Change::Made);
        }
        self.road.named(DELETE, Err(error))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_is_read_and_one_without_an_id_is_none() {
        let seen = job(&json!({
            "Id": "JID_471369252001", "Name": "Configure: BIOS.Setup.1-1", "JobType": "BIOSConfiguration",
            "JobState": "Scheduled", "PercentComplete": 0, "Message": "Task successfully scheduled.",
            "MessageId": "JCP001", "StartTime": "TIME_NOW",
        }))
        .unwrap();
        assert_eq!(
            (seen.id.as_str(), seen.state.as_str(), seen.percent),
            ("JID_471369252001", "Scheduled", Some(0))
        );
        assert_eq!(seen.message_id.as_deref(), Some("JCP001"));
        assert_eq!(job(&json!({ "JobState": "Running" })), None);
    }
}
