// Transport layer.

// RFC 9293.
header tcp {
    src_port: u16,  dst_port: u16,
    seq: u32,
    ack_number: u32,
    data_offset: u4 = 5,  reserved: u4,
    cwr: bool,  ece: bool,  urg: bool,  ack: bool,  psh: bool,  rst: bool,  syn: bool,  fin: bool,
    window: u16,  checksum: u16,  urgent: u16,
    length data_offset * 4 in 20..=60
    checksum internet(pseudo, self, payload)
}

// RFC 768.
header udp {
    src_port: u16,  dst_port: u16,  length: u16 = payload.len + 8,  checksum: u16,
    checksum internet(pseudo, self, payload) if checksum != 0
}
