//! What the standard has no word for: a typed bag that layers carry through untouched.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
};

/// Extensions of one device, by type. Vendor traits live in driver crates:
/// `device.oem().get::<Arc<dyn VendorLifecycleLog>>()`.
#[derive(Default)]
pub struct Oem(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Oem {
    /// Adds an extension; a second one of the same type replaces the first.
    pub fn insert<T: Any + Send + Sync>(&mut self, extension: T) {
        self.0.insert(TypeId::of::<T>(), Box::new(extension));
    }

    /// The extension of this type, if the device has one.
    #[must_use]
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.get(&TypeId::of::<T>()).and_then(|any| any.downcast_ref())
    }
}

impl fmt::Debug for Oem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oem({} extensions)", self.0.len())
    }
}
