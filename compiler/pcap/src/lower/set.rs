//! Many addresses or ports at once: sets, and lists of terms that differ in nothing else.
//!
//! A list, `host a or host b or …`, reads the packet as its terms one by one would. The first term
//! reads the source, compares it, and only then reads the destination: a packet that ends between
//! them matches if its source is the first term's. All later terms read what is there already. So
//! every leg (IPv4, ARP, …) puts the two numbers into registers in that order, and one question for
//! each of them serves all legs. This holds where a packet is on one leg at most, which is so on all
//! link types whose type field is understood.
//!
//! A set, `host in {a, b}`, reads whole what it asks about, both ends if both may decide.

use std::sync::Arc;

use nbpfc_ir::Width;
use nbpfc_ir::set::{Lookup, Set};

use super::condition::{Condition, IpVersion, Place, Register, Step, Test};
use super::context::{Context, Lowered};
use super::link::{Ends, Stations};
use super::network::{ARP, IPV4};
use super::numbers::ether_type;
use super::transport::PORTS;
use crate::tree::{Dir, Members, Network, Over, SetTest, Transport};

/// First and last number of a range.
pub(super) type Range = (u128, u128);

/// The numbers of a set, and those of the first term if it comes of a list.
pub(super) struct Numbers {
    pub(super) first: Option<Arc<Lookup>>,
    pub(super) all: Arc<Lookup>,
}

impl Numbers {
    pub(super) fn of_list(bits: u32, ranges: &[Range], tables: bool) -> Self {
        let first = Set::new(bits, ranges.first().copied());
        Self { first: Some(lookup(first, tables)), ..Self::of_set(bits, ranges, tables) }
    }

    pub(super) fn of_set(bits: u32, ranges: &[Range], tables: bool) -> Self {
        Self { first: None, all: lookup(Set::new(bits, ranges.iter().copied()), tables) }
    }
}

pub(super) fn lookup(set: Set, tables: bool) -> Arc<Lookup> {
    Arc::new(Lookup::new(set, tables))
}

