//! Long lists and sets against the same terms one by one.

use super::packets::Random;
use super::{Circumstances, compile, run_on};
use crate::lower::LinkType;

/// Addresses that lists and packets are made of.
const ADDRESSES: usize = 40;

/// What a term may look like; `#` is the number that tells terms apart.
const TERMS: &[&str] = &[
    "host 10.0.0.#",
    "src host 10.0.0.#",
    "dst host 10.0.0.#",
    "ip host 10.0.0.#",
    "arp src host 10.0.0.#",
    "net 10.0.#.0/24",
    "src net 10.0.0.#/32",
    "host 2001:db8:0:#::#",
    "ip6 src host 2001:db8:0:#::#",
    "dst host 2001:db8:0:#::#",
    "net 2001:db8:0:#::/64",
    "src net 2001:db8:0:#0::/60",
    "dst net 2001:db8:0:#::/71",
    "port #",
    "tcp dst port #",
    "udp src port #",
    "portrange #-#3",
    "ether host 02:00:00:00:00:#",
    "ether src 02:00:00:00:00:#",
    "ether dst 02:00:00:00:00:#",
];

/// The numbers of a list, in an order of their own, some twice.
fn numbers(random: &mut Random) -> Vec<String> {
    let count = 8 + random.below(60);
    (0..count).map(|_| (10 + random.below(ADDRESSES)).to_string()).collect()
}

fn join(terms: &[String], word: &str) -> String {
    terms.join(&format!(" {word} "))
}

/// The terms in groups too small for a set.
fn one_by_one(terms: &[String], word: &str) -> String {
    let groups: Vec<String> =
        terms.chunks(3).map(|group| format!("({})", join(group, word))).collect();
    join(&groups, word)
}

/// An Ethernet frame whose addresses and ports are likely to be in a list.
fn frame(random: &mut Random) -> Vec<u8> {
    let mut bytes = vec![0u8; 60];
    let number = |random: &mut Random| (8 + random.below(ADDRESSES + 4)) as u8;
    // What is written in decimal digits may be read as hexadecimal ones.
    let digits = |number: u8| number / 10 * 16 + number % 10;
    for station in [0, 6] {
        let address = [2, 0, 0, 0, 0, digits(number(random))];
        bytes[station..station + 6].copy_from_slice(&address);
    }
    let (ether_type, addresses, ports) = match random.below(7) {
        0 => (0x0806, [28, 38], 50),
        1 => (0x8035, [28, 38], 50),
        2..4 => (0x86dd, [22, 38], 54),
        _ => (0x0800, [26, 30], 34),
    };
    bytes[12..14].copy_from_slice(&u16::to_be_bytes(ether_type));
    let protocol = *random.pick(&[6, 17, 132, 1]);
    if ether_type == 0x86dd {
        bytes[20] = protocol;
        for address in addresses {
            let network = number(random);
            let host = if random.below(3) == 0 { number(random) } else { network };
            let rest = u8::from(random.below(4) == 0);
            let address16 = [
                [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, digits(network)],
                [rest, 0, 0, 0, 0, 0, 0, digits(host)],
            ];
            bytes[address..address + 16].copy_from_slice(&address16.concat());
        }
    } else {
        bytes[14] = 0x45;
        bytes[21] = u8::from(random.below(9) == 0);
        bytes[23] = protocol;
        for address in addresses {
            let third = if random.below(2) == 0 { number(random) } else { 0 };
            bytes[address..address + 4].copy_from_slice(&[10, 0, third, number(random)]);
        }
    }
    for port in [ports, ports + 2] {
        bytes[port..port + 2].copy_from_slice(&[0, number(random)]);
    }
    bytes
}

/// Runs both on packets, of any length or only on whole ones; how many match.
fn agrees(list: &str, apart: &str, cut: bool, random: &mut Random) -> usize {
    let [list_made, apart_made] = [list, apart].map(|text| {
        let made = compile(text, LinkType::Ethernet, Circumstances::default());
        made.unwrap_or_else(|error| panic!("{text}: {error}"))
    });
    let mut matches = 0;
    for _ in 0..if cut { 25 } else { 200 } {
        let bytes = frame(random);
        let first = if cut { 0 } else { bytes.len() };
        for length in (first..bytes.len()).step_by(1 + random.below(3)).chain([bytes.len()]) {
            let bytes = &bytes[..length];
            let expected = run_on(&apart_made, bytes);
            assert_eq!(run_on(&list_made, bytes), expected, "{list}\non {bytes:02x?}");
            matches += usize::from(expected);
        }
    }
    matches
}

#[test]
fn a_list_matches_what_its_terms_match_one_by_one() {
    let mut random = Random(1);
    for term in TERMS {
        let mut matches = 0;
        for _ in 0..2 {
            let terms: Vec<String> =
                numbers(&mut random).iter().map(|number| term.replace('#', number)).collect();
            matches += agrees(&join(&terms, "or"), &one_by_one(&terms, "or"), true, &mut random);
            let not: Vec<String> = terms.iter().map(|term| format!("not {term}")).collect();
            matches += agrees(&join(&not, "and"), &one_by_one(&not, "and"), true, &mut random);
            // With something else around it.
            for (before, after) in [("ip and (", ") or arp"), ("not (", ")"), ("vlan or (", ")")] {
                let [list, apart] = [join(&terms, "or"), one_by_one(&terms, "or")]
                    .map(|text| format!("{before}{text}{after}"));
                matches += agrees(&list, &apart, true, &mut random);
            }
        }
        assert!(matches > 100, "{term}: {matches}");
    }
}

