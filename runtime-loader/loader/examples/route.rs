//! A program of a route, for the packets that take it.
//!
//! Run it as root: `cargo run -p nbpfc-loader --example route`. It counts the machine's packets to
//! itself for a moment.

use nbpfc_btf::Value;
use nbpfc_loader::{Error, Opened, Prefix, RouteOptions};

#[path = "shared/mod.rs"]
mod shared;

/// `BPF_OK`: the packet goes on.
const OK: i32 = 0;

pub(crate) fn main() -> Result<(), Error> {
    let counting = Opened::new(shared::counter("lwt_in", OK)).load()?;
    let prefix = "127.0.0.1/32".parse::<Prefix>().map_err(Error::Object)?;
    let options = RouteOptions { prefix, interface: Some("lo") };
    let link = counting.program("count")?.plan_route(&options)?.carry_out()?;
    assert_eq!(shared::traffic(3)?, 3);
    println!("{}: {} counted", link.place(), counting.get_text("packets")?);
    let counted = counting.get("packets")?;
    assert!(matches!(counted, Value::Number(3..)));

    // The route is as it was.
    link.detach()?;
    assert_eq!(shared::traffic(3)?, 3);
    Ok(())
}
