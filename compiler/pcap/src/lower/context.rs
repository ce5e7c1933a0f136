//! Where things are in the packet, for the text that is being lowered.
//!
//! A tunnel word (`vlan`, `geneve`, …) moves these places for **all text to its
//! right**, across `or` and closing parentheses too; that is the language's rule.
//! Where a tunnel's headers have a length that only the packet knows, the places
//! are relative to registers, which are 0 on a path that did not enter the tunnel.

use nbpfc_ir::{Compare, Field, Width};
use nbpfc_source::{Code, Diagnostic, Span};

use super::condition::{
    Condition, Conditions, IpVersion, Number, Offset, Place, Register, Step, Test,
};
use super::link::{Ends, LinkType, Prefix, Start};
use super::options::Options;
use crate::tree::Dir;

/// Length of an IPv6 header without extension headers, in bytes.
pub(super) const IPV6_HEADER: u32 = 40;

/// Length of an MPLS label stack entry, in bytes.
pub(super) const LABEL_ENTRY: u32 = 4;

/// All bits of a field.
const ALL: u32 = u32::MAX;

/// What is wrong with the text.
pub(super) type Fault = Box<Diagnostic>;

/// A condition, or what is wrong with the text.
pub(super) type Lowered = Result<Condition, Fault>;

/// The filter's meaning so far, and the places of what comes next.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) options: &'a Options,
    pub(super) conditions: Conditions,
    /// The text that is being lowered.
    pub(super) span: Span,
    /// What the innermost link header is.
    pub(super) link: LinkType,
    /// Where that header begins.
    pub(super) link_header: Offset,
    /// Where its type field is, behind VLAN tags.
    pub(super) link_type: Offset,
    /// Where its payload begins, behind VLAN tags.
    pub(super) payload: Offset,
    /// From the payload to the network header: MPLS label stack entries.
    pub(super) network: u32,
    /// The same where an LLC header lies between.
    pub(super) network_behind_llc: u32,
    /// How many `mpls` words there were.
    pub(super) labels: u32,
    /// What the innermost link header is in.
    pub(super) carrier: Carrier,
    /// Where the outermost link header and its payload begin.
    pub(super) outermost: [Offset; 2],
}

/// What carries the innermost link header.
#[derive(Clone, Copy, Debug)]
pub(super) enum Carrier {
    /// The wire, or an encapsulation that always carries one.
    Plain,
    /// A Geneve or VXLAN tunnel. The frame in it has a link header if these registers differ.
    Tunnel([Register; 2]),
    /// An ATM cell of LAN emulation, unless it is one that controls it.
    Lane,
}

impl<'a> Context<'a> {
    /// The start of a filter.
    pub(super) fn new(options: &'a Options) -> Self {
        let row = options.link_type.row();
        let mut conditions = Conditions::default();
        let [link_header, payload] = [row.header, row.payload].map(|start| match start {
            Start::At(bytes) => Offset::constant(bytes),
            Start::Behind(_) => Offset::register(conditions.register()),
        });
        if matches!(row.header, Start::Behind(Prefix::Avs | Prefix::Prism)) {
            // Their length has 32 bits.
            for register in [link_header, payload].into_iter().filter_map(|start| start.register) {
                conditions.unbounded(register);
            }
        }
        Self {
            options,
            conditions,
            span: Span::default(),
            link: options.link_type,
            link_header,
            link_type: Offset::constant(row.type_at),
            payload,
            network: row.network,
            network_behind_llc: row.network_behind_llc,
            labels: 0,
            carrier: Carrier::Plain,
            outermost: [link_header, payload],
        }
    }

    /// In the link header.
    pub(super) fn in_link_header(&self, bytes: u32) -> Place {
        Place::At(self.link_header.plus(bytes))
    }

    /// From the type field on.
    pub(super) fn in_type_field(&self, bytes: u32) -> Place {
        Place::At(self.link_type.plus(bytes))
    }

    /// In the LLC header.
    pub(super) fn in_llc(&self, bytes: u32) -> Place {
        Place::At(self.payload.plus(bytes))
    }

    /// Where the network header begins.
    pub(super) fn network_header(&self) -> Offset {
        self.payload.plus(self.network)
    }

    /// In the network header.
    pub(super) fn in_network(&self, bytes: u32) -> Place {
        Place::At(self.network_header().plus(bytes))
    }

    /// In the network header behind an LLC header without SNAP.
    pub(super) fn in_network_behind_llc(&self, bytes: u32) -> Place {
        Place::At(self.payload.plus(self.network_behind_llc).plus(bytes))
    }

    /// In the innermost MPLS label stack entry.
    pub(super) fn in_label(&self, bytes: u32) -> Place {
        let entry = self.network.wrapping_sub(LABEL_ENTRY);
        Place::At(self.payload.plus(entry).plus(bytes))
    }

    /// In what an IP header carries. IPv6 extension headers are not skipped.
    pub(super) fn in_transport(&self, version: IpVersion, bytes: u32) -> Place {
        match version {
            IpVersion::V4 => Place::BehindIpv4 { header: self.network_header(), offset: bytes },
            IpVersion::V6 => self.in_network(IPV6_HEADER.wrapping_add(bytes)),
        }
    }

