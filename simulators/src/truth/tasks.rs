//! What is behind tasks.
use underlay_conformance::TasksTruth;

use super::ServerTruth;
use crate::plant::{JobState, Origin};

impl TasksTruth for ServerTruth {
    fn start(&self, seconds: f64) -> String {
        let word = format!("maintenance-{}", self.server.jobs().len() + 1);
        // Only a controller that is down refuses, and the back door is not refused.
        let _ = self.server.start_job(&format!("Run {word}"), seconds, Origin::Machine);
        word
    }

    fn is_running(&self, word: &str) -> bool {
        let open = |state: JobState| !state.is_final();
        let named = |name: &str| name.strip_prefix("Run ") == Some(word);
        self.server.jobs().iter().any(|job| named(&job.name) && open(job.state))
    }
}
