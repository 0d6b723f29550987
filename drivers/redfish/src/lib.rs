//! Redfish driver for Underlay: tolerant, link-following, and careful with sessions and secrets.
//!
//! - **Tolerant**: the raw JSON of every resource is kept; one odd field costs the field, one bad resource costs the
//!   resource ([`underlay_hal::Hardware::skipped`]), never the whole answer.
//! - **Link-following**: addresses come from `@odata.id`, `Members`, action `target`, `Location` and
//!   `@odata.nextLink` only; no path is built from an id. A link or redirect to another host is refused, and no
//!   credential ever travels there.
//! - **Bounded**: a body is at most [`Settings::body_limit`] bytes, a collection at most [`Settings::page_limit`]
//!   pages, every call ends by its deadline.
//! - **One session** per controller, reused, and deleted on [`underlay_hal::Device::close`] or drop.
//!
//! Source: DMTF DSP0266 (protocol), DSP0268 (schemas); vendor habits in [`quirks`], each with its origin.

mod accepted;
mod device;
mod driver;
mod error;
mod facet;
#[doc(hidden)]
pub mod fuzzing;
mod json;
pub mod oem;
pub mod quirks;
mod receiver;
mod resource;
mod settings;
mod transport;

pub use driver::RedfishDriver;
pub use receiver::{EventReceiver, Received};
pub use settings::{Authentication, Settings};