    /// A field under a mask, compared. A field without bits is not read.
    pub(super) fn masked(
        &mut self,
        place: Place,
        width: Width,
        mask: u32,
        compare: Compare,
        value: u32,
    ) -> Condition {
        if mask == 0 {
            return self.constant(compare.eval(0, u64::from(value)));
        }
        let test = Test::Field { place, width, mask, compare, value };
        self.conditions.test(test, self.span)
    }

    /// A field compared.
    pub(super) fn field(
        &mut self,
        place: Place,
        width: Width,
        compare: Compare,
        value: u32,
    ) -> Condition {
        self.masked(place, width, ALL, compare, value)
    }

    /// A field that has a value.
    pub(super) fn equals(&mut self, place: Place, width: Width, value: u32) -> Condition {
        self.field(place, width, Compare::Eq, value)
    }

    /// A field that has a value under a mask.
    pub(super) fn bits(&mut self, place: Place, width: Width, mask: u32, value: u32) -> Condition {
        self.masked(place, width, mask, Compare::Eq, value)
    }

    /// Bytes in a row that have these values; compared from the last one to the first, four or two
    /// at a time where there are so many.
    pub(super) fn bytes(
        &mut self,
        place: fn(&Self, u32) -> Place,
        offset: u32,
        values: &[u8],
    ) -> Condition {
        let mut all = self.constant(true);
        let mut left = values;
        while !left.is_empty() {
            let (width, count) = match left.len() {
                1 => (Width::W1, 1),
                2 | 3 => (Width::W2, 2),
                _ => (Width::W4, 4),
            };
            let (before, these) = left.split_at(left.len() - count);
            let value = these.iter().fold(0, |value, byte| value << 8 | u32::from(*byte));
            let at = place(self, offset.wrapping_add(before.len() as u32));
            let one = self.equals(at, width, value);
            all = self.conditions.and(all, one);
            left = before;
        }
        all
    }

    /// A fact about the packet compared.
    pub(super) fn meta(&mut self, field: Field, compare: Compare, value: u32) -> Condition {
        let left = self.conditions.number([Step::Meta(field)]);
        let right = self.conditions.number([Step::Number(value)]);
        self.relation(left, compare, right)
    }

    /// Two numbers compared.
    pub(super) fn relation(&mut self, left: Number, compare: Compare, right: Number) -> Condition {
        self.conditions.test(Test::Relation { left, compare, right }, self.span)
    }

    /// A slot for a number.
    pub(super) fn slot(&mut self) -> Result<Register, Fault> {
        self.conditions.slot().ok_or_else(|| self.no_slot())
    }

    /// A slot for a tunnel's offset.
    pub(super) fn tunnel_slot(&mut self) -> Result<Register, Fault> {
        self.conditions.tunnel_slot().ok_or_else(|| self.no_slot())
    }

    fn no_slot(&self) -> Fault {
        let error = self.error(Code::TooLarge, "the filter needs more than 16 numbers at a time");
        error
            .label("no room for this one")
            .note("a geneve or vxlan tunnel keeps three numbers to the filter's end")
            .help("take parentheses out of the arithmetic, or tunnels out of the filter")
            .into()
    }

    /// A test of one end of the packet, for the ends that the direction names.
    pub(super) fn ends<T>(
        &mut self,
        dir: Dir,
        ends: Ends<T>,
        mut test: impl FnMut(&mut Self, T) -> Condition,
    ) -> Condition {
        match dir {
            Dir::Src => test(self, ends.source),
            Dir::Dst => test(self, ends.destination),
            Dir::SrcAndDst => {
                let source = test(self, ends.source);
                let destination = test(self, ends.destination);
                self.conditions.and(source, destination)
            }
            // Only hardware addresses have the directions of 802.11, and see to them themselves.
            _ => {
                let source = test(self, ends.source);
                let destination = test(self, ends.destination);
                self.conditions.or(source, destination)
            }
        }
    }

    /// The same for every packet.
    pub(super) fn constant(&self, truth: bool) -> Condition {
        if truth { Condition::Always(self.span) } else { Condition::Never(self.span) }
    }

    /// An error about the text that is being lowered.
    pub(super) fn error(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, message, self.options.file, self.span)
    }

    /// The text asks for something that the innermost link type does not have.
    pub(super) fn not_on_link_type(&self, what: &str) -> Diagnostic {
        let link = self.link;
        let error =
            self.error(Code::NotOnLinkType, format!("{what} does not exist on link type {link}"));
        if link == self.options.link_type {
            error.label(format!("packets here are {link}"))
        } else {
            error.label(format!("inside the tunnel, packets are {link}"))
        }
    }

    /// Checks a number against the greatest that its field can hold.
    pub(super) fn at_most(&self, what: &str, number: u32, max: u32) -> Result<(), Fault> {
        if number <= max {
            return Ok(());
        }
        let message = format!("{what} {number} is greater than {max}");
        let error = self.error(Code::BadValue, message);
        Err(error.help(format!("use a number from 0 to {max}")).into())
    }
}