impl Context<'_> {
    /// `host in {…}`.
    pub(super) fn set_test(&mut self, test: &SetTest) -> Lowered {
        let (dir, tables) = (test.dir, self.options.tables());
        match &test.members {
            Members::Addresses { over, networks } => {
                let (mut v4, mut v6) = (Vec::new(), Vec::new());
                for network in networks {
                    match *network {
                        Network::V4 { address, mask } => {
                            v4.push((address.into(), (address | !mask).into()));
                        }
                        Network::V6 { address, prefix } => {
                            let free = u128::MAX.checked_shr(prefix.into()).unwrap_or(0);
                            v6.push((address, address | free));
                        }
                    }
                }
                let v4 = match &v4[..] {
                    [] => self.constant(false),
                    v4 => self.ipv4_set(*over, dir, &Numbers::of_set(32, v4, tables))?,
                };
                let v6 = if v6.is_empty() {
                    self.constant(false)
                } else {
                    self.ipv6_set(dir, &lookup(Set::new(128, v6), tables))?
                };
                Ok(self.conditions.or(v4, v6))
            }
            Members::Ports { transport, ranges } => {
                let ranges: Vec<Range> =
                    ranges.iter().map(|(first, last)| ((*first).into(), (*last).into())).collect();
                self.port_set(*transport, dir, &Numbers::of_set(16, &ranges, tables))
            }
            Members::Stations(stations) if stations.is_empty() => Ok(self.constant(false)),
            Members::Stations(stations) => {
                let ranges: Vec<Range> = stations.iter().map(|mac| station(*mac)).collect();
                let Stations::Six(offsets) = self.link.row().stations else {
                    let error = self.not_on_link_type("a set of Ethernet addresses");
                    return Err(error.help("write the addresses one by one").into());
                };
                Ok(self.station_set(dir, offsets, &Numbers::of_set(48, &ranges, tables)))
            }
        }
    }

    /// IPv4 addresses in IPv4, ARP and RARP packets.
    pub(super) fn ipv4_set(&mut self, over: Over, dir: Dir, numbers: &Numbers) -> Lowered {
        let legs: &[_] = match over {
            Over::Any if self.labels == 0 => {
                &[(ether_type::IPV4, IPV4), (ether_type::ARP, ARP), (ether_type::RARP, ARP)]
            }
            Over::Arp => &[(ether_type::ARP, ARP)],
            Over::Rarp => &[(ether_type::RARP, ARP)],
            Over::Any | Over::Ip | Over::Ip6 => &[(ether_type::IPV4, IPV4)],
        };
        let found = self.registers();
        let mut read = self.constant(false);
        for (protocol, offsets) in legs {
            let link = self.link_protocol(*protocol)?;
            if matches!(link, Condition::Never(_)) {
                continue;
            }
            let places = offsets.map(|offset| self.in_network(offset));
            let ends = self.read_ends(dir, places, Width::W4, found, numbers);
            let leg = self.conditions.and(link, ends);
            read = self.conditions.or(read, leg);
        }
        if let Condition::Never(_) = read {
            return Ok(read);
        }
        let inside = self.ends_in(dir, found, &numbers.all);
        Ok(self.conditions.and(read, inside))
    }

    /// Ports of IPv6 and IPv4 packets.
    pub(super) fn port_set(
        &mut self,
        transport: Option<Transport>,
        dir: Dir,
        numbers: &Numbers,
    ) -> Lowered {
        let found = self.registers();
        let mut read = self.constant(false);
        for version in [IpVersion::V6, IpVersion::V4] {
            let (carried, places) = if version == IpVersion::V6 && self.options.strict_ipv6 {
                self.strict_transport(transport)?
            } else {
                let carried = self.transport_over(version, transport)?;
                (carried, PORTS.map(|offset| self.in_transport(version, offset)))
            };
            if matches!(carried, Condition::Never(_)) {
                continue;
            }
            let ends = self.read_ends(dir, places, Width::W2, found, numbers);
            let leg = self.conditions.and(carried, ends);
            read = self.conditions.or(read, leg);
        }
        if let Condition::Never(_) = read {
            return Ok(read);
        }
        let inside = self.ends_in(dir, found, &numbers.all);
        Ok(self.conditions.and(read, inside))
    }

    /// Hardware addresses of the frame. Where the sender's is the last, a packet that has it has
    /// both.
    pub(super) fn station_set(
        &mut self,
        dir: Dir,
        offsets: Ends<u32>,
        numbers: &Numbers,
    ) -> Condition {
        let frame = self.has_frame();
        let mut words = Vec::new();
        let mut read = self.constant(true);
        for (used, offset) in
            [(dir != Dir::Dst, offsets.source), (dir != Dir::Src, offsets.destination)]
        {
            let [high, low] = [self.conditions.register(), self.conditions.register()];
            words.push(vec![high, low]);
            if used {
                let low = self.read(self.in_link_header(offset + 2), Width::W4, low);
                let high = self.read(self.in_link_header(offset), Width::W2, high);
                read = self.conditions.all([read, low, high]);
            }
        }
        let [source, destination] = [0, 1].map(|end| words[end].clone());
        let inside = self.ends(dir, Ends { source, destination }, |context, words| {
            context.is_in(words, &numbers.all)
        });
        self.conditions.all([frame, read, inside])
    }

    pub(super) fn registers(&mut self) -> Ends<Register> {
        Ends { source: self.conditions.register(), destination: self.conditions.register() }
    }

    /// Puts bytes of the packet into a register; true.
    pub(super) fn read(&mut self, place: Place, width: Width, register: Register) -> Condition {
        let number = self.conditions.number([Step::Load(place, width)]);
        self.conditions.test(Test::Set { register, number }, self.span)
    }

    /// Whether registers, the upper one first, hold a number of the set.
    pub(super) fn is_in(&mut self, words: Vec<Register>, set: &Arc<Lookup>) -> Condition {
        self.conditions.test(Test::Member { words, set: set.clone() }, self.span)
    }

    /// Puts the ends that the direction names into registers; true. The destination is not read
    /// where the source is already known to be in the set as the first term says it.
    fn read_ends(
        &mut self,
        dir: Dir,
        places: Ends<Place>,
        width: Width,
        found: Ends<Register>,
        numbers: &Numbers,
    ) -> Condition {
        match dir {
            Dir::Src => return self.read(places.source, width, found.source),
            Dir::Dst => return self.read(places.destination, width, found.destination),
            _ => {}
        }
        let source = self.read(places.source, width, found.source);
        let first = match &numbers.first {
            Some(first) => self.is_in(vec![found.source], first),
            None => self.constant(false),
        };
        let destination = self.read(places.destination, width, found.destination);
        let rest = self.conditions.or(first, destination);
        self.conditions.and(source, rest)
    }

    fn ends_in(&mut self, dir: Dir, found: Ends<Register>, set: &Arc<Lookup>) -> Condition {
        self.ends(dir, found, |context, register| context.is_in(vec![register], set))
    }
}

/// A hardware address as a number.
pub(super) fn station(mac: [u8; 6]) -> Range {
    let number = mac.iter().fold(0, |number, byte| number << 8 | u128::from(*byte));
    (number, number)
}
