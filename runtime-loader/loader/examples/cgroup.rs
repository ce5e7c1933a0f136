//! A program sees what the processes of a control group receive, and may deny it.
//!
//! Run it as root: `cargo run -p nbpfc-loader --example cgroup`. It attaches to all processes for a
//! moment.

use std::path::PathBuf;

use nbpfc_kernel::Direction;
use nbpfc_loader::{CgroupOptions, Error, Opened};

#[path = "shared/mod.rs"]
mod shared;

const ALLOW: i32 = 1;

/// Where control groups are mounted.
fn root() -> Option<PathBuf> {
    let mounts = std::fs::read_to_string("/proc/mounts").ok()?;
    let mut mounts = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let found = mounts.find(|words| words.get(2) == Some(&"cgroup2"))?;
    found.get(1).map(PathBuf::from)
}

pub(crate) fn main() -> Result<(), Error> {
    let Some(path) = root() else {
        println!("no control groups are mounted");
        return Ok(());
    };
    let collection = Opened::new(shared::counter("cgroup_skb/ingress", ALLOW)).load()?;
    let options = CgroupOptions::new(&path, Direction::Ingress);
    let link = collection.program("count")?.attach_cgroup(&options)?;
    assert_eq!(shared::traffic(4)?, 4);
    println!("{}: {} packets", link.place(), collection.get_text("packets")?);
    Ok(())
}
