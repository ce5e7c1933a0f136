//! Socket filters: both verdicts, replacement, a socket that has one.

use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::time::Duration;

use nbpfc_loader::PacketSocket;

use crate::support::{in_namespace, saying};

#[test]
fn a_udp_socket_receives_what_the_program_keeps() {
    in_namespace(|| {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("lo is up");
        socket.set_read_timeout(Some(Duration::from_millis(150))).expect("a time");
        let address = socket.local_addr().expect("bound");
        let sender = UdpSocket::bind("127.0.0.1:0").expect("lo is up");
        let arrives = || {
            sender.send_to(b"hello", address).expect("lo is up");
            socket.recv(&mut [0; 8]).is_ok()
        };
        assert!(arrives());
        let mut link = saying("socket", 0).attach_socket(socket.as_fd()).expect("no filter there");
        assert!(!arrives());
        let second = saying("socket", 0).attach_socket(socket.as_fd());
        let error = second.expect_err("it has one").to_string();
        assert!(error.contains("is taken by a BPF program"), "{error}");
        link.replace(&saying("socket", 0xffff)).expect("ours to replace");
        assert!(arrives());
        link.replace(&saying("socket", 0)).expect("ours to replace");
        drop(link);
        assert!(arrives());
    });
}

#[test]
fn a_packet_socket_cuts_to_what_the_program_says() {
    in_namespace(|| {
        let socket = PacketSocket::open("lo").expect("a packet socket");
        let _link = saying("socket", 20).attach_socket(socket.as_fd()).expect("no filter there");
        socket.listen().expect("lo is up");
        let sender = UdpSocket::bind("127.0.0.1:0").expect("lo is up");
        sender.send_to(b"hello", "127.0.0.1:9").expect("lo is up");
        let got = socket.receive(&mut [0; 100], Duration::from_secs(5)).expect("lo is up");
        assert_eq!(got, Some(20));
        assert!(socket.statistics().expect("it counts").packets >= 1);
    });
}
