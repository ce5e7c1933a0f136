//! Sets of addresses and ports: random members as text, packets that ask for one, and a plain set
//! that says whether it is there.

use std::collections::HashSet;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

use nbpfc_driver::{Names, NoNames, World};
use nbpfc_generate::Choices;

/// What a set is of.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name in tables.
    pub name: &'static str,
    /// The words in front of a member.
    pub words: &'static str,
    /// How many bits members have.
    pub bits: u32,
    /// How many of them count; each member has one of these.
    pub lengths: &'static [u32],
    /// How many there are at most.
    pub most: usize,
}

const ANY: usize = usize::MAX;

/// Every kind.
pub const KINDS: &[Kind] = &[
    Kind { name: "host, IPv4", words: "host", bits: 32, lengths: &[32], most: ANY },
    Kind { name: "net, IPv4", words: "net", bits: 32, lengths: &[16, 20, 22, 24, 28], most: ANY },
    Kind { name: "host, IPv6", words: "host", bits: 128, lengths: &[128], most: ANY },
    Kind { name: "net, IPv6 /48", words: "net", bits: 128, lengths: &[48], most: ANY },
    Kind {
        name: "net, IPv6",
        words: "net",
        bits: 128,
        lengths: &[32, 40, 44, 48, 56, 64],
        most: ANY,
    },
    Kind { name: "port", words: "port", bits: 16, lengths: &[16], most: 10_000 },
    Kind { name: "ether host", words: "ether host", bits: 48, lengths: &[48], most: ANY },
];

/// How a set is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `host a or host b`
    Or,
    /// `host in {a, b}`
    In,
    /// `host in file "members"`
    File,
}

/// Members of a set.
pub struct Members {
    /// What they are.
    pub kind: Kind,
    /// In order: the first bits, and how many they are.
    all: Vec<(u128, u32)>,
    known: HashSet<(u128, u32)>,
}

fn number(choices: &mut Choices<'_>, bits: u32) -> u128 {
    let all = (0..4).fold(0, |number, _| number << 32 | u128::from(choices.word()));
    all >> (128 - bits)
}

impl Members {
    /// So many of them, all different.
    pub fn random(kind: Kind, count: usize, choices: &mut Choices<'_>) -> Self {
        let (mut all, mut known) = (Vec::with_capacity(count), HashSet::new());
        while all.len() < count {
            let length = choices.pick(kind.lengths);
            // Multicast addresses, and those of no network, would be something else.
            let lead = if kind.bits == 32 { 1 << (length - 2) } else { 0 };
            let member = (number(choices, length) >> u32::from(lead > 0) | lead, length);
            if known.insert(member) {
                all.push(member);
            }
        }
        Self { kind, all, known }
    }

    /// Whether a number is in the set.
    pub fn contains(&self, number: u128) -> bool {
        let beginning = |length: &u32| (number >> (self.kind.bits - length), *length);
        self.kind.lengths.iter().any(|length| self.known.contains(&beginning(length)))
    }

    fn text(&self, (beginning, length): (u128, u32)) -> String {
        let number = beginning << (self.kind.bits - length);
        let address = match self.kind.bits {
            16 => number.to_string(),
            32 => Ipv4Addr::from(number as u32).to_string(),
            48 => {
                let bytes = number.to_be_bytes();
                bytes[10..].iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(":")
            }
            _ => Ipv6Addr::from(number).to_string(),
        };
        if length == self.kind.bits { address } else { format!("{address}/{length}") }
    }

    /// The members, each as it is written.
    pub fn texts(&self) -> Vec<String> {
        self.all.iter().map(|member| self.text(*member)).collect()
    }

    /// The expression that asks for them; with [`Form::File`] they are in a file, see [`OneFile`].
    pub fn expression(&self, form: Form) -> String {
        let words = self.kind.words;
        match form {
            Form::Or => {
                let terms: Vec<_> = self.texts().iter().map(|t| format!("{words} {t}")).collect();
                terms.join(" or ")
            }
            Form::In => format!("{words} in {{{}}}", self.texts().join(", ")),
            Form::File => format!("{words} in file \"members\""),
        }
    }

    /// A number to ask for: one of the set, one that is not far from one, or any.
    pub fn number(&self, choices: &mut Choices<'_>) -> u128 {
        let (bits, (beginning, length)) =
            (self.kind.bits, self.all[choices.below(self.all.len() as u32) as usize]);
        let free = bits - length;
        let any = number(choices, bits);
        let inside = beginning << free | any & !(u128::MAX << free);
        let mask = u128::MAX >> (128 - bits);
        match choices.below(4) {
            0 | 1 => inside,
            2 => (inside ^ 1 << choices.below(bits)) & mask,
            _ => any,
        }
    }

    /// An Ethernet frame with this source and destination.
    pub fn frame(&self, source: u128, destination: u128) -> Vec<u8> {
        let mut frame = vec![0; 60];
        let (ether_type, places, size) = match self.kind.bits {
            128 => (0x86dd_u16, [22, 38], 16),
            48 => (0x88b5, [6, 0], 6),
            16 => (0x0800, [34, 36], 2),
            _ => (0x0800, [26, 30], 4),
        };
        frame[12..14].copy_from_slice(&ether_type.to_be_bytes());
        if ether_type == 0x0800 {
            (frame[14], frame[23]) = (0x45, 6);
        }
        for (place, number) in places.into_iter().zip([source, destination]) {
            frame[place..place + size].copy_from_slice(&number.to_be_bytes()[16 - size..]);
        }
        frame
    }
}

/// A world whose only file is the members of a set, one a line.
#[derive(Debug)]
pub struct OneFile(pub String);

impl World for OneFile {
    fn read(&self, _: &Path, _: usize) -> io::Result<Vec<u8>> {
        Ok(self.0.clone().into_bytes())
    }

    fn names(&self) -> &dyn Names {
        &NoNames
    }
}
