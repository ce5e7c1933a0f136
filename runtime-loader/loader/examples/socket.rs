//! A filter on one socket says how much of each packet it receives.
//!
//! Run it as root: `cargo run -p nbpfc-loader --example socket`.

use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::time::Duration;

use nbpfc_loader::{Error, Opened};

#[path = "shared/mod.rs"]
mod shared;

pub(crate) fn main() -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::Object(format!("no socket: {error}"));
    let socket = UdpSocket::bind("127.0.0.1:0").map_err(failed)?;
    socket.set_read_timeout(Some(Duration::from_millis(200))).map_err(failed)?;
    let sender = UdpSocket::bind("127.0.0.1:0").map_err(failed)?;
    let arrives = || {
        let sent = socket.local_addr().and_then(|address| sender.send_to(b"hello", address));
        sent.is_ok() && socket.recv(&mut [0; 8]).is_ok()
    };

    // It keeps nothing of a packet: 0 bytes.
    let mut opened = Opened::new(shared::counter("socket", -1));
    opened.set_assignment("verdict=0")?;
    let collection = opened.load()?;
    let link = collection.program("count")?.attach_socket(socket.as_fd())?;
    assert!(!arrives());
    println!("{}: {} packets dropped", link.place(), collection.get_text("packets")?);
    drop(link);
    assert!(arrives());
    assert_eq!(shared::traffic(1)?, 1);
    Ok(())
}
