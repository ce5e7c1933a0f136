//! Programs of traffic control on an interface, several of them in an order (Linux 6.6).
//!
//! Run it as root: `cargo run -p nbpfc-loader --example tcx`. It attaches to the loopback
//! interface for a moment.

use nbpfc_btf::Value;
use nbpfc_kernel::Direction;
use nbpfc_loader::probe::{self, LinkKind};
use nbpfc_loader::{Error, Opened, Order, TcxOptions};

#[path = "shared/mod.rs"]
mod shared;

/// `TC_ACT_UNSPEC`: the next program decides. `TC_ACT_SHOT` drops.
const NEXT: i32 = -1;
const DROP: i32 = 2;

pub(crate) fn main() -> Result<(), Error> {
    // The kernel is asked what it has; its version says little about that.
    if !probe::link(LinkKind::Tcx)? {
        println!("this kernel has no tcx");
        return Ok(());
    }
    let counting = Opened::new(shared::counter("tcx/ingress", NEXT)).load()?;
    let dropping = Opened::new(shared::counter("tcx/ingress", DROP)).load()?;

    let last = TcxOptions::new("lo", Direction::Ingress);
    let drops = dropping.program("count")?.attach_tcx(&last)?;
    let first = TcxOptions { order: Order::First, ..last };
    let _counts = counting.program("count")?.attach_tcx(&first)?;
    assert_eq!(shared::traffic(3)?, 0);
    println!(
        "{} counted, {} dropped",
        counting.get_text("packets")?,
        dropping.get_text("packets")?
    );

    // Each link is its own: the other program stays.
    drop(drops);
    assert_eq!(shared::traffic(3)?, 3);
    assert!(matches!(counting.get("packets")?, Value::Number(6..)));
    assert_eq!(dropping.get("packets")?, Value::Number(3));
    Ok(())
}
