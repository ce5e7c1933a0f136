//! Encapsulation: words that test for a tunnel, and move all that follows inside.

use nbpfc_ir::{Compare, Field, Width};
use nbpfc_source::Code;

use super::condition::{Condition, IpVersion, Offset, Place, Register, Step, Test};
use super::context::{Carrier, Context, IPV6_HEADER, LABEL_ENTRY, Lowered};
use super::link::LinkType;
use super::numbers::{GENEVE_PORT, VXLAN_PORT, ether_type};
use super::transport::PortRange;
use crate::tree::{BinOp, Dir, Transport, Tunnel};

/// Length of a UDP header, in bytes.
const UDP_HEADER: u32 = 8;
/// Length of a VXLAN header, and of a Geneve header without options.
const TUNNEL_HEADER: u32 = 8;
/// Length of an Ethernet header, and where its type field is.
const ETHERNET_HEADER: u32 = 14;
const ETHERNET_TYPE: u32 = 12;
/// Length of a VLAN tag, and the bits of its first two bytes that name the network.
const VLAN_TAG: u32 = 4;
const VLAN_ID: u32 = 0xfff;
/// Length of a `PPPoE` header, and of the PPP protocol field behind it.
const PPPOE_HEADER: u32 = 6;
const PPP_PROTOCOL: u32 = 2;

