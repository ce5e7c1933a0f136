//! A program on XDP counts the packets that an interface receives, and passes or drops them.
//!
//! Run it as root: `cargo run -p nbpfc-loader --example xdp`. It attaches to the loopback
//! interface for a moment; other interfaces work alike.

use nbpfc_loader::{Error, Opened, XdpMode, XdpOptions};

#[path = "shared/mod.rs"]
mod shared;

const DROP: i32 = 1;
const PASS: i32 = 2;

pub(crate) fn main() -> Result<(), Error> {
    let collection = Opened::new(shared::counter("xdp", PASS)).load()?;
    let program = collection.program("count")?;

    // Where it runs is chosen by the driver's abilities, unless it is said. An interface that has
    // a program already is an error which names that.
    let options = XdpOptions { mode: XdpMode::Generic, ..XdpOptions::new("lo") };
    let mut link = program.attach_xdp(&options)?;
    println!("attached to {}", link.place());
    let arrived = shared::traffic(5)?;
    println!("{arrived} of 5 arrived, {} packets counted", collection.get_text("packets")?);
    assert_eq!(arrived, 5);

    // Another program takes its place at once: every packet meets the old one or the new one.
    let mut stricter = Opened::new(shared::counter("xdp", PASS));
    stricter.set("verdict", DROP)?;
    let stricter = stricter.load()?;
    link.replace_expected(stricter.program("count")?, program)?;
    let arrived = shared::traffic(2)?;
    println!("{arrived} of 2 arrived, {} packets counted", stricter.get_text("packets")?);
    assert_eq!(arrived, 0);

    // Dropping the link would do the same; `link.keep()` or `link.pin(…)` leave it attached.
    link.detach()?;
    assert_eq!(shared::traffic(1)?, 1);
    Ok(())
}
