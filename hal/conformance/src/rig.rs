//! Rigs: how a driver presents a target to the laws, and how the laws are run on it.

use std::{any::Any, collections::BTreeSet, fmt, future::Future, sync::Arc, time::Duration};

use async_trait::async_trait;
use libtest_mimic::{Failed, Trial};
use underlay_hal::{Cx, Device, Error, FacetKind, Result, Safety};

use crate::{ABILITIES, LAWS, Law, Row, Truth, Verdict};

/// How much a law may do to the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// Reads only.
    #[default]
    ReadOnly,
    /// Changes settings that can be set back.
    Reversible,
    /// Resets and cuts power.
    Disruptive,
    /// Loses data, such as a log.
    DestroysData,
}

/// What the author of a rig promises for its target.
#[derive(Clone, Debug, Default)]
pub struct Promise {
    /// Facets that must be there.
    pub facets: BTreeSet<FacetKind>,
    /// Abilities within facets that not every protocol has; laws name the one they need ([`Law::needs`]).
    pub abilities: BTreeSet<&'static str>,
    /// The most dangerous law that may run.
    pub max_danger: Danger,
}

/// One device and, for simulators, the view from behind it. Dropping it stops what was started for it.
#[derive(Clone)]
pub struct World {
    /// The device under test.
    pub device: Arc<dyn Device>,
    /// What really happens.
    pub truth: Arc<dyn Truth>,
    /// Whatever must live as long as the world.
    pub keep: Arc<dyn Any + Send + Sync>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("device", &self.device)
            .field("truth", &self.truth)
            .finish_non_exhaustive()
    }
}

/// Supplied for each target. Laws run side by side, so a world is never shared.
#[async_trait]
pub trait Rig: Send + Sync + 'static {
    /// A name for the matrix: driver and persona.
    fn name(&self) -> String;
    /// What the target must offer.
    fn promise(&self) -> Promise;
    /// A fresh world.
    ///
    /// # Errors
    /// When the target cannot be started or opened: every law then fails with this.
    async fn world(&self) -> Result<World>;
}

/// The context that a law runs in.
fn law_context(law: &str) -> Cx {
    Cx::new("conformance", law).within(Duration::from_secs(60)).consenting(Safety::Destructive)
}

/// Tells whether the law applies to this promise, and if not, why.
fn applies(law: &Law, promise: &Promise) -> std::result::Result<(), String> {
    if let Some(facet) = law.facet
        && !promise.facets.contains(&facet)
    {
        return Err(format!("{facet} is not promised"));
    }
    if let Some(ability) = law.needs
        && !promise.abilities.contains(ability)
    {
        return Err(format!("{ability} is not promised"));
    }
    if law.danger > promise.max_danger {
        return Err(format!("{:?} is more than the rig allows", law.danger));
    }
    Ok(())
}

async fn check(rig: &dyn Rig, law: &Law) -> std::result::Result<(), String> {
    let world = rig.world().await.map_err(|error: Error| format!("no world: {}", error.report()))?;
    let cx = law_context(law.name);
    // A driver that never ends must cost this law, not the whole run.
    let bound = Duration::from_secs(180);
    let result = tokio::time::timeout(bound, (law.check)(&world, &cx))
        .await
        .unwrap_or_else(|_| Err(format!("did not end within {bound:?}")));
    let _ = world.device.close(&cx.for_cleanup(Duration::from_secs(2))).await;
    result
}

/// The promise itself as a law: what is promised is there, and what is there is promised.
async fn promise_is_exact(rig: &dyn Rig) -> std::result::Result<(), String> {
    let promise = rig.promise();
    if promise.facets.is_empty() {
        return Err("the rig promises no facet".to_owned());
    }
    // A word that no law knows would let every law that needs the right one go by in silence.
    let known = |word: &&str| ABILITIES.iter().any(|ability| ability.name == *word);
    if let Some(word) = promise.abilities.iter().find(|word| !known(word)) {
        return Err(format!("{word:?} is no ability"));
    }
    let world = rig.world().await.map_err(|error| format!("no world: {}", error.report()))?;
    let offered: BTreeSet<_> = FacetKind::ALL.into_iter().filter(|facet| facet.on(&*world.device)).collect();
    let _ = world.device.close(&law_context("promise")).await;
    if offered == promise.facets {
        Ok(())
    } else {
        Err(format!("promised {:?}, offered {offered:?}", promise.facets))
    }
}

/// Runs every law that applies, one after the other, and tells each verdict.
pub async fn run(rig: &dyn Rig) -> Row {
    let promise = rig.promise();
    let mut row = Row::new(rig.name());
    row.push("device::offers_what_is_promised", promise_is_exact(rig).await.into());
    for law in LAWS {
        row.push(law.name, judge(rig, &promise, law).await);
    }
    row
}

/// Runs one law on a fresh world, if it applies.
pub async fn judge(rig: &dyn Rig, promise: &Promise, law: &Law) -> Verdict {
    match applies(law, promise) {
        Ok(()) => check(rig, law).await.into(),
        Err(why) => Verdict::Skipped(why),
    }
}

/// One `libtest-mimic` trial per law, named `rig::law`; what does not apply is shown as ignored.
#[must_use]
pub fn trials(rig: &Arc<dyn Rig>) -> Vec<Trial> {
    let promise = rig.promise();
    let mut out = vec![{
        let rig = rig.clone();
        let name = format!("{}::device::offers_what_is_promised", rig.name());
        Trial::test(name, move || block_on(promise_is_exact(&*rig)))
    }];
    for law in LAWS {
        let rig = rig.clone();
        let skip = applies(law, &promise).is_err();
        let name = format!("{}::{}", rig.name(), law.name);
        out.push(Trial::test(name, move || block_on(check(&*rig, law))).with_ignored_flag(skip));
    }
    out
}

fn block_on(work: impl Future<Output = std::result::Result<(), String>>) -> std::result::Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|error| Failed::from(error.to_string()))?.block_on(work).map_err(Failed::from)
}
