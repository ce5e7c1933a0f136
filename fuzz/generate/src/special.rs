//! Random expressions with the words that only some link types have.

use crate::choices::Choices;
use crate::expression::expression;

/// Link types by name, with terms that have a meaning there.
const WORDS: &[(&[&str], &[&str])] = &[
    (
        &["IEEE802_11", "IEEE802_11_RADIO", "IEEE802_11_RADIO_AVS", "PRISM_HEADER", "PPI"],
        &[
            "type data",
            "type mgt subtype beacon",
            "subtype qos-data",
            "dir tods",
            "wlan src 02:00:00:00:00:01",
            "wlan dst 02:00:00:00:00:02",
            "wlan addr2 02:00:00:00:00:01",
            "wlan ta 02:00:00:00:00:02",
            "llc",
        ],
    ),
    (&["IEEE802_11_RADIO", "IEEE802_11_RADIO_AVS", "PRISM_HEADER"], &["radio[2] < 40"]),
    (
        &["PFLOG"],
        &["on e", "ruleset a", "rnr 7", "srnr 1", "action block", "reason short", "inbound"],
    ),
    (
        &["SUNATM"],
        &["lane", "vpi 0", "vci > 4", "vci (3 or 5)", "metac", "bcc", "sc", "oam", "connectmsg"],
    ),
    (
        &["MTP2", "MTP2_WITH_PHDR", "ERF"],
        &["fisu", "lssu", "msu", "hmsu", "sio 131", "opc 1", "dpc (1 or 2)", "sls > 3", "hsls 1"],
    ),
    (&["ARCNET", "ARCNET_LINUX"], &["link src $1", "link host $2", "broadcast", "multicast"]),
    (&["BACNET_MS_TP"], &["link src $1", "link dst $ff", "broadcast"]),
    (&["DSA_TAG_BRCM", "DSA_TAG_DSA"], &["inbound", "outbound", "vlan", "mpls", "llc"]),
    (&["FDDI", "IEEE802", "ATM_RFC1483"], &["llc", "llc i", "llc sabme", "iso", "stp"]),
    (&["FRELAY", "C_HDLC", "HDLC"], &["iso", "isis", "esis", "iso proto 0x82", "l1"]),
    (&["SLIP", "PPP_PPPD", "IPNET", "LINUX_SLL", "JUNIPER_MFR"], &["inbound", "outbound"]),
];

/// A random expression for packets of a link type, which is named as `EN10MB` is.
pub fn expression_on(choices: &mut Choices<'_>, link_type: &str) -> String {
    let words: Vec<&str> = WORDS
        .iter()
        .filter(|(link_types, _)| link_types.contains(&link_type))
        .flat_map(|(_, words)| *words)
        .copied()
        .collect();
    let mut text = term(choices, &words);
    for _ in 0..choices.below(3) {
        let joint = choices.pick(&["and", "or", "and not", "or not"]);
        text = format!("({text}) {joint} ({})", term(choices, &words));
    }
    text
}

fn term(choices: &mut Choices<'_>, words: &[&str]) -> String {
    if words.is_empty() || choices.one_in(3) {
        return expression(choices, false);
    }
    choices.pick(words).to_owned()
}
