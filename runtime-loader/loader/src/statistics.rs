//! What the verifier's work was: the last line of its log.

/// The verifier's own counts (`log_level` bit 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Instructions that it processed on all paths; the kernel's limit is on this number.
    pub processed_insns: u64,
    /// The most states kept at one instruction.
    pub max_states_per_insn: u64,
    /// States kept in all.
    pub total_states: u64,
    /// The most states kept at one time.
    pub peak_states: u64,
}

impl Statistics {
    /// Reads them from a log; `None` if the log has no such line.
    pub fn from_log(log: &str) -> Option<Self> {
        let line = log.lines().rev().find(|line| line.starts_with("processed "))?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |name: &str| {
            let at = words.iter().position(|word| *word == name)?;
            words.get(at + 1)?.parse().ok()
        };
        Some(Self {
            processed_insns: after("processed")?,
            max_states_per_insn: after("max_states_per_insn").unwrap_or(0),
            total_states: after("total_states").unwrap_or(0),
            peak_states: after("peak_states").unwrap_or(0),
        })
    }
}
