//! The rules of the language that are easily lost, one case each.

use super::cbpf::Input;
use super::frames::{ethernet, geneve, ipv4, ipv6, tag, udp};
use super::{Circumstances, compile, run, run_on};
use crate::lower::LinkType;

/// Expressions, and the packets of `packets` (by index) that they match.
fn check(link: LinkType, packets: &[Vec<u8>], cases: &[(&str, &[usize])]) {
    for (text, matching) in cases {
        let module = match compile(text, link, Circumstances::default()) {
            Ok(module) => module,
            Err(error) => panic!("{text}: {error}"),
        };
        let found: Vec<_> = (0..packets.len()).filter(|i| run_on(&module, &packets[*i])).collect();
        assert_eq!(&found, matching, "{text}");
    }
}

#[test]
fn reading_behind_the_end_rejects() {
    let port_80 = ethernet(0x0800, &ipv4(6, 5, 0, &udp(80, 1024, &[])));
    let packets = [port_80.clone(), port_80[..34].to_vec(), port_80[..13].to_vec()];
    check(
        LinkType::Ethernet,
        &packets,
        &[
            ("port 80", &[0]),
            ("not port 80", &[]),
            ("port 80 or ip", &[0]),
            ("ip or port 80", &[0, 1]),
            ("not arp", &[0, 1]),
            ("not port 80 or len > 0", &[0]),
            ("len > 0 or not port 80", &[0, 1, 2]),
            ("1 = 1", &[0, 1, 2]),
            ("ether[12] = 8", &[0, 1, 2]),
            ("ether[13] = 0", &[0, 1]),
            ("ether[0xffffffff] = 0", &[]),
            ("not ether[0xfffffffe:4] = 0", &[]),
            ("ether[len] = 0", &[]),
        ],
    );
}

#[test]
fn arithmetic() {
    check(
        LinkType::Raw,
        &[vec![0x45, 7, 0, 32]],
        &[
            ("1 / (ip[2] & 1) = 0", &[]),
            ("not 1 % (ip[2] & 1) = 0", &[]),
            ("1 / (ip[1] & 1) = 1", &[0]),
            ("1 << ip[3] = 0", &[0]),
            ("1 << ip[1] = 128", &[0]),
            ("0xff >> ip[3] = 0", &[0]),
            ("-1 > 5", &[0]),
            ("0 - 1 = 0xffffffff", &[0]),
            ("ip[0] & 0xf = 5", &[0]),
            ("ip[ip[2]:2] = 0x4507", &[0]),
            ("link[1] + 1 = 8", &[0]),
        ],
    );
}

#[test]
fn only_the_left_operand_brings_its_protocol_test() {
    let tcp = ipv4(6, 5, 0, &[9; 20]);
    let packets = [tcp.clone(), ipv4(17, 5, 0, &[9; 20]), ipv6(6, &[9; 20])];
    check(
        LinkType::Raw,
        &packets,
        &[
            ("tcp[0] = 9", &[0]),
            ("tcp[0] + 1 = 10", &[0]),
            ("1 + tcp[0] = 10", &[0, 1]),
            ("10 = 1 + tcp[0]", &[0, 1]),
            ("9 = tcp[0]", &[0]),
        ],
    );
}

#[test]
fn fragments_and_header_length() {
    let ports = udp(53, 53, &[]);
    let packets = [
        ethernet(0x0800, &ipv4(17, 5, 0, &ports)),
        ethernet(0x0800, &ipv4(17, 5, 0x2000, &ports)),
        ethernet(0x0800, &ipv4(17, 5, 0x2001, &ports)),
        ethernet(0x0800, &ipv4(17, 15, 0, &ports)),
        ethernet(0x0800, &ipv4(50, 5, 0, &ports)),
    ];
    check(
        LinkType::Ethernet,
        &packets,
        &[
            ("port 53", &[0, 1, 3]),
            ("udp", &[0, 1, 2, 3]),
            ("udp[0:2] = 53", &[0, 1, 3]),
            ("portrange 50-60", &[0, 1, 3]),
            ("src portrange 54-60", &[]),
            ("tcp port 53", &[]),
            ("ip[0] & 0xf = 15", &[3]),
        ],
    );
}

