//! Elements of maps, one at a time.

use std::os::fd::AsRawFd;

use super::Map;
use crate::errno::Errno;
use crate::error::Error;
use crate::sys::{self, Command};

impl Map {
    /// A copy of the value at `key`; `None` if there is none. Where each CPU has a value, all of
    /// them, each at a multiple of 8 bytes; see [`Map::lookup_per_cpu`].
    ///
    /// # Errors
    /// The kernel's refusal; [`Error::Argument`] for a key of another length.
    pub fn lookup(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.take(Command::MapLookupElem, "look up in a map", key)
    }

    /// As [`Map::lookup`], and takes the element out. Hashes have it since Linux 5.14.
    ///
    /// # Errors
    /// As for [`Map::lookup`]; `ENOTSUPP` if the type cannot do it.
    pub fn lookup_and_delete(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.take(Command::MapLookupAndDeleteElem, "take out of a map", key)
    }

    /// Whether a Bloom filter has a value; it may wrongly say that it does.
    ///
    /// # Errors
    /// The kernel's refusal; [`Error::Argument`] for a value of another length.
    pub fn has(&self, value: &[u8]) -> Result<bool, Error> {
        if value.len() != self.values_size()? {
            return Err(Error::Argument("the value has not the length of the map's values"));
        }
        let mut value = value.to_vec();
        let mut attr = sys::MapElem {
            map_fd: self.fd.as_raw_fd() as u32,
            value: sys::address_mut(&mut value),
            ..Default::default()
        };
        // SAFETY: the value has the map's length and is ours; the kernel reads it, and writes it back.
        match unsafe { sys::bpf(Command::MapLookupElem, &mut attr) } {
            Ok(_) => Ok(true),
            Err(Errno::ENOENT) => Ok(false),
            Err(errno) => Err(Error::from_errno("look up in a map", errno, "CAP_BPF")),
        }
    }

    fn take(
        &self,
        command: Command,
        action: &'static str,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, Error> {
        self.check_key(key)?;
        let mut value = vec![0; self.values_size()?];
        let mut attr = sys::MapElem {
            map_fd: self.fd.as_raw_fd() as u32,
            key: sys::address(key),
            value: sys::address_mut(&mut value),
            ..Default::default()
        };
        // SAFETY: the key has the map's length, the value that of all CPUs' values.
        match unsafe { sys::bpf(command, &mut attr) } {
            Ok(_) => Ok(Some(value)),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(Error::from_errno(action, errno, "CAP_BPF")),
        }
    }

    /// The values at `key`, one for each possible CPU; `None` if there are none.
    ///
    /// # Errors
    /// As for [`Map::lookup`]; [`Error::Argument`] for a map with one value for all.
    pub fn lookup_per_cpu(&self, key: &[u8]) -> Result<Option<Vec<Vec<u8>>>, Error> {
        self.check_per_cpu()?;
        Ok(self.lookup(key)?.map(|all| self.split(&all)))
    }

    /// The values of each CPU out of those of all.
    pub(crate) fn split(&self, all: &[u8]) -> Vec<Vec<u8>> {
        all.chunks(self.stride().max(1)).map(|value| value[..self.value_size].to_vec()).collect()
    }

    /// Puts `value` at `key`; `flags` are `BPF_ANY` 0, `BPF_NOEXIST` 1, `BPF_EXIST` 2. Where each
    /// CPU has a value, `value` is that of all as [`Map::lookup`] gives it.
    ///
    /// # Errors
    /// The kernel's refusal; [`Error::Argument`] for a key or value of another length.
    pub fn update(&self, key: &[u8], value: &[u8], flags: u64) -> Result<(), Error> {
        self.check_key(key)?;
        if value.len() != self.values_size()? {
            return Err(Error::Argument("the value has not the length of the map's values"));
        }
        let mut attr = sys::MapElem {
            map_fd: self.fd.as_raw_fd() as u32,
            key: sys::address(key),
            value: sys::address(value),
            flags,
            ..Default::default()
        };
        // SAFETY: the key has the map's length, the value that of all CPUs' values; the kernel
        // only reads them.
        unsafe { sys::bpf(Command::MapUpdateElem, &mut attr) }
            .map(drop)
            .map_err(|errno| Error::from_errno("update a map", errno, "CAP_BPF"))
    }

