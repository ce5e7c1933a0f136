//! Ids under their qualifiers, and addresses and networks above all.
//!
//! Which qualifiers go with which id is the table of pcap-filter(7); what is not
//! in it is refused here.

use std::net::IpAddr;

use nbpfc_source::{Code, Span};

use super::error::Fail;
use super::{Qualifiers, Resolver};
use crate::syntax::{At, Id, IdKind};
use crate::tokens::{Kind, Mac48};
use crate::tree::{AddressTest, Network, Over, Proto, Test};

/// How many addresses of one family a name may have.
const MAX_ADDRESSES: usize = 100;

impl Resolver<'_> {
    /// Resolves one id that is neither negated nor in parentheses.
    pub(super) fn test(&self, id: &Id<'_>, q: Qualifiers) -> Result<Test, Fail> {
        match &id.value {
            IdKind::Number(number) => self.number(id.span, *number, q),
            IdKind::Name(name) => self.name(id.span, name, q),
            IdKind::Ipv4(text) => self.ipv4(id.span, text, q),
            IdKind::Ipv4Prefix(text, length) => self.ipv4_prefix(id.span, text, *length, q),
            IdKind::Ipv4Mask(text, mask) => self.ipv4_mask(id.span, text, *mask, q),
            IdKind::Ipv6(address) => self.ipv6(id.span, *address, None, q),
            IdKind::Ipv6Prefix(address, length) => self.ipv6(id.span, *address, Some(*length), q),
            IdKind::Mac(mac) => self.mac(id.span, *mac, q),
            IdKind::Mac8(mac) => self.mac8(id.span, *mac, q),
            IdKind::Not(..) | IdKind::Group(_) | IdKind::Set(_) | IdKind::File(_) => {
                Err(Box::new(self.fail(Code::Bug, id.span, "an id that is a list of ids")))
            }
        }
    }

    fn number(&self, span: Span, number: u32, q: Qualifiers) -> Result<Test, Fail> {
        if q.proto == Some(Proto::Decnet) {
            return self.decnet(span, None, q);
        }
        match q.kind() {
            Kind::Host | Kind::Net if q.proto == Some(Proto::Link) => {
                Err(self.illegal_link_address(span))
            }
            Kind::Host => self.addresses4(span, "host <IPv4 address>", number, u32::MAX, q),
            Kind::Net => {
                let (address, mask) = left_justified(number);
                self.addresses4(span, "net <IPv4 address>", address, mask, q)
            }
            Kind::Port | Kind::Portrange => self.port_number(span, number, q),
            Kind::Proto => self.payload_protocol(span, number, q),
            Kind::Protochain => self.protocol_chain(span, number, q),
            Kind::Gateway => {
                Err(Box::new(self.bad_qualifier("gateway", self.source(span), &q, span)))
            }
        }
    }

    fn ipv4(&self, span: Span, text: &str, q: Qualifiers) -> Result<Test, Fail> {
        self.not_for_numbers(span, "IPv4 address", &q)?;
        if q.proto == Some(Proto::Decnet) {
            return self.decnet(span, Some(text), q);
        }
        let (address, mask) = self.dotted(span, text)?;
        if q.kind() == Kind::Gateway {
            return Err(Box::new(self.bad_qualifier("gateway", text, &q, span)));
        }
        if q.proto == Some(Proto::Link) {
            return Err(self.illegal_link_address(span));
        }
        let context =
            if q.kind == Some(Kind::Net) { "net <IPv4 address>" } else { "host <IPv4 address>" };
        self.addresses4(span, context, address, mask, q)
    }

    fn ipv4_prefix(
        &self,
        span: Span,
        text: &str,
        length: At<u32>,
        q: Qualifiers,
    ) -> Result<Test, Fail> {
        self.not_for_numbers(span, "IPv4 address and prefix length", &q)?;
        let address = self.networks_only(span, text, &q)?;
        self.at_most("netmask length", length.span, length.value, 32)?;
        let mask = u32::MAX.checked_shl(32 - length.value).unwrap_or(0);
        self.network4(span, address, mask, q)
    }

    fn ipv4_mask(
        &self,
        span: Span,
        text: &str,
        mask: At<&str>,
        q: Qualifiers,
    ) -> Result<Test, Fail> {
        self.not_for_numbers(span, "IPv4 address and netmask", &q)?;
        let address = self.networks_only(span, text, &q)?;
        let (mask, _) = self.dotted(mask.span, mask.value)?;
        self.network4(span, address, mask, q)
    }

    /// Reads the address of a network with a mask, which takes no other type word than `net`.
    fn networks_only(&self, span: Span, text: &str, q: &Qualifiers) -> Result<u32, Fail> {
        if q.proto == Some(Proto::Decnet) {
            return Err(Box::new(self.bad_qualifier("decnet", q.kind().word(), q, span)));
        }
        let (address, _) = self.dotted(span, text)?;
        if q.kind == Some(Kind::Net) {
            return Ok(address);
        }
        let id = self.source(span);
        let fail = self.bad_qualifier(q.kind().word(), id, q, span);
        Err(Box::new(fail.help(format!("a network is written `net {id}`"))))
    }

    fn network4(&self, span: Span, address: u32, mask: u32, q: Qualifiers) -> Result<Test, Fail> {
        if address & !mask != 0 {
            let message = format!("non-network bits set in \"{}\"", self.source(span));
            let network = std::net::Ipv4Addr::from_bits(address & mask);
            let fail = self.fail(Code::BadValue, span, message);
            return Err(Box::new(
                fail.help(format!("the network that it lies in starts at `{network}`")),
            ));
        }
        self.addresses4(span, "net <IPv4 prefix>", address, mask, q)
    }

    fn ipv6(
        &self,
        span: Span,
        address: u128,
        length: Option<At<u32>>,
        q: Qualifiers,
    ) -> Result<Test, Fail> {
        let what = if length.is_some() { "IPv6 address and prefix length" } else { "IPv6 address" };
        self.not_for_numbers(span, what, &q)?;
        let prefix = length.map_or(128, |length| length.value);
        if let Some(length) = length {
            self.at_most("prefix length", length.span, length.value, 128)?;
        }
        let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
        if address & !mask != 0 {
            let message = format!("non-network bits set in \"{}\"", self.source(span));
            let network = std::net::Ipv6Addr::from_bits(address & mask);
            let fail = self.fail(Code::BadValue, span, message);
            return Err(Box::new(
                fail.help(format!("the network that it lies in starts at `{network}`")),
            ));
        }
        match q.kind() {
            Kind::Net => {}
            Kind::Host if prefix == 128 => {}
            kind => {
                let id = self.source(span);
                let fail = self.bad_qualifier(kind.word(), id, &q, span);
                return Err(Box::new(if kind == Kind::Host {
                    fail.help(format!("a network is written `net {id}`"))
                } else {
                    fail
                }));
            }
        }
        self.no_wlan_direction(&q)?;
        let over = match q.proto {
            None => Over::Any,
            Some(Proto::Ip6) => Over::Ip6,
            Some(_) => {
                let context = if q.kind == Some(Kind::Net) {
                    "net <IPv6 prefix>"
                } else {
                    "host <IPv6 address>"
                };
                return Err(self.no_address_of(context, &q, span));
            }
        };
        let networks = vec![Network::V6 { address, prefix: prefix as u8 }];
        Ok(Test::Address(AddressTest { over, dir: q.dir, networks }))
    }

    /// A test of one IPv4 network.
    fn addresses4(
        &self,
        span: Span,
        context: &str,
        address: u32,
        mask: u32,
        q: Qualifiers,
    ) -> Result<Test, Fail> {
        self.no_wlan_direction(&q)?;
        let over = match over(q.proto) {
            Some(over) if over != Over::Ip6 => over,
            _ => return Err(self.no_address_of(context, &q, span)),
        };
        Ok(Test::Address(AddressTest {
            over,
            dir: q.dir,
            networks: vec![Network::V4 { address, mask }],
        }))
    }

    fn mac(&self, span: Span, mac: Mac48, q: Qualifiers) -> Result<Test, Fail> {
        if q.kind() != Kind::Host || q.proto != Some(Proto::Link) {
            let fail = self
                .fail(Code::BadQualifier, span, "Ethernet address used in non-ether expression")
                .related(q.span, "these words do not go with an Ethernet address")
                .help(format!("write `ether host {}`", self.source(span)));
            return Err(Box::new(fail));
        }
        Ok(Test::Mac { dir: q.dir, mac })
    }

    fn mac8(&self, span: Span, mac: u8, q: Qualifiers) -> Result<Test, Fail> {
        self.no_wlan_direction(&q)?;
        if q.kind() != Kind::Host {
            return Err(Box::new(self.bad_qualifier(q.kind().word(), "$XX", &q, span)));
        }
        if q.proto != Some(Proto::Link) {
            let message = "'link' is the only valid proto qualifier for 'host $XX'";
            let fail =
                self.fail(Code::BadQualifier, q.span, message).related(span, "applied to this");
            return Err(Box::new(fail.help(format!("write `link host {}`", self.source(span)))));
        }
        Ok(Test::Mac8 { dir: q.dir, mac })
    }

    fn decnet(&self, span: Span, text: Option<&str>, q: Qualifiers) -> Result<Test, Fail> {
        self.no_wlan_direction(&q)?;
        if q.kind() != Kind::Host {
            return Err(Box::new(self.bad_qualifier("decnet", q.kind().word(), &q, span)));
        }
        let parts: Option<(u16, u16)> = text
            .and_then(|text| text.split_once('.'))
            .and_then(|(area, node)| Some((area.parse().ok()?, node.parse().ok()?)));
        if let Some((area @ ..64, node @ ..1024)) = parts {
            return Ok(Test::Decnet { dir: q.dir, node: area << 10 | node });
        }
        let message = format!("invalid DECnet address '{}'", self.source(span));
        let help = "write area and node, as in `decnet host 10.15`; areas end at 63, nodes at 1023";
        Err(Box::new(self.fail(Code::BadValue, span, message).help(help)))
    }

    fn name(&self, span: Span, name: &str, q: Qualifiers) -> Result<Test, Fail> {
        if q.proto == Some(Proto::Decnet) {
            return Err(Box::new(self.bad_qualifier("decnet", q.kind().word(), &q, span)));
        }
        match q.kind() {
            Kind::Net => self.network_name(span, name, q),
            Kind::Host if q.proto == Some(Proto::Link) => {
                Ok(Test::Mac { dir: q.dir, mac: self.station(span, name)? })
            }
            Kind::Host => self.host_name(span, name, q),
            Kind::Port => self.port_name(span, name, q),
            Kind::Portrange => self.port_range(span, name, q),
            Kind::Gateway => self.gateway(span, name, q),
            Kind::Proto => self.payload_protocol(span, self.protocol_name(span, name, &q)?, q),
            Kind::Protochain => self.protocol_chain(span, self.protocol_name(span, name, &q)?, q),
        }
    }

    fn network_name(&self, span: Span, name: &str, q: Qualifiers) -> Result<Test, Fail> {
        let Some(number) = self.names.network(name).filter(|number| *number != 0) else {
            let fail = self.fail(Code::UnknownName, span, format!("unknown network '{name}'"));
            return Err(Box::new(fail.note("names of networks come from /etc/networks")));
        };
        let (address, mask) = left_justified(number);
        self.addresses4(span, "net <IPv4 network name>", address, mask, q)
    }

    fn host_name(&self, span: Span, name: &str, q: Qualifiers) -> Result<Test, Fail> {
        self.no_wlan_direction(&q)?;
        let Some(over) = over(q.proto) else {
            return Err(self.no_address_of("host <Internet hostname>", &q, span));
        };
        let networks = self.host_addresses(span, name, over)?;
        Ok(Test::Address(AddressTest { over, dir: q.dir, networks }))
    }

    fn gateway(&self, span: Span, name: &str, q: Qualifiers) -> Result<Test, Fail> {
        let over = match over(q.proto) {
            Some(over) if over != Over::Ip6 => over,
            _ => return Err(Box::new(self.bad_qualifier(word(q.proto), "gateway", &q, span))),
        };
        let mac = self.station(span, name)?;
        // Without a protocol word, too, the host's IPv6 addresses play no part.
        let found =
            self.host_addresses(span, name, if over == Over::Any { Over::Ip } else { over })?;
        let hosts = found.into_iter().filter_map(|network| match network {
            Network::V4 { address, .. } => Some(address),
            Network::V6 { .. } => None,
        });
        Ok(Test::Gateway { over, mac, hosts: hosts.collect() })
    }

    fn station(&self, span: Span, name: &str) -> Result<Mac48, Fail> {
        self.names.ethernet(name).ok_or_else(|| {
            let fail =
                self.fail(Code::UnknownName, span, format!("unknown Ethernet-like host '{name}'"));
            Box::new(fail.note("names of stations come from /etc/ethers"))
        })
    }

    /// The addresses of a host that `over` can look for, in order; at least one.
    fn host_addresses(&self, span: Span, name: &str, over: Over) -> Result<Vec<Network>, Fail> {
        let mut found = self.names.host(name);
        if found.is_empty() {
            // An address behind a `\` arrives here as a name.
            found.extend(name.parse::<IpAddr>());
        }
        let known = !found.is_empty();
        found.sort_unstable();
        found.dedup();
        let (four, six): (Vec<IpAddr>, Vec<IpAddr>) = found
            .into_iter()
            .filter(|address| match over {
                Over::Any => true,
                Over::Ip | Over::Arp | Over::Rarp => address.is_ipv4(),
                Over::Ip6 => address.is_ipv6(),
            })
            .partition(IpAddr::is_ipv4);
        for (addresses, family) in [(&four, "IPv4"), (&six, "IPv6")] {
            if addresses.len() > MAX_ADDRESSES {
                let message = format!("more than {MAX_ADDRESSES} {family} addresses per name");
                return Err(Box::new(self.fail(Code::TooLarge, span, message)));
            }
        }
        let networks: Vec<Network> = four.into_iter().chain(six).map(single).collect();
        if !networks.is_empty() {
            return Ok(networks);
        }
        let family = if known { " for specified address family" } else { "" };
        let fail = self.fail(Code::UnknownName, span, format!("unknown host '{name}'{family}"));
        Err(Box::new(fail.note("names of hosts come from /etc/hosts; no name server is asked")))
    }

    /// Reads two to four decimal parts with dots; gives the address and the mask of the parts that are there.
    fn dotted(&self, span: Span, text: &str) -> Result<(u32, u32), Fail> {
        let mut address = 0u32;
        let mut parts = 0u32;
        for part in text.split('.') {
            // Leading zeros do not make a part octal, nor `0x` hexadecimal.
            let Ok(byte) = part.parse::<u8>() else {
                let message = format!("invalid IPv4 address '{text}'");
                let fail = self.fail(Code::BadValue, span, message);
                return Err(Box::new(fail.help("every part is a decimal number from 0 to 255")));
            };
            address = address << 8 | u32::from(byte);
            parts += 1;
        }
        let missing = 32u32.saturating_sub(8 * parts);
        Ok((address << missing, u32::MAX << missing))
    }

    /// Refuses an address where the qualifiers ask for a number.
    fn not_for_numbers(&self, span: Span, what: &str, q: &Qualifiers) -> Result<(), Fail> {
        let kind = q.kind();
        if !matches!(kind, Kind::Port | Kind::Portrange | Kind::Proto | Kind::Protochain) {
            return Ok(());
        }
        let word = if what.contains(" and ") { "net" } else { "host" };
        let message = format!("'{}' qualifier applied to {what}", kind.word());
        let fail = self
            .fail(Code::BadQualifier, span, message)
            .related(q.span, "asks for a number or a name");
        Err(Box::new(fail.help(format!("write `{word} {}`", self.source(span)))))
    }

    /// The protocol word is not one that has the address.
    fn no_address_of(&self, context: &str, q: &Qualifiers, id: Span) -> Fail {
        let fail = self.bad_qualifier(word(q.proto), context, q, id);
        let test = format!("{} {}", q.kind().word(), self.source(id));
        Box::new(match q.proto {
            Some(Proto::Ip | Proto::Ip6 | Proto::Arp | Proto::Rarp) | None => {
                fail.help(format!("write `{test}`"))
            }
            Some(Proto::Link | Proto::Radio) => fail,
            Some(proto) => fail.help(format!("write `{} and {test}`", proto.word())),
        })
    }

    fn illegal_link_address(&self, span: Span) -> Fail {
        let text = self.source(span);
        let fail =
            self.fail(Code::BadQualifier, span, format!("illegal link-layer address '{text}'"));
        Box::new(
            fail.help(format!(
                "for an IP address write `host {text}`; a MAC address has six groups"
            )),
        )
    }
}

/// What a protocol word makes an address test inspect.
fn over(proto: Option<Proto>) -> Option<Over> {
    match proto {
        None => Some(Over::Any),
        Some(Proto::Ip) => Some(Over::Ip),
        Some(Proto::Arp) => Some(Over::Arp),
        Some(Proto::Rarp) => Some(Over::Rarp),
        Some(Proto::Ip6) => Some(Over::Ip6),
        Some(_) => None,
    }
}

fn word(proto: Option<Proto>) -> &'static str {
    proto.map_or("", Proto::word)
}

fn single(address: IpAddr) -> Network {
    match address {
        IpAddr::V4(address) => Network::V4 { address: address.to_bits(), mask: u32::MAX },
        IpAddr::V6(address) => Network::V6 { address: address.to_bits(), prefix: 128 },
    }
}

/// A network number moves to the left until its first byte is not 0.
fn left_justified(number: u32) -> (u32, u32) {
    let shift = if number == 0 { 0 } else { number.leading_zeros() / 8 * 8 };
    (number << shift, u32::MAX << shift)
}