#[test]
fn ipv6_extension_headers() {
    let ports = udp(53, 53, &[]);
    let fragment = [&[17, 0, 0, 1, 0, 0, 0, 1], ports.as_slice()].concat();
    let hop = [&[17, 0, 5, 2, 0, 0, 0, 0], ports.as_slice()].concat();
    let packets = [
        ethernet(0x86dd, &ipv6(17, &ports)),
        ethernet(0x86dd, &ipv6(44, &fragment)),
        ethernet(0x86dd, &ipv6(0, &hop)),
        ethernet(0x86dd, &ipv6(59, &[])),
    ];
    check(
        LinkType::Ethernet,
        &packets,
        &[
            ("udp", &[0, 1]),
            ("ip6 proto 0", &[2]),
            ("port 53", &[0]),
            ("ip6 protochain 17", &[0, 1, 2]),
            ("ip6 protochain 44", &[1]),
            ("protochain 59", &[3]),
            ("ip6 protochain 6", &[]),
            ("not ip6 protochain 6", &[0, 1, 2, 3]),
            ("src host 2001:db8::1", &[0, 1, 2, 3]),
            ("net 2001:db8::/33", &[0, 1, 2, 3]),
            ("src net 2001:db8::2/127", &[]),
            ("ip6 multicast", &[]),
        ],
    );
}

#[test]
fn strict_ipv6() {
    let ports = udp(53, 53, &[]);
    let hop = [&[17, 0, 5, 2, 0, 0, 0, 0], ports.as_slice()].concat();
    // An authentication header of 12 bytes behind options of 16.
    let chain = [&[60, 0, 0, 0, 0, 0, 0, 0][..], &[51, 1], &[0; 14], &[17, 1], &[0; 10], &ports];
    let first = [&[17, 0, 0, 1, 0, 0, 0, 1], ports.as_slice()].concat();
    let later = [&[17, 0, 0, 9, 0, 0, 0, 1], ports.as_slice()].concat();
    let many = [[0; 8].repeat(8).as_slice(), &[17, 0, 0, 0, 0, 0, 0, 0], &ports].concat();
    let packets = [
        ethernet(0x86dd, &ipv6(17, &ports)),
        ethernet(0x86dd, &ipv6(0, &hop)),
        ethernet(0x86dd, &ipv6(43, &chain.concat())),
        ethernet(0x86dd, &ipv6(44, &first)),
        ethernet(0x86dd, &ipv6(44, &later)),
        ethernet(0x86dd, &ipv6(0, &many)),
        ethernet(0x0800, &ipv4(17, 6, 0, &ports)),
        ethernet(0x0800, &ipv4(17, 5, 1, &ports)),
    ];
    let cases: [(&str, &[usize]); 7] = [
        ("udp", &[0, 1, 2, 3, 4, 6, 7]),
        ("not udp", &[5]),
        ("port 53", &[0, 1, 2, 3, 6]),
        ("udp portrange 50-60", &[0, 1, 2, 3, 6]),
        ("tcp port 53", &[]),
        ("udp[2:2] = 53", &[0, 1, 2, 3, 6]),
        ("53 + 0 = 0 + udp[0:2]", &[0, 1, 2, 3, 6]),
    ];
    for (text, matching) in cases {
        let circumstances = Circumstances { strict_ipv6: true, ..Circumstances::default() };
        let module = compile(text, LinkType::Ethernet, circumstances).expect(text);
        let found: Vec<_> = (0..packets.len()).filter(|i| run_on(&module, &packets[*i])).collect();
        assert_eq!(found, matching, "{text}");
    }
}

#[test]
fn a_tag_beside_the_packet() {
    let ip = ipv4(17, 5, 0, &udp(53, 53, &[]));
    let packets = [
        (ethernet(0x0800, &ip), None),
        (ethernet(0x0800, &ip), Some(0x6005)),
        (ethernet(0x8100, &tag(5, 0x0800, &ip)), None),
        (ethernet(0x8100, &tag(6, 0x0800, &ip)), Some(5)),
    ];
    let cases: [(&str, &[usize]); 9] = [
        ("vlan", &[1, 2, 3]),
        ("vlan 5", &[1, 2, 3]),
        ("vlan 6", &[]),
        ("vlan and udp port 53", &[1, 2]),
        ("vlan 5 and vlan 6 and port 53", &[3]),
        ("vlan and vlan", &[3]),
        // Only where the tag is in the packet, what follows has moved.
        ("port 53 or (vlan and port 53)", &[0, 1, 2]),
        ("not vlan", &[0]),
        ("vlan and ether host 02:00:00:00:00:01", &[1, 2, 3]),
    ];
    for (text, matching) in cases {
        let circumstances =
            Circumstances { live: true, tag_beside: true, ..Circumstances::default() };
        let module = compile(text, LinkType::Ethernet, circumstances).expect(text);
        let found: Vec<_> = (0..packets.len())
            .filter(|i| {
                let (data, tag) = &packets[*i];
                let length = data.len() as u32;
                run(&module, Input { data, length, interface: 1, packet_type: 0, tag: *tag })
            })
            .collect();
        assert_eq!(found, matching, "{text}");
    }
}

