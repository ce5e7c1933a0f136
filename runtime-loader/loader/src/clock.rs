//! The kernel's clocks beside each other.

use crate::errno::Errno;
use crate::error::Error;

/// How often the two clocks are read; the quickest time counts.
const ATTEMPTS: usize = 4;

/// What turns times of programs (`bpf_ktime_get_ns`, which is `CLOCK_MONOTONIC`) into those of the
/// day (`CLOCK_REALTIME`). It holds until the day's clock is set or adjusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Nanoseconds that the day's clock is ahead.
    ahead: i128,
}

impl Clock {
    /// The clocks as they are now.
    ///
    /// # Errors
    /// The system's refusal of a clock.
    pub fn read() -> Result<Self, Error> {
        let mut best: Option<(i128, i128)> = None;
        for _ in 0..ATTEMPTS {
            let before = nanoseconds(libc::CLOCK_MONOTONIC)?;
            let day = nanoseconds(libc::CLOCK_REALTIME)?;
            let after = nanoseconds(libc::CLOCK_MONOTONIC)?;
            let (took, ahead) = (after - before, day - i128::midpoint(before, after));
            if best.is_none_or(|(least, _)| took < least) {
                best = Some((took, ahead));
            }
        }
        Ok(Self { ahead: best.map_or(0, |(_, ahead)| ahead) })
    }

    /// Nanoseconds since 1970-01-01 UTC at a time of a program's; 0 before that.
    pub fn day_time(&self, monotonic: u64) -> u64 {
        u64::try_from(i128::from(monotonic) + self.ahead).unwrap_or(0)
    }

    /// The same for now.
    ///
    /// # Errors
    /// The system's refusal of the clock.
    pub fn now() -> Result<u64, Error> {
        Ok(u64::try_from(nanoseconds(libc::CLOCK_REALTIME)?).unwrap_or(0))
    }
}

fn nanoseconds(clock: libc::clockid_t) -> Result<i128, Error> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the structure is ours alone.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } < 0 {
        return Err(Error::Failed { action: "read a clock", errno: Errno::last() });
    }
    Ok(i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec))
}

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::{Clock, nanoseconds};

    #[test]
    fn now_is_now_on_both() {
        let clock = Clock::read().expect("clocks");
        let monotonic = nanoseconds(libc::CLOCK_MONOTONIC).expect("a clock");
        let day = clock.day_time(u64::try_from(monotonic).expect("after boot"));
        let expected = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let apart = expected.as_nanos().abs_diff(u128::from(day));
        assert!(apart < 1_000_000_000, "{apart} ns");
        assert!(Clock::now().expect("a clock") >= day - 1_000_000);
    }

    #[test]
    fn times_before_1970_are_none() {
        assert_eq!(Clock { ahead: -5 }.day_time(3), 0);
        assert_eq!(Clock { ahead: -5 }.day_time(7), 2);
    }
}
