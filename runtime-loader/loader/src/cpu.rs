//! The processors of this machine.

use std::fs;
use std::sync::OnceLock;

use crate::error::Error;

/// Which processors there can be, in the kernel's list format.
const POSSIBLE: &str = "/sys/devices/system/cpu/possible";

/// Which processors run.
const ONLINE: &str = "/sys/devices/system/cpu/online";

/// How many processors there can be: so many values a map with one for each has.
///
/// # Errors
/// If the kernel does not say.
pub fn possible() -> Result<usize, Error> {
    static COUNT: OnceLock<Option<usize>> = OnceLock::new();
    let last = || list(&fs::read_to_string(POSSIBLE).ok()?).last().map(|last| *last as usize + 1);
    let unreadable = || Error::Object(format!("{POSSIBLE} cannot be read"));
    COUNT.get_or_init(last).ok_or_else(unreadable)
}

/// The numbers of those that run.
pub(crate) fn online() -> Result<Vec<u32>, Error> {
    let text = fs::read_to_string(ONLINE)
        .map_err(|_| Error::Object(format!("{ONLINE} cannot be read")))?;
    Ok(list(&text))
}

/// The numbers of a list such as `0-3,8`.
fn list(text: &str) -> Vec<u32> {
    let ranges = text.trim().split(',').filter_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.parse().ok()?..=last.parse().ok()?)
    });
    ranges.flatten().collect()
}
