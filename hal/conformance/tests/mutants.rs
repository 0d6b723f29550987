//! Every law is kept by the model and broken by its mutant, or it proves nothing.
//!
//! The model has a clock of its own, and the laws wait by the runtime's, which is paused here: nobody really sleeps.

use std::collections::BTreeSet;

use underlay_conformance::{
    ABILITIES, LAWS, Promise, Rig, Verdict, World, judge,
    model::{Habit, ModelRig},
    run,
};
use underlay_hal::FacetKind;

#[tokio::test(start_paused = true)]
async fn the_model_keeps_every_law() {
    let row = run(&ModelRig::default()).await;
    assert!(row.cells.len() > 200, "only {} laws ran", row.cells.len());
    for cell in &row.cells {
        assert_eq!(cell.verdict, Verdict::Kept, "{}", cell.law);
    }
}

#[tokio::test(start_paused = true)]
async fn no_law_cares_how_a_device_works() {
    for habit in [Habit::Forgets, Habit::AtOnce] {
        let row = run(&ModelRig { habit, ..ModelRig::default() }).await;
        let kept = row.cells.iter().filter(|cell| cell.verdict == Verdict::Kept).count();
        let broken: Vec<_> = row.broken().collect();
        assert!(broken.is_empty(), "{habit:?}: {broken:#?}");
        assert_eq!(row.cells.len() - kept, 1, "{habit:?}: it lacks one ability, that of one law");
    }
}

#[test]
fn every_facet_ends_in_silence() {
    for facet in FacetKind::ALL {
        let name = format!("{facet}::silence_ends_by_the_deadline");
        assert!(LAWS.iter().any(|law| law.name == name && law.needs.is_none()), "{name} is missing");
    }
}

/// Prints in which way each law was broken: a mutant that is caught for another reason proves nothing either.
#[tokio::test(start_paused = true)]
async fn each_law_catches_its_mutant() {
    let mut survivors = Vec::new();
    for law in LAWS {
        let rig = ModelRig { broken: Some(law.name), ..ModelRig::default() };
        match judge(&rig, &rig.promise(), law).await {
            Verdict::Broken(why) => println!("{}: {why}", law.name),
            Verdict::Kept | Verdict::Skipped(_) => survivors.push(law.name),
        }
    }
    assert!(survivors.is_empty(), "these laws let their mutant pass: {survivors:#?}");
}

#[test]
fn names_are_unique_and_begin_with_their_facet() {
    let mut names: Vec<_> = LAWS.iter().map(|law| law.name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
    for law in LAWS {
        let facet = law.facet.map_or("device", |facet| facet.as_str());
        assert!(law.name.starts_with(&format!("{facet}::")), "{}", law.name);
    }
}

#[test]
fn the_table_of_abilities_has_what_laws_need_and_nothing_else() {
    let table: BTreeSet<_> = ABILITIES.iter().map(|ability| ability.name).collect();
    assert_eq!(table.len(), ABILITIES.len(), "an ability stands twice in the table");
    let needed: BTreeSet<_> = LAWS.iter().filter_map(|law| law.needs).collect();
    assert_eq!(needed, table);
    let parts: BTreeSet<_> =
        LAWS.iter().map(|law| law.facet.map_or("device", |facet| facet.as_str())).collect();
    for ability in ABILITIES {
        let part = ability.name.split('.').next().unwrap_or_default();
        assert!(parts.contains(part), "{}: {part} is no facet", ability.name);
        assert!(!ability.means.is_empty(), "{} means nothing", ability.name);
    }
}

/// A rig that promises a word that is in no table.
struct Misspelt;

#[async_trait::async_trait]
impl Rig for Misspelt {
    fn name(&self) -> String {
        "misspelt".to_owned()
    }
    fn promise(&self) -> Promise {
        let mut promise = ModelRig::default().promise();
        promise.abilities.insert("power.stages");
        promise
    }
    async fn world(&self) -> underlay_hal::Result<World> {
        ModelRig::default().world().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_promise_of_an_unknown_ability_is_broken() {
    let first = run(&Misspelt).await.cells.swap_remove(0);
    assert!(matches!(&first.verdict, Verdict::Broken(why) if why.contains("power.stages")), "{first:?}");
}

/// The texts of the model's files that look like the name of a law.
fn names_in(folder: &std::path::Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the model's folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            names.extend(names_in(&path));
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a text");
        let quoted = text.split('"').skip(1).step_by(2);
        names.extend(
            quoted.filter(|quoted| quoted.contains("::") && !quoted.contains('{')).map(str::to_owned),
        );
    }
    names
}

#[test]
fn the_model_breaks_no_law_that_is_not_there() {
    let names = names_in(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join("model"));
    assert!(names.len() > 100, "the model is elsewhere: {} names", names.len());
    let unknown: Vec<_> = names.iter().filter(|name| LAWS.iter().all(|law| law.name != **name)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
}
