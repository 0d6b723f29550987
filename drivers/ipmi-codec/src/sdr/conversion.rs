/// How raw readings are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataFormat {
    /// 0 to 255.
    Unsigned,
    /// One's complement.
    OnesComplement,
    /// Two's complement.
    TwosComplement,
}

/// What is done to the linear value (IPMI 2.0, table 43-1, byte 24).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linearization {
    /// Nothing.
    Linear,
    /// Natural logarithm.
    Ln,
    /// Logarithm to base 10.
    Log10,
    /// Logarithm to base 2.
    Log2,
    /// e to the power.
    Exp,
    /// 10 to the power.
    Exp10,
    /// 2 to the power.
    Exp2,
    /// The inverse.
    Inverse,
    /// The square.
    Square,
    /// The cube.
    Cube,
    /// The square root.
    SquareRoot,
    /// The cube root.
    CubeRoot,
    /// Non-linear: factors must be asked for every raw reading.
    NonLinear,
}

/// How a raw reading becomes a value: `y = L((M·x + B·10^Bexp)·10^Rexp)` (IPMI 2.0, section 36.3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conversion {
    /// The encoding of raw readings.
    pub format: DataFormat,
    /// What is done last.
    pub linearization: Linearization,
    /// Factor M, -512 to 511.
    pub m: i16,
    /// Offset B, -512 to 511.
    pub b: i16,
    /// Exponent of B, -8 to 7.
    pub b_exponent: i8,
    /// Exponent of the result, -8 to 7.
    pub r_exponent: i8,
}

impl Conversion {
    /// From the analog data format (two bits) and bytes 24 to 30 of a full sensor record.
    ///
    /// * `None` for "no analog reading" and reserved linearisations.
    #[must_use]
    pub fn decode(format: u8, factors: [u8; 7]) -> Option<Self> {
        let format = match format {
            0 => DataFormat::Unsigned,
            1 => DataFormat::OnesComplement,
            2 => DataFormat::TwosComplement,
            _ => return None,
        };
        let [linearization, m, m_tolerance, b, b_accuracy, _accuracy, exponents] = factors;
        let linearization = match linearization & 0x7F {
            0 => Linearization::Linear,
            1 => Linearization::Ln,
            2 => Linearization::Log10,
            3 => Linearization::Log2,
            4 => Linearization::Exp,
            5 => Linearization::Exp10,
            6 => Linearization::Exp2,
            7 => Linearization::Inverse,
            8 => Linearization::Square,
            9 => Linearization::Cube,
            10 => Linearization::SquareRoot,
            11 => Linearization::CubeRoot,
            0x70..=0x7F => Linearization::NonLinear,
            _ => return None,
        };
        Some(Self {
            format,
            linearization,
            m: signed10(m, m_tolerance),
            b: signed10(b, b_accuracy),
            b_exponent: signed4(exponents),
            r_exponent: signed4(exponents >> 4),
        })
    }

    /// The value of a raw reading.
    ///
    /// * `None` when it is not a finite number, and for [`Linearization::NonLinear`].
    #[must_use]
    pub fn value(&self, raw: u8) -> Option<f64> {
        let x = match self.format {
            DataFormat::Unsigned => f64::from(raw),
            // -0 is 0.
            DataFormat::OnesComplement if raw & 0x80 != 0 => -f64::from(!raw),
            DataFormat::OnesComplement => f64::from(raw),
            DataFormat::TwosComplement => f64::from(raw.cast_signed()),
        };
        // Dividing by a power of ten keeps decimal fractions exact where multiplying by 0.1 does not.
        let linear =
            scale(f64::from(self.m) * x + scale(f64::from(self.b), self.b_exponent), self.r_exponent);
        let value = match self.linearization {
            Linearization::Linear => linear,
            Linearization::Ln => linear.ln(),
            Linearization::Log10 => linear.log10(),
            Linearization::Log2 => linear.log2(),
            Linearization::Exp => linear.exp(),
            Linearization::Exp10 => 10f64.powf(linear),
            Linearization::Exp2 => linear.exp2(),
            Linearization::Inverse => linear.recip(),
            Linearization::Square => linear * linear,
            Linearization::Cube => linear * linear * linear,
            Linearization::SquareRoot => linear.sqrt(),
            Linearization::CubeRoot => linear.cbrt(),
            Linearization::NonLinear => return None,
        };
        value.is_finite().then_some(value)
    }
}

fn scale(value: f64, exponent: i8) -> f64 {
    let power = 10f64.powi(i32::from(exponent.unsigned_abs()));
    if exponent < 0 { value / power } else { value * power }
}

/// Ten bits, two's complement: eight in `low`, two on top of `high`.
fn signed10(low: u8, high: u8) -> i16 {
    let bits = i16::from(high >> 6) << 8 | i16::from(low);
    if bits & 0x200 != 0 { bits - 0x400 } else { bits }
}

/// The lower four bits, two's complement.
fn signed4(bits: u8) -> i8 {
    (bits << 4).cast_signed() >> 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversion(
        format: u8,
        m: i16,
        b: i16,
        b_exponent: u8,
        r_exponent: u8,
        linearization: u8,
    ) -> Conversion {
        let split = |value: i16| {
            let [low, high] = value.to_le_bytes();
            (low, high << 6)
        };
        let ((m0, m1), (b0, b1)) = (split(m), split(b));
        Conversion::decode(format, [linearization, m0, m1, b0, b1, 0, r_exponent << 4 | b_exponent & 0x0F])
            .unwrap()
    }

    #[test]
    fn raw_readings_convert_as_the_specification_says() {
        // 100 RPM per count.
        assert_eq!(conversion(0, 100, 0, 0, 0, 0).value(60), Some(6000.0));
        // 0.05 V per count: M = 5, R exponent -2.
        assert_eq!(conversion(0, 5, 0, 0, 0x0E, 0).value(240), Some(12.0));
        // B = -128 at exponent 0; M negative.
        assert_eq!(conversion(0, -1, -128, 0, 0, 0).value(2), Some(-130.0));
        // B = 7, Bexp = 1: 10·x + 70.
        assert_eq!(conversion(0, 10, 7, 1, 0, 0).value(3), Some(100.0));
    }

    #[test]
    fn signed_formats_convert() {
        assert_eq!(conversion(2, 1, 0, 0, 0, 0).value(0xFB), Some(-5.0));
        assert_eq!(conversion(1, 1, 0, 0, 0, 0).value(0xFA), Some(-5.0));
        assert_eq!(conversion(1, 1, 0, 0, 0, 0).value(0xFF), Some(0.0));
        assert_eq!(Conversion::decode(3, [0; 7]), None, "no analog reading");
    }

    #[test]
    fn linearisations_apply_and_infinities_are_no_value() {
        assert_eq!(conversion(0, 1, 0, 0, 0, 8).value(9), Some(81.0));
        assert_eq!(conversion(0, 1, 0, 0, 0, 7).value(4), Some(0.25));
        assert_eq!(conversion(0, 1, 0, 0, 0, 7).value(0), None, "1/0");
        assert_eq!(conversion(0, 1, 0, 0, 0, 1).value(0), None, "ln 0");
        assert_eq!(conversion(0, 1, 0, 0, 0, 0x70).value(1), None, "non-linear");
    }
}
