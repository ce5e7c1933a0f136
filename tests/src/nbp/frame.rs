//! Packets in words: `ethernet / vlan(vid=5) / ipv4(ttl=3) / tcp(dst_port=23, syn) / "payload"`.
//!
//! Knows the protocols by itself, so that it can judge what the library says of them. What is not
//! named has a usual value; lengths, protocol numbers and checksums are filled in.

use std::net::{Ipv4Addr, Ipv6Addr};

/// One header as it is written.
struct Part<'a> {
    name: &'a str,
    fields: Vec<(&'a str, &'a str)>,
}

impl Part<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| *value)
    }

    fn number(&self, name: &str, usual: u64) -> Result<u64, String> {
        let Some(text) = self.text(name) else { return Ok(usual) };
        let parsed = match text.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => text.parse(),
        };
        parsed.map_err(|_| format!("`{name}={text}` is no number"))
    }

    fn byte(&self, name: &str, usual: u8) -> Result<u8, String> {
        Ok(self.number(name, usual.into())? as u8)
    }

    fn short(&self, name: &str, usual: u16) -> Result<[u8; 2], String> {
        Ok((self.number(name, usual.into())? as u16).to_be_bytes())
    }

    fn word(&self, name: &str, usual: u32) -> Result<[u8; 4], String> {
        Ok((self.number(name, usual.into())? as u32).to_be_bytes())
    }

    fn ipv4(&self, name: &str, usual: &str) -> Result<[u8; 4], String> {
        let text = self.text(name).unwrap_or(usual);
        let address: Ipv4Addr = text.parse().map_err(|_| format!("`{text}` is no address"))?;
        Ok(address.octets())
    }

    fn ipv6(&self, name: &str, usual: &str) -> Result<[u8; 16], String> {
        let text = self.text(name).unwrap_or(usual);
        let address: Ipv6Addr = text.parse().map_err(|_| format!("`{text}` is no address"))?;
        Ok(address.octets())
    }

    fn mac(&self, name: &str, usual: &str) -> Result<Vec<u8>, String> {
        let text = self.text(name).unwrap_or(usual);
        let bytes = text.split(':').map(|byte| u8::from_str_radix(byte, 16));
        bytes.collect::<Result<_, _>>().map_err(|_| format!("`{text}` is no link-layer address"))
    }

    /// The bytes behind a header's fields: `options=0204ffd7`, or padding up to a number of words.
    fn options(&self, words: &str, least: u8) -> Result<(u8, Vec<u8>), String> {
        let Some(text) = self.text("options") else {
            let words = self.byte(words, least)?;
            return Ok((words, vec![1; usize::from(words.saturating_sub(least)) * 4]));
        };
        let digits = (0..text.len()).step_by(2).map(|at| text.get(at..at + 2).unwrap_or("?"));
        let bytes = digits.map(|digits| u8::from_str_radix(digits, 16));
        let mut bytes: Vec<u8> =
            bytes.collect::<Result<_, _>>().map_err(|_| format!("`{text}` is no bytes"))?;
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        Ok((least + (bytes.len() / 4) as u8, bytes))
    }

    fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| value != "0")
    }
}

/// The bytes of a packet.
///
/// # Errors
/// What cannot be read.
pub(super) fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let parts: Vec<&str> = text.split(" / ").map(str::trim).collect();
    let mut packet = Vec::new();
    // From the inside out, for lengths and checksums.
    let mut inner = "";
    for part in parts.iter().rev() {
        packet = add(part, inner, packet)?;
        inner = part.split('(').next().unwrap_or_default();
    }
    Ok(packet)
}

fn add(text: &str, inner: &str, payload: Vec<u8>) -> Result<Vec<u8>, String> {
    if let Some(quoted) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Ok([quoted.as_bytes(), &payload].concat());
    }
    let (name, fields) = match text.split_once('(') {
        Some((name, rest)) => (name, rest.strip_suffix(')').ok_or("a `)` is missing")?),
        None => (text, ""),
    };
    let fields = fields.split(',').map(str::trim).filter(|field| !field.is_empty());
    let fields = fields.map(|field| field.split_once('=').unwrap_or((field, "1"))).collect();
    let part = Part { name, fields };
    let header = match part.name {
        "ethernet" => ethernet(&part, inner)?,
        "vlan" => vlan(&part, inner)?,
        "arp" => arp(&part)?,
        "ipv4" => ipv4(&part, inner, payload.len())?,
        "ipv6" => ipv6(&part, inner, payload.len())?,
        "ext" => extension(&part, inner)?,
        "routing" => routing(&part, inner)?,
        "fragment" => fragment(&part, inner)?,
        "tcp" => tcp(&part)?,
        "udp" => udp(&part, payload.len())?,
        "icmp" => vec![part.byte("type", 8)?, part.byte("code", 0)?, 0, 0, 0, 0, 0, 0],
        "icmpv6" => vec![part.byte("type", 128)?, part.byte("code", 0)?, 0, 0],
        "hex" => {
            let digits = part.fields.iter().map(|(digits, _)| u8::from_str_radix(digits, 16));
            digits.collect::<Result<_, _>>().map_err(|_| format!("`{text}` is no bytes"))?
        }
        "cut" => {
            let at = part.number("at", 0)? as usize;
            return Ok(payload.get(..at).unwrap_or(&payload).to_vec());
        }
        other => return Err(format!("no header is called `{other}`")),
    };
    let mut packet = [header, payload].concat();
    if matches!(part.name, "ipv4" | "ipv6") {
        checksums(&part, &mut packet);
    }
    Ok(packet)
}

