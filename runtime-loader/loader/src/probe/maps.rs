//! Types of maps.

use std::os::fd::AsFd;

use nbpfc_btf::{Builder, Encoding, Strings};
use nbpfc_kernel::MapKind;

use super::refused;
use crate::btf::Btf;
use crate::errno::Errno;
use crate::error::Error;
use crate::map::{Map, MapOptions, MapTypes};
use crate::sys::mapping::page_size;
use crate::sys::{self, Command};

/// `BPF_F_NO_PREALLOC`
const NO_PREALLOC: u32 = 1;
/// `BPF_F_MMAPABLE`
const MAPPABLE: u32 = 1 << 10;

pub(super) fn has(kind: MapKind) -> Result<bool, Error> {
    use MapKind as M;
    let page = page_size() as u32;
    let (key_size, value_size, max_entries, flags) = match kind {
        M::StackTrace => (4, 8, 1, 0),
        // A prefix length and four bytes.
        M::LpmTrie => (8, 4, 1, NO_PREALLOC),
        // A cgroup's number and an attach type.
        M::CgroupStorage | M::PerCpuCgroupStorage => (16, 4, 0, 0),
        M::Queue | M::Stack | M::BloomFilter => (0, 4, 1, 0),
        M::SkStorage | M::InodeStorage | M::TaskStorage | M::CgrpStorage => (4, 4, 0, NO_PREALLOC),
        M::RingBuf | M::UserRingBuf => (0, 0, page, 0),
        M::Arena => (0, 0, 1, MAPPABLE),
        M::StructOps => return struct_ops(),
        _ => (4, 4, 1, 0),
    };
    let inner = match kind {
        M::ArrayOfMaps | M::HashOfMaps => {
            let map_type = M::Hash.number();
            let sizes =
                MapOptions { key_size: 4, value_size: 4, max_entries: 1, ..Default::default() };
            Some(Map::create(&MapOptions { map_type, ..sizes })?)
        }
        _ => None,
    };
    // What belongs to something of the kernel's must have types.
    let typed = matches!(kind, M::SkStorage | M::InodeStorage | M::TaskStorage | M::CgrpStorage);
    let types = match typed.then(int).transpose() {
        Ok(types) => types,
        Err(error) => return refused(error),
    };
    let types = types.as_ref().map(|btf| MapTypes { btf: btf.as_fd(), key: 1, value: 1 });
    let inner = inner.as_ref().map(AsFd::as_fd);
    let map_type = kind.number();
    let options = MapOptions {
        map_type,
        key_size,
        value_size,
        max_entries,
        flags,
        inner,
        types,
        ..Default::default()
    };
    match Map::create(&options) {
        Ok(_) => Ok(true),
        Err(error) => refused(error),
    }
}

/// BTF whose type 1 is `int`.
fn int() -> Result<Btf, Error> {
    let mut builder = Builder::new();
    builder.int("int", 4, Encoding::Signed);
    let bytes = builder.finish().encode(Strings::default());
    Btf::load(&bytes.map_err(|error| Error::Object(error.to_string()))?)
}

/// A kernel that has them complains that type 1 of its own is no such structure.
fn struct_ops() -> Result<bool, Error> {
    let mut attr = sys::MapCreate {
        map_type: MapKind::StructOps.number(),
        key_size: 4,
        value_size: 4,
        max_entries: 1,
        btf_vmlinux_value_type_id: 1,
        ..Default::default()
    };
    // SAFETY: the structure holds no pointers; the command makes a descriptor.
    match unsafe { sys::bpf_fd(Command::MapCreate, &mut attr) } {
        Ok(_) | Err(Errno::ENOTSUPP) => Ok(true),
        Err(errno) => refused(Error::from_errno("create a map", errno, "CAP_BPF")),
    }
}
