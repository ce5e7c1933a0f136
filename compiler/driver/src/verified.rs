//! The gate before anything is written.

use nbpfc_object::{Error, Object};

/// An object that may be written: only this becomes ELF.
#[derive(Clone, Debug)]
pub struct Verified(Object);

impl Verified {
    /// An object that no verifier of ours looked at; the caller says why that is in order.
    pub fn unchecked(object: Object, _reason: &'static str) -> Self {
        Self(object)
    }

    /// The object.
    pub fn object(&self) -> &Object {
        &self.0
    }

    /// The bytes of the ELF file.
    ///
    /// # Errors
    /// If the object cannot be said in ELF: a bug of whoever made it.
    pub fn into_elf(self) -> Result<Vec<u8>, Error> {
        self.0.to_elf()
    }
}