#[test]
fn protocol_chains_end() {
    // An authentication header that leads back to itself, as many headers as are walked, and one
    // more.
    let circle = ipv6(51, &[51, 8, 0, 0, 0, 0, 0, 0].repeat(8));
    let mut hops = [0; 8].repeat(258);
    hops[256 * 8] = 17;
    let mut longer = [0; 8].repeat(258);
    longer[257 * 8] = 17;
    let packets = [circle, ipv6(0, &hops), ipv6(0, &longer)];
    check(LinkType::Ipv6, &packets, &[("ip6 protochain 17", &[1]), ("not ip6 protochain 6", &[1])]);
}

#[test]
fn tunnels_move_all_that_follows() {
    let ip = ipv4(17, 5, 0, &udp(53, 53, &[]));
    let packets = [
        ethernet(0x0800, &ip),
        ethernet(0x8100, &tag(5, 0x0800, &ip)),
        ethernet(0x8100, &tag(5, 0x88a8, &tag(6, 0x0800, &ip))),
        ethernet(0x8847, &[&[0, 0x12, 0x31, 64], ip.as_slice()].concat()),
        ethernet(0x8847, &[&[0, 0x12, 0x30, 64, 0, 0x04, 0x51, 64], ip.as_slice()].concat()),
        ethernet(0x8864, &[&[0x11, 0, 0, 7, 0, 50, 0, 0x21], ip.as_slice()].concat()),
    ];
    check(
        LinkType::Ethernet,
        &packets,
        &[
            ("ip", &[0]),
            ("vlan", &[1, 2]),
            ("vlan and ip", &[1]),
            ("vlan and vlan", &[2]),
            ("vlan 5 and vlan 6 and port 53", &[2]),
            ("vlan 7", &[]),
            // The offsets have moved for `ip`, whether there is a tag or not.
            ("vlan or ip", &[1, 2]),
            ("(vlan and ip) or ip", &[1]),
            ("ip or vlan", &[0, 1, 2]),
            ("not vlan and ip", &[]),
            ("mpls", &[3, 4]),
            ("mpls 0x123", &[3, 4]),
            ("mpls and port 53", &[3]),
            ("mpls and mpls 0x45", &[4]),
            ("mpls and mpls and host 192.0.2.1", &[4]),
            ("mpls and mpls and mpls", &[]),
            ("pppoes", &[5]),
            ("pppoes 7 and ip and udp", &[5]),
            ("pppoes 8", &[]),
            ("pppoed", &[]),
        ],
    );
}

#[test]
fn tunnels_of_unknown_length() {
    let inner = ipv4(6, 5, 0, &udp(1, 80, &[]));
    let bridged = geneve(0x6558, &ethernet(0x0800, &inner));
    let routed = geneve(0x0800, &inner);
    let carry =
        |words, payload: &[u8]| ethernet(0x0800, &ipv4(17, words, 0, &udp(9, 6081, payload)));
    let v6 = ethernet(0x86dd, &ipv6(17, &udp(9, 6081, &bridged)));
    let vxlan = [&[8, 0, 0, 0, 0, 0, 42, 0], ethernet(0x0800, &inner).as_slice()].concat();
    let vxlan = ethernet(0x0800, &ipv4(17, 6, 0, &udp(9, 4789, &vxlan)));
    let packets = [carry(5, &bridged), carry(7, &routed), v6, vxlan, ethernet(0x0800, &inner)];
    check(
        LinkType::Ethernet,
        &packets,
        &[
            ("geneve", &[0, 1, 2]),
            ("geneve 42 and ip", &[0, 1, 2]),
            ("geneve 43", &[]),
            ("geneve and tcp port 80", &[0, 1, 2]),
            ("geneve and udp", &[]),
            ("geneve and tcp[3] = 80", &[0, 1, 2]),
            // There is an Ethernet frame inside.
            ("geneve and ether host 02:00:00:00:00:01", &[0, 2]),
            ("vxlan", &[3]),
            ("vxlan 42 and dst port 80", &[3]),
            ("vxlan and ether src 02:00:00:00:00:02", &[3]),
            // Not in the tunnel: registers are 0, and the packet's first two bytes no type.
            ("geneve or ip", &[0, 1, 2]),
            ("geneve or link[0] = 2", &[0, 1, 2, 3, 4]),
        ],
    );
}

