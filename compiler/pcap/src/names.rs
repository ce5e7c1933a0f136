//! Where names of hosts, networks, ports and protocols come from.
//!
//! The front end reads no file and asks no server. It is given a [`Names`]; the
//! usual one is [`Tables`], made from the texts of the files of `/etc`.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

#[cfg(test)]
mod tests;

/// Answers what a name in a filter stands for.
pub trait Names {
    /// The addresses of a host, in any order; empty if the name is not known.
    fn host(&self, name: &str) -> Vec<IpAddr>;

    /// The hardware address of a station, as in ethers(5).
    fn ethernet(&self, name: &str) -> Option<[u8; 6]>;

    /// A network number, as in networks(5): 192.0.2.0 is `0xc000_0200`, and 192.0.2 is `0xc0_0002`.
    fn network(&self, name: &str) -> Option<u32>;

    /// The ports of a service, as in services(5).
    fn service(&self, name: &str) -> Service;

    /// The number of a protocol over IP, as in protocols(5).
    fn protocol(&self, name: &str) -> Option<u8>;
}

/// The ports that one service name stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Over TCP.
    pub tcp: Option<u16>,
    /// Over UDP.
    pub udp: Option<u16>,
    /// Over SCTP.
    pub sctp: Option<u16>,
}

/// Knows no name.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoNames;

impl Names for NoNames {
    fn host(&self, _name: &str) -> Vec<IpAddr> {
        Vec::new()
    }

    fn ethernet(&self, _name: &str) -> Option<[u8; 6]> {
        None
    }

    fn network(&self, _name: &str) -> Option<u32> {
        None
    }

    fn service(&self, _name: &str) -> Service {
        Service::default()
    }

    fn protocol(&self, _name: &str) -> Option<u8> {
        None
    }
}

/// Names from the texts of the usual files. Lines that cannot be read are passed over, as the C library does.
///
/// Host, network and Ethernet names are compared without regard to case (they
/// are domain names), those of services and protocols with.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    hosts: BTreeMap<String, Vec<IpAddr>>,
    ethers: BTreeMap<String, [u8; 6]>,
    networks: BTreeMap<String, u32>,
    services: BTreeMap<String, Service>,
    protocols: BTreeMap<String, u8>,
}

impl Tables {
    /// Adds the text of a hosts(5) file: an address, then its names.
    #[must_use]
    pub fn with_hosts(mut self, text: &str) -> Self {
        for (first, names) in lines(text) {
            let Ok(address) = first.parse::<IpAddr>() else { continue };
            for name in names {
                let known = self.hosts.entry(name.to_ascii_lowercase()).or_default();
                if !known.contains(&address) {
                    known.push(address);
                }
            }
        }
        self
    }

    /// Adds the text of an ethers(5) file: a hardware address, then a name. The first line of a name counts.
    #[must_use]
    pub fn with_ethers(mut self, text: &str) -> Self {
        for (first, names) in lines(text) {
            let Some(mac) = hardware_address(first) else { continue };
            for name in names.take(1) {
                self.ethers.entry(name.to_ascii_lowercase()).or_insert(mac);
            }
        }
        self
    }

    /// Adds the text of a networks(5) file: a name, a number, then aliases. The first line of a name counts.
    #[must_use]
    pub fn with_networks(mut self, text: &str) -> Self {
        for (name, mut rest) in lines(text) {
            let Some(number) = rest.next().and_then(network_number) else { continue };
            for name in std::iter::once(name).chain(rest) {
                self.networks.entry(name.to_ascii_lowercase()).or_insert(number);
            }
        }
        self
    }

    /// Adds the text of a services(5) file: a name, `port/protocol`, then aliases. The first line of a name and
    /// protocol counts.
    #[must_use]
    pub fn with_services(mut self, text: &str) -> Self {
        for (name, mut rest) in lines(text) {
            let Some((port, protocol)) = rest.next().and_then(|field| field.split_once('/')) else {
                continue;
            };
            let Ok(port) = port.parse::<u16>() else { continue };
            for name in std::iter::once(name).chain(rest) {
                let service = self.services.entry(name.to_owned()).or_default();
                let slot = match protocol {
                    "tcp" => &mut service.tcp,
                    "udp" => &mut service.udp,
                    "sctp" => &mut service.sctp,
                    _ => continue,
                };
                slot.get_or_insert(port);
            }
        }
        self
    }

    /// Adds the text of a protocols(5) file: a name, a number, then aliases. The first line of a name counts.
    #[must_use]
    pub fn with_protocols(mut self, text: &str) -> Self {
        for (name, mut rest) in lines(text) {
            let Some(number) = rest.next().and_then(|field| field.parse::<u8>().ok()) else {
                continue;
            };
            for name in std::iter::once(name).chain(rest) {
                self.protocols.entry(name.to_owned()).or_insert(number);
            }
        }
        self
    }
}

impl Names for Tables {
    fn host(&self, name: &str) -> Vec<IpAddr> {
        self.hosts.get(&name.to_ascii_lowercase()).cloned().unwrap_or_default()
    }

    fn ethernet(&self, name: &str) -> Option<[u8; 6]> {
        self.ethers.get(&name.to_ascii_lowercase()).copied()
    }

    fn network(&self, name: &str) -> Option<u32> {
        self.networks.get(&name.to_ascii_lowercase()).copied()
    }

    fn service(&self, name: &str) -> Service {
        self.services.get(name).copied().unwrap_or_default()
    }

    fn protocol(&self, name: &str) -> Option<u8> {
        self.protocols.get(name).copied()
    }
}

/// The lines that have words, without comments: the first word, and the others.
fn lines(text: &str) -> impl Iterator<Item = (&str, std::str::SplitAsciiWhitespace<'_>)> {
    text.lines().filter_map(|line| {
        let line = line.split_once('#').map_or(line, |(before, _)| before);
        let mut words = line.split_ascii_whitespace();
        words.next().map(|first| (first, words))
    })
}

/// Six bytes in hexadecimal, one or two digits each, with colons.
fn hardware_address(text: &str) -> Option<[u8; 6]> {
    let mut mac = [0; 6];
    let mut groups = text.split(':');
    for byte in &mut mac {
        *byte = u8::from_str_radix(groups.next().filter(|group| group.len() <= 2)?, 16).ok()?;
    }
    groups.next().is_none().then_some(mac)
}

/// A network number of one to four decimal parts; fewer parts make a smaller number.
fn network_number(text: &str) -> Option<u32> {
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Some(address.to_bits());
    }
    let parts = text.split('.').map(str::parse::<u8>);
    let number = parts
        .clone()
        .try_fold(0u32, |number, part| part.ok().map(|part| number << 8 | u32::from(part)));
    number.filter(|_| parts.count() <= 4)
}
