//! The Redfish view over real sockets, judged by a client that knows nothing but HTTP.
//!
//! Every quirk and every refusal has a control: the same request where it is good.

#[path = "redfish_view/receiver.rs"]
mod receiver;
#[path = "redfish_view/support.rs"]
mod support;

#[path = "redfish_view/accounts.rs"]
mod accounts;
#[path = "redfish_view/bios.rs"]
mod bios;
#[path = "redfish_view/bios_quirks.rs"]
mod bios_quirks;
#[path = "redfish_view/boot.rs"]
mod boot;
#[path = "redfish_view/boot_order.rs"]
mod boot_order;
#[path = "redfish_view/certificates.rs"]
mod certificates;
#[path = "redfish_view/dell.rs"]
mod dell;
#[path = "redfish_view/enclosure.rs"]
mod enclosure;
#[path = "redfish_view/etags.rs"]
mod etags;
#[path = "redfish_view/event_stream.rs"]
mod event_stream;
#[path = "redfish_view/events.rs"]
mod events;
#[path = "redfish_view/faults.rs"]
mod faults;
#[path = "redfish_view/firmware.rs"]
mod firmware;
#[path = "redfish_view/login.rs"]
mod login;
#[path = "redfish_view/manager.rs"]
mod manager;
#[path = "redfish_view/meter.rs"]
mod meter;
#[path = "redfish_view/power.rs"]
mod power;
#[path = "redfish_view/protocol.rs"]
mod protocol;
#[path = "redfish_view/quirks.rs"]
mod quirks;
#[path = "redfish_view/secure.rs"]
mod secure;
#[path = "redfish_view/secure_boot.rs"]
mod secure_boot;
#[path = "redfish_view/storage.rs"]
mod storage;
#[path = "redfish_view/tasks.rs"]
mod tasks;
#[path = "redfish_view/tree.rs"]
mod tree;
#[path = "redfish_view/truth.rs"]
mod truth;
#[path = "redfish_view/virtual_media.rs"]
mod virtual_media;
