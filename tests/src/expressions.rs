//! Expressions to compile: the shared corpus's, or a few of our own.

use std::fs;

use crate::place::corpus;

/// What people write, for when the corpus is not there.
const COMMON: &[(&str, &str)] = &[
    ("EN10MB", "tcp port 80"),
    ("EN10MB", "ip"),
    ("EN10MB", "not ip6"),
    ("EN10MB", "udp port 53 or tcp port 53"),
    ("EN10MB", "host 10.0.0.1"),
    ("EN10MB", "src net 192.168.0.0/16 and not dst port 22"),
    ("EN10MB", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0"),
    ("EN10MB", "ether host 02:00:00:00:00:01"),
    ("EN10MB", "vlan 5 and tcp"),
    ("EN10MB", "icmp or icmp6"),
    ("EN10MB", "ip6 host 2001:db8::1"),
    ("EN10MB", "portrange 6000-6008"),
    ("EN10MB", "greater 100 and arp"),
    ("RAW", "tcp port 80"),
    ("RAW", "ip6 and udp"),
    ("RAW", "host 10.0.0.1 and icmp"),
];

/// The expressions for a link type, each once, in order.
pub fn expressions(link_type: &str) -> Vec<String> {
    match corpus() {
        Some(corpus) => {
            let table = fs::read_to_string(corpus.join("filters.tsv")).unwrap_or_default();
            of_table(&table, link_type)
        }
        None => ordered(COMMON.iter().filter(|(l, _)| *l == link_type).map(|(_, e)| *e)),
    }
}

/// The expressions for a link type in a table of lines `link type, tab, expression, tab, source`.
pub fn of_table(table: &str, link_type: &str) -> Vec<String> {
    ordered(table.lines().filter_map(|line| {
        let mut columns = line.split('\t');
        (columns.next() == Some(link_type)).then(|| columns.next()).flatten()
    }))
}

fn ordered<'a>(list: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<_> = list.map(str::to_owned).collect();
    found.sort();
    found.dedup();
    found
}
