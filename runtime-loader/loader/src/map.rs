//! Maps: create, open, pin, share.

mod batch;
mod data;
mod elements;

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nbpfc_kernel::MapKind;

use crate::cpu;
use crate::errno::Errno;
use crate::error::Error;
use crate::sys::{self, Command};

pub use batch::Entry;
pub use elements::Entries;

/// What a map is to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct MapOptions<'a> {
    /// `enum bpf_map_type`; see [`MapKind::number`].
    pub map_type: u32,
    /// Bytes of a key; 0 for maps without keys.
    pub key_size: u32,
    /// Bytes of a value, on one CPU where each has its own.
    pub value_size: u32,
    /// How many elements at most; of a ring buffer its bytes.
    pub max_entries: u32,
    /// `BPF_F_*`.
    pub flags: u32,
    /// `map_extra`, whose meaning depends on the type.
    pub extra: u64,
    /// The kernel keeps 15 bytes of it.
    pub name: &'a str,
    /// Of a map of maps: a map like those that it is to hold.
    pub inner: Option<BorrowedFd<'a>>,
    /// Types of keys and values.
    pub types: Option<MapTypes<'a>>,
    /// The index of the interface whose card keeps it; 0 for a map in the kernel.
    pub device: u32,
}

/// The types of a map's keys and values, in BTF that the kernel has.
#[derive(Clone, Copy, Debug)]
pub struct MapTypes<'a> {
    /// The types.
    pub btf: BorrowedFd<'a>,
    /// The key's; 0 for global data, which has none.
    pub key: u32,
    /// The value's.
    pub value: u32,
}

/// What the kernel says of a map (`struct bpf_map_info`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapInfo {
    /// The kernel's number for it.
    pub id: u32,
    /// `enum bpf_map_type`.
    pub map_type: u32,
    /// Bytes of a key.
    pub key_size: u32,
    /// Bytes of a value, on one CPU where each has its own.
    pub value_size: u32,
    /// How many elements at most.
    pub max_entries: u32,
    /// `BPF_F_*`.
    pub flags: u32,
    /// `map_extra`.
    pub extra: u64,
    /// Its name, cut to 15 bytes.
    pub name: String,
    /// The kernel's number for its types' BTF, 0 if it has none.
    pub btf_id: u32,
    /// The key's type there.
    pub key_type: u32,
    /// The value's type there.
    pub value_type: u32,
}

impl MapInfo {
    /// Its type, where that has a row.
    pub fn kind(&self) -> Option<MapKind> {
        MapKind::by_number(self.map_type)
    }

    /// How it differs from what is wanted, in words; empty if it can be used instead.
    pub fn differences(&self, wanted: &MapOptions<'_>) -> Vec<String> {
        let numbers = [
            ("its type", self.map_type, wanted.map_type),
            ("its key size", self.key_size, wanted.key_size),
            ("its value size", self.value_size, wanted.value_size),
            ("its number of elements", self.max_entries, wanted.max_entries),
            ("its flags", self.flags, wanted.flags),
        ];
        let numbers = numbers.map(|(what, is, wanted)| (what, u64::from(is), u64::from(wanted)));
        let differ = numbers.into_iter().chain([("its extra value", self.extra, wanted.extra)]);
        differ
            .filter(|(_, is, wanted)| is != wanted)
            .map(|(what, is, wanted)| format!("{what} is {is}, not {wanted}"))
            .collect()
    }
}

/// A map in the kernel. It goes when the last handle, pin and program that has it goes.
#[derive(Debug)]
pub struct Map {
    fd: OwnedFd,
    kind: Option<MapKind>,
    key_size: usize,
    value_size: usize,
}

