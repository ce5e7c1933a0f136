//! Captures by the thousand: variants of real ones, and pcapng files made up.

/// Marsaglia's xorshift: the same variants on every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    pub(crate) fn one_in(&mut self, chances: u64) -> bool {
        self.next().is_multiple_of(chances)
    }
}

/// Turns the numbers of a little-endian pcap file around, and leaves the packets.
fn other_order(capture: &mut [u8]) {
    for (at, length) in [(0, 4), (4, 2), (6, 2), (8, 4), (12, 4), (16, 4), (20, 4)] {
        capture[at..at + length].reverse();
    }
    let mut rest = &mut capture[24..];
    while rest.len() >= 16 {
        let length = u32::from_le_bytes([rest[8], rest[9], rest[10], rest[11]]) as usize;
        for word in rest[..16].chunks_exact_mut(4) {
            word.reverse();
        }
        let end = (16 + length).min(rest.len());
        rest = &mut rest[end..];
    }
}

/// Link types whose packets depend on the writer's byte order, have other limits, or are
/// numbered differently in files.
const LINKTYPES: [u32; 16] =
    [113, 117, 189, 220, 239, 276, 12, 14, 101, 102, 106, 231, 249, 279, 0x1400_0001, 400];

/// A variant of a capture. Most changes are near the beginning, where the headers are.
pub(crate) fn vary(capture: &mut Vec<u8>, random: &mut Random) {
    let little_pcap = capture.len() >= 24
        && [[0xd4, 0xc3, 0xb2, 0xa1], [0x4d, 0x3c, 0xb2, 0xa1]]
            .contains(&[capture[0], capture[1], capture[2], capture[3]]);
    if little_pcap {
        if random.one_in(3) {
            let linktype = LINKTYPES[random.below(LINKTYPES.len())];
            capture[20..24].copy_from_slice(&linktype.to_le_bytes());
        }
        if random.one_in(4) {
            let magic: u32 = [0xa1b2_3c4d, 0xa1b2_cd34][random.below(2)];
            capture[..4].copy_from_slice(&magic.to_le_bytes());
        }
        if random.one_in(4) {
            capture[6] = random.below(6) as u8;
        }
        if random.one_in(4) {
            let snapshot_length = [0, 1, 20, 64, 300_000, u32::MAX][random.below(6)];
            capture[16..20].copy_from_slice(&snapshot_length.to_le_bytes());
        }
        if random.one_in(2) {
            other_order(capture);
        }
    }
    for _ in 0..random.below(4) {
        let reach = if random.one_in(2) { capture.len() } else { capture.len().min(160) };
        let at = random.below(reach);
        capture[at] = match random.below(3) {
            0 => random.next() as u8,
            1 => capture[at] ^ 1 << random.below(8),
            _ => [0, 1, 4, 0x7f, 0x80, 0xff][random.below(6)],
        };
    }
    if random.one_in(4) {
        capture.truncate(random.below(capture.len()));
    }
}

/// Numbers in one byte order.
struct Bytes {
    big: bool,
    bytes: Vec<u8>,
}

impl Bytes {
    fn put<const N: usize>(&mut self, mut little: [u8; N]) {
        if self.big {
            little.reverse();
        }
        self.bytes.extend(little);
    }

    fn words(&mut self, words: &[u32]) {
        for word in words {
            self.put(word.to_le_bytes());
        }
    }

    /// A block around contents, padded.
    fn block(&mut self, kind: u32, contents: impl FnOnce(&mut Self)) {
        let mut inner = Self { big: self.big, bytes: Vec::new() };
        contents(&mut inner);
        inner.bytes.resize(inner.bytes.len().next_multiple_of(4), 0);
        let length = inner.bytes.len() as u32 + 12;
        self.words(&[kind, length]);
        self.bytes.append(&mut inner.bytes);
        self.words(&[length]);
    }

    fn section(&mut self) {
        self.block(0x0a0d_0d0a, |b| {
            b.words(&[0x1a2b_3c4d]);
            b.put(1u16.to_le_bytes());
            b.words(&[0]);
            b.put(0u16.to_le_bytes());
            b.words(&[0]);
        });
    }

