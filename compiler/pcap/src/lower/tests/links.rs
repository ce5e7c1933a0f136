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
    assert_eq!(LinkType::from_name("LTALK"), None);
}

#[test]
fn where_ip_begins() {
    let payloads = [ipv4(6, 5, 0, &[0, 80, 0, 81]), ipv6(6, &[0, 80, 0, 81])];
    let headers: [(LinkType, [&[u8]; 2]); 9] = [
        (LinkType::Ethernet, [&[0; 12], &[0; 12]]),
        (LinkType::Raw, [&[], &[]]),
        (LinkType::Ipv4, [&[], &[]]),
        (LinkType::Ipv6, [&[], &[]]),
        (LinkType::LinuxSll, [&[0; 14], &[0; 14]]),
        (LinkType::LinuxSll2, [&[8, 0], &[0x86, 0xdd]]),
        (LinkType::Null, [&[2, 0, 0, 0], &[0, 0, 0, 30]]),
        (LinkType::Loop, [&[0, 0, 0, 2], &[0, 0, 0, 24]]),
        (LinkType::Ppp, [&[0xff, 3, 0, 0x21], &[0xff, 3, 0, 0x57]]),
    ];
    for (link, headers) in headers {
        let types: [&[u8]; 2] = match link {
            LinkType::Ethernet | LinkType::LinuxSll => [&[8, 0], &[0x86, 0xdd]],
            LinkType::LinuxSll2 => [&[0; 18], &[0; 18]],
            _ => [&[], &[]],
        };
        for (version, text) in
            ["tcp dst port 81 and ip", "tcp dst port 81 and ip6"].iter().enumerate()
        {
            let module = compile(text, link, Circumstances::default());
            let Ok(module) = module else {
                assert_eq!(link, [LinkType::Ipv6, LinkType::Ipv4][version], "{text}");
                continue;
            };
            for packet in 0..2 {
                let data = [headers[packet], types[packet], &payloads[packet]].concat();
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
fn direction_and_interface() {
    let run = |text: &str, link, data: &[u8], packet_type| {
        let live = link == LinkType::Ethernet;
        let module = compile(text, link, Circumstances { live, netmask: None });
        let input = Input { data, length: 60, interface: 3, packet_type };
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
        let module = compile("ip broadcast", LinkType::Raw, Circumstances { live: false, netmask });
        assert_eq!(run_on(&module.expect("a filter"), &packet), expected);
    }
    let unknown = Circumstances { live: false, netmask: Some(u32::MAX) };
    assert!(compile("ip broadcast", LinkType::Raw, unknown).is_err());
}

#[test]
fn this_machines_address_family() {
    let v6 = [&[0, 0, 0, 10][..], &ipv6(6, &[])].concat();
    for (live, expected) in [(true, true), (false, false)] {
        let circumstances = Circumstances { live, netmask: None };
        let module = compile("ip6", LinkType::Loop, circumstances);
        assert_eq!(run_on(&module.expect("a filter"), &v6), expected);
    }
}
