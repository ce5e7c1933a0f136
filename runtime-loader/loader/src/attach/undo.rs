//! Ending an attachment by its record, in another process than the one that made it.

use super::{clsact, dispatcher, route, xdp};
use crate::attach_record::AttachRecord;
use crate::error::Error;

const UNKNOWN: Error = Error::Argument("this is a record of an attachment of another kind");

impl AttachRecord {
    /// Ends the attachment, if it is still the one that was made; `false` if it was gone already.
    ///
    /// # Errors
    /// [`crate::AttachError::OtherNamespace`] if the interface is of another network namespace; the
    /// kernel's refusal.
    pub fn undo(&self) -> Result<bool, Error> {
        match self.kind() {
            clsact::KIND => clsact::undo(self),
            route::KIND => route::undo(self),
            xdp::KIND => xdp::undo(self),
            dispatcher::KIND => dispatcher::undo(self),
            _ => Err(UNKNOWN),
        }
    }

    /// Whether the attachment is still there.
    ///
    /// # Errors
    /// As for [`AttachRecord::undo`].
    pub fn is_attached(&self) -> Result<bool, Error> {
        match self.kind() {
            clsact::KIND => clsact::is_there(self),
            route::KIND => route::is_there(self),
            xdp::KIND => xdp::is_there(self),
            dispatcher::KIND => dispatcher::is_there(self),
            _ => Err(UNKNOWN),
        }
    }
}
