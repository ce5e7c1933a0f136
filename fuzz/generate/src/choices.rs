//! Where decisions come from.

/// A source of decisions: a pseudo-random sequence, or given bytes and then zeros.
#[derive(Clone, Debug)]
pub enum Choices<'a> {
    /// xorshift64*; never zero.
    Seed(u64),
    /// A fuzzer's input.
    Bytes(&'a [u8]),
}

impl Choices<'_> {
    /// The sequence of a seed; every seed gives another one.
    pub fn seeded(seed: u64) -> Self {
        Self::Seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next 32 bits.
    pub fn word(&mut self) -> u32 {
        match self {
            Self::Seed(state) => {
                *state ^= *state >> 12;
                *state ^= *state << 25;
                *state ^= *state >> 27;
                (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
            }
            Self::Bytes(bytes) => {
                let count = bytes.len().min(2);
                let (now, later) = bytes.split_at(count);
                *bytes = later;
                // Two bytes a decision keeps inputs short; spread them over the word.
                now.iter().fold(0, |n, b| n << 8 | u32::from(*b)).wrapping_mul(0x0001_0001)
            }
        }
    }

    /// A number below `bound`, which is not zero.
    pub fn below(&mut self, bound: u32) -> u32 {
        self.word() % bound
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    /// One of a list that is not empty.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u32) as usize]
    }
}
