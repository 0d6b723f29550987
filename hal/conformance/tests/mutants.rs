//! Every law is kept by the model and broken by its mutant, or it proves nothing.

use underlay_conformance::{LAWS, Rig as _, Verdict, judge, model::ModelRig, run};

#[tokio::test]
async fn the_model_keeps_every_law() {
    let row = run(&ModelRig::default()).await;
    assert!(row.cells.len() > 40, "only {} laws ran", row.cells.len());
    for cell in &row.cells {
        assert_eq!(cell.verdict, Verdict::Kept, "{}", cell.law);
    }
}

#[tokio::test]
async fn each_law_catches_its_mutant() {
    let mut survivors = Vec::new();
    let checks = LAWS.iter().map(|law| async {
        let rig = ModelRig { broken: Some(law.name) };
        (law.name, matches!(judge(&rig, &rig.promise(), law).await, Verdict::Broken(_)))
    });
    for (law, caught) in futures_util::future::join_all(checks).await {
        if !caught {
            survivors.push(law);
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
