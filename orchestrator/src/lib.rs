//! Underlay's orchestrator: thin, and unkillable.
//!
//! ```text
//! intent ─┐
//!         ├─ plan (pure) ─→ Plan: diff, steps, effects, hash ─→ run: journal, probe / apply / verify ─→ goals
//! observe ┘                                                       ↑ killed at any moment: resume = probe again
//! ```
//!
//! - An [`Intent`] says what machines should be: power, and one-time goals with a generation.
//! - [`observe()`] reads; [`plan()`] compares and makes a [`Plan`] without touching anything.
//! - [`execute`] runs a plan's steps through a [`Store`] that journals *before* each mutation. What a killed process
//!   left half-done is looked at, never repeated blindly: see [`step::evidence`].
//! - [`schedule`] is a pure function from what is done to what may start.
//!
//! The library knows no driver: it opens devices through a [`Fleet`], which holds a [`underlay_hal::Registry`].

mod execute;
mod fleet;
mod intent;
mod observe;
mod plan;
mod planner;
pub mod schedule;
pub mod step;
pub mod store;
mod text;

pub use execute::{Progress, RunOptions, RunReport, execute};
pub use fleet::Fleet;
pub use intent::{BootGoal, Intent, PowerGoal, Profile, Want};
pub use observe::{Observed, Unobserved, observe};
pub use plan::{Change, DevicePlan, EffectClass, FORMAT, Plan, PlanError, PlannedStep, StepId};
pub use planner::{Memory, PlanProblem, plan};
pub use step::Action;
pub use store::{Store, StoreError, sqlite::SqliteStore};
pub use text::plan_text;
