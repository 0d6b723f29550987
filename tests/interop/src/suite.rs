//! Tests with needs.
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use crate::need::Need;

/// In CI nothing may be missing: set to `1`, a missing stranger fails its tests.
pub const REQUIRE: &str = "UNDERLAY_INTEROP_REQUIRE";

/// The tests of one file.
#[derive(Debug, Default)]
pub struct Suite(Vec<Trial>);

impl Suite {
    /// Adds a test.
    ///
    /// - With a need that is not met it is not run: ignored under a name that says what is missing, or failed where
    ///   [`REQUIRE`] is `1`.
    /// - It fails by panicking.
    #[must_use]
    pub fn test(
        mut self,
        name: impl Into<String>,
        needs: &[Need],
        run: impl FnOnce() + Send + 'static,
    ) -> Self {
        let name = name.into();
        let missing: Vec<_> = needs.iter().filter_map(|need| need.find().err()).collect();
        let trial = match missing.as_slice() {
            [] => Trial::test(name, || {
                run();
                Ok(())
            }),
            missing if std::env::var(REQUIRE).is_ok_and(|value| value == "1") => {
                let missing = missing.join(", ");
                Trial::test(name, move || Err(missing.into()))
            }
            missing => Trial::test(format!("{name} (SKIPPED: {})", missing.join(", ")), || Ok(()))
                .with_ignored_flag(true),
        };
        self.0.push(trial);
        self
    }

    /// Runs them as `cargo test` asks.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let mut arguments = Arguments::from_args();
        // Strangers mostly wait: for a machine to boot, and for one another.
        arguments.test_threads.get_or_insert(4);
        libtest_mimic::run(&arguments, self.0).exit_code()
    }
}
