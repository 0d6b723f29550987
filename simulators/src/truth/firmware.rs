//! What is behind firmware. In an enclosure the inventory is that of all its machines, and so is what came in.
use std::collections::BTreeMap;

use underlay_conformance::{FirmwareTruth, ImageOf};

use super::ServerTruth;
use crate::{
    plant::{ImageInfo, Part, firmware},
    redfish,
};

/// The body of an image is so many bytes.
const BODY: usize = 256 * 1024;

impl FirmwareTruth for ServerTruth {
    fn versions(&self) -> BTreeMap<String, String> {
        let components = redfish::component_ids(&self.server).into_iter();
        components.map(|(id, component)| (id, component.version)).collect()
    }

    fn image(&self, of: ImageOf) -> (Vec<u8>, String, String) {
        let part = match of {
            ImageOf::Manager => Part::Bmc,
            ImageOf::System => Part::Bios,
        };
        let components = redfish::component_ids(&self.server);
        let Some((id, component)) = components.into_iter().find(|(_, known)| known.part == part) else {
            return Default::default();
        };
        let version = next(&component.version);
        let info = ImageInfo { part, model: component.model, version: version.clone() };
        let body: Vec<u8> = (0_u8..=255).cycle().take(BODY).collect();
        (firmware::image(&info, &body), id, version)
    }

    fn image_uri(&self, of: ImageOf) -> Option<String> {
        let (bytes, ..) = self.image(of);
        (!bytes.is_empty()).then(|| self.images.put(&format!("{of:?}.bin").to_lowercase(), bytes))
    }

    fn bytes_received(&self) -> u64 {
        self.server.enclosure().iter().map(crate::plant::Server::firmware_bytes).sum()
    }
}

/// The version with its last number one higher.
fn next(version: &str) -> String {
    let digits = version.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (front, last) = version.split_at(version.len() - digits);
    match last.parse::<u64>() {
        Ok(number) => format!("{front}{:0digits$}", number + 1),
        Err(_) => format!("{version}.1"),
    }
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn a_version_is_followed_by_another() {
        assert_eq!(
            (next("1.2.0"), next("7.00.60.09"), next("A11"), next("x")),
            ("1.2.1".to_owned(), "7.00.60.10".to_owned(), "A12".to_owned(), "x.1".to_owned())
        );
    }
}
