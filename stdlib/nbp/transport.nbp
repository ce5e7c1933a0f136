// Transport layer.

// RFC 9293.
header tcp {
    src_port: u16, dst_port: u16,
    seq: u32,
    ack_number: u32,
    data_offset: u4 = 5, reserved: u4,
    cwr: bool, ece: bool, urg: bool, ack: bool, psh: bool, rst: bool, syn: bool, fin: bool,
    window: u16, checksum: u16, urgent: u16,
    options: [tcp_option] until kind == 0,
    length data_offset * 4 in 20..=60
    checksum internet(pseudo, self, payload)
}

// RFC 9293, 3.1; RFC 7323, RFC 2018. Kinds 0 and 1, the end and padding, have no size.
header tcp_option {
    kind: u8,
    size: u8 if kind > 1,
    mss: u16 if kind == 2,
    scale: u8 if kind == 3,
    timestamp: u32 if kind == 8,
    echo: u32 if kind == 8,
    data: [u8],
    length size in 2..=40
}

// RFC 768.
header udp {
    src_port: u16, dst_port: u16, length: u16 = payload.len + 8, checksum: u16,
    checksum internet(pseudo, self, payload) if checksum != 0
}

// RFC 9260. Its CRC32c is the card's or the kernel's matter.
header sctp {
    src_port: u16, dst_port: u16, tag: u32, checksum: u32,
}
