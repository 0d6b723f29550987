//! Updates that do not go.

use underlay_hal::{ApplyTime, Effect, ErrorKind, FirmwareImage, FirmwareUpdate, TaskState, UpdateMethod};

use super::{FACET, facet, image, real, written};
use crate::{
    ImageOf,
    laws::{
        Law,
        effect::{answers, concluded},
        ensure,
        help::{untried, why, without_effect},
        law,
    },
};

pub(super) const LAWS: &[Law] = &[
    law!(
        "firmware::a_corrupt_image_is_refused_and_changes_nothing",
        FACET,
        Some("firmware.push"),
        Disruptive,
        |world, cx| {
            let good = image(world, ImageOf::Manager).await?;
            let (mut bytes, ..) = real(world)?.image(ImageOf::Manager);
            let half = bytes.len() / 2;
            bytes.iter_mut().skip(half).for_each(|byte| *byte ^= 0xff);
            let bad = written(&bytes)?;
            let before = real(world)?.versions();
            let image = FirmwareImage::File(bad.path().to_owned());
            match facet(world)?.update(cx, &FirmwareUpdate { image, ..good.update() }).await {
                Err(error) if error.kind() == ErrorKind::InvalidInput && error.effect() == Effect::None => {}
                Err(error) => return Err(why(error)),
                Ok(outcome) => {
                    let end = concluded(world, cx, Ok(outcome)).await?;
                    ensure!(
                        matches!(end.ended, Some(TaskState::Failed | TaskState::Cancelled))
                            || end.task_forgotten,
                        "it was taken, and ended as {:?}",
                        end.ended
                    );
                    answers(world, cx).await?;
                }
            }
            let after = real(world)?.versions();
            ensure!(after == before, "it made {after:?} of {before:?}");
            Ok(())
        }
    ),
    law!(
        "firmware::a_missing_file_is_not_found_and_untried",
        FACET,
        Some("firmware.push"),
        Disruptive,
        |world, cx| {
            let path = {
                let there = image(world, ImageOf::Manager).await?;
                there.file.path().to_owned()
            };
            let image = FirmwareImage::File(path);
            let update = FirmwareUpdate { image, targets: Vec::new(), when: None };
            let call = facet(world)?.update(cx, &update);
            untried(world, ErrorKind::NotFound, "a file that is not there", call).await
        }
    ),
    law!(
        "firmware::an_unknown_component_is_not_found_and_untried",
        FACET,
        Some("firmware.targets"),
        Disruptive,
        |world, cx| {
            let image = image(world, ImageOf::Manager).await?;
            let update = FirmwareUpdate { targets: vec!["no-such-component".into()], ..image.update() };
            let call = facet(world)?.update(cx, &update);
            untried(world, ErrorKind::NotFound, "a component that is not there", call).await
        }
    ),
    law!("firmware::what_is_not_listed_is_unsupported_and_untried", FACET, None, Disruptive, |world, cx| {
        let (bytes, ..) = real(world)?.image(ImageOf::Manager);
        let file = written(&bytes)?;
        let here = FirmwareImage::File(file.path().to_owned());
        let uri = "http://192.0.2.7/image.bin".to_owned();
        let there = FirmwareImage::Uri { uri, credentials: None };
        let facet = facet(world)?;
        for image in [here.clone(), there] {
            if !facet.methods().contains(&image.method()) {
                let what = format!("{:?}", image.method());
                let update = FirmwareUpdate { image, targets: Vec::new(), when: None };
                untried(world, ErrorKind::Unsupported, &what, facet.update(cx, &update)).await?;
            }
        }
        if facet.methods().contains(&UpdateMethod::Push) {
            for time in ApplyTime::ALL.into_iter().filter(|time| !facet.apply_times().contains(time)) {
                let update = FirmwareUpdate { image: here.clone(), targets: Vec::new(), when: Some(time) };
                untried(world, ErrorKind::Unsupported, time.as_str(), facet.update(cx, &update)).await?;
            }
        }
        Ok(())
    }),
    law!(
        "firmware::a_second_update_is_busy_while_one_runs",
        FACET,
        Some("firmware.exclusive"),
        Disruptive,
        |world, cx| {
            let image = image(world, ImageOf::Manager).await?;
            let facet = facet(world)?;
            let first = facet.update(cx, &image.update()).await;
            let update = image.update();
            without_effect(world, ErrorKind::Busy, "an update beside another", facet.update(cx, &update))
                .await?;
            concluded(world, cx, first).await?.well()?;
            Ok(())
        }
    ),
];
