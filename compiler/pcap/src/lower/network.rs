//! Addresses and network protocols.

use nbpfc_ir::Width;
use nbpfc_source::Code;

use super::condition::{Condition, IpVersion, Test};
use super::context::{Carrier, Context, IPV6_HEADER, Lowered};
use super::link::{Ends, TypeField};
use super::numbers::{ether_type, ip, isis, nlpid, sap};
use super::strict::is_extension;
use crate::tree::{AddressTest, Dir, Layer, Network, Over, Proto};

/// Offsets of the addresses in the network headers, in bytes.
pub(super) const IPV4: Ends<u32> = Ends { source: 12, destination: 16 };
pub(super) const IPV6: Ends<u32> = Ends { source: 8, destination: 24 };
/// With hardware addresses of 6 bytes and protocol addresses of 4.
pub(super) const ARP: Ends<u32> = Ends { source: 14, destination: 24 };
/// The first byte of an IPv6 group address (RFC 4291, 2.7).
const IPV6_MULTICAST: u32 = 0xff;

impl Context<'_> {
    /// `tcp`, `arp`, `isis`: a protocol word alone.
    pub(super) fn protocol(&mut self, protocol: Proto) -> Lowered {
        if let Some(number) = ip_number(protocol) {
            return match protocol {
                Proto::Icmp | Proto::Igmp | Proto::Igrp | Proto::Vrrp | Proto::Carp => {
                    self.payload_protocol(Layer::Ip, number)
                }
                Proto::Icmp6 => self.payload_protocol(Layer::Ip6, number),
                _ => self.payload_protocol(Layer::Any, number),
            };
        }
        if let Some(number) = link_number(protocol) {
            return self.link_protocol(number);
        }
        match protocol {
            Proto::Esis => self.payload_protocol(Layer::Iso, nlpid::ESIS),
            Proto::Isis => self.payload_protocol(Layer::Iso, nlpid::ISIS),
            Proto::Clnp => self.payload_protocol(Layer::Iso, nlpid::CLNP),
            _ => self.isis_packets(isis_types(protocol)),
        }
    }

    fn isis_packets(&mut self, types: &[u32]) -> Lowered {
        let mut found = self.constant(false);
        for kind in types {
            let one = self.payload_protocol(Layer::Isis, *kind)?;
            found = self.conditions.or(found, one);
        }
        Ok(found)
    }

    /// `ip proto 17`: the payload's protocol by number.
    pub(super) fn payload_protocol(&mut self, layer: Layer, number: u32) -> Lowered {
        match layer {
            Layer::Any => {
                let v4 = self.payload_protocol(Layer::Ip, number)?;
                let v6 = self.payload_protocol(Layer::Ip6, number)?;
                Ok(self.conditions.or(v4, v6))
            }
            Layer::Link => self.link_protocol(number),
            Layer::Ip => {
                let link = self.ip(IpVersion::V4)?;
                let protocol = self.protocol_field(IpVersion::V4, number);
                Ok(self.conditions.and(link, protocol))
            }
            Layer::Ip6 if self.options.strict_ipv6 && !is_extension(number) => {
                self.strict_protocol(number)
            }
            Layer::Ip6 => {
                let link = self.ip(IpVersion::V6)?;
                let direct = self.protocol_field(IpVersion::V6, number);
                // Of all extension headers, one fragment header is looked behind.
                let fragment = self.protocol_field(IpVersion::V6, ip::FRAGMENT);
                let behind = self.equals(self.in_network(IPV6_HEADER), Width::W1, number);
                let fragment = self.conditions.and(fragment, behind);
                let protocol = self.conditions.or(direct, fragment);
                Ok(self.conditions.and(link, protocol))
            }
            Layer::Iso => {
                if self.link.row().types == TypeField::FrameRelay {
                    return Ok(self.frame_relay(number));
                }
                let link = self.link_protocol(sap::OSI)?;
                let place = self.in_network_behind_llc(self.osi_padding());
                let protocol = self.equals(place, Width::W1, number);
                Ok(self.conditions.and(link, protocol))
            }
            Layer::Isis => {
                let isis = self.payload_protocol(Layer::Iso, nlpid::ISIS)?;
                let place = self.in_network_behind_llc(4 + self.osi_padding());
                let kind = self.bits(place, Width::W1, isis::MASK, number);
                Ok(self.conditions.and(isis, kind))
            }
        }
    }

    /// Cisco HDLC puts one byte before an OSI packet.
    fn osi_padding(&self) -> u32 {
        u32::from(self.link.row().types == TypeField::Hdlc)
    }

    /// The protocol field of the IP header.
    pub(super) fn protocol_field(&mut self, version: IpVersion, number: u32) -> Condition {
        let offset = if version == IpVersion::V4 { 9 } else { 6 };
        self.equals(self.in_network(offset), Width::W1, number)
    }

    /// `ip6 protochain 58`.
    pub(super) fn protocol_chain(&mut self, layer: Layer, protocol: u32) -> Lowered {
        let slot = self.slot()?;
        let version = match layer {
            Layer::Ip => IpVersion::V4,
            Layer::Ip6 => IpVersion::V6,
            _ => {
                // Libpcap never uses this slot, nor gives it back.
                let v4 = self.protocol_chain(Layer::Ip, protocol)?;
                let v6 = self.protocol_chain(Layer::Ip6, protocol)?;
                return Ok(self.conditions.or(v4, v6));
            }
        };
        if self.payload.register.is_some() {
            let message = "protochain cannot look behind headers of no fixed length";
            let error = self.error(Code::BadQualifier, message);
            return Err(error
                .label("not at the same place in every packet")
                .help("use `proto`, or write this term to the left of `geneve` and `vxlan`")
                .into());
        }
        let link = self.ip(version)?;
        let header = self.network_header().constant;
        let chain = Test::ProtocolChain { version, header, protocol, slot };
        let chain = self.conditions.test(chain, self.span);
        self.conditions.free(slot);
        Ok(self.conditions.and(link, chain))
    }

    /// `host`, `net`.
    pub(super) fn address(&mut self, test: &AddressTest) -> Lowered {
        let split = test.networks.partition_point(|n| matches!(n, Network::V4 { .. }));
        let (v4, v6) = test.networks.split_at(split);
        let v4 = match v4 {
            [] => self.constant(false),
            some => self.ipv4_address(test.over, test.dir, some, false)?,
        };
        let v6 = match v6 {
            [] => self.constant(false),
            some => self.ipv6_address(test.dir, some)?,
        };
        Ok(self.conditions.or(v4, v6))
    }

    fn ipv4_address(
        &mut self,
        over: Over,
        dir: Dir,
        networks: &[Network],
        outside: bool,
    ) -> Lowered {
        let (protocol, offsets) = match over {
            Over::Any if self.labels > 0 => (ether_type::IPV4, IPV4),
            Over::Any => {
                let ip = self.ipv4_address(Over::Ip, dir, networks, outside)?;
                let arp = self.ipv4_address(Over::Arp, dir, networks, outside)?;
                let rarp = self.ipv4_address(Over::Rarp, dir, networks, outside)?;
                return Ok(self.conditions.any([ip, arp, rarp]));
            }
            Over::Arp => (ether_type::ARP, ARP),
            Over::Rarp => (ether_type::RARP, ARP),
            Over::Ip | Over::Ip6 => (ether_type::IPV4, IPV4),
        };
        let link = self.link_protocol(protocol)?;
        if matches!(link, Condition::Never(_)) {
            return Ok(link);
        }
        let mut inside = self.constant(false);
        for network in networks {
            if let Network::V4 { address, mask } = *network {
                let one = self.ends(dir, offsets, |context, offset| {
                    context.bits(context.in_network(offset), Width::W4, mask, address)
                });
                inside = self.conditions.or(inside, one);
            }
        }
        let hosts = if outside { self.conditions.not(inside) } else { inside };
        Ok(self.conditions.and(link, hosts))
    }

    fn ipv6_address(&mut self, dir: Dir, networks: &[Network]) -> Lowered {
        let link = self.link_protocol(ether_type::IPV6)?;
        let mut inside = self.constant(false);
        for network in networks {
            if let Network::V6 { address, prefix } = *network {
                let one = self.ends(dir, IPV6, |context, offset| {
                    context.ipv6_network(offset, address, prefix)
                });
                inside = self.conditions.or(inside, one);
            }
        }
        Ok(self.conditions.and(link, inside))
    }

    /// The address at an offset of the network header, word by word.
    fn ipv6_network(&mut self, offset: u32, address: u128, prefix: u8) -> Condition {
        let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
        let mut all = self.constant(true);
        for word in 0..4 {
            let shift = 96 - 32 * word;
            let (value, mask) = ((address >> shift) as u32, (mask >> shift) as u32);
            let equal = self.bits(self.in_network(offset + 4 * word), Width::W4, mask, value);
            all = self.conditions.and(all, equal);
        }
        all
    }

    /// `gateway`: one of the frame's stations, and none of the packet's.
    pub(super) fn gateway(&mut self, over: Over, mac: [u8; 6], hosts: &[u32]) -> Lowered {
        if self.labels > 0 || matches!(self.carrier, Carrier::Tunnel(_)) {
            let message = "gateway cannot look inside a tunnel";
            let error = self.error(Code::BadQualifier, message);
            return Err(error.help("write this term to the left of the tunnel").into());
        }
        let frame = self.mac(Dir::SrcOrDst, mac, "gateway")?;
        let mask = u32::MAX;
        let hosts: Vec<_> = hosts.iter().map(|&address| Network::V4 { address, mask }).collect();
        let packet = self.ipv4_address(over, Dir::SrcOrDst, &hosts, true)?;
        Ok(self.conditions.and(frame, packet))
    }

    /// `ip broadcast`: all host bits zero or all one.
    pub(super) fn ip_broadcast(&mut self) -> Lowered {
        // Libpcap's way to say "unknown" is this mask.
        let Some(netmask) = self.options.netmask.filter(|mask| *mask != u32::MAX) else {
            let error = self.error(Code::NotOnTarget, "the network's netmask is not known");
            let error = error.label("needs the netmask");
            return Err(error.help(self.options.netmask_help).into());
        };
        let link = self.ip(IpVersion::V4)?;
        let place = self.in_network(IPV4.destination);
        let zeros = self.bits(place, Width::W4, !netmask, 0);
        let ones = self.bits(place, Width::W4, !netmask, !netmask);
        let either = self.conditions.or(zeros, ones);
        Ok(self.conditions.and(link, either))
    }

    /// `ip multicast`, 224.0.0.0/4.
    pub(super) fn ip_multicast(&mut self) -> Lowered {
        let link = self.ip(IpVersion::V4)?;
        let group = self.bits(self.in_network(IPV4.destination), Width::W1, 0xf0, 0xe0);
        Ok(self.conditions.and(link, group))
    }

    /// `ip6 multicast`, `ff00::/8`.
    pub(super) fn ip6_multicast(&mut self) -> Lowered {
        let link = self.ip(IpVersion::V6)?;
        let place = self.in_network(IPV6.destination);
        let group = self.equals(place, Width::W1, IPV6_MULTICAST);
        Ok(self.conditions.and(link, group))
    }
}

