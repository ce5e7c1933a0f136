//! Attachments before they are made, so that somebody can be told how to end them first.

use crate::attach_record::AttachRecord;
use crate::error::Error;
use crate::link::{Attachment, Link};

/// How one kind of attachment is made.
pub(crate) trait Planned: Attachment {
    /// Makes it, where nothing else is.
    fn carry_out(&mut self) -> Result<(), Error>;
}

/// An attachment that rtnetlink is to make. It outlives the process that makes it: who wants it
/// gone in any case tells [`Plan::record`] to another process, which calls [`AttachRecord::undo`].
#[derive(Debug)]
pub struct Plan {
    planned: Box<dyn Planned>,
}

impl Plan {
    pub(crate) fn new(planned: impl Planned + 'static) -> Self {
        Self { planned: Box::new(planned) }
    }

    /// How it can be ended.
    pub fn record(&self) -> Option<AttachRecord> {
        self.planned.record()
    }

    /// Attaches.
    ///
    /// # Errors
    /// [`crate::AttachError`], such as of a place that somebody took since the plan was made.
    pub fn carry_out(mut self) -> Result<Link, Error> {
        self.planned.carry_out()?;
        Ok(Link::of(self.planned))
    }
}