fn ethertype(inner: &str) -> u16 {
    match inner {
        "ipv4" => 0x0800,
        "arp" => 0x0806,
        "ipv6" => 0x86dd,
        "vlan" => 0x8100,
        _ => 0x88b5,
    }
}

fn protocol(inner: &str) -> u8 {
    match inner {
        "icmp" => 1,
        "ipv4" => 4,
        "tcp" => 6,
        "udp" => 17,
        "ipv6" => 41,
        "ext" => 60,
        "routing" => 43,
        "fragment" => 44,
        "icmpv6" => 58,
        _ => 253,
    }
}

fn ethernet(part: &Part<'_>, inner: &str) -> Result<Vec<u8>, String> {
    let dst = part.mac("dst", "02:00:00:00:00:02")?;
    let src = part.mac("src", "02:00:00:00:00:01")?;
    Ok([dst, src, part.short("ethertype", ethertype(inner))?.to_vec()].concat())
}

fn vlan(part: &Part<'_>, inner: &str) -> Result<Vec<u8>, String> {
    let tci = part.number("priority", 0)? << 13
        | u64::from(part.flag("dei")) << 12
        | part.number("vid", 1)?;
    let next = part.short("ethertype", ethertype(inner))?;
    Ok([(tci as u16).to_be_bytes(), next].concat())
}

fn arp(part: &Part<'_>) -> Result<Vec<u8>, String> {
    Ok([
        &[0, 1, 8, 0, 6, 4][..],
        &part.short("operation", 1)?,
        &part.mac("sender_mac", "02:00:00:00:00:01")?,
        &part.ipv4("sender", "10.0.0.1")?,
        &part.mac("target_mac", "00:00:00:00:00:00")?,
        &part.ipv4("target", "10.0.0.2")?,
    ]
    .concat())
}

fn ipv4(part: &Part<'_>, inner: &str, payload: usize) -> Result<Vec<u8>, String> {
    let (ihl, options) = part.options("ihl", 5)?;
    let flags = u64::from(part.flag("reserved")) << 15
        | u64::from(part.flag("df")) << 14
        | u64::from(part.flag("mf")) << 13
        | part.number("fragment_offset", 0)?;
    let length = 20 + options.len() + payload;
    let mut header = vec![
        part.byte("version", 4)? << 4 | ihl,
        part.byte("dscp", 0)? << 2 | part.byte("ecn", 0)?,
    ];
    header.extend(part.short("total_length", length as u16)?);
    header.extend(part.short("id", 0)?);
    header.extend((flags as u16).to_be_bytes());
    header.extend([part.byte("ttl", 64)?, part.byte("protocol", protocol(inner))?, 0, 0]);
    header.extend(part.ipv4("src", "10.0.0.1")?);
    header.extend(part.ipv4("dst", "10.0.0.2")?);
    header.extend(options);
    Ok(header)
}

fn ipv6(part: &Part<'_>, inner: &str, payload: usize) -> Result<Vec<u8>, String> {
    let first = part.number("version", 6)? << 28
        | part.number("dscp", 0)? << 22
        | part.number("ecn", 0)? << 20
        | part.number("flow_label", 0)?;
    let mut header = (first as u32).to_be_bytes().to_vec();
    header.extend(part.short("payload_length", payload as u16)?);
    header.extend([part.byte("next_header", protocol(inner))?, part.byte("hop_limit", 64)?]);
    header.extend(part.ipv6("src", "2001:db8::1")?);
    header.extend(part.ipv6("dst", "2001:db8::2")?);
    Ok(header)
}

fn extension(part: &Part<'_>, inner: &str) -> Result<Vec<u8>, String> {
    let size = part.byte("size", 0)?;
    let mut header = vec![0; (usize::from(size) + 1) * 8];
    header[0] = part.byte("next_header", protocol(inner))?;
    header[1] = size;
    Ok(header)
}

/// RFC 8754: `left` of the addresses are still to come, of which the last is `last`.
fn routing(part: &Part<'_>, inner: &str) -> Result<Vec<u8>, String> {
    let left = part.byte("left", 1)?;
    let mut header = vec![part.byte("next_header", protocol(inner))?, 2, 4, left, 0, 0, 0, 0];
    header.extend(part.ipv6("last", "2001:db8::99")?);
    Ok(header)
}

fn fragment(part: &Part<'_>, inner: &str) -> Result<Vec<u8>, String> {
    let offset = part.number("fragment_offset", 0)? << 3 | u64::from(part.flag("more"));
    let mut header = vec![part.byte("next_header", protocol(inner))?, 0];
    header.extend((offset as u16).to_be_bytes());
    header.extend(part.word("id", 1)?);
    Ok(header)
}

