//! Elements of maps, many with one system call where the kernel has it (Linux 5.6).

use std::os::fd::AsRawFd;

use super::Map;
use crate::errno::Errno;
use crate::error::Error;
use crate::sys::{self, Command};

/// Elements asked for at first; more if a bucket of a hash has more.
const FIRST: usize = 512;
/// Elements that one bucket is not expected to exceed.
const LAST: usize = 1 << 20;

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

impl Map {
    /// All keys and values. A copy made in pieces: what changes meanwhile may be in it or not.
    ///
    /// # Errors
    /// As for [`Map::lookup`].
    pub fn read_all(&self) -> Result<Vec<Entry>, Error> {
        match self.lookup_batches() {
            Ok(entries) => Ok(entries),
            Err(errno) if is_missing(errno) => self.entries().collect(),
            Err(errno) => Err(Error::from_errno("read a map", errno, "CAP_BPF")),
        }
    }

    /// Puts values at keys; `flags` as for [`Map::update`].
    ///
    /// # Errors
    /// As for [`Map::update`]; what came before the refused element is done.
    pub fn write_all(&self, entries: &[(&[u8], &[u8])], flags: u64) -> Result<(), Error> {
        let size = self.values_size()?;
        if entries.iter().any(|(_, value)| value.len() != size) {
            return Err(Error::Argument("a value has not the length of the map's values"));
        }
        let keys = self.keys(entries.iter().map(|(key, _)| *key))?;
        let values: Vec<u8> = entries.iter().flat_map(|(_, value)| *value).copied().collect();
        let done = self.batch(Command::MapUpdateBatch, &keys, &values, entries.len(), flags);
        match done {
            Err(errno) if is_missing(errno) => {
                entries.iter().try_for_each(|(key, value)| self.update(key, value, flags))
            }
            done => done.map_err(|errno| Error::from_errno("update a map", errno, "CAP_BPF")),
        }
    }

    /// Takes the elements at keys out; keys that have none are no error.
    ///
    /// # Errors
    /// As for [`Map::delete`].
    pub fn delete_all(&self, keys: &[&[u8]]) -> Result<(), Error> {
        let bytes = self.keys(keys.iter().copied())?;
        match self.batch(Command::MapDeleteBatch, &bytes, &[], keys.len(), 0) {
            Ok(()) => Ok(()),
            // The batch ends at the first key without an element.
            Err(errno) if errno == Errno::ENOENT || is_missing(errno) => {
                keys.iter().try_for_each(|key| self.delete(key).map(drop))
            }
            Err(errno) => Err(Error::from_errno("delete from a map", errno, "CAP_BPF")),
        }
    }

    fn keys<'k>(&self, keys: impl Iterator<Item = &'k [u8]>) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        for key in keys {
            self.check_key(key)?;
            bytes.extend(key);
        }
        Ok(bytes)
    }

    fn batch(
        &self,
        command: Command,
        keys: &[u8],
        values: &[u8],
        count: usize,
        flags: u64,
    ) -> Result<(), Errno> {
        if count == 0 {
            return Ok(());
        }
        let mut attr = sys::MapBatch {
            keys: sys::address(keys),
            values: sys::address(values),
            count: u32::try_from(count).map_err(|_| Errno::E2BIG)?,
            map_fd: self.fd.as_raw_fd() as u32,
            elem_flags: flags,
            ..Default::default()
        };
        // SAFETY: keys and, where the command reads them, values are `count` times as long as the
        // map's; the kernel only reads them.
        unsafe { sys::bpf(command, &mut attr) }.map(drop)
    }

    /// As [`Map::read_all`], on kernels that have batches.
    pub(crate) fn lookup_batches(&self) -> Result<Vec<Entry>, Errno> {
        let value_size = self.values_size().map_err(|_| Errno::EINVAL)?;
        let (key_size, mut count) = (self.key_size.max(1), FIRST);
        // The place to go on from is a key, or in a hash the number of a bucket.
        let place = self.key_size.max(8);
        let (mut from, mut to) = (vec![0u8; place], vec![0u8; place]);
        let (mut begun, mut entries) = (false, Vec::new());
        loop {
            let mut keys = vec![0; count * key_size];
            let mut values = vec![0; count * value_size];
            let mut attr = sys::MapBatch {
                in_batch: if begun { sys::address(&from) } else { 0 },
                out_batch: sys::address_mut(&mut to),
                keys: sys::address_mut(&mut keys),
                values: sys::address_mut(&mut values),
                count: count as u32,
                map_fd: self.fd.as_raw_fd() as u32,
                ..Default::default()
            };
            // SAFETY: there is room for `count` keys and values, and for a key or a bucket's
            // number in the places to go on from.
            let result = unsafe { sys::bpf(Command::MapLookupBatch, &mut attr) };
            match result {
                Ok(_) | Err(Errno::ENOENT) => {}
                Err(Errno::ENOSPC) if count < LAST => {
                    count *= 4;
                    continue;
                }
                Err(errno) => return Err(errno),
            }
            let keys = keys.chunks(key_size).map(<[u8]>::to_vec);
            let values = values.chunks(value_size.max(1)).map(<[u8]>::to_vec);
            entries.extend(keys.zip(values).take(attr.count as usize));
            if result.is_err() {
                return Ok(entries);
            }
            std::mem::swap(&mut from, &mut to);
            begun = true;
        }
    }
}

/// Whether the kernel or the type has no such command: it did nothing.
fn is_missing(errno: Errno) -> bool {
    matches!(errno, Errno::EINVAL | Errno::ENOTSUPP | Errno::EOPNOTSUPP)
}
