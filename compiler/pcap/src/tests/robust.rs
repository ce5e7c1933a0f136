//! Texts that nobody would write.

use nbpfc_source::Code;

use super::{code, corpus, names, read, shown};
use crate::names::NoNames;
use crate::tree::MAX_DEPTH;

/// A generator of pseudo-random numbers (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// Words, signs and ids of the language, and some that are not.
const SOUP: &[&str] = &[
    "host",
    "net",
    "port",
    "portrange",
    "proto",
    "protochain",
    "gateway",
    "src",
    "dst",
    "or",
    "and",
    "not",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    ":",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "|",
    "^",
    "<<",
    ">>",
    "<",
    ">",
    "=",
    "!=",
    "<=",
    "ip",
    "tcp",
    "udp",
    "ip6",
    "ether",
    "arp",
    "decnet",
    "iso",
    "isis",
    "radio",
    "vlan",
    "mpls",
    "pppoed",
    "geneve",
    "len",
    "less",
    "greater",
    "byte",
    "type",
    "subtype",
    "dir",
    "mgt",
    "llc",
    "rnr",
    "on",
    "reason",
    "action",
    "vpi",
    "oam",
    "sio",
    "fisu",
    "mask",
    "broadcast",
    "multicast",
    "0",
    "1",
    "80",
    "0x1f",
    "017",
    "10.0.0.0",
    "10.0",
    "1.2.3.4",
    "::1",
    "fe80::",
    "02:00:00:00:00:01",
    "$1f",
    "localhost",
    "80-90",
    "\\tcp",
    "len-4",
    "tcp.port",
    ",",
    "\"",
    "TCP",
    "hsot",
    "addr1",
    "é",
    "\u{2013}",
    "999.1",
    "08",
    "4294967296",
    "1:2:3",
    "\\",
    "$",
];

#[test]
fn soup_of_tokens_never_panics() {
    let names = names();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut accepted = 0;
    for _ in 0..20_000 {
        let text: Vec<&str> =
            (0..=random.below(12)).map(|_| SOUP[random.below(SOUP.len())]).collect();
        let text = text.join(if random.below(4) == 0 { "" } else { " " });
        accepted += usize::from(read(&text, &names).1.is_some());
        shown(&text, &names);
    }
    assert!(accepted > 100, "only {accepted} accepted");
}

#[test]
fn soup_of_characters_never_panics() {
    let names = names();
    let mut random = Random(42);
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..random.below(40)).map(|_| random.below(256) as u8).collect();
        shown(&String::from_utf8_lossy(&bytes), &names);
        let ascii: String = bytes.iter().map(|byte| char::from(byte % 0x60 + 0x20)).collect();
        shown(&ascii, &names);
    }
}

#[test]
fn mutated_filters_never_panic() {
    let Some(rows) = corpus("filters.tsv") else { return };
    let names = names();
    let mut random = Random(7);
    for row in &rows {
        let mut text: Vec<char> = row[1].chars().collect();
        for _ in 0..3 {
            let at = random.below(text.len().max(1)).min(text.len());
            match random.below(3) {
                0 if at < text.len() => drop(text.remove(at)),
                1 => text.insert(at, char::from(random.below(0x5f) as u8 + 0x20)),
                _ => text.truncate(at),
            }
            shown(&text.iter().collect::<String>(), &names);
        }
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |open: &str, inner: &str, close: &str, depth: usize| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    for (open, inner, close) in [
        ("(", "tcp", ")"),
        ("not (", "tcp", ")"),
        ("(not ", "tcp", ")"),
        ("(udp or ", "tcp", ")"),
        ("tcp and (", "udp", ")"),
    ] {
        assert_eq!(code(&nested(open, inner, close, MAX_DEPTH)), None, "{open}");
        assert_eq!(
            code(&nested(open, inner, close, MAX_DEPTH + 1)),
            Some(Code::TooLarge),
            "{open}"
        );
    }
    assert_eq!(code(&format!("{} = 1", nested("(", "len", ")", MAX_DEPTH))), None);
    assert_eq!(code(&format!("{} = 1", nested("ip[", "0", "]", MAX_DEPTH))), None);
    assert_eq!(code(&format!("{} = 1", nested("(1+", "1", ")", MAX_DEPTH))), None);
    assert_eq!(
        code(&format!("{} = 1", nested("ip[", "0", "]", MAX_DEPTH + 1))),
        Some(Code::TooLarge)
    );
    assert_eq!(code(&format!("port {}", nested("(1 or ", "2", ")", MAX_DEPTH))), None);
    assert_eq!(code(&format!("port {}", nested("not (1 or ", "2", ")", MAX_DEPTH))), None);
    for depth in [10_000, 1_000_000] {
        assert_eq!(code(&"(".repeat(depth)), Some(Code::TooLarge));
        assert_eq!(code(&"not (".repeat(depth)), Some(Code::TooLarge));
        assert_eq!(code(&"ip[".repeat(depth)), Some(Code::TooLarge));
    }
}

#[test]
fn length_is_not_depth() {
    let accepted = [
        format!("tcp{}", " or udp and ip".repeat(100_000)),
        format!("port 1{}", " or 2".repeat(100_000)),
        format!("port (1{})", " or 2".repeat(100_000)),
        format!("{} tcp", "not ".repeat(100_000)),
        format!("port {} 5", "not ".repeat(100_000)),
        format!("len{} = 1", " + 1".repeat(100_000)),
        format!("len{} = 1", " % 2".repeat(100_000)),
        format!("1 = {} 1", "- ".repeat(100_000)),
        format!("vpi (1{})", " or 2".repeat(100_000)),
        " ".repeat(1_000_000),
    ];
    for text in accepted {
        assert_eq!(code(&text), None, "{text:.60}");
        assert!(!shown(&text, &NoNames).is_empty(), "{text:.60}");
    }
    assert_eq!(code(&" ".repeat(crate::MAX_LENGTH + 1)), Some(Code::TooLarge));
}
