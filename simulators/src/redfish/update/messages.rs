//! What the update service says of images, in the words of DMTF's `Update` registry (DSP8011).

use crate::plant::BadImage;
use crate::redfish::messages::Message;
use crate::redfish::registries::{Event, event_message};

fn refused(why: &str) -> Message {
    event_message(Event::VerificationFailed, &["the image", "the update service"]).saying(why)
}

/// The image is for nothing in this machine, or not for the target.
pub(crate) fn not_applicable() -> Message {
    refused("The image is for no component of this machine that was asked for.")
}

/// The image is damaged, or none.
pub(crate) fn bad_image(bad: BadImage) -> Message {
    refused(&bad.to_string())
}