    /// Puts a value for each possible CPU at `key`.
    ///
    /// # Errors
    /// As for [`Map::update`]; [`Error::Argument`] for a map with one value for all.
    pub fn update_per_cpu(&self, key: &[u8], values: &[Vec<u8>], flags: u64) -> Result<(), Error> {
        self.check_per_cpu()?;
        if values.iter().any(|value| value.len() != self.value_size) {
            return Err(Error::Argument("a value has not the length of the map's values"));
        }
        let mut all = Vec::new();
        for value in values {
            all.extend(value);
            all.resize(all.len().next_multiple_of(8), 0);
        }
        self.update(key, &all, flags)
    }

    /// Takes the element at `key` out; whether there was one.
    ///
    /// # Errors
    /// The kernel's refusal, such as of an array; [`Error::Argument`] for a key of another length.
    pub fn delete(&self, key: &[u8]) -> Result<bool, Error> {
        self.check_key(key)?;
        let mut attr = sys::MapElem {
            map_fd: self.fd.as_raw_fd() as u32,
            key: sys::address(key),
            ..Default::default()
        };
        // SAFETY: the key has the map's length; the kernel only reads it.
        match unsafe { sys::bpf(Command::MapDeleteElem, &mut attr) } {
            Ok(_) => Ok(true),
            Err(Errno::ENOENT) => Ok(false),
            Err(errno) => Err(Error::from_errno("delete from a map", errno, "CAP_BPF")),
        }
    }

    /// The key behind `key`, the first for `None`; `None` behind the last.
    ///
    /// # Errors
    /// The kernel's refusal; [`Error::Argument`] for a key of another length.
    pub fn next_key(&self, key: Option<&[u8]>) -> Result<Option<Vec<u8>>, Error> {
        if let Some(key) = key {
            self.check_key(key)?;
        }
        let mut next = vec![0; self.key_size];
        let mut attr = sys::MapElem {
            map_fd: self.fd.as_raw_fd() as u32,
            key: key.map_or(0, sys::address),
            value: sys::address_mut(&mut next),
            ..Default::default()
        };
        // SAFETY: both keys have the map's length.
        match unsafe { sys::bpf(Command::MapGetNextKey, &mut attr) } {
            Ok(_) => Ok(Some(next)),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(Error::from_errno("walk a map", errno, "CAP_BPF")),
        }
    }

    /// Walks over all elements, one system call for each key and value. What is deleted meanwhile
    /// may be left out, or make a hash begin again: the kernel keeps no snapshot.
    pub fn entries(&self) -> Entries<'_> {
        Entries { map: self, key: None, done: false }
    }

    /// Puts a value behind the others of a queue, on top of a stack, or into a Bloom filter.
    ///
    /// # Errors
    /// The kernel's refusal, `E2BIG` if it is full; [`Error::Argument`] for a value of another
    /// length.
    pub fn push(&self, value: &[u8]) -> Result<(), Error> {
        self.update(&[], value, 0)
    }

    /// Takes the first value out of a queue, the last out of a stack; `None` if it is empty.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn pop(&self) -> Result<Option<Vec<u8>>, Error> {
        self.lookup_and_delete(&[])
    }

    /// As [`Map::pop`], and leaves the value where it is.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn peek(&self) -> Result<Option<Vec<u8>>, Error> {
        self.lookup(&[])
    }

    pub(super) fn check_key(&self, key: &[u8]) -> Result<(), Error> {
        if key.len() == self.key_size {
            Ok(())
        } else {
            Err(Error::Argument("the key has not the length of the map's keys"))
        }
    }

    fn check_per_cpu(&self) -> Result<(), Error> {
        if self.is_per_cpu() {
            Ok(())
        } else {
            Err(Error::Argument("the map has one value for all CPUs"))
        }
    }
}

/// The elements of a map; see [`Map::entries`].
#[derive(Debug)]
pub struct Entries<'a> {
    map: &'a Map,
    key: Option<Vec<u8>>,
    done: bool,
}

impl Iterator for Entries<'_> {
    type Item = Result<(Vec<u8>, Vec<u8>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            let key = match self.map.next_key(self.key.as_deref()) {
                Ok(Some(key)) => key,
                Ok(None) => break,
                Err(error) => {
                    self.done = true;
                    return Some(Err(error));
                }
            };
            self.key = Some(key.clone());
            match self.map.lookup(&key) {
                Ok(Some(value)) => return Some(Ok((key, value))),
                // It was deleted since.
                Ok(None) => {}
                Err(error) => {
                    self.done = true;
                    return Some(Err(error));
                }
            }
        }
        self.done = true;
        None
    }
}
