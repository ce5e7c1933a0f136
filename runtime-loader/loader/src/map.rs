//! Maps: create, look up, update.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use crate::errno::Errno;
use crate::error::Error;
use crate::sys::{self, Command};

/// What a map is to be.
#[derive(Clone, Copy, Debug)]
pub struct MapOptions<'a> {
    /// `enum bpf_map_type`.
    pub map_type: u32,
    /// Bytes of a key.
    pub key_size: u32,
    /// Bytes of a value.
    pub value_size: u32,
    /// How many elements at most.
    pub max_entries: u32,
    /// `BPF_F_*`.
    pub flags: u32,
    /// The kernel keeps 15 bytes of it.
    pub name: &'a str,
}

/// A map in the kernel, not one with a value for each CPU.
#[derive(Debug)]
pub struct Map {
    fd: OwnedFd,
    key_size: usize,
    value_size: usize,
}

impl Map {
    /// Creates a map. Needs `CAP_BPF`.
    ///
    /// # Errors
    /// The kernel's refusal; [`Error::Argument`] for types with a value for each CPU.
    pub fn create(options: &MapOptions<'_>) -> Result<Self, Error> {
        // PERCPU_HASH, PERCPU_ARRAY, LRU_PERCPU_HASH, PERCPU_CGROUP_STORAGE: their values are
        // longer than `value_size`, so that the accesses below would write past their buffers.
        if matches!(options.map_type, 5 | 6 | 10 | 21) {
            return Err(Error::Argument("maps with a value for each CPU are not supported"));
        }
        let mut attr = sys::MapCreate {
            map_type: options.map_type,
            key_size: options.key_size,
            value_size: options.value_size,
            max_entries: options.max_entries,
            map_flags: options.flags,
            map_name: sys::object_name(options.name),
            ..Default::default()
        };
        // SAFETY: the structure holds no pointers.
        let fd = unsafe { sys::bpf_fd(Command::MapCreate, &mut attr) }
            .map_err(|errno| Error::from_errno("create a map", errno, "CAP_BPF"))?;
        Ok(Self {
            fd,
            key_size: options.key_size as usize,
            value_size: options.value_size as usize,
        })
    }

    /// A copy of the value at `key`; `None` if there is none.
    ///
    /// # Errors
    /// The kernel's refusal; [`Error::Argument`] for a key of another length.
    pub fn lookup(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.check_key(key)?;
        let mut value = vec![0; self.value_size];
        let mut attr = sys::MapElem {
            map_fd: self.fd.as_raw_fd() as u32,
            key: sys::address(key),
            value: sys::address_mut(&mut value),
            ..Default::default()
        };
        // SAFETY: key and value have the map's lengths, and the map is none whose value is longer
        // than its `value_size`.
        match unsafe { sys::bpf(Command::MapLookupElem, &mut attr) } {
            Ok(_) => Ok(Some(value)),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(Error::from_errno("look up in a map", errno, "CAP_BPF")),
        }
    }

    /// Puts `value` at `key`; `flags` are `BPF_ANY` 0, `BPF_NOEXIST` 1, `BPF_EXIST` 2.
    ///
    /// # Errors
    /// The kernel's refusal; [`Error::Argument`] for a key or value of another length.
    pub fn update(&self, key: &[u8], value: &[u8], flags: u64) -> Result<(), Error> {
        self.check_key(key)?;
        if value.len() != self.value_size {
            return Err(Error::Argument("the value has not the length of the map's values"));
        }
        let mut attr = sys::MapElem {
            map_fd: self.fd.as_raw_fd() as u32,
            key: sys::address(key),
            value: sys::address(value),
            flags,
            ..Default::default()
        };
        // SAFETY: key and value have the map's lengths; the kernel only reads them.
        unsafe { sys::bpf(Command::MapUpdateElem, &mut attr) }
            .map(drop)
            .map_err(|errno| Error::from_errno("update a map", errno, "CAP_BPF"))
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

    fn check_key(&self, key: &[u8]) -> Result<(), Error> {
        if key.len() == self.key_size {
            Ok(())
        } else {
            Err(Error::Argument("the key has not the length of the map's keys"))
        }
    }
}

impl AsFd for Map {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
