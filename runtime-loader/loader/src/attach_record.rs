//! Attachments that no link ends, each as a line of text by which another process can end it.
//!
//! The first word is the kind, the others are `name=value` without spaces.

use std::fmt::{self, Display};
use std::os::unix::fs::MetadataExt;
use std::str::FromStr;

use crate::attach_error::AttachError;
use crate::error::Error;
use crate::interface::Interface;

/// What is needed to find an attachment again and to end it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachRecord(String);

impl AttachRecord {
    /// One of a kind at an interface of this network namespace.
    pub(crate) fn new(kind: &str, interface: &Interface) -> Self {
        let Interface { index, name } = interface;
        let namespace = own_namespace();
        Self(format!("{kind} namespace={namespace} index={index} interface={name}"))
    }

    /// The same with a word more; the value has no spaces.
    #[must_use]
    pub(crate) fn with(self, name: &str, value: impl Display) -> Self {
        Self(format!("{} {name}={value}", self.0))
    }

    pub(crate) fn kind(&self) -> &str {
        self.0.split(' ').next().unwrap_or_default()
    }

    pub(crate) fn get<T: FromStr>(&self, name: &str) -> Result<T, Error> {
        let values = self.0.split(' ').filter_map(|word| word.split_once('='));
        let value = values.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value);
        value.and_then(|value| value.parse().ok()).ok_or(MALFORMED)
    }

    /// The interface, which must be of the network namespace that this thread is in.
    pub(crate) fn interface(&self) -> Result<Interface, Error> {
        let interface = Interface { index: self.get("index")?, name: self.get("interface")? };
        let namespace = self.get("namespace")?;
        if namespace == own_namespace() {
            return Ok(interface);
        }
        Err(AttachError::OtherNamespace { interface: interface.name, namespace }.into())
    }
}

const MALFORMED: Error = Error::Argument("this is no record of an attachment");

/// The number of the thread's network namespace; 0 where it cannot be known.
fn own_namespace() -> u64 {
    std::fs::metadata("/proc/thread-self/ns/net").map_or(0, |metadata| metadata.ino())
}

impl Display for AttachRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AttachRecord {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let record = Self(text.trim_end().to_owned());
        let _: u32 = record.get("index")?;
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::{AttachRecord, Interface};

    #[test]
    fn a_record_is_read_back() {
        let interface = Interface { index: 7, name: "v0".to_owned() };
        let record = AttachRecord::new("filter", &interface).with("priority", 12);
        let again: AttachRecord = record.to_string().parse().expect("what was written");
        assert_eq!(again, record);
        assert_eq!(again.kind(), "filter");
        assert_eq!(again.interface(), Ok(interface));
        assert_eq!(again.get("priority"), Ok(12));
        assert!(again.get::<u32>("handle").is_err());
        let elsewhere = "filter namespace=1 index=7 interface=v0".parse::<AttachRecord>();
        let error = elsewhere.expect("a record").interface().expect_err("another").to_string();
        assert!(error.contains("v0 is in another network namespace"), "{error}");
        assert!("".parse::<AttachRecord>().is_err());
    }
}
