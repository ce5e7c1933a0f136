//! What programs ask the kernel about beside packets and maps, and what they have it do.

use nbpfc_kernel::SocketField;

/// The world around a run, the same each time that it is set up the same.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Nanoseconds since boot, as programs read them.
    pub time: u64,
    /// The processor's number.
    pub processor: u32,
    /// The seed of random numbers; each one changes it.
    pub seed: u64,
    /// The sockets that programs find.
    pub sockets: Vec<Socket>,
    /// The control group that packets come from, as it stands in maps.
    pub group: Option<u32>,
    /// Lines that programs wrote to the trace pipe.
    pub printed: Vec<String>,
    /// What the last run asked to be done with its packet.
    pub sent: Vec<Sent>,
}

/// A socket that listens, or waits for datagrams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// `IPPROTO_TCP` 6 or `IPPROTO_UDP` 17.
    pub protocol: u8,
    /// Its own address, 4 bytes or 16.
    pub address: Vec<u8>,
    /// Its own port.
    pub port: u16,
}

/// Bytes of a `struct bpf_sock`.
const SIZE: usize = nbpfc_kernel::SOCKET_SIZE as usize;

impl Socket {
    /// Whether a packet with these addresses and ports, as a `struct bpf_sock_tuple` has them, is for
    /// it.
    pub(crate) fn takes(&self, tuple: &[u8]) -> bool {
        let Some(length) = tuple.len().checked_sub(4).map(|both| both / 2) else { return false };
        tuple.get(length..2 * length) == Some(&self.address)
            && tuple.get(2 * length + 2..) == Some(&self.port.to_be_bytes())
    }

    /// As programs read it.
    pub(crate) fn bytes(&self) -> [u8; SIZE] {
        let mut bytes = [0; SIZE];
        let mut put = |name: &str, value: &[u8]| {
            let at = SocketField::by_name(name).map_or(0, |field| field.offset as usize);
            bytes[at..at + value.len()].copy_from_slice(value);
        };
        let tcp = self.protocol == 6;
        let (family, address) =
            if self.address.len() == 4 { (2, "src_ip4") } else { (10, "src_ip6") };
        put("family", &u32::to_ne_bytes(family));
        put("type", &u32::to_ne_bytes(if tcp { 1 } else { 2 }));
        put("protocol", &u32::from(self.protocol).to_ne_bytes());
        put(address, &self.address);
        put("src_port", &u32::from(self.port).to_ne_bytes());
        // `TCP_LISTEN`; what waits for datagrams is in `TCP_CLOSE`.
        put("state", &u32::to_ne_bytes(if tcp { 10 } else { 7 }));
        bytes
    }
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
        let sockets = Vec::new();
        let (printed, sent) = (Vec::new(), Vec::new());
        Self { time: 0, processor: 0, seed: 1, sockets, group: None, printed, sent }
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
