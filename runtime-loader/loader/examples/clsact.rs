//! A program of traffic control as a filter with a priority: on kernels without tcx, and beside
//! filters of other tools.
//!
//! Run it as root: `cargo run -p nbpfc-loader --example clsact`. It attaches to the loopback
//! interface for a moment.

use nbpfc_kernel::Direction;
use nbpfc_loader::{AttachRecord, ClsactOptions, Error, Opened, query};

#[path = "shared/mod.rs"]
mod shared;

/// `TC_ACT_SHOT` drops.
const DROP: i32 = 2;

pub(crate) fn main() -> Result<(), Error> {
    let dropping = Opened::new(shared::counter("classifier", DROP)).load()?;
    let options =
        ClsactOptions { priority: Some(7), ..ClsactOptions::new("lo", Direction::Egress) };
    let plan = dropping.program("count")?.plan_clsact(&options)?;
    // No link ends a filter when its process is killed. Who wants that tells another process how,
    // before there is anything to end.
    let how = plan.record().map(|record| record.to_string());
    let mut link = plan.carry_out()?;
    assert_eq!(shared::traffic(3)?, 0);
    println!("{}: {} dropped", link.place(), dropping.get_text("packets")?);
    let there = query::clsact("lo", Direction::Egress)?;
    println!("{}", there.iter().map(|one| one.detail.as_str()).collect::<Vec<_>>().join("; "));

    // As if this process were gone.
    link.keep();
    drop(link);
    let record: Option<AttachRecord> = how.and_then(|text| text.parse().ok());
    let record = record.ok_or(Error::Argument("every plan has a record"))?;
    assert!(record.undo()?);
    assert_eq!(shared::traffic(3)?, 3);
    assert_eq!(query::clsact("lo", Direction::Egress)?, []);
    Ok(())
}
