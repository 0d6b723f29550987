//! Changing the password that one is logged in with, so that one working password is always known.

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{AccountId, Accounts, Cx, Effect, Error, ErrorKind, Outcome, Result};

/// Where the passwords of a rotation are kept. Implemented by whoever owns the credential store.
///
/// - After [`Keeper::stage`] has returned, the new password survives a crash of this program, beside the old one.
/// - [`Keeper::commit`] makes the new one *the* password; [`Keeper::discard`] forgets it.
#[async_trait]
pub trait Keeper: Send + Sync {
    /// Keeps the new password beside the old one, durably.
    ///
    /// # Errors
    /// If it could not be kept: then nothing is sent to the device.
    async fn stage(&self, new: &SecretString) -> Result<()>;

    /// The new password is in force; the old one may be forgotten.
    ///
    /// # Errors
    /// If it could not be kept; both are still known then.
    async fn commit(&self) -> Result<()>;

    /// The old password is in force; the new one may be forgotten.
    ///
    /// # Errors
    /// If it could not be forgotten; both are still known then.
    async fn discard(&self) -> Result<()>;
}

/// Which password is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// The new one; it was tried, and it works.
    New,
    /// The old one; the device did not take the new one.
    Old,
}

/// Sets a new password on the account of that name, and makes sure which one is in force.
///
/// - The new password is staged before anything is sent, so that whatever happens, one that works is known.
/// - It is committed only after it has let us log in; it is discarded only after it was refused *and* the old one has
///   let us log in, or if the device says that it did nothing.
/// - Each password is tried at most once: two tries lock no account.
/// - [`resume_rotation`] settles one that was interrupted, in the same way, without setting anything.
///
/// # Errors
/// What the keeper says before anything is sent. Whatever leaves it open which password is in force has effect
/// `Unknown`; both are known to the keeper then.
pub async fn rotate(
    accounts: &dyn Accounts,
    cx: &Cx,
    (id, name): (&AccountId, &str),
    old: &SecretString,
    new: &SecretString,
    keeper: &dyn Keeper,
) -> Result<Rotated> {
    keeper.stage(new).await?;
    match accounts.set_password(cx, id, new).await {
        Err(error) if error.effect() == Effect::None => {
            // The device did nothing, and says why; the old password stays.
            keeper.discard().await?;
            Err(error)
        }
        // Accepted, still under way, or lost: only a login tells.
        Ok(Outcome::Done(_) | Outcome::Running(_)) | Err(_) => {
            resume_rotation(accounts, cx, name, old, new, keeper).await
        }
    }
}

/// Finds out which of two passwords is in force, and tells the keeper.
///
/// # Errors
/// `Unauthenticated` with effect `Unknown` if neither lets us log in; both stay with the keeper. A failure to reach
/// the device leaves everything as it is.
pub async fn resume_rotation(
    accounts: &dyn Accounts,
    cx: &Cx,
    name: &str,
    old: &SecretString,
    new: &SecretString,
    keeper: &dyn Keeper,
) -> Result<Rotated> {
    let open = |error: Error| error.with_effect(Effect::Unknown).during("accounts.rotate");
    if accounts.verify_password(cx, name, new).await.map_err(open)? {
        keeper.commit().await?;
        return Ok(Rotated::New);
    }
    if accounts.verify_password(cx, name, old).await.map_err(open)? {
        keeper.discard().await?;
        return Ok(Rotated::Old);
    }
    let message = "neither the old nor the new password lets us log in; both are kept";
    Err(open(Error::new(ErrorKind::Unauthenticated, message)))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::{Change, mock::MockAccounts};

    #[derive(Debug, Default)]
    struct Notes(Mutex<Vec<&'static str>>);

    #[async_trait]
    impl Keeper for Notes {
        async fn stage(&self, _: &SecretString) -> Result<()> {
            self.0.lock().unwrap().push("stage");
            Ok(())
        }
        async fn commit(&self) -> Result<()> {
            self.0.lock().unwrap().push("commit");
            Ok(())
        }
        async fn discard(&self) -> Result<()> {
            self.0.lock().unwrap().push("discard");
            Ok(())
        }
    }

    /// A device on which `in_force` is the password after `set` has given its answer.
    async fn rotated(
        set: Result<Outcome<Change>>,
        in_force: &'static str,
    ) -> (Result<Rotated>, Vec<&'static str>) {
        let mut accounts = MockAccounts::new();
        let mut set = Some(set);
        accounts.expect_set_password().times(1).returning(move |_, _, _| set.take().unwrap());
        accounts
            .expect_verify_password()
            .times(0..=2)
            .returning(move |_, _, p| Ok(p.expose_secret() == in_force));
        let (cx, notes) = (Cx::new("test", "1"), Notes::default());
        let (old, new) = ("old".into(), "new".into());
        let result = rotate(&accounts, &cx, (&"2".into(), "root"), &old, &new, &notes).await;
        (result, notes.0.into_inner().unwrap())
    }

    fn lost() -> Error {
        Error::new(ErrorKind::Timeout, "no answer").with_effect(Effect::Unknown)
    }

    #[tokio::test]
    async fn a_new_password_is_committed_once_it_works() {
        let (result, notes) = rotated(Ok(Outcome::Done(Change::Made)), "new").await;
        assert_eq!((result.unwrap(), notes), (Rotated::New, vec!["stage", "commit"]));
    }

    #[tokio::test]
    async fn a_lost_answer_is_settled_by_logging_in() {
        for (in_force, rotated_to, last) in
            [("new", Rotated::New, "commit"), ("old", Rotated::Old, "discard")]
        {
            let (result, notes) = rotated(Err(lost()), in_force).await;
            assert_eq!((result.unwrap(), notes), (rotated_to, vec!["stage", last]));
        }
    }

    #[tokio::test]
    async fn a_device_that_says_yes_and_keeps_the_old_one_is_found_out() {
        let (result, notes) = rotated(Ok(Outcome::Done(Change::Made)), "old").await;
        assert_eq!((result.unwrap(), notes), (Rotated::Old, vec!["stage", "discard"]));
    }

    #[tokio::test]
    async fn with_neither_working_both_are_kept() {
        let (result, notes) = rotated(Err(lost()), "something else").await;
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Unauthenticated, Effect::Unknown));
        assert_eq!(notes, ["stage"], "nothing was committed or discarded");
    }

    #[tokio::test]
    async fn a_plain_refusal_costs_no_login() {
        let refused = Error::new(ErrorKind::InvalidInput, "too short");
        let (result, notes) = rotated(Err(refused), "old").await;
        assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(notes, ["stage", "discard"]);
    }
}
