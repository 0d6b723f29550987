//! The configuration of a switch as data: VLANs, ports, groups; and the pure way from what is to what is wanted.
//!
//! - [`VlanSet`]: a set of VLANs, and the algebra of lists that switches print.
//! - [`SwitchConfiguration`]: what a switch is configured to be. [`plan`]: the steps from there to what is wanted.
//! - Nothing here talks to anybody.

mod configuration;
mod edit;
mod plan;
mod vlan_set;

pub use configuration::{LagMember, LagMode, PortConfig, PortMode, SwitchConfiguration};
pub use edit::{ModeEdit, PortEdit, SwitchEdit, VlanEdit};
pub use plan::{Risk, SwitchPlan, SwitchStep, plan};
pub use vlan_set::VlanSet;
