//! What programs ask the kernel for and tests decide: both who run them have to say the same.

use nbpfc_kernel::{Helper, USUAL};

/// By what a test decides an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// The time in nanoseconds, which the test lets go on.
    Time,
    /// The time in ticks, of which the emulator has 250 in a second.
    Ticks,
    /// The next of the emulator's random numbers.
    Random,
    /// The first processor.
    Processor,
    /// What the test says of a packet, or what is usual.
    Said,
    /// The root of control groups, or the group that the test says, by a level from it.
    Ancestor,
}

/// Those that are decided otherwise than by what a test says of a packet.
const OTHERS: &[(&Helper, Decided)] = &[
    (&Helper::KTIME_GET_NS, Decided::Time),
    (&Helper::KTIME_GET_BOOT_NS, Decided::Time),
    (&Helper::KTIME_GET_COARSE_NS, Decided::Time),
    (&Helper::KTIME_GET_TAI_NS, Decided::Time),
    (&Helper::JIFFIES64, Decided::Ticks),
    (&Helper::GET_PRANDOM_U32, Decided::Random),
    (&Helper::GET_SMP_PROCESSOR_ID, Decided::Processor),
    (&Helper::SKB_ANCESTOR_CGROUP_ID, Decided::Ancestor),
];

/// All that tests decide.
pub fn decided() -> impl Iterator<Item = (&'static Helper, Decided)> {
    let said = USUAL.iter().map(|(helper, _)| (*helper, Decided::Said));
    OTHERS.iter().copied().chain(said)
}
