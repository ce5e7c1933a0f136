//! The BPF file system, mounted where it is missed.

use std::fs;
use std::path::Path;

use nbpfc_loader::bpffs;

use crate::failure::Failure;

/// Mounts the usual one if need be; any other must be there.
pub(crate) fn ensure(path: &Path) -> Result<(), Failure> {
    if bpffs::is_there(path) {
        return Ok(());
    }
    let shown = path.display();
    if path != Path::new(bpffs::USUAL) {
        return Err(Failure::Message(format!(
            "{shown} is in no BPF file system; `mount -t bpf bpf {shown}` makes it one"
        )));
    }
    // A mount namespace of its own, such as that of `ip netns exec`, ends with its last process.
    let namespace = |process: &str| fs::read_link(format!("/proc/{process}/ns/mnt")).ok();
    if namespace("self").is_none() || namespace("self") != namespace("1") {
        return Err(Failure::Message(format!(
            "no BPF file system is at {shown} in this mount namespace, and one mounted here would \
             go with it: mount one outside (`mount -t bpf bpf PATH`) and name it with --bpffs PATH"
        )));
    }
    bpffs::mount(path).map_err(|error| Failure::Message(format!("{shown}: {error}")))
}
