//! What differs between link types, and what the circumstances decide.

use super::cbpf::Input;
use super::frames::{ipv4, ipv6};
use super::{Circumstances, compile, run, run_on};
use crate::lower::LinkType;

#[test]
fn numbers_and_names_lead_back() {
    for link in LinkType::ALL {
        assert_eq!(LinkType::from_number(link.number()), *link);
        assert_eq!(LinkType::from_name(link.name()), Some(*link));
    }
    assert_eq!(LinkType::from_number(147), LinkType::Other(147));
    assert_eq!(LinkType::from_name("USER0"), None);
}

/// What stands in front of an IPv4 and of an IPv6 packet, in hexadecimal.
const HEADERS: &[(LinkType, &str, &str)] = &[
    (LinkType::Ethernet, "000000000000000000000000 0800", "000000000000000000000000 86dd"),
    (LinkType::Raw, "", ""),
    (LinkType::Ipv4, "", ""),
    (LinkType::Ipv6, "", ""),
    (LinkType::LinuxSll, "0000000000000000000000000000 0800", "0000000000000000000000000000 86dd"),
    (
        LinkType::LinuxSll2,
        "0800 000000000000000000000000000000000000",
        "86dd 000000000000000000000000000000000000",
    ),
    (LinkType::Null, "02000000", "0000001e"),
    (LinkType::Loop, "00000002", "00000018"),
    (LinkType::Enc, "02000000 0000000000000000", "1c000000 0000000000000000"),
    (LinkType::Ppp, "ff03 0021", "ff03 0057"),
    (LinkType::PppPppd, "0003 0021", "0103 0057"),
    (LinkType::PppSerial, "ff03 0021", "ff03 0057"),
    (LinkType::PppEther, "110000010000 0021", "110000010000 0057"),
    (LinkType::CHdlc, "0f00 0800", "0f00 86dd"),
    (LinkType::Hdlc, "0f00 0800", "0f00 86dd"),
    (
        LinkType::Fddi,
        "50000000000000000000000000 aaaa030000000800",
        "50000000000000000000000000 aaaa0300000086dd",
    ),
    (
        LinkType::TokenRing,
        "1040000000000000000000000000 aaaa030000000800",
        "1040000000000000000000000000 aaaa0300000086dd",
    ),
    (LinkType::Arcnet, "0102 d4 000000", "0102 c4 000000"),
    (LinkType::ArcnetLinux, "01020000 d4 000000", "01020000 c4 000000"),
    (
        LinkType::IpOverFc,
        "00000000000000000000000000000000 aaaa030000000800",
        "00000000000000000000000000000000 aaaa0300000086dd",
    ),
    (LinkType::AtmRfc1483, "aaaa030000000800", "aaaa0300000086dd"),
    (LinkType::AtmClip, "aaaa030000000800", "aaaa0300000086dd"),
    (LinkType::SunAtm, "02000020 aaaa030000000800", "02000020 aaaa0300000086dd"),
    (
        LinkType::Ieee1394,
        "00000000000000000000000000000000 0800",
        "00000000000000000000000000000000 86dd",
    ),
    (
        LinkType::DsaTagBrcm,
        "000000000000000000000000 00000001 0800",
        "000000000000000000000000 00000001 86dd",
    ),
    (
        LinkType::DsaTagDsa,
        "000000000000000000000000 c0010000 0800",
        "000000000000000000000000 c0010000 86dd",
    ),
    (
        LinkType::Netanalyzer,
        "00000000 000000000000000000000000 0800",
        "00000000 000000000000000000000000 86dd",
    ),
    (
        LinkType::NetanalyzerTransparent,
        "00000000 55555555555555d5 000000000000000000000000 0800",
        "00000000 55555555555555d5 000000000000000000000000 86dd",
    ),
    (
        LinkType::Ipnet,
        "01 02 0001 0000000000000000000000000000000000000000",
        "01 1a 0001 0000000000000000000000000000000000000000",
    ),
    // A data frame; with a field for quality of service; behind a radiotap header that says that
    // the payload is padded to a multiple of 4 bytes.
    (
        LinkType::Wlan,
        "0801 00000000000000000000000000000000000000000000 aaaa030000000800",
        "8801 000000000000000000000000000000000000000000000000 aaaa0300000086dd",
    ),
    (
        LinkType::WlanRadiotap,
        "0000090002000000 20 8801 000000000000000000000000000000000000000000000000 00 aaaa030000000800",
        "0000080000000000 0801 00000000000000000000000000000000000000000000 aaaa0300000086dd",
    ),
    (
        LinkType::WlanAvs,
        "80211001 0000000a 0000 0801 00000000000000000000000000000000000000000000 aaaa030000000800",
        "80211001 00000008 8801 000000000000000000000000000000000000000000000000 aaaa0300000086dd",
    ),
    (
        LinkType::WlanPrism,
        "80211002 00000008 0801 00000000000000000000000000000000000000000000 aaaa030000000800",
        "80211002 00000008 0801 00000000000000000000000000000000000000000000 aaaa0300000086dd",
    ),
    (
        LinkType::Ppi,
        "00000800 69000000 0801 00000000000000000000000000000000000000000000 aaaa030000000800",
        "00000800 69000000 8801 000000000000000000000000000000000000000000000000 aaaa0300000086dd",
    ),
    // The record says that it is 5 bytes long, which are rounded up.
    (LinkType::Pflog, "05 02 000000000000", "08 18 000000000000"),
];

