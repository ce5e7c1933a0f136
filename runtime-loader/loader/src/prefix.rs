//! Prefixes of addresses: where a route leads.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// The addresses that share their first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prefix {
    /// The first address.
    pub address: IpAddr,
    /// How many bits are shared: at most 32 or 128.
    pub length: u8,
}

impl Prefix {
    /// The bytes of the address.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self.address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

impl FromStr for Prefix {
    type Err = String;

    /// `10.0.0.0/8`, `2001:db8::/32`, an address for itself alone, `default` for every IPv4 address.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "default" {
            return Ok(Self { address: Ipv4Addr::UNSPECIFIED.into(), length: 0 });
        }
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address
            .parse()
            .map_err(|_| format!("'{address}' is no address; a prefix is like 10.0.0.0/8"))?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => bits,
            Some(length) => length
                .parse()
                .ok()
                .filter(|length| *length <= bits)
                .ok_or_else(|| format!("'{length}' is no length of a prefix: 0 to {bits}"))?,
        };
        let prefix = Self { address, length };
        let beyond = prefix.bytes().iter().enumerate().any(|(at, byte)| {
            let inside = usize::from(length).saturating_sub(8 * at).min(8) as u32;
            byte & 0xff_u8.checked_shr(inside).unwrap_or(0) != 0
        });
        if beyond {
            return Err(format!("{prefix} has bits behind the first {length}"));
        }
        Ok(prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::Prefix;

    #[test]
    fn prefixes() {
        let rows = [
            ("default", Ok("0.0.0.0/0")),
            ("10.9.0.0/24", Ok("10.9.0.0/24")),
            ("10.9.0.1", Ok("10.9.0.1/32")),
            ("2001:db8::/32", Ok("2001:db8::/32")),
            ("::/0", Ok("::/0")),
            ("10.9.0.1/24", Err("10.9.0.1/24 has bits behind the first 24")),
            ("10.0.0.0/33", Err("'33' is no length of a prefix: 0 to 32")),
            ("ten", Err("'ten' is no address; a prefix is like 10.0.0.0/8")),
        ];
        for (text, expected) in rows {
            let got = text.parse::<Prefix>().map(|prefix| prefix.to_string());
            assert_eq!(got.as_deref().map_err(String::as_str), expected);
        }
    }
}
