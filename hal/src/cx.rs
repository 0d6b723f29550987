//! The context of a call: deadline, cancellation, who asks, and what they consented to.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{Effect, Error, ErrorKind, Retry, layer::Safety};

/// Travels with every call. Build one per operation of the caller; derive narrower ones with [`Cx::within`].
///
/// - One deadline for everything below: login, retries, polling and logout share it. It only ever shrinks.
/// - Cancelling a context cancels all that were derived from it, never the other way round.
/// - Without consent, calls up to [`Safety::Mutating`] pass the guard and destructive ones are refused.
#[derive(Clone, Debug)]
pub struct Cx {
    deadline: Option<Instant>,
    cancel: CancellationToken,
    actor: Arc<str>,
    request_id: Arc<str>,
    consent: Safety,
    reporter: Option<Reporter>,
}

/// How far a long transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes done.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

/// Where progress goes. Called often: must not block.
#[derive(Clone)]
struct Reporter(Arc<dyn Fn(Progress) + Send + Sync>);

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reporter")
    }
}

/// Why [`Cx::run`] gave up on a future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupted {
    /// The deadline passed.
    Deadline,
    /// The caller cancelled.
    Cancelled,
}

impl Interrupted {
    /// The interruption as an [`Error`]: `Timeout` or `Cancelled`, with what is known about the effect.
    #[must_use]
    pub fn into_error(self, effect: Effect) -> Error {
        match self {
            Self::Deadline => {
                Error::new(ErrorKind::Timeout, "no answer by the deadline").with_retry(Retry::After(None))
            }
            Self::Cancelled => Error::new(ErrorKind::Cancelled, "cancelled by the caller"),
        }
        .with_effect(effect)
    }
}

impl Cx {
    /// A context without a deadline. `actor` says who asks, `request_id` ties log lines together.
    pub fn new(actor: impl Into<Arc<str>>, request_id: impl Into<Arc<str>>) -> Self {
        Self {
            deadline: None,
            cancel: CancellationToken::new(),
            actor: actor.into(),
            request_id: request_id.into(),
            consent: Safety::Mutating,
            reporter: None,
        }
    }

    /// A child that ends `limit` from now, or with its parent if that is sooner.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        let mine = Instant::now().checked_add(limit);
        let deadline = match (self.deadline, mine) {
            (Some(theirs), Some(mine)) => Some(theirs.min(mine)),
            (theirs, mine) => theirs.or(mine),
        };
        Self { deadline, cancel: self.cancel.child_token(), ..self.clone() }
    }

    /// A child that may go up to `consent`; give [`Safety::Destructive`] only after a person or a plan said so.
    #[must_use]
    pub fn consenting(&self, consent: Safety) -> Self {
        Self { consent, cancel: self.cancel.child_token(), ..self.clone() }
    }

    /// A context for clean-up (logout, session close): own deadline, not cancelled with the caller.
    #[must_use]
    pub fn for_cleanup(&self, limit: Duration) -> Self {
        Self { deadline: None, cancel: CancellationToken::new(), ..self.clone() }.within(limit)
    }

    /// A child that tells `report` how far long transfers are.
    #[must_use]
    pub fn reporting(&self, report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        let reporter = Some(Reporter(Arc::new(report)));
        Self { reporter, cancel: self.cancel.child_token(), ..self.clone() }
    }

    /// Tells whoever listens how far a transfer is.
    pub fn report(&self, progress: Progress) {
        if let Some(reporter) = &self.reporter {
            (reporter.0)(progress);
        }
    }

    /// When it must be over.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Time left; `None` without a deadline, zero when it has passed.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// The token that [`Cx::cancel`] triggers.
    #[must_use]
    pub fn token(&self) -> &CancellationToken {
        &self.cancel
    }

    /// Cancels this context and all derived from it.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Who asks.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// What ties the log lines of one request together.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The most dangerous class of call that the caller consented to.
    #[must_use]
    pub fn consent(&self) -> Safety {
        self.consent
    }

    /// Fails at once if the context is over already.
    ///
    /// # Errors
    /// [`Interrupted`]: cancelled or past its deadline.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.cancel.is_cancelled() {
            Err(Interrupted::Cancelled)
        } else if self.deadline.is_some_and(|at| at <= Instant::now()) {
            Err(Interrupted::Deadline)
        } else {
            Ok(())
        }
    }

    /// Runs `work` until it ends, the deadline passes, or the caller cancels, whichever is first.
    ///
    /// The work is dropped when interrupted; the caller says with [`Interrupted::into_error`] what that means
    /// for the effect.
    ///
    /// # Errors
    /// [`Interrupted`] when `work` did not finish.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, Interrupted> {
        self.check()?;
        let deadline = async {
            match self.deadline {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Interrupted::Cancelled),
            value = work => Ok(value),
            () = deadline => Err(Interrupted::Deadline),
        }
    }

    /// Sleeps, or less when the context ends first.
    ///
    /// # Errors
    /// [`Interrupted`] when the context ended before the pause did.
    pub async fn sleep(&self, pause: Duration) -> Result<(), Interrupted> {
        self.run(tokio::time::sleep(pause)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_deadline_only_shrinks() {
        let outer = Cx::new("test", "1").within(Duration::from_secs(1));
        let inner = outer.within(Duration::from_secs(60));
        assert_eq!(inner.deadline(), outer.deadline());
        assert_eq!(inner.run(std::future::pending::<()>()).await, Err(Interrupted::Deadline));
    }

    #[tokio::test]
    async fn cancelling_goes_down_and_not_up() {
        let outer = Cx::new("test", "1");
        let inner = outer.within(Duration::from_secs(60));
        let cleanup = outer.for_cleanup(Duration::from_secs(1));
        inner.cancel();
        assert!(outer.check().is_ok());
        outer.cancel();
        assert_eq!(outer.within(Duration::from_secs(1)).check(), Err(Interrupted::Cancelled));
        assert!(cleanup.check().is_ok(), "clean-up outlives its caller");
    }

    #[test]
    fn progress_goes_to_the_nearest_listener_and_to_nobody_without_one() {
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let progress = Progress { done: 1, total: 2 };
        let silent = Cx::new("test", "1");
        silent.report(progress);
        let list = seen.clone();
        let cx = silent.reporting(move |progress| list.lock().unwrap().push(progress));
        cx.within(Duration::from_secs(1)).report(progress);
        assert_eq!(*seen.lock().unwrap(), [progress]);
    }

    #[test]
    fn an_enormous_limit_is_no_deadline_and_no_panic() {
        let cx = Cx::new("test", "1").within(Duration::MAX);
        assert!(cx.check().is_ok());
    }
}