#[test]
fn families_may_be_mixed() {
    let mut random = Random(2);
    let pairs =
        [["host 10.0.0.#", "host 2001:db8:0:#::#"], ["net 10.0.#", "net 2001:db8:0:#::/64"]];
    for pair in pairs {
        let mut matches = 0;
        for _ in 0..10 {
            let terms: Vec<String> = numbers(&mut random)
                .iter()
                .map(|number| random.pick(&pair).replace('#', number))
                .collect();
            matches += agrees(&join(&terms, "or"), &one_by_one(&terms, "or"), true, &mut random);
        }
        assert!(matches > 100, "{pair:?}: {matches}");
    }
}

#[test]
fn ipv6_networks_may_be_of_any_length() {
    let mut random = Random(6);
    let networks = [
        "2001:db8:0:#::/64",
        "2001:db8:0:#::#",
        "2001:db8:0:#0::/60",
        "2001:db8:0:#::/100",
        "2001:db8:0:#00::/56",
        "2001:#00::/24",
        "2001:db8:#::/48",
        "2001:db8::/47",
    ];
    for words in ["net", "src net", "dst net"] {
        let mut matches = 0;
        for round in 0..24 {
            // The last holds all packets' addresses, so that others count only before it.
            let some = &networks[round % 3..networks.len() - usize::from(round % 4 > 0)];
            let terms: Vec<String> = numbers(&mut random)
                .iter()
                .map(|number| {
                    let network = random.pick(some).replace('#', number);
                    let words = if network.contains('/') {
                        words.to_owned()
                    } else {
                        words.replace("net", "host")
                    };
                    format!("{words} {network}")
                })
                .collect();
            matches += agrees(&join(&terms, "or"), &one_by_one(&terms, "or"), true, &mut random);
        }
        assert!(matches > 100, "{words}: {matches}");
    }
}

/// A list ends where another kind of term or another operator begins.
#[test]
fn lists_among_other_terms_keep_their_places() {
    let mut random = Random(3);
    for _ in 0..10 {
        let mut list = String::from("less 3000");
        let mut apart = list.clone();
        for _ in 0..3 {
            let term = random.pick(TERMS);
            let terms: Vec<String> =
                numbers(&mut random).iter().map(|number| term.replace('#', number)).collect();
            let word = *random.pick(&["or", "and"]);
            list = format!("{list} {word} {}", join(&terms, "or"));
            // `and` binds the first term only.
            let (first, rest) = terms.split_at(1);
            apart = format!("{apart} {word} {} or {}", first[0], one_by_one(rest, "or"));
        }
        agrees(&list, &apart, true, &mut random);
    }
}

/// A set in braces asks what the terms ask, of packets that hold what it reads.
#[test]
fn a_set_matches_what_its_members_match_one_by_one() {
    let mut random = Random(4);
    for term in TERMS {
        let mut matches = 0;
        for size in [1, 3, 20, 60] {
            let members: Vec<String> =
                numbers(&mut random).into_iter().cycle().take(size).collect();
            let terms: Vec<String> =
                members.iter().map(|number| term.replace('#', number)).collect();
            let (words, member) = term.rsplit_once(' ').expect("words and an id");
            let members: Vec<String> =
                members.iter().map(|number| member.replace('#', number)).collect();
            let set = format!("{words} in {{{}}}", members.join(", "));
            matches += agrees(&set, &one_by_one(&terms, "or"), false, &mut random);
            let not = format!("{words} not in {{{}}}", members.join(","));
            let apart = format!("not ({})", one_by_one(&terms, "or"));
            matches += agrees(&not, &apart, false, &mut random);
        }
        assert!(matches > 100, "{term}: {matches}");
    }
}

#[test]
fn both_ends_can_be_in_a_set() {
    let mut random = Random(5);
    for (words, member) in [("src and dst host", "10.0.0.#"), ("tcp src and dst port", "#")] {
        let members: Vec<String> =
            numbers(&mut random).iter().map(|number| member.replace('#', number)).collect();
        let [source, destination] = ["src", "dst"].map(|end| {
            let words = words.replace("src and dst", end);
            let terms: Vec<String> =
                members.iter().map(|member| format!("{words} {member}")).collect();
            one_by_one(&terms, "or")
        });
        let set = format!("{words} in {{{}}}", members.join(", "));
        agrees(&set, &format!("({source}) and ({destination})"), false, &mut random);
    }
}

#[test]
fn a_list_is_one_question_however_long_it_is() {
    let terms: Vec<String> =
        (0..3000).map(|n| format!("host 10.{}.{}.{}", n % 7, n / 250, n % 250)).collect();
    let made = compile(&join(&terms, "or"), LinkType::Ethernet, Circumstances::default());
    let made = made.expect("a filter");
    let blocks = made.functions[0].layout.len();
    assert!(blocks < 40, "{blocks}");
    assert_eq!(made.functions[0].table_count(), 2);
}
