/// What a sensor measures in (IPMI 2.0, table 43-15), as far as there is a use for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnitKind {
    /// A pure number, or nothing told.
    Unspecified,
    /// Degrees Celsius.
    Celsius,
    /// Degrees Fahrenheit.
    Fahrenheit,
    /// Kelvin.
    Kelvin,
    /// Volts.
    Volts,
    /// Amperes.
    Amperes,
    /// Watts.
    Watts,
    /// Joules.
    Joules,
    /// Revolutions per minute.
    Rpm,
    /// Hertz.
    Hertz,
    /// Seconds.
    Seconds,
    /// Percent.
    Percent,
    /// Something else: see [`Units::base`].
    Other,
}

/// A unit number of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BaseUnit(pub u8);

/// The units of a sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// Is the value a percentage?
    pub percentage: bool,
    /// Per which time: 0 none, 1 microsecond, 2 millisecond, 3 second, 4 minute, 5 hour, 6 day.
    pub rate: u8,
    /// How the modifier applies: 0 not, 1 base per modifier, 2 base times modifier.
    pub relation: u8,
    /// The base unit.
    pub base: BaseUnit,
    /// The modifier unit.
    pub modifier: BaseUnit,
}

impl Units {
    /// From bytes 21 to 23 of a sensor record.
    #[must_use]
    pub const fn decode(flags: u8, base: u8, modifier: u8) -> Self {
        Self {
            percentage: flags & 1 != 0,
            rate: flags >> 3 & 7,
            relation: flags >> 1 & 3,
            base: BaseUnit(base),
            modifier: BaseUnit(modifier),
        }
    }

    /// The unit in words one can branch on; [`UnitKind::Other`] for anything with a rate or modifier.
    #[must_use]
    pub const fn kind(self) -> UnitKind {
        if self.percentage {
            return UnitKind::Percent;
        }
        if self.rate != 0 || self.relation != 0 {
            return UnitKind::Other;
        }
        match self.base.0 {
            0 => UnitKind::Unspecified,
            1 => UnitKind::Celsius,
            2 => UnitKind::Fahrenheit,
            3 => UnitKind::Kelvin,
            4 => UnitKind::Volts,
            5 => UnitKind::Amperes,
            6 => UnitKind::Watts,
            7 => UnitKind::Joules,
            18 => UnitKind::Rpm,
            19 => UnitKind::Hertz,
            22 => UnitKind::Seconds,
            _ => UnitKind::Other,
        }
    }
}
