//! Words that were nearly written.

/// The words of the language that people type by hand, the frequent ones first.
pub(crate) const WORDS: &[&str] = &[
    "host",
    "port",
    "net",
    "src",
    "dst",
    "tcp",
    "udp",
    "and",
    "or",
    "not",
    "ip",
    "ip6",
    "icmp",
    "icmp6",
    "arp",
    "ether",
    "proto",
    "portrange",
    "vlan",
    "mask",
    "len",
    "less",
    "greater",
    "broadcast",
    "multicast",
    "rarp",
    "sctp",
    "igmp",
    "esp",
    "ah",
    "pim",
    "vrrp",
    "carp",
    "igrp",
    "mpls",
    "pppoed",
    "pppoes",
    "geneve",
    "vxlan",
    "gateway",
    "protochain",
    "inbound",
    "outbound",
    "ifindex",
    "link",
    "wlan",
    "fddi",
    "ppp",
    "slip",
    "radio",
    "length",
    "byte",
    "llc",
    "type",
    "subtype",
    "dir",
    "direction",
    "addr1",
    "addr2",
    "addr3",
    "addr4",
    "stp",
    "ipx",
    "netbeui",
    "iso",
    "clnp",
    "esis",
    "isis",
    "atalk",
    "aarp",
    "decnet",
    "lat",
    "sca",
    "moprc",
    "mopdl",
    "ifname",
    "rset",
    "ruleset",
    "rulenum",
    "srnr",
    "subrulenum",
    "reason",
    "action",
    "tcpflags",
    "tcp-fin",
    "tcp-syn",
    "tcp-rst",
    "tcp-push",
    "tcp-ack",
    "tcp-urg",
    "tcp-ece",
    "tcp-cwr",
    "icmptype",
    "icmpcode",
    "icmp6type",
    "icmp6code",
    "icmp-echo",
    "icmp-echoreply",
    "icmp-unreach",
    "icmp-timxceed",
    "icmp-redirect",
    "icmp6-echo",
    "icmp6-echoreply",
    "icmp6-neighborsolicit",
    "icmp6-neighboradvert",
    "icmp6-routeradvert",
    "icmp6-routersolicit",
];

/// Words of other tools and languages.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("protocol", "proto"),
    ("source", "src"),
    ("destination", "dst"),
    ("dest", "dst"),
    ("sport", "src port"),
    ("dport", "dst port"),
    ("srcport", "src port"),
    ("dstport", "dst port"),
    ("address", "host"),
    ("addr", "host"),
    ("network", "net"),
    ("subnet", "net"),
    ("netmask", "mask"),
    ("ipv4", "ip"),
    ("ip4", "ip"),
    ("ipv6", "ip6"),
    ("icmpv6", "icmp6"),
    ("eth", "ether"),
    ("ethernet", "ether"),
    ("mac", "ether host"),
    ("size", "len"),
];

/// The word of the language that `typed` was probably meant to be.
pub(super) fn meant(typed: &str) -> Option<&'static str> {
    let lower = typed.to_ascii_lowercase();
    if let Some(word) = WORDS.iter().find(|word| **word == lower) {
        return Some(word);
    }
    if let Some((_, word)) = OTHER_NAMES.iter().find(|(other, _)| *other == lower) {
        return Some(word);
    }
    let most = match typed.len() {
        0..=2 | 24.. => return None,
        3..=4 => 1,
        _ => 2,
    };
    let near = WORDS.iter().map(|word| (distance(lower.as_bytes(), word.as_bytes()), word));
    near.filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| *word)
}

/// How many letters must be added, dropped, replaced or swapped with their neighbour to make `b` of `a`.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let width = b.len() + 1;
    let mut rows = vec![0; (a.len() + 1) * width];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            let at = |i: usize, j: usize| i * width + j;
            rows[at(i, j)] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = rows[at(i - 1, j - 1)] + usize::from(a[i - 1] != b[j - 1]);
                let mut best = replaced.min(rows[at(i - 1, j)] + 1).min(rows[at(i, j - 1)] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(rows[at(i - 2, j - 2)] + 1);
                }
                best
            };
        }
    }
    rows.last().copied().unwrap_or_default()
}