impl Context<'_> {
    /// Any tunnel word.
    pub(super) fn tunnel(&mut self, tunnel: Tunnel, id: Option<u32>) -> Lowered {
        match tunnel {
            Tunnel::Vlan => self.vlan(id),
            Tunnel::Mpls => self.mpls(id),
            Tunnel::Pppoed => self.link_protocol(ether_type::PPPOE_DISCOVERY),
            Tunnel::Pppoes => self.pppoes(id),
            Tunnel::Geneve => self.geneve(id),
            Tunnel::Vxlan => self.vxlan(id),
        }
    }

    fn vlan(&mut self, id: Option<u32>) -> Lowered {
        if self.labels > 0 {
            let message = "a VLAN tag cannot be recognised behind an MPLS label";
            return Err(self
                .error(Code::BadQualifier, message)
                .help("write `vlan` to the left of `mpls`")
                .into());
        }
        if !self.link.row().tags {
            return Err(self.not_on_link_type("a VLAN tag").into());
        }
        let outermost = self.link == LinkType::Ethernet
            && self.link_header == self.outermost[0]
            && self.link_type.register.is_none();
        if self.options.tag_beside && outermost {
            return self.first_vlan(id);
        }
        let tagged = self.vlan_in_packet(id)?;
        self.payload = self.payload.plus(VLAN_TAG);
        self.link_type = self.link_type.plus(VLAN_TAG);
        Ok(tagged)
    }

    fn vlan_in_packet(&mut self, id: Option<u32>) -> Lowered {
        let customer = self.link_protocol(ether_type::VLAN)?;
        let service = self.link_protocol(ether_type::VLAN_SERVICE)?;
        let stacked = self.link_protocol(ether_type::VLAN_STACKED)?;
        let tagged = self.conditions.any([customer, service, stacked]);
        let Some(id) = id else { return Ok(tagged) };
        let id = self.bits(self.in_network(0), Width::W2, VLAN_ID, id);
        Ok(self.conditions.and(tagged, id))
    }

    /// The outermost tag, which the kernel may keep beside the packet. Then nothing in the packet
    /// moves; otherwise all that follows in the text is looked for behind a tag, as
    /// [`Self::vlan`] has it, but only where this term was asked at all.
    fn first_vlan(&mut self, id: Option<u32>) -> Lowered {
        let moved = self.conditions.register();
        let beside = self.meta(Field::VlanPresent, Compare::Eq, 1);
        let this = match id {
            Some(id) => {
                let tag =
                    [Step::Meta(Field::VlanTci), Step::Number(VLAN_ID), Step::Binary(BinOp::And)];
                let tag = self.conditions.number(tag);
                let id = self.conditions.number([Step::Number(id)]);
                self.relation(tag, Compare::Eq, id)
            }
            None => self.constant(true),
        };
        let this = self.conditions.and(beside, this);
        let number = self.conditions.number([Step::Number(VLAN_TAG)]);
        let moves = self.conditions.test(Test::Set { register: moved, number }, self.span);
        let within = self.vlan_in_packet(id)?;
        let absent = self.conditions.not(beside);
        let within = self.conditions.all([absent, moves, within]);
        self.payload.register = Some(moved);
        self.link_type.register = Some(moved);
        Ok(self.conditions.or(this, within))
    }

    fn mpls(&mut self, label: Option<u32>) -> Lowered {
        let mut labelled = if self.labels > 0 {
            let bottom = self.bottom_of_stack();
            self.conditions.not(bottom)
        } else {
            match self.link.row().labels {
                Some(announced) => self.link_protocol(announced)?,
                None => return Err(self.not_on_link_type("an MPLS label").into()),
            }
        };
        if let Some(label) = label {
            let place = self.in_network(0);
            let label = self.bits(place, Width::W4, 0xffff_f000, label << 12);
            labelled = self.conditions.and(labelled, label);
        }
        self.network = self.network.wrapping_add(LABEL_ENTRY);
        self.network_behind_llc = self.network_behind_llc.wrapping_add(LABEL_ENTRY);
        self.labels += 1;
        Ok(labelled)
    }

    fn pppoes(&mut self, session: Option<u32>) -> Lowered {
        let mut in_session = self.link_protocol(ether_type::PPPOE_SESSION)?;
        if let Some(session) = session {
            let session = self.equals(self.in_network(2), Width::W2, session);
            in_session = self.conditions.and(in_session, session);
        }
        self.link = LinkType::Ppp;
        self.link_header = self.network_header().plus(PPPOE_HEADER);
        self.link_type = self.link_header;
        self.payload = self.link_header.plus(PPP_PROTOCOL);
        self.network = 0;
        self.network_behind_llc = 0;
        self.carrier = Carrier::Plain;
        Ok(in_session)
    }

    fn geneve(&mut self, id: Option<u32>) -> Lowered {
        let start = self.conditions.register();
        // Of the first byte, the upper two bits are the version.
        let found = self.udp_tunnel(GENEVE_PORT, (0xc0, 0), id, start)?;
        let kind = self.tunnel_slot()?;
        let frame = self.tunnel_slot()?;
        let payload = self.tunnel_slot()?;
        let header = Place::At(Offset::register(start));

        // Without an Ethernet frame inside, the tunnel header's own type field counts.
        let own_type = self.set(kind, start, 2);
        let length = self.conditions.number([
            // The options' length, in 4-byte words.
            Step::Load(header, Width::W1),
            Step::Number(0x3f),
            Step::Binary(BinOp::And),
            Step::Number(4),
            Step::Binary(BinOp::Mul),
            Step::Number(TUNNEL_HEADER),
            Step::Binary(BinOp::Add),
            Step::Register(start),
            Step::Binary(BinOp::Add),
        ]);
        let frame_start = Test::Set { register: frame, number: length };
        let frame_start = self.conditions.test(frame_start, self.span);

        let inner = Place::At(Offset::register(start).plus(2));
        let ethernet = self.equals(inner, Width::W2, ether_type::TEB);
        let ethernet_type = self.set(kind, frame, ETHERNET_TYPE);
        let ethernet_payload = self.set(payload, frame, ETHERNET_HEADER);
        let ethernet = self.conditions.all([ethernet, ethernet_type, ethernet_payload]);
        let other = self.set(payload, frame, 0);
        let either = self.conditions.or(ethernet, other);
        self.enter(frame, kind, payload);
        Ok(self.conditions.all([found, own_type, frame_start, either]))
    }

    fn vxlan(&mut self, id: Option<u32>) -> Lowered {
        let start = self.conditions.register();
        // The flags; of them, only "the network identifier is valid" may be set.
        let found = self.udp_tunnel(VXLAN_PORT, (0xff, 0x08), id, start)?;
        let frame = self.tunnel_slot()?;
        let kind = self.tunnel_slot()?;
        let payload = self.tunnel_slot()?;
        let frame_start = self.set(frame, start, TUNNEL_HEADER);
        let ethernet_type = self.set(kind, frame, ETHERNET_TYPE);
        let ethernet_payload = self.set(payload, frame, ETHERNET_HEADER);
        self.enter(frame, kind, payload);
        Ok(self.conditions.all([found, frame_start, ethernet_type, ethernet_payload]))
    }

    /// What follows in the text is inside the tunnel. It looks for Ethernet there: a packet
    /// without a frame has its type field and payload where one would have them.
    fn enter(&mut self, frame: Register, kind: Register, payload: Register) {
        self.link = LinkType::Ethernet;
        self.link_header = Offset::register(frame);
        self.link_type = Offset::register(kind);
        self.payload = Offset::register(payload);
        self.network = 0;
        self.carrier = Carrier::Tunnel([frame, payload]);
    }

    /// UDP to a port, with a tunnel header whose first byte has a value under a mask; `start` is
    /// set to where that header begins.
    fn udp_tunnel(
        &mut self,
        port: u16,
        first_byte: (u32, u32),
        id: Option<u32>,
        start: Register,
    ) -> Lowered {
        let mut found = self.constant(false);
        for version in [IpVersion::V4, IpVersion::V6] {
            let range = PortRange { low: port, high: port };
            let udp = self.ports_over(version, Some(Transport::Udp), Dir::Dst, range)?;
            let (mask, value) = first_byte;
            let place = self.in_transport(version, UDP_HEADER);
            let first = self.bits(place, Width::W1, mask, value);
            let mut one = self.conditions.and(udp, first);
            if let Some(id) = id {
                let place = self.in_transport(version, UDP_HEADER + 4);
                let id = self.bits(place, Width::W4, 0xffff_ff00, id << 8);
                one = self.conditions.and(one, id);
            }
            let start = self.tunnel_start(version, start);
            let one = self.conditions.and(one, start);
            found = self.conditions.or(found, one);
        }
        Ok(found)
    }

    /// Sets a register to the end of the UDP header.
    fn tunnel_start(&mut self, version: IpVersion, start: Register) -> Condition {
        let ip = self.network_header();
        let length = match version {
            IpVersion::V4 => Step::Ipv4HeaderLength(ip),
            IpVersion::V6 => Step::Number(IPV6_HEADER),
        };
        let constant = Step::Number(ip.constant.wrapping_add(UDP_HEADER));
        let sum = [length, constant, Step::Binary(BinOp::Add)];
        let variable = ip.register.map(|r| [Step::Register(r), Step::Binary(BinOp::Add)]);
        let number = self.conditions.number(sum.into_iter().chain(variable.into_iter().flatten()));
        self.conditions.test(Test::Set { register: start, number }, self.span)
    }

    /// Sets a register to another one's value plus a constant.
    fn set(&mut self, register: Register, base: Register, plus: u32) -> Condition {
        let sum = [Step::Register(base), Step::Number(plus), Step::Binary(BinOp::Add)];
        let number = self.conditions.number(sum);
        self.conditions.test(Test::Set { register, number }, self.span)
    }
}