    fn interface(&mut self, linktype: u16, random: &mut Random) {
        self.block(1, |b| {
            b.put(linktype.to_le_bytes());
            b.put(0u16.to_le_bytes());
            b.words(&[SNAPSHOT_LENGTH]);
            if random.one_in(3) {
                b.put(2u16.to_le_bytes());
                b.put(5u16.to_le_bytes());
                b.bytes.extend(b"eth0\0\0\0\0");
            }
            if !random.one_in(4) {
                b.put(9u16.to_le_bytes());
                b.put(1u16.to_le_bytes());
                let binary = if random.one_in(2) { 0x80 } else { 0 };
                let exponent = random.below(if binary == 0 { 20 } else { 64 }) as u8;
                b.bytes.extend([binary | exponent, 0, 0, 0]);
            }
            if random.one_in(3) {
                b.put(14u16.to_le_bytes());
                b.put(8u16.to_le_bytes());
                b.put((random.next() >> random.below(64)).to_le_bytes());
            }
        });
    }

    fn packet(&mut self, interface: u32, random: &mut Random) {
        let stamp = random.next() >> random.below(64);
        let data = isochronous(self.big, random);
        let length = data.len() as u32;
        let on_wire = if random.one_in(4) { length + 9 } else { length.max(64) };
        // Of the Linux USB headers: what the buffer's size would make the length.
        let on_wire = if random.one_in(2) { 64 + 2 * 16 + 1000 } else { on_wire };
        let (high, low) = ((stamp >> 32) as u32, stamp as u32);
        match random.below(6) {
            0 => self.block(3, |b| {
                b.words(&[length]);
                b.bytes.extend(data);
            }),
            1 => self.block(2, |b| {
                b.put((interface as u16).to_le_bytes());
                b.put(0u16.to_le_bytes());
                b.words(&[high, low, length, on_wire]);
                b.bytes.extend(data);
            }),
            _ => self.block(6, |b| {
                b.words(&[interface, high, low, length, on_wire]);
                b.bytes.extend(data);
            }),
        }
    }
}

/// Snapshot length of all interfaces.
const SNAPSHOT_LENGTH: u32 = 5000;

/// A Linux USB packet of a finished incoming isochronous transfer: buffer of 1000 bytes, two
/// descriptors. Cut somewhere in half of the cases.
fn isochronous(big: bool, random: &mut Random) -> Vec<u8> {
    let mut packet = Bytes { big, bytes: vec![0; 32] };
    packet.bytes[8] = b'C';
    packet.bytes[10] = 0x81;
    packet.words(&[1000, 1, 2, 3, 4, 5, 6, 2]);
    for _ in 0..2 {
        packet.words(&[0, random.below(1500) as u32, random.below(3) as u32 * 200, 0]);
    }
    packet.bytes.resize(96 + random.below(40), 0xaa);
    if random.one_in(2) {
        packet.bytes.truncate(random.below(packet.bytes.len()));
    }
    packet.bytes
}

/// A pcapng file that is well-formed but for some interfaces that do not fit together.
pub(crate) fn pcapng(random: &mut Random) -> Vec<u8> {
    let mut file = Bytes { big: random.one_in(2), bytes: Vec::new() };
    // Raw IP has another number in files than in programs; which one libpcap accepts for a
    // second interface is not obvious.
    let linktype = [1, 12, 101, 220, 220, 239][random.below(6)];
    let other = if linktype == 101 && random.one_in(2) { 12 } else { linktype };
    let mut interfaces = 0;
    for section in 0..=random.below(2) {
        file.section();
        let count = 1 + random.below(3);
        for number in 0..count {
            file.interface(if section + number == 0 { linktype } else { other }, random);
        }
        interfaces += count;
        for _ in 0..random.below(8) {
            file.packet(random.below(count) as u32, random);
        }
        if random.one_in(3) {
            file.block(5, |b| b.words(&[0, 1, 2]));
        }
    }
    if random.one_in(10) {
        file.packet(interfaces as u32, random);
    }
    file.bytes
}
