//! Routes: both verdicts on each hook, the route as it was in the end, what cannot be replaced.

use std::net::UdpSocket;
use std::time::Duration;

use nbpfc_loader::{AttachRecord, Error, Link, RouteOptions};

use crate::support::{in_namespace, ip, run, saying};

const OK: i32 = 0;
const DROP: i32 = 2;

fn try_attach(hook: &str, verdict: i32, prefix: &str, via: Option<&str>) -> Result<Link, Error> {
    let prefix = prefix.parse().expect("a prefix");
    let options = RouteOptions { prefix, interface: via };
    saying(hook, verdict).plan_route(&options)?.carry_out()
}

fn routes(arguments: &str) -> String {
    String::from_utf8_lossy(&run("ip", arguments).stdout).into_owned()
}

/// Whether a datagram to `to` arrives.
fn arrives(to: &str) -> bool {
    let receiver = UdpSocket::bind((to, 0)).expect("an own address");
    receiver.set_read_timeout(Some(Duration::from_millis(150))).expect("a time");
    let sender = UdpSocket::bind(if to.contains(':') { "[::]:0" } else { "0.0.0.0:0" });
    let sender = sender.expect("a socket");
    // What is dropped on the way out may be told.
    let _ = sender.send_to(b"x", receiver.local_addr().expect("bound"));
    receiver.recv(&mut [0; 8]).is_ok()
}

#[test]
fn both_verdicts_on_the_way_in() {
    in_namespace(|| {
        ip("addr add 10.9.0.1/24 dev lo");
        let before = routes("-4 route show table all");
        let mut link = try_attach("lwt.in", DROP, "10.9.0.1", None).expect("a local route");
        assert_eq!(link.place(), "route 10.9.0.1/32 dev lo, lwt.in");
        assert!(!arrives("10.9.0.1"));
        link.replace(&saying("lwt.in", OK)).expect("it is there");
        assert!(arrives("10.9.0.1"));
        link.detach().expect("it is there");
        assert_eq!(routes("-4 route show table all"), before);
        assert!(arrives("10.9.0.1"));
    });
}

#[test]
fn both_verdicts_on_the_way_out() {
    in_namespace(|| {
        ip("addr add 10.9.0.1/24 dev v0");
        ip("neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev v0");
        ip("neigh add fd09::2 lladdr 02:00:00:00:00:02 dev v0");
        ip("addr add fd09::1/64 dev v0 nodad");
        ip("route add 10.77.0.0/16 via 10.9.0.2 dev v0 metric 5 mtu 1400");
        let before = (routes("-4 route show table all"), routes("-6 route show fd09::/64"));
        let sent = || {
            let counters = routes("-s -j link show v0");
            let transmit = counters.split("\"tx\":").nth(1).expect("counters").to_owned();
            let packets = transmit.split("\"packets\":").nth(1).expect("packets");
            let digits = packets.find(|c: char| !c.is_ascii_digit()).expect("an end");
            packets[..digits].parse::<u64>().expect("a number")
        };
        let leaves = |to: &str| {
            let socket = UdpSocket::bind(if to.contains('[') { "[::]:0" } else { "0.0.0.0:0" });
            let socket = socket.expect("a socket");
            let before = sent();
            for _ in 0..20 {
                let _ = socket.send_to(b"x", to);
            }
            sent() - before >= 20
        };
        for hook in ["lwt.out", "lwt.xmit"] {
            for (prefix, to) in [
                ("10.77.0.0/16", "10.77.1.1:9"),
                ("10.9.0.0/24", "10.9.0.2:9"),
                ("fd09::/64", "[fd09::2]:9"),
            ] {
                assert!(leaves(to), "{to}");
                let mut link = try_attach(hook, DROP, prefix, None).expect("it is there");
                assert!(!leaves(to), "{}", link.place());
                link.replace(&saying(hook, OK)).expect("it is there");
                assert!(leaves(to), "{}", link.place());
                let again = try_attach(hook, OK, prefix, None).expect_err("it has one").to_string();
                assert!(again.contains("is taken by the program \"nbpfc-"), "{again}");
                drop(link);
                assert_eq!(routes("-4 route show table all"), before.0);
                assert_eq!(routes("-6 route show fd09::/64"), before.1);
            }
        }
    });
}

#[test]
fn another_process_restores_it_by_its_record() {
    in_namespace(|| {
        ip("addr add 10.9.0.1/24 dev v0");
        let before = routes("-4 route show table all");
        let mut link = try_attach("lwt.xmit", OK, "10.9.0.0/24", None).expect("it is there");
        let record: AttachRecord =
            link.record().expect("no link").to_string().parse().expect("its own");
        link.keep();
        drop(link);
        assert!(routes("route show").contains("encap bpf"));
        assert_eq!(record.is_attached(), Ok(true));
        assert_eq!(record.undo(), Ok(true));
        assert_eq!(routes("-4 route show table all"), before);
        assert_eq!(record.undo(), Ok(false));
        // Who removed the route meanwhile wanted it gone.
        let link = try_attach("lwt.xmit", OK, "10.9.0.0/24", None).expect("it is there");
        ip("route del 10.9.0.0/24 dev v0");
        link.detach().expect("nothing to do");
        assert_eq!(routes("route show"), "");
    });
}

#[test]
fn routes_that_cannot_be_meant() {
    in_namespace(|| {
        ip("addr add 10.9.0.1/24 dev v0");
        ip("addr add 10.9.0.2/24 dev v1");
        ip("route add 10.8.0.0/16 nexthop dev v0 nexthop dev v1");
        ip("route add blackhole 10.7.0.0/16");
        ip("route add 10.6.0.0/16 dev v0 metric 1");
        ip("route add 10.6.0.0/16 dev v1 metric 2");
        let error = |prefix: &str, via| {
            try_attach("lwt.out", OK, prefix, via).expect_err("not to be replaced").to_string()
        };
        let none = error("10.5.0.0/16", None);
        assert!(
            none.starts_with("route 10.5.0.0/16: there is no such route; there are "),
            "{none}"
        );
        assert!(none.contains("10.6.0.0/16 dev v0 metric 1"), "{none}");
        assert!(error("10.8.0.0/16", None).contains("several next hops"));
        assert!(error("10.7.0.0/16", None).contains("it leads nowhere"));
        assert!(error("10.6.0.0/16", None).contains("name the interface of one with --attach"));
        assert!(error("10.6.0.0/16", Some("lo")).contains("none through that interface"));
        let v1 = try_attach("lwt.out", OK, "10.6.0.0/16", Some("v1")).expect("one of two");
        assert!(routes("route show dev v1").contains("encap bpf"));
        drop(v1);
        assert!(!routes("route show").contains("encap"));
        ip("-6 addr add fd09::1/64 dev v0 nodad");
        ip("-6 addr add fd09::2/64 dev v1 nodad");
        assert!(error("fd09::/64", Some("v1")).contains("share table, TOS and metric"));
    });
}
