// What TCP and UDP carry, by the ports that it usually has.

// RFC 1035, 4.1.1. Over UDP.
header dns {
    id: u16,
    response: bool, opcode: u4, authoritative: bool, truncated: bool, recursion_desired: bool,
    recursion_available: bool, reserved: bool, authentic: bool, checking_disabled: bool, rcode: u4,
    questions: u16, answers: u16, authorities: u16, additionals: u16,
    after udp if dst_port == 53 || src_port == 53
}

// RFC 8999 and 9000: the one bit that says which of the two follows.
header quic {
    form: u1, reserved: u7,
    length 0
    after udp if dst_port == 443 || src_port == 443
    next form { 1 => quic_long, 0 => quic_short }
}

// RFC 9000, 17.2. The connection's identifiers come behind it.
header quic_long {
    long: bool, fixed: bool, type: u2, reserved: u2, number_length: u2,
    version: u32,
    destination_length: u8,
}

// RFC 9000, 17.3. The connection's identifier comes behind it.
header quic_short {
    long: bool, fixed: bool, spin: bool, reserved: u2, key_phase: bool, number_length: u2,
}

// RFC 8446, 5.1: the first record of a segment.
header tls {
    type: u8, version: u16, size: u16,
    after tcp if dst_port == 443 || src_port == 443
    next type { 22 => tls_handshake }
}

// RFC 8446, 4.
header tls_handshake {
    type: u8, size: u24,
    next type { 1 => tls_client_hello }
}

// RFC 8446, 4.1.2, as far as it is the same in every client.
header tls_client_hello {
    version: u16,
    random_0: u64, random_1: u64, random_2: u64, random_3: u64,
    session_length: u8,
}
