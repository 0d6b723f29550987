//! The road to one unit, as the rest of this crate sees it. What is on the other side of the trait may change.

mod wire;

use std::fmt;

use async_trait::async_trait;
use underlay_hal::{Cx, Result};
use underlay_snmp_mib::Oid;

pub(crate) use wire::{Hub, Login, Wire, read as value};

/// The value of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// `INTEGER`, `Gauge32`, `Counter32`, `Counter64`, `TimeTicks`.
    Number(i64),
    /// `OCTET STRING`.
    Bytes(Vec<u8>),
    /// `OBJECT IDENTIFIER`.
    Oid(Oid),
    /// Of a kind that nothing here asks for.
    Other,
}

impl Value {
    /// The number, also where a unit writes it as text.
    pub(crate) fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Bytes(_) => self.text()?.parse().ok(),
            Self::Oid(_) | Self::Other => None,
        }
    }

    /// The text, without control characters and blanks around it; nothing if nothing is left.
    pub(crate) fn text(&self) -> Option<String> {
        let Self::Bytes(bytes) = self else { return None };
        let text: String =
            String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_control()).take(256).collect();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

/// One unit's agent.
///
/// - Reads are sent again when no answer comes; a change is sent once.
/// - Every call ends by the context's deadline.
#[async_trait]
pub(crate) trait Transport: fmt::Debug + Send + Sync {
    /// The values of these objects, in their order; `None` where there is none.
    ///
    /// # Errors
    /// As every read.
    async fn get(&self, cx: &Cx, objects: &[Oid]) -> Result<Vec<Option<Value>>>;

    /// Every object below this one, in order, at most [`WALK_LIMIT`].
    ///
    /// # Errors
    /// As every read; `Protocol` for an agent that goes in circles.
    async fn walk(&self, cx: &Cx, below: &Oid) -> Result<Vec<(Oid, Value)>>;

    /// Is there anything below this one?
    ///
    /// # Errors
    /// As every read.
    async fn has_rows(&self, cx: &Cx, below: &Oid) -> Result<bool>;

    /// Changes one object.
    ///
    /// # Errors
    /// What the agent refuses with; `Timeout` with effect `Unknown` if no answer comes.
    async fn set(&self, cx: &Cx, object: &Oid, value: Value) -> Result<()>;
}

/// Rows of one column that are read; no table of a unit is near it.
pub(crate) const WALK_LIMIT: usize = 10_000;
