//! What `strict_ipv6` adds: protocols and ports behind IPv6 extension headers.
//!
//! The walk along the headers is bounded ([`super::walk`]). A protocol is that of the whole packet,
//! so every fragment has it; ports and indexed bytes are in the first fragment only, as in IPv4.

use nbpfc_ir::Compare;

use super::condition::{Condition, IpVersion, Offset, Place, Register, Step, Test, Walk};
use super::context::{Context, Fault, Lowered};
use super::link::Ends;
use super::numbers::ip;
use super::transport::{PORTS, PortRange};
use crate::tree::{BinOp, Dir, Transport};

impl Context<'_> {
    /// The headers of an IPv6 packet end in one of these protocols. The registers of the walk tell
    /// where it begins.
    fn upper_protocol(&mut self, numbers: &[u32]) -> Result<(Condition, Walk), Fault> {
        let link = self.ip(IpVersion::V6)?;
        let [protocol, at, first] = [(); 3].map(|()| self.conditions.register());
        let walk = Walk { header: self.network_header(), protocol, at, first };
        let walked = self.conditions.test(Test::Walk(walk), self.span);
        let mut any = self.constant(false);
        for number in numbers {
            let one = self.holds(protocol, *number);
            any = self.conditions.or(any, one);
        }
        Ok((self.conditions.all([link, walked, any]), walk))
    }

    fn holds(&mut self, register: Register, value: u32) -> Condition {
        let register = self.conditions.number([Step::Register(register)]);
        let value = self.conditions.number([Step::Number(value)]);
        self.relation(register, Compare::Eq, value)
    }

    /// `tcp`, `ip6 proto 17`, on IPv6.
    pub(super) fn strict_protocol(&mut self, number: u32) -> Lowered {
        Ok(self.upper_protocol(&[number])?.0)
    }

    /// `port`, `portrange`, on IPv6.
    pub(super) fn strict_ports(
        &mut self,
        transport: Option<Transport>,
        dir: Dir,
        range: PortRange,
    ) -> Lowered {
        let (carried, ports) = self.strict_transport(transport)?;
        let ports = self.ends(dir, ports, |context, place| context.port_at(place, range));
        Ok(self.conditions.and(carried, ports))
    }

    /// There are ports in an IPv6 packet, and where they are.
    pub(super) fn strict_transport(
        &mut self,
        transport: Option<Transport>,
    ) -> Result<(Condition, Ends<Place>), Fault> {
        let numbers: &[u32] = match transport {
            Some(Transport::Tcp) => &[ip::TCP],
            Some(Transport::Udp) => &[ip::UDP],
            Some(Transport::Sctp) => &[ip::SCTP],
            None => &[ip::TCP, ip::UDP, ip::SCTP],
        };
        let (protocol, walk) = self.upper_protocol(numbers)?;
        let first = self.holds(walk.first, 1);
        let ports = PORTS.map(|offset| Place::At(Offset::register(walk.at).plus(offset)));
        Ok((self.conditions.and(protocol, first), ports))
    }

    /// Where the header begins that `tcp[…]` counts from, in IPv4 and IPv6, and the test for it.
    /// `ICMPv6` is looked for in IPv6 only.
    pub(super) fn strict_header(&mut self, number: u32) -> Result<(Place, Condition), Fault> {
        let start = self.conditions.register();
        let (protocol, walk) = self.upper_protocol(&[number])?;
        let first = self.holds(walk.first, 1);
        let set = self.copy(start, walk.at);
        let v6 = self.conditions.all([protocol, first, set]);
        let v4 = if number == ip::ICMP6 {
            self.constant(false)
        } else {
            let link = self.ip(IpVersion::V4)?;
            let carried = self.protocol_field(IpVersion::V4, number);
            let first = self.first_fragment();
            let header = self.network_header();
            let end = [
                Step::Ipv4HeaderLength(header),
                Step::Number(header.constant),
                Step::Binary(BinOp::Add),
            ];
            let moved = header.register.map(|r| [Step::Register(r), Step::Binary(BinOp::Add)]);
            let end = end.into_iter().chain(moved.into_iter().flatten());
            let number = self.conditions.number(end);
            let set = Test::Set { register: start, number };
            let set = self.conditions.test(set, self.span);
            self.conditions.all([link, carried, first, set])
        };
        Ok((Place::At(Offset::register(start)), self.conditions.or(v4, v6)))
    }

    /// Sets a register to another one's value; true.
    fn copy(&mut self, register: Register, from: Register) -> Condition {
        let number = self.conditions.number([Step::Register(from)]);
        self.conditions.test(Test::Set { register, number }, self.span)
    }
}

/// Whether a number is that of an extension header, which the walk does not end at.
pub(super) const fn is_extension(number: u32) -> bool {
    matches!(number, ip::HOP_BY_HOP | ip::ROUTING | ip::FRAGMENT | ip::AH | ip::DESTINATION_OPTIONS)
}