impl Map {
    /// Creates a map. Needs `CAP_BPF`.
    ///
    /// Kernels before 5.11 count maps against `RLIMIT_MEMLOCK`: where that refuses, it is lifted
    /// for this process, as the kernel's own tools do.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn create(options: &MapOptions<'_>) -> Result<Self, Error> {
        let fd = match Self::try_create(options) {
            Err(Errno::EPERM) if sys::lift_memory_limit() => Self::try_create(options),
            result => result,
        };
        let fd = fd.map_err(|errno| Error::from_errno("create a map", errno, "CAP_BPF"))?;
        Ok(Self::new(fd, options.map_type, options.key_size, options.value_size))
    }

    fn try_create(options: &MapOptions<'_>) -> Result<OwnedFd, Errno> {
        let mut attr = sys::MapCreate {
            map_type: options.map_type,
            key_size: options.key_size,
            value_size: options.value_size,
            max_entries: options.max_entries,
            map_flags: options.flags,
            inner_map_fd: options.inner.map_or(0, |inner| inner.as_raw_fd() as u32),
            map_name: sys::object_name(options.name),
            map_extra: options.extra,
            map_ifindex: options.device,
            ..Default::default()
        };
        if let Some(types) = &options.types {
            attr.btf_fd = types.btf.as_raw_fd() as u32;
            attr.btf_key_type_id = types.key;
            attr.btf_value_type_id = types.value;
        }
        // SAFETY: the structure holds no pointers.
        unsafe { sys::bpf_fd(Command::MapCreate, &mut attr) }
    }

    fn new(fd: OwnedFd, map_type: u32, key_size: u32, value_size: u32) -> Self {
        let kind = MapKind::by_number(map_type);
        Self { fd, kind, key_size: key_size as usize, value_size: value_size as usize }
    }

    /// The map of a descriptor, such as one that came over a socket.
    ///
    /// # Errors
    /// The kernel's refusal if it is no map.
    pub fn from_fd(fd: OwnedFd) -> Result<Self, Error> {
        let info = info(fd.as_fd())?;
        Ok(Self::new(fd, info.map_type, info.key_size, info.value_size))
    }

    /// The map that is pinned at a path.
    ///
    /// # Errors
    /// The kernel's refusal if there is none, or something else.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::from_fd(sys::open_pinned(&c_path(path)?).map_err(|errno| {
            Error::from_errno("open a pinned map", errno, "CAP_BPF and the file's permissions")
        })?)
    }

    /// The map of a number, which [`MapInfo::id`] gives. Needs `CAP_SYS_ADMIN`.
    ///
    /// # Errors
    /// The kernel's refusal if there is none.
    pub fn from_id(id: u32) -> Result<Self, Error> {
        let mut attr = sys::ById { id, ..Default::default() };
        // SAFETY: the structure holds no pointers; the command makes a descriptor.
        let fd = unsafe { sys::bpf_fd(Command::MapGetFdById, &mut attr) };
        let failed = |errno| Error::from_errno("open a map by its number", errno, "CAP_SYS_ADMIN");
        Self::from_fd(fd.map_err(failed)?)
    }

    /// Gives it a name in a BPF file system, by which it stays and [`Map::open`] finds it.
    ///
    /// # Errors
    /// The kernel's refusal, such as `EINVAL` for a path that is in no BPF file system.
    pub fn pin(&self, path: &Path) -> Result<(), Error> {
        sys::pin(self.fd.as_fd(), &c_path(path)?)
            .map_err(|errno| Error::from_errno("pin a map", errno, "CAP_BPF and a BPF file system"))
    }

    /// Another handle on the same map.
    ///
    /// # Errors
    /// The system's refusal of another descriptor.
    pub fn try_clone(&self) -> Result<Self, Error> {
        let errno = |error: std::io::Error| Errno(error.raw_os_error().unwrap_or(libc::EINVAL));
        let fd = self.fd.try_clone().map_err(|error| Error::Failed {
            action: "duplicate a descriptor",
            errno: errno(error),
        })?;
        Ok(Self { fd, ..*self })
    }

    /// What the kernel says of it.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn info(&self) -> Result<MapInfo, Error> {
        info(self.fd.as_fd())
    }

    /// Its type, where that has a row.
    pub fn kind(&self) -> Option<MapKind> {
        self.kind
    }

    /// Bytes of a key.
    pub fn key_size(&self) -> usize {
        self.key_size
    }

    /// Bytes of a value, on one CPU where each has its own.
    pub fn value_size(&self) -> usize {
        self.value_size
    }

    /// Whether each possible CPU has a value of its own under one key.
    pub fn is_per_cpu(&self) -> bool {
        self.kind.is_some_and(MapKind::is_per_cpu)
    }

    /// Bytes of all values under one key.
    fn values_size(&self) -> Result<usize, Error> {
        if self.is_per_cpu() { Ok(self.stride() * cpu::possible()?) } else { Ok(self.value_size) }
    }

    /// Distance between the values of two CPUs.
    fn stride(&self) -> usize {
        self.value_size.next_multiple_of(8)
    }

    /// Makes the map read-only for every process, for good; programs may still write it if its
    /// flags let them.
    ///
    /// # Errors
    /// The kernel's refusal, such as of a map that is mapped writable.
    pub fn freeze(&self) -> Result<(), Error> {
        let mut attr = sys::MapElem { map_fd: self.fd.as_raw_fd() as u32, ..Default::default() };
        // SAFETY: the command reads the descriptor alone.
        unsafe { sys::bpf(Command::MapFreeze, &mut attr) }
            .map(drop)
            .map_err(|errno| Error::from_errno("freeze a map", errno, "CAP_BPF"))
    }
}

impl AsFd for Map {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// A path as system calls take it.
fn c_path(path: &Path) -> Result<CString, Error> {
    CString::new(path.as_os_str().as_bytes())
        .map_err(|_| Error::Argument("the path has a zero byte in it"))
}

fn info(fd: BorrowedFd<'_>) -> Result<MapInfo, Error> {
    let mut info = sys::MapInfo::default();
    let mut attr = sys::ObjGetInfo {
        bpf_fd: fd.as_raw_fd() as u32,
        info_len: size_of::<sys::MapInfo>() as u32,
        info: std::ptr::from_mut(&mut info) as u64,
    };
    // SAFETY: `info` points to `info_len` writable bytes of integers.
    unsafe { sys::bpf(Command::ObjGetInfoByFd, &mut attr) }
        .map_err(|errno| Error::from_errno("ask about a map", errno, "CAP_BPF"))?;
    Ok(MapInfo {
        id: info.id,
        map_type: info.map_type,
        key_size: info.key_size,
        value_size: info.value_size,
        max_entries: info.max_entries,
        flags: info.map_flags,
        extra: info.map_extra,
        name: sys::text(&info.name),
        btf_id: info.btf_id,
        key_type: info.btf_key_type_id,
        value_type: info.btf_value_type_id,
    })
}