fn tcp(part: &Part<'_>) -> Result<Vec<u8>, String> {
    let (words, options) = part.options("data_offset", 5)?;
    let flags = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"];
    let flags = (0..).zip(flags).map(|(bit, flag)| u8::from(part.flag(flag)) << bit);
    let mut header = part.short("src_port", 40000)?.to_vec();
    header.extend(part.short("dst_port", 80)?);
    header.extend(part.word("seq", 1)?);
    header.extend(part.word("ack_number", 0)?);
    header.extend([words << 4, flags.sum()]);
    header.extend(part.short("window", 1000)?);
    header.extend([0; 4]);
    header.extend(options);
    Ok(header)
}

fn udp(part: &Part<'_>, payload: usize) -> Result<Vec<u8>, String> {
    let mut header = part.short("src_port", 40000)?.to_vec();
    header.extend(part.short("dst_port", 53)?);
    header.extend(part.short("length", 8 + payload as u16)?);
    header.extend(part.short("checksum", 0xffff)?);
    Ok(header)
}

/// RFC 1071.
fn internet(bytes: &[&[u8]]) -> u16 {
    let mut sum = 0u32;
    for bytes in bytes {
        for pair in bytes.chunks(2) {
            sum += u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]));
        }
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// Fills in the checksums of an IP packet, those that say nothing else.
fn checksums(part: &Part<'_>, packet: &mut [u8]) {
    let (addresses, start, protocol) = if part.name == "ipv4" {
        let start = usize::from(packet[0] & 0xf) * 4;
        let sum = internet(&[&packet[..packet.len().min(start.max(20))]]);
        packet[10..12].copy_from_slice(&sum.to_be_bytes());
        let later = packet[6] & 0x1f != 0 || packet[7] != 0;
        (packet[12..20].to_vec(), start, if later { 0 } else { packet[9] })
    } else {
        upper(packet)
    };
    let Some(inside) = packet.get_mut(start..) else { return };
    let place = match protocol {
        1 | 58 => 2,
        6 => 16,
        17 => 6,
        _ => return,
    };
    if inside.len() < place + 2 || protocol == 17 && inside[place..place + 2] == [0, 0] {
        return;
    }
    inside[place..place + 2].fill(0);
    let pseudo = [
        addresses.as_slice(),
        &(inside.len() as u32).to_be_bytes(),
        &u32::from(protocol).to_be_bytes(),
    ]
    .concat();
    let sum = internet(&[if protocol == 1 { &[] } else { &pseudo }, inside]);
    let sum = if protocol == 17 && sum == 0 { 0xffff } else { sum };
    inside[place..place + 2].copy_from_slice(&sum.to_be_bytes());
}

/// Of a packet of IPv6 the addresses of the pseudo-header, and what is behind the extensions: where it
/// begins, and its number (RFC 8200, 8.1).
fn upper(packet: &[u8]) -> (Vec<u8>, usize, u8) {
    let (mut addresses, mut start, mut protocol) = (packet[8..40].to_vec(), 40, packet[6]);
    while let (0 | 43 | 60, Some(header)) = (protocol, packet.get(start..start + 8)) {
        if protocol == 43
            && header[3] != 0
            && let Some(last) = packet.get(start + 8..start + 24)
        {
            addresses[16..].copy_from_slice(last);
        }
        protocol = header[0];
        start += (usize::from(header[1]) + 1) * 8;
    }
    (addresses, start, protocol)
}

/// Whether all checksums of a frame are right, in tunnels too.
///
/// # Errors
/// The first that is not.
pub(super) fn right(frame: &[u8]) -> Result<(), String> {
    let mut at = 12;
    while frame.get(at..at + 2) == Some(&[0x81, 0]) {
        at += 4;
    }
    match frame.get(at..at + 2) {
        Some([8, 0]) => right_packet(4, &frame[at + 2..]),
        Some([0x86, 0xdd]) => right_packet(41, &frame[at + 2..]),
        _ => Ok(()),
    }
}

/// Of a packet of IPv4 or IPv6, by the number that says which it is.
fn right_packet(version: u8, packet: &[u8]) -> Result<(), String> {
    let (addresses, start, protocol) = if version == 4 {
        let start = usize::from(packet[0] & 0xf) * 4;
        if internet(&[&packet[..start]]) != 0 {
            return Err("a sum of IPv4 is wrong".to_owned());
        }
        (packet[12..20].to_vec(), start, packet[9])
    } else {
        upper(packet)
    };
    let inside = &packet[start..];
    let count = (inside.len() as u32).to_be_bytes();
    let pseudo = [addresses.as_slice(), &count, &u32::from(protocol).to_be_bytes()].concat();
    let sum = || internet(&[&pseudo, inside]);
    match protocol {
        4 | 41 => right_packet(protocol, inside),
        6 if sum() != 0 => Err("a sum of TCP is wrong".to_owned()),
        17 if inside[6..8] != [0, 0] && sum() != 0 => Err("a sum of UDP is wrong".to_owned()),
        17 if inside[2..4] == 4789u16.to_be_bytes() => right(&inside[16..]),
        _ => Ok(()),
    }
}