/// The number of a protocol that IP carries.
pub(super) fn ip_number(protocol: Proto) -> Option<u32> {
    Some(match protocol {
        Proto::Tcp => ip::TCP,
        Proto::Udp => ip::UDP,
        Proto::Sctp => ip::SCTP,
        Proto::Icmp => ip::ICMP,
        Proto::Igmp => ip::IGMP,
        Proto::Igrp => ip::IGRP,
        Proto::Pim => ip::PIM,
        Proto::Vrrp | Proto::Carp => ip::VRRP,
        Proto::Icmp6 => ip::ICMP6,
        Proto::Ah => ip::AH,
        Proto::Esp => ip::ESP,
        _ => return None,
    })
}

/// The `EtherType` or service access point of a protocol that the link layer carries.
fn link_number(protocol: Proto) -> Option<u32> {
    Some(match protocol {
        Proto::Ip => ether_type::IPV4,
        Proto::Ip6 => ether_type::IPV6,
        Proto::Arp => ether_type::ARP,
        Proto::Rarp => ether_type::RARP,
        Proto::Atalk => ether_type::APPLETALK,
        Proto::Aarp => ether_type::AARP,
        Proto::Decnet => ether_type::DECNET,
        Proto::Lat => ether_type::LAT,
        Proto::Sca => ether_type::SCA,
        Proto::Mopdl => ether_type::MOP_DUMP_LOAD,
        Proto::Moprc => ether_type::MOP_REMOTE_CONSOLE,
        Proto::Iso => sap::OSI,
        Proto::Stp => sap::SPANNING_TREE,
        Proto::Ipx => sap::IPX,
        Proto::Netbeui => sap::NETBEUI,
        _ => return None,
    })
}

/// The IS-IS packet types that a word means; none for words that are not of IS-IS.
fn isis_types(protocol: Proto) -> &'static [u32] {
    use isis::{
        L1_CSNP, L1_HELLO, L1_LSP, L1_PSNP, L2_CSNP, L2_HELLO, L2_LSP, L2_PSNP,
        POINT_TO_POINT_HELLO,
    };
    match protocol {
        Proto::L1 => &[L1_PSNP, L1_CSNP, L1_LSP, L1_HELLO, POINT_TO_POINT_HELLO],
        Proto::L2 => &[L2_PSNP, L2_CSNP, L2_LSP, L2_HELLO, POINT_TO_POINT_HELLO],
        Proto::Iih => &[POINT_TO_POINT_HELLO, L1_HELLO, L2_HELLO],
        Proto::Lsp => &[L1_LSP, L2_LSP],
        Proto::Snp => &[L2_PSNP, L1_PSNP, L1_CSNP, L2_CSNP],
        Proto::Csnp => &[L1_CSNP, L2_CSNP],
        Proto::Psnp => &[L1_PSNP, L2_PSNP],
        _ => &[],
    }
}
