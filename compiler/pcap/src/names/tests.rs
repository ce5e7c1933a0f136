//! Tables from texts.

use std::net::IpAddr;

use super::{Names, NoNames, Service, Tables};

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn hosts() {
    let tables = Tables::default().with_hosts(
        "192.0.2.1 rtr Rtr.Example # the router\n\n# 192.0.2.9 rtr\nnowhere x\n2001:db8::1\trtr\n192.0.2.1 rtr\n",
    );
    assert_eq!(tables.host("RTR"), [address("192.0.2.1"), address("2001:db8::1")]);
    assert_eq!(tables.host("rtr.example"), [address("192.0.2.1")]);
    assert!(tables.host("x").is_empty());
}

#[test]
fn ethers() {
    let tables = Tables::default().with_ethers(
        "2:0:5e:10:00:1 a\n02:00:00:00:00:02 a\n1:2:3:4:5 b\n1:2:3:4:5:6:7 c\n1:2:3:4:5:678 d\n1:2:3:4:5:6 e f\n",
    );
    assert_eq!(tables.ethernet("A"), Some([2, 0, 0x5e, 0x10, 0, 1]));
    for unknown in ["b", "c", "d", "f"] {
        assert_eq!(tables.ethernet(unknown), None, "{unknown}");
    }
    assert_eq!(tables.ethernet("e"), Some([1, 2, 3, 4, 5, 6]));
}

#[test]
fn networks() {
    let tables = Tables::default()
        .with_networks("full 192.0.2.0 alias\nshort 192.0.2\none 10\nbad 192.0.2.0.1\nworse 300\n");
    assert_eq!(tables.network("ALIAS"), Some(0xc000_0200));
    assert_eq!(tables.network("short"), Some(0x00c0_0002));
    assert_eq!(tables.network("one"), Some(10));
    assert_eq!(tables.network("bad"), None);
    assert_eq!(tables.network("worse"), None);
}

#[test]
fn services() {
    let tables = Tables::default().with_services(
        "http 80/tcp www\nhttp 8080/tcp\ndomain 53/tcp\ndomain 53/udp\nnone 7\nodd 7/dccp\nhuge 70000/tcp\n",
    );
    assert_eq!(tables.service("www"), Service { tcp: Some(80), ..Service::default() });
    assert_eq!(tables.service("http").tcp, Some(80));
    assert_eq!(tables.service("domain"), Service { tcp: Some(53), udp: Some(53), sctp: None });
    for unknown in ["HTTP", "none", "odd", "huge"] {
        assert_eq!(tables.service(unknown), Service::default(), "{unknown}");
    }
}

#[test]
fn protocols() {
    let tables = Tables::default().with_protocols("tcp 6 TCP # transmission control\nhuge 256\n");
    assert_eq!(tables.protocol("TCP"), Some(6));
    assert_eq!(tables.protocol("Tcp"), None);
    assert_eq!(tables.protocol("huge"), None);
}

#[test]
fn no_names() {
    assert!(NoNames.host("localhost").is_empty());
    assert_eq!(NoNames.protocol("tcp"), None);
}
