//! `show version`.

/// What it is, as far as it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// Its model.
    pub model: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// The version of its software.
    pub software: Option<String>,
}

fn told(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches(',');
    (!text.is_empty()).then(|| text.chars().filter(|c| !c.is_control()).take(128).collect())
}

/// `  cisco Nexus9000 C9396PX Chassis`, `  cisco Nexus5548 Chassis ("O2 32X10GE/Modular Supervisor")`.
fn nexus(line: &str) -> Option<&str> {
    let words = line.trim_start().strip_prefix("cisco ").filter(|words| words.starts_with("Nexus"))?;
    let end = words.to_ascii_lowercase().find(" chassis")?;
    words.get(..end)?.split_whitespace().last()
}

/// `cisco WS-C2960-48TT-L (PowerPC405) processor …`, `Cisco IOSv (revision 1.0) with  with …`: a model, and what drives
/// it.
fn processor(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("cisco ").or_else(|| line.strip_prefix("Cisco "))?;
    let (model, behind) = rest.split_once(' ')?;
    (behind.contains("processor") || behind.starts_with('(')).then_some(model)
}

/// Reads what `show version` prints.
#[must_use]
pub fn version(text: &str) -> Version {
    let mut read = Version::default();
    let mut build = None;
    for line in text.lines() {
        // First: there may be a colon further on.
        if read.software.is_none()
            && line.contains("Software")
            && let Some((_, behind)) = line.split_once(", Version ")
        {
            let version = told(behind.split([',', ' ']).next().unwrap_or(""));
            // The name of a special build, above the line that says what it was built from.
            let place = if line.contains("IOS XE Software,") { &mut build } else { &mut read.software };
            *place = place.take().or(version);
        }
        if let Some((key, value)) = line.split_once(':') {
            let place = match key.trim().to_ascii_lowercase().as_str() {
                "software image version" => &mut read.software,
                "serial number" | "system serial number" => &mut read.serial,
                "model number" | "model" => &mut read.model,
                "junos" => &mut read.software,
                "nxos" | "system" if value.trim_start().starts_with("version ") => {
                    let version = value.trim_start().trim_start_matches("version ");
                    read.software = read.software.take().or_else(|| told(version));
                    continue;
                }
                _ => continue,
            };
            // What kind of build it is stands behind some versions.
            let value = value.split(" (").next().unwrap_or(value);
            *place = place.take().or_else(|| told(value));
        } else if let Some(rest) = line.strip_prefix("Chassis ") {
            // `Chassis                                PE3714100183      EX4300-48T`
            read.serial = read.serial.take().or_else(|| told(rest.split_whitespace().next().unwrap_or("")));
        } else if let Some(model) = line.strip_prefix("Arista ") {
            read.model = read.model.take().or_else(|| told(model));
        } else if let Some(chassis) = nexus(line) {
            read.model = read.model.take().or_else(|| told(chassis));
        } else if let Some(serial) = line.trim_start().strip_prefix("Processor Board ID ") {
            read.serial = read.serial.take().or_else(|| told(serial));
        } else if let Some(serial) = line.strip_prefix("Processor board ID ") {
            read.serial = read.serial.take().or_else(|| told(serial.split_whitespace().next().unwrap_or("")));
        } else if let Some(model) = processor(line) {
            read.model = read.model.take().or_else(|| told(model));
        }
    }
    read.software = read.software.or(build);
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chassis_is_the_word_before_it() {
        let read = version(
            "Software\n  NXOS: version 9.3(15)\n  NXOS image file is: bootflash:///nxos.9.3.15.bin\nHardware\n  \
             cisco Nexus3000 C3232C Chassis (Nexus 9000 Series)\n  Processor Board ID FOC21261DQD\n",
        );
        assert_eq!((read.model.as_deref(), read.serial.as_deref()), (Some("C3232C"), Some("FOC21261DQD")));
        assert_eq!(read.software.as_deref(), Some("9.3(15)"));
        assert_eq!(version("  cisco Nexus5548 chassis (\"O2\")\n").model.as_deref(), Some("Nexus5548"));
    }

    #[test]
    fn each_says_it_in_its_way() {
        let eos = version("Arista DCS-7050TX\nSerial number:   JPE1\nSoftware image version: 4.31.2F\n");
        assert_eq!(eos.model.as_deref(), Some("DCS-7050TX"));
        assert_eq!((eos.serial.as_deref(), eos.software.as_deref()), (Some("JPE1"), Some("4.31.2F")));
        let ios = version(
            "Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 15.0(2)SE, RELEASE SOFTWARE (fc1)\n\
             cisco WS-C2960-48TT-L (PowerPC405) processor (revision B0) with 65536K bytes of memory.\n\
             Processor board ID FOC1010X104\n",
        );
        assert_eq!(ios.model.as_deref(), Some("WS-C2960-48TT-L"));
        assert_eq!(
            (ios.serial.as_deref(), ios.software.as_deref()),
            (Some("FOC1010X104"), Some("15.0(2)SE"))
        );
        let special = version(
            "Cisco IOS XE Software, Version V169_5_SR\nCisco IOS Software [Fuji], Version 16.9.5, X:Y\n",
        );
        assert_eq!(special.software.as_deref(), Some("16.9.5"));
        assert_eq!(
            version("Cisco IOS XE Software, Version V169_5_SR\n").software.as_deref(),
            Some("V169_5_SR")
        );
        assert_eq!(version(""), Version::default());
    }
}
