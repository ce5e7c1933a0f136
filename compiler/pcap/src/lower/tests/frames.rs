//! Small packets, layer by layer.

/// An Ethernet frame, from 02:…:02 to 02:…:01.
pub(super) fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    frame.extend(kind.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A VLAN tag and what follows it, as the payload of a frame of type 0x8100.
pub(super) fn tag(id: u16, kind: u16, payload: &[u8]) -> Vec<u8> {
    [id.to_be_bytes().as_slice(), &kind.to_be_bytes(), payload].concat()
}

/// An IPv4 packet from 192.0.2.1 to 192.0.2.2; `fragment` is the word of flags and offset.
pub(super) fn ipv4(protocol: u8, words: u8, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x40 | words, 0, 0, 0, 0, 0];
    packet.extend(fragment.to_be_bytes());
    packet.extend([64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
    packet.resize(usize::from(words) * 4, 0);
    packet.extend(payload);
    packet
}

/// An IPv6 packet from `2001:db8::1` to `2001:db8::2`.
pub(super) fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0, 0, 0, next, 64];
    for host in [1, 2] {
        packet.extend([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host]);
    }
    packet.extend(payload);
    packet
}

/// Ports, and bytes behind them up to the length of a UDP header.
pub(super) fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let ports = [source.to_be_bytes(), destination.to_be_bytes()].concat();
    [ports.as_slice(), &[0; 4], payload].concat()
}

/// A Geneve header without options, and what follows it.
pub(super) fn geneve(kind: u16, payload: &[u8]) -> Vec<u8> {
    let [high, low] = kind.to_be_bytes();
    [&[0, 0, high, low, 0, 0, 42, 0], payload].concat()
}