#[test]
fn addresses() {
    let mut arp = vec![0, 1, 8, 0, 6, 4, 0, 1];
    arp.extend([2, 0, 0, 0, 0, 2, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 9]);
    let ip = ipv4(1, 5, 0, &[]);
    let packets = [ethernet(0x0800, &ip), ethernet(0x0806, &arp), ethernet(0x8035, &arp)];
    check(
        LinkType::Ethernet,
        &packets,
        &[
            ("host 192.0.2.1", &[0, 1, 2]),
            ("src or dst host 192.0.2.9", &[1, 2]),
            ("arp host 192.0.2.9", &[1]),
            ("ip host 192.0.2.9", &[]),
            ("dst host 192.0.2.2", &[0]),
            ("src and dst net 192.0.2.0/24", &[0, 1, 2]),
            ("net 0.0.0.0/0", &[0, 1, 2]),
            ("net 192.0.2.0 mask 255.0.255.0", &[0, 1, 2]),
            ("ether src 02:00:00:00:00:02", &[0, 1, 2]),
            ("ether dst 02:00:00:00:00:02", &[]),
            ("multicast", &[]),
            ("broadcast", &[]),
        ],
    );
}

#[test]
fn constant_terms_are_dropped() {
    let packets = [ipv4(6, 5, 0, &udp(1, 2, &[])), ipv6(17, &udp(1, 2, &[])), vec![]];
    check(
        LinkType::Raw,
        &packets,
        &[("arp or ip", &[0]), ("not arp", &[0, 1, 2]), ("host 192.0.2.1", &[0]), ("tcp", &[0])],
    );
    check(
        LinkType::Ipv4,
        &packets,
        &[("ip", &[0, 1, 2]), ("not ip6", &[0, 1, 2]), ("tcp or udp", &[0])],
    );
}

#[test]
fn an_empty_filter_accepts() {
    check(LinkType::Ethernet, &[vec![], vec![1]], &[("", &[0, 1])]);
}

#[test]
fn refusals_underline_their_place() {
    let cases = [
        (LinkType::Raw, "arp", "arp", "E0204"),
        (LinkType::Raw, "ip and (tcp or udp) and arp", "arp", "E0204"),
        (LinkType::Ipv4, "ip6 and igmp", "ip6", "E0204"),
        (LinkType::Ethernet, "ether proto 70000", "ether proto 70000", "E0202"),
        (LinkType::Ethernet, "ether proto 256", "ether proto 256", "E0202"),
        (LinkType::Ethernet, "mpls and arp", "arp", "E0201"),
        (LinkType::Ethernet, "mpls and vlan", "vlan", "E0201"),
        (LinkType::Ethernet, "geneve and protochain 6", "protochain 6", "E0201"),
        (LinkType::Raw, "ip and ether host 1:2:3:4:5:6", "ether host 1:2:3:4:5:6", "E0203"),
        (LinkType::Raw, "vlan", "vlan", "E0203"),
        (LinkType::Ethernet, "inbound", "inbound", "E0203"),
        (LinkType::Ethernet, "ip broadcast", "ip broadcast", "E0401"),
        (LinkType::Ethernet, "fisu", "fisu", "E0203"),
        (LinkType::Other(147), "ip", "ip", "E0203"),
    ];
    for (link, text, place, code) in cases {
        let error = compile(text, link, Circumstances::default()).expect_err(text);
        assert!(error.starts_with(&format!("{code} {place}: ")), "{text}: {error}");
    }
}

#[test]
fn numbers_are_left_behind_for_tunnels() {
    let mut frame = ethernet(0x0800, &ipv4(6, 5, 0, &[]));
    frame[2] = 12;
    check(
        LinkType::Ethernet,
        &[frame],
        &[
            // Without the tunnel, its type field is looked for at what was compared last.
            ("link[2] = 12 and (geneve or ip)", &[0]),
            ("(geneve or ip) and link[2] = 12", &[]),
            ("link[2] = 12 and (vxlan or ip)", &[]),
        ],
    );
}

#[test]
fn there_are_sixteen_slots() {
    let tunnels = ["geneve"; 5].join(" and ");
    for (text, fits) in [
        (format!("{tunnels} and len = 1"), false),
        (format!("{tunnels} and vlan and tcp"), true),
        (["vxlan"; 6].join(" and "), false),
        (format!("{}1{} = 1", "(1 + ".repeat(14), ")".repeat(14)), true),
        (format!("{}1{} = 1", "(1 + ".repeat(16), ")".repeat(16)), false),
    ] {
        let module = compile(&text, LinkType::Ethernet, Circumstances::default());
        assert_eq!(module.is_ok(), fits, "{text}");
    }
}

#[test]
fn long_filters_do_not_exhaust_the_stack() {
    let packet = ethernet(0x0800, &ipv4(6, 5, 0, &udp(1, 2, &[])));
    let terms = "len = 1 or ".repeat(20_000);
    let more = "not ip or ".repeat(80_000);
    let sum = "1 + ".repeat(10_000);
    let text = format!("geneve or {terms}{more}{sum}1 = 10001");
    let module = compile(&text, LinkType::Ethernet, Circumstances::default());
    assert!(run_on(&module.expect("a filter"), &packet));
}