/// Bytes that are written in hexadecimal, with spaces.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

#[test]
fn where_ip_begins() {
    let payloads = [ipv4(6, 5, 0, &[0, 80, 0, 81]), ipv6(6, &[0, 80, 0, 81])];
    for (link, v4, v6) in HEADERS {
        for (version, text) in
            ["tcp dst port 81 and ip", "tcp dst port 81 and ip6"].iter().enumerate()
        {
            let module = compile(text, *link, Circumstances::default());
            let Ok(module) = module else {
                assert_eq!(*link, [LinkType::Ipv6, LinkType::Ipv4][version], "{text}");
                continue;
            };
            for (packet, header) in [v4, v6].into_iter().enumerate() {
                let data = [hex(header), payloads[packet].clone()].concat();
                // Without a type field, the first nibble is not looked at.
                let always = matches!(link, LinkType::Ipv4 | LinkType::Ipv6);
                if !always || packet == version {
                    assert_eq!(run_on(&module, &data), packet == version, "{link}: {text}");
                }
            }
        }
    }
}

#[test]
fn words_of_few_link_types() {
    // A frame to and from the distribution system, and a request to send.
    let bridged = "0803 0000 0a0000000001 0a0000000002 0a0000000003 0000 0a0000000004";
    let request = "b400 0000 0a0000000001 0a0000000002";
    let record = "3d 02 01 03 656d3000000000000000000000000000 61000000000000000000000000000000 \
                  00000007 ffffffff 00000000 00000000 00000000 00000000 02";
    let rows: &[(LinkType, &str, &[&str], &[&str])] = &[
        (
            LinkType::Wlan,
            bridged,
            &[
                "wlan dst 0a:00:00:00:00:03",
                "wlan src 0a:00:00:00:00:04",
                "wlan addr2 0a:00:00:00:00:02",
                "wlan ra 0a:00:00:00:00:01",
                "type data",
                "dir dstods",
                "not multicast",
            ],
            &["wlan src 0a:00:00:00:00:02", "subtype beacon", "wlan addr3 0a:00:00:00:00:01"],
        ),
        (
            LinkType::Wlan,
            request,
            &[
                "type ctl subtype rts",
                "wlan addr2 0a:00:00:00:00:02",
                "not wlan host 0a:00:00:00:00:01",
            ],
            &["wlan addr3 0a:00:00:00:00:03", "llc", "type mgt"],
        ),
        (
            LinkType::Pflog,
            record,
            &[
                "on em0",
                "ruleset a",
                "rnr 7",
                "action block",
                "reason short",
                "outbound",
                "srnr 0xffffffff",
            ],
            &["on em1", "inbound", "action pass", "rnr 8"],
        ),
        (
            LinkType::SunAtm,
            "01000005 ff00",
            &["lane", "vpi 0", "vci (4 or 5)", "sc", "vci > 4", "not (lane and ip)"],
            &["oam", "metac", "llc", "vci 6", "lane and ip"],
        ),
        (
            LinkType::SunAtm,
            "02000005 0000000000 05",
            &["connectmsg", "llc"],
            &["metaconnect", "lane"],
        ),
        (
            LinkType::Mtp2,
            "0000 05 83 02400030",
            &["msu", "sio 131", "dpc 2", "opc 1", "sls 3", "not fisu", "dpc (1 or 2)"],
            &["fisu", "lssu", "opc 2", "sls > 3"],
        ),
        (LinkType::Mtp2, "0000 0001 0080", &["hlssu"], &["hfisu", "hmsu"]),
        (
            LinkType::Arcnet,
            "0100 d4",
            &["link src $01", "broadcast", "multicast"],
            &["link dst $01"],
        ),
        (LinkType::BacnetMsTp, "55ff 00 ff02", &["broadcast", "link src $2"], &["link host $3"]),
        (
            LinkType::Fddi,
            "50 ffffffffffff 020000000001",
            &["broadcast", "fddi src 2:0:0:0:0:1"],
            &[],
        ),
        (LinkType::Fddi, "50000000000000000000000000 fefe03 83", &["isis", "llc u"], &["clnp"]),
        (LinkType::FrameRelay, "1841 03 cc", &["ip"], &["ip6", "iso"]),
        (LinkType::FrameRelay, "1841 03 83", &["iso", "isis", "iso proto 0x83"], &["clnp", "ip"]),
        (LinkType::CHdlc, "0f00 fefe 03 83", &["iso", "isis"], &["esis", "ip6"]),
        (LinkType::DsaTagBrcm, "000000000000000000000000 20", &["outbound"], &["inbound"]),
        (LinkType::DsaTagDsa, "000000000000000000000000 80", &["inbound"], &["outbound"]),
        (LinkType::JuniperMfr, "4d4743 80", &["outbound", "ip", "arp"], &["inbound"]),
        (LinkType::Slip, "01", &["outbound"], &["inbound"]),
        (LinkType::Ipnet, "0102 0002", &["inbound", "ip"], &["outbound", "ip6"]),
        (LinkType::LocalTalk, "01", &["atalk"], &["len > 1"]),
        (LinkType::WlanRadiotap, "0000 0800 00", &["radio[2] = 8"], &["link[0] = 0"]),
        (LinkType::Other(147), "0203", &["link[1] = 3", "byte 0 = 2"], &["link[2] = 0", "less 1"]),
    ];
    for (link, packet, matching, others) in rows {
        for (texts, expected) in [(matching, true), (others, false)] {
            for text in *texts {
                let module = compile(text, *link, Circumstances::default());
                let module = module.unwrap_or_else(|error| panic!("{link}: {text}: {error}"));
                assert_eq!(run_on(&module, &hex(packet)), expected, "{link}: {text}");
            }
        }
    }
}

