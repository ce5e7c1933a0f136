//! What programs ask the kernel about beside packets and maps, and what they have it do.

/// The world around a run, the same each time that it is set up the same.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Nanoseconds since boot, as programs read them.
    pub time: u64,
    /// The processor's number.
    pub processor: u32,
    /// The seed of random numbers; each one changes it.
    pub seed: u64,
    /// Lines that programs wrote to the trace pipe.
    pub printed: Vec<String>,
    /// What the last run asked to be done with its packet.
    pub sent: Vec<Sent>,
}

/// A packet that a program wants elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// To the interface with this index; with flags.
    Interface(u32, u64),
    /// To what stands in a map under a key: the map's number, the key, and what stands there.
    Entry(u32, u32, u32),
    /// A copy to the interface with this index.
    Copy(u32),
}

impl Default for Surroundings {
    fn default() -> Self {
        Self { time: 0, processor: 0, seed: 1, printed: Vec::new(), sent: Vec::new() }
    }
}

impl Surroundings {
    /// The next random number (splitmix64, Steele, Lea and Flood 2014).
    pub fn random(&mut self) -> u32 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.seed;
        number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (number ^ number >> 31) as u32
    }
}
