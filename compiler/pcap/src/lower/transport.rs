//! Ports.

use nbpfc_ir::{Compare, Width};

use super::condition::{Condition, IpVersion, Place};
use super::context::{Context, Lowered};
use super::link::Ends;
use super::numbers::ip;
use crate::tree::{Dir, Transport};

/// Offsets of the ports behind the IP header, the same for TCP, UDP and SCTP.
pub(super) const PORTS: Ends<u32> = Ends { source: 0, destination: 2 };

/// The bits of the IPv4 fragment offset; 0 in the first fragment and in whole packets.
const FRAGMENT_OFFSET: u32 = 0x1fff;

/// Ports from `low` to `high`, both included.
#[derive(Clone, Copy)]
pub(super) struct PortRange {
    pub(super) low: u16,
    pub(super) high: u16,
}

impl Context<'_> {
    /// `port`, `portrange`, in IPv6 and in IPv4.
    pub(super) fn ports(
        &mut self,
        transport: Option<Transport>,
        dir: Dir,
        range: PortRange,
    ) -> Lowered {
        let v6 = if self.options.strict_ipv6 {
            self.strict_ports(transport, dir, range)?
        } else {
            self.ports_over(IpVersion::V6, transport, dir, range)?
        };
        let v4 = self.ports_over(IpVersion::V4, transport, dir, range)?;
        Ok(self.conditions.or(v6, v4))
    }

    /// Ports over one version of IP: in the first fragment of IPv4 packets, and in IPv6 packets
    /// without extension headers.
    pub(super) fn ports_over(
        &mut self,
        version: IpVersion,
        transport: Option<Transport>,
        dir: Dir,
        range: PortRange,
    ) -> Lowered {
        let carried = self.transport_over(version, transport)?;
        let ports = self.ends(dir, PORTS, |context, port| context.port(version, port, range));
        Ok(self.conditions.and(carried, ports))
    }

    /// There are ports: TCP, UDP or SCTP over one version of IP, in the first fragment.
    pub(super) fn transport_over(
        &mut self,
        version: IpVersion,
        transport: Option<Transport>,
    ) -> Lowered {
        let link = self.ip(version)?;
        let protocol = match transport {
            Some(Transport::Tcp) => self.protocol_field(version, ip::TCP),
            Some(Transport::Udp) => self.protocol_field(version, ip::UDP),
            Some(Transport::Sctp) => self.protocol_field(version, ip::SCTP),
            None => {
                let [tcp, udp, sctp] =
                    [ip::TCP, ip::UDP, ip::SCTP].map(|number| self.protocol_field(version, number));
                self.conditions.any([tcp, udp, sctp])
            }
        };
        let first = match version {
            IpVersion::V4 => self.first_fragment(),
            IpVersion::V6 => self.constant(true),
        };
        Ok(self.conditions.all([link, protocol, first]))
    }

    fn port(&mut self, version: IpVersion, offset: u32, range: PortRange) -> Condition {
        self.port_at(self.in_transport(version, offset), range)
    }

    /// A port that is at a place.
    pub(super) fn port_at(&mut self, place: Place, range: PortRange) -> Condition {
        if range.low == range.high {
            return self.equals(place, Width::W2, u32::from(range.low));
        }
        let low = self.field(place, Width::W2, Compare::Ge, u32::from(range.low));
        let high = self.field(place, Width::W2, Compare::Le, u32::from(range.high));
        self.conditions.and(low, high)
    }

    /// The IPv4 packet is whole, or its first fragment.
    pub(super) fn first_fragment(&mut self) -> Condition {
        self.field(self.in_network(6), Width::W2, Compare::Clear, FRAGMENT_OFFSET)
    }
}