#[test]
fn direction_and_interface() {
    let run = |text: &str, link, data: &[u8], packet_type| {
        let live = link == LinkType::Ethernet;
        let module = compile(text, link, Circumstances { live, ..Circumstances::default() });
        let input = Input { data, length: 60, interface: 3, packet_type, tag: None };
        run(&module.expect(text), input)
    };
    for (packet_type, out) in [(0, false), (1, false), (4, true)] {
        let sll = [0, packet_type as u8];
        let mut sll2 = [0; 20];
        sll2[7] = 3;
        sll2[10] = packet_type as u8;
        for (link, data) in [
            (LinkType::Ethernet, &[][..]),
            (LinkType::LinuxSll, &sll),
            (LinkType::LinuxSll2, &sll2),
        ] {
            assert_eq!(run("outbound", link, data, packet_type), out, "{link}");
            assert_eq!(run("inbound", link, data, packet_type), !out, "{link}");
            if link != LinkType::LinuxSll {
                assert!(run("ifindex 3", link, data, packet_type), "{link}");
                assert!(!run("ifindex 4", link, data, packet_type), "{link}");
            }
        }
        assert!(!run("inbound", LinkType::LinuxSll, &[0], packet_type));
    }
}

#[test]
fn broadcasts_need_the_netmask() {
    let mut packet = ipv4(17, 5, 0, &[]);
    let netmask = Some(0xffff_ff00);
    for (host, expected) in [(255, true), (0, true), (2, false)] {
        packet[19] = host;
        let module = compile(
            "ip broadcast",
            LinkType::Raw,
            Circumstances { netmask, ..Circumstances::default() },
        );
        assert_eq!(run_on(&module.expect("a filter"), &packet), expected);
    }
    let unknown = Circumstances { netmask: Some(u32::MAX), ..Circumstances::default() };
    assert!(compile("ip broadcast", LinkType::Raw, unknown).is_err());
}

#[test]
fn this_machines_address_family() {
    let v6 = [&[0, 0, 0, 10][..], &ipv6(6, &[])].concat();
    for (live, expected) in [(true, true), (false, false)] {
        let circumstances = Circumstances { live, ..Circumstances::default() };
        let module = compile("ip6", LinkType::Loop, circumstances);
        assert_eq!(run_on(&module.expect("a filter"), &v6), expected);
    }
}
