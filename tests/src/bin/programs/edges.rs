//! Packets that are near to being something else: what two programs that mean the same agree about.

use nbpfc_tests::packets::Captured;

/// The service of `examples/nat.nbp`.
const SERVICE: [u8; 4] = [192, 0, 2, 10];

/// What a packet is made of.
#[derive(Clone, Copy)]
struct Made<'a> {
    tags: &'a [u16],
    ihl: u8,
    fragment: u16,
    protocol: u8,
    ttl: u8,
    doff: u8,
    flags: u8,
    port: u16,
    checksum: u16,
}

const PLAIN: Made<'_> = Made {
    tags: &[],
    ihl: 5,
    fragment: 0x4000,
    protocol: 6,
    ttl: 4,
    doff: 5,
    flags: 2,
    port: 80,
    checksum: 0x1234,
};

impl Made<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![2; 12];
        for tag in self.tags {
            bytes.extend(tag.to_be_bytes());
            bytes.extend([0x20, 100]);
        }
        bytes.extend([8, 0]);
        let ip = bytes.len();
        bytes.extend([0x40 | self.ihl, 0, 0, 60, 0, 1]);
        bytes.extend(self.fragment.to_be_bytes());
        bytes.extend([self.ttl, self.protocol, 0xbe, 0xef, 10, 0, 0, 9]);
        bytes.extend(SERVICE);
        bytes.resize(ip + usize::from(self.ihl.max(5)) * 4, 1);
        bytes.extend([0x30, 0x39]);
        bytes.extend(self.port.to_be_bytes());
        if self.protocol == 17 {
            bytes.extend([0, 20]);
            bytes.extend(self.checksum.to_be_bytes());
            bytes.resize(bytes.len() + 12, 7);
        } else {
            bytes.extend([0, 0, 0, 1, 0, 0, 0, 0, self.doff << 4, self.flags, 1, 0]);
            bytes.extend(self.checksum.to_be_bytes());
            bytes.extend([0, 0]);
            bytes.resize(bytes.len() + usize::from(self.doff.max(5) - 5) * 4, 1);
        }
        bytes
    }
}

/// All of them, and each cut off everywhere.
pub(crate) fn packets() -> Vec<Captured> {
    let [vlan, service, old, mpls] = [0x8100, 0x88a8, 0x9100, 0x8847];
    let tags: &[&[u16]] = &[
        &[],
        &[vlan],
        &[service, vlan],
        &[old, vlan, vlan],
        &[vlan, old, service, vlan],
        &[vlan; 5],
        &[mpls],
        &[vlan, mpls],
    ];
    let mut made = Vec::new();
    for &tags in tags {
        let base = Made { tags, ..PLAIN };
        made.push(base);
        made.extend([0, 4, 6, 15].map(|ihl| Made { ihl, ..base }));
        made.extend([0, 1, 0x1fff, 0x2000, 0x2001].map(|fragment| Made { fragment, ..base }));
        made.extend([0, 1, 17, 41].map(|protocol| Made { protocol, ..base }));
        made.extend([0, 4, 6, 15].map(|doff| Made { doff, ..base }));
        made.extend([0, 0x10, 0x12, 0xff].map(|flags| Made { flags, ..base }));
        made.extend([0, 5, 255].map(|ttl| Made { ttl, ..base }));
        made.extend([79, 8080, 0x5000].map(|port| Made { port, ..base }));
        // Among them those that a change of address or port leaves zero, or all ones.
        for checksum in (0..=u16::MAX).step_by(97).chain([0xffff, 0xfd47, 0x47fd, 0x02b8, 0xb802]) {
            made.extend([6, 17].map(|protocol| Made { protocol, checksum, tags: &[], ..base }));
        }
    }
    let whole = made.iter().map(Made::bytes);
    let cut = tags.iter().flat_map(|tags| {
        let (tcp, udp) = (Made { tags, ..PLAIN }, Made { tags, protocol: 17, ..PLAIN });
        let long = Made { tags, ihl: 15, doff: 15, ..PLAIN };
        [tcp, udp, long].into_iter().flat_map(|made| {
            let bytes = made.bytes();
            (14..bytes.len()).map(move |length| bytes[..length].to_vec())
        })
    });
    whole.chain(cut).map(|data| Captured { length: data.len() as u32, data }).collect()
}
