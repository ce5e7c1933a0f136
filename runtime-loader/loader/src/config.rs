//! How the running kernel was configured, and which it is.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::sync::{Arc, OnceLock};

use flate2::read::GzDecoder;

use crate::error::Error;

/// Where the kernel shows its configuration (`CONFIG_IKCONFIG_PROC`).
const PROC: &str = "/proc/config.gz";
const RELEASE: &str = "/proc/sys/kernel/osrelease";

/// The configuration of a kernel, `CONFIG_…` by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelConfig {
    values: HashMap<String, String>,
}

impl KernelConfig {
    /// That of the running kernel, from `/proc/config.gz` or `/boot/config-…`, read once in a
    /// process.
    ///
    /// # Errors
    /// [`Error::Object`] if there is none to be read.
    pub fn running() -> Result<Arc<Self>, Error> {
        static RUNNING: OnceLock<Result<Arc<KernelConfig>, Error>> = OnceLock::new();
        RUNNING.get_or_init(|| Self::read().map(Arc::new)).clone()
    }

    fn read() -> Result<Self, Error> {
        if let Ok(file) = fs::File::open(PROC) {
            let mut text = String::new();
            let read = GzDecoder::new(file).read_to_string(&mut text);
            read.map_err(|error| Error::Object(format!("{PROC} cannot be read: {error}")))?;
            return Ok(Self::parse(&text));
        }
        let path = format!("/boot/config-{}", release()?);
        let text = fs::read_to_string(&path).map_err(|_| {
            Error::Object(format!(
                "it needs the kernel's configuration, and there is neither {PROC} nor {path}"
            ))
        })?;
        Ok(Self::parse(&text))
    }

    /// A configuration as text: lines such as `CONFIG_HZ=250`.
    pub fn parse(text: &str) -> Self {
        let set = text.lines().filter(|line| line.starts_with("CONFIG_"));
        let pairs = set.filter_map(|line| line.split_once('='));
        Self {
            values: pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect(),
        }
    }

    /// The value as it is written: `y`, `m`, a number, or text in quotes. `None` if it is not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

fn release() -> Result<String, Error> {
    let text = fs::read_to_string(RELEASE)
        .map_err(|error| Error::Object(format!("{RELEASE} cannot be read: {error}")))?;
    Ok(text.trim().to_owned())
}

/// The running kernel's number as `KERNEL_VERSION` of its headers makes it.
pub(crate) fn version() -> Result<u32, Error> {
    let release = release()?;
    let mut numbers = release.split(|character: char| !character.is_ascii_digit()).map(str::parse);
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor)), patch) => {
            let patch: u32 = patch.and_then(Result::ok).unwrap_or(0);
            let (major, minor): (u32, u32) = (major, minor);
            Ok(major << 16 | minor << 8 | patch.min(255))
        }
        _ => Err(Error::Object(format!("{RELEASE} has no version: {release}"))),
    }
}

/// The address of a symbol of the kernel; `None` if it has none of this name.
pub(crate) fn address(symbol: &str) -> Result<Option<u64>, Error> {
    const SYMBOLS: &str = "/proc/kallsyms";
    let text = fs::read(SYMBOLS)
        .map_err(|error| Error::Object(format!("{SYMBOLS} cannot be read: {error}")))?;
    let found = text.split(|byte| *byte == b'\n').find_map(|line| {
        let line = std::str::from_utf8(line).ok()?;
        let mut words = line.split_whitespace();
        let address = u64::from_str_radix(words.next()?, 16).ok()?;
        (words.nth(1)? == symbol).then_some(address)
    });
    match found {
        Some(0) => Err(Error::Object(format!(
            "the kernel hides the address of {symbol}: kernel.kptr_restrict, or CAP_SYSLOG is missing"
        ))),
        found => Ok(found),
    }
}
