//! Network interfaces, by name and index.

use crate::attach_error::AttachError;
use crate::error::Error;
use crate::netlink::{Message, Socket, attribute};
use crate::sys;

const RTM_GETLINK: u16 = 18;
const IFLA_IFNAME: u16 = 3;
/// Bytes of `struct ifinfomsg`.
const IFINFO: usize = 16;
const RTM_GETADDR: u16 = 22;
/// Bytes of `struct ifaddrmsg`: the family, the length of the prefix, and from the fourth on the
/// interface's index.
const IFADDR: usize = 8;
const AF_INET: u8 = 2;

/// How many names are told where the one that is asked for is not there.
const SIMILAR: usize = 8;

/// An interface of the thread's network namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its index; another interface may get it when this one is gone.
    pub index: u32,
    /// Its name.
    pub name: String,
}

impl Interface {
    /// Every interface.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn all() -> Result<Vec<Self>, Error> {
        let refused =
            |refusal: crate::netlink::Refusal| refusal.into_error("list interfaces".to_owned(), "");
        let mut socket = Socket::open().map_err(|errno| refused(errno.into()))?;
        let answers = socket.dump(RTM_GETLINK, Message::new(&[0; IFINFO])).map_err(refused)?;
        Ok(answers.iter().filter_map(|(_, body)| Self::parse(body)).collect())
    }

    fn parse(body: &[u8]) -> Option<Self> {
        let index = u32::from_ne_bytes(body.get(4..8)?.try_into().ok()?);
        let name = sys::text(attribute(body.get(IFINFO..)?, IFLA_IFNAME)?);
        Some(Self { index, name })
    }

    /// The interface of a name.
    ///
    /// # Errors
    /// [`AttachError::NoInterface`] with the names that there are.
    pub fn by_name(name: &str) -> Result<Self, Error> {
        let mut all = Self::all()?;
        if let Some(place) = all.iter().position(|interface| interface.name == name) {
            return Ok(all.swap_remove(place));
        }
        let mut names: Vec<String> = all.into_iter().map(|interface| interface.name).collect();
        names.sort_by_key(|other| distance(name, other));
        let others = names.len().saturating_sub(SIMILAR);
        names.truncate(SIMILAR);
        Err(AttachError::NoInterface { name: name.to_owned(), similar: names, others }.into())
    }

    /// The netmask of its first IPv4 address, which is what libpcap's `pcap_lookupnet` tells; `None` if
    /// it has no address.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn netmask(&self) -> Result<Option<u32>, Error> {
        let refused =
            |refusal: crate::netlink::Refusal| refusal.into_error("list addresses".to_owned(), "");
        let mut socket = Socket::open().map_err(|errno| refused(errno.into()))?;
        let mut wanted = [0; IFADDR];
        wanted[0] = AF_INET;
        let answers = socket.dump(RTM_GETADDR, Message::new(&wanted)).map_err(refused)?;
        let mut prefixes = answers.iter().filter_map(|(_, body)| {
            let index = u32::from_ne_bytes(body.get(4..IFADDR)?.try_into().ok()?);
            (body[0] == AF_INET && index == self.index).then_some(body[1])
        });
        let host_bits = |prefix: u8| 32_u32.saturating_sub(prefix.into());
        Ok(prefixes.next().map(|prefix| u32::MAX.checked_shl(host_bits(prefix)).unwrap_or(0)))
    }

    /// The name of an index; the number where it is gone.
    pub(crate) fn name_of(index: u32) -> String {
        let all = Self::all().unwrap_or_default();
        let found = all.into_iter().find(|interface| interface.index == index);
        found.map_or_else(|| format!("interface {index}"), |interface| interface.name)
    }
}

/// How many letters must change, come or go (Levenshtein's distance).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (above, letter) in from.chars().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (slot, other) in row.iter_mut().skip(1).zip(to.chars()) {
            let changed = diagonal + usize::from(letter != other);
            diagonal = *slot;
            left = changed.min(diagonal + 1).min(left + 1);
            *slot = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances() {
        assert_eq!(distance("eth0", "eth0"), 0);
        assert_eq!(distance("eht0", "eth0"), 2);
        assert_eq!(distance("", "lo"), 2);
        assert_eq!(distance("wlan0", "wlan10"), 1);
    }
}
