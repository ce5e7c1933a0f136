//! Messages: a fixed header by type, then attributes that may nest (netlink(7)).

/// Bytes of `struct nlmsghdr`.
pub(super) const HEADER: usize = 16;
const ALIGN: usize = 4;
/// The bits of an attribute's type that are flags: nested, in network order.
const TYPE: u16 = 0x3fff;
const NESTED: u16 = 0x8000;

/// A message that is being written.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    bytes: Vec<u8>,
}

impl Message {
    /// One that begins with the header of its type.
    pub(crate) fn new(header: &[u8]) -> Self {
        let mut bytes = vec![0; HEADER];
        bytes.extend(header);
        Self { bytes }.padded()
    }

    fn padded(mut self) -> Self {
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGN), 0);
        self
    }

    /// The same with an attribute more.
    #[must_use]
    pub(crate) fn with(mut self, kind: u16, payload: &[u8]) -> Self {
        self.bytes.extend((payload.len() as u16 + 4).to_ne_bytes());
        self.bytes.extend(kind.to_ne_bytes());
        self.bytes.extend(payload);
        self.padded()
    }

    /// The same with a number of four bytes more.
    #[must_use]
    pub(crate) fn with_u32(self, kind: u16, value: u32) -> Self {
        self.with(kind, &value.to_ne_bytes())
    }

    /// The same with an attribute of attributes more.
    #[must_use]
    pub(crate) fn with_nested(mut self, kind: u16, fill: impl FnOnce(Self) -> Self) -> Self {
        let start = self.bytes.len();
        self = fill(self.with(kind | NESTED, &[]));
        let length = (self.bytes.len() - start) as u16;
        self.bytes[start..start + 2].copy_from_slice(&length.to_ne_bytes());
        self
    }

    /// The same with attributes more that somebody else wrote.
    #[must_use]
    pub(crate) fn with_written(mut self, attributes: &[u8]) -> Self {
        self.bytes.extend(attributes);
        self.padded()
    }

    /// The bytes to send, for a type (`RTM_*`) with flags (`NLM_F_*`).
    pub(super) fn finish(mut self, kind: u16, flags: u16, sequence: u32) -> Vec<u8> {
        let length = self.bytes.len() as u32;
        self.bytes[..4].copy_from_slice(&length.to_ne_bytes());
        self.bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
        self.bytes[6..8].copy_from_slice(&flags.to_ne_bytes());
        self.bytes[8..12].copy_from_slice(&sequence.to_ne_bytes());
        self.bytes
    }
}

/// The attributes in some bytes; it ends where they do not hold together.
#[derive(Clone, Debug)]
pub(crate) struct Attributes<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(u16::from_ne_bytes(self.0.get(..2)?.try_into().ok()?));
        let kind = u16::from_ne_bytes(self.0.get(2..4)?.try_into().ok()?) & TYPE;
        let payload = self.0.get(4..length)?;
        self.0 = self.0.get(length.next_multiple_of(ALIGN)..).unwrap_or_default();
        Some((kind, payload))
    }
}

/// The attributes of other types than these, as they were written.
pub(crate) fn without(bytes: &[u8], kinds: &[u16]) -> Vec<u8> {
    let mut rest = bytes;
    let mut kept = Vec::new();
    let mut attributes = Attributes(bytes);
    while let Some((kind, _)) = attributes.next() {
        let written = rest.get(..rest.len() - attributes.0.len()).unwrap_or_default();
        if !kinds.contains(&kind) {
            kept.extend(written);
            kept.resize(kept.len().next_multiple_of(ALIGN), 0);
        }
        rest = attributes.0;
    }
    kept
}

/// The first attribute of a type.
pub(crate) fn attribute(bytes: &[u8], kind: u16) -> Option<&[u8]> {
    Attributes(bytes).find(|(found, _)| *found == kind).map(|(_, payload)| payload)
}

/// A number of four bytes, in the host's order.
pub(crate) fn number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?))
}
