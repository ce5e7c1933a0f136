//! Headers in front of the packet that the capturing machine wrote in its own byte order.
//!
//! A capture from a machine of the other byte order has them turned around, so that a
//! filter sees the same bytes as if this machine had captured. Which fields these are is
//! fixed by the link type: <https://www.tcpdump.org/linktypes.html>.

use crate::link_type::LinkType;
use crate::order::Order;

/// Linux `ETH_P_CAN` and `ETH_P_CANFD`.
const CAN_PROTOCOLS: [u16; 2] = [0x000c, 0x000d];

/// Bytes of the Linux USB header with its second part.
const USB_HEADER: usize = 64;

/// Bytes of an isochronous descriptor behind the USB header.
const USB_DESCRIPTOR: usize = 16;

/// `transfer_type` of an isochronous transfer.
const USB_ISOCHRONOUS: u8 = 0;

/// Turns the header's fields into this machine's byte order; `original` is the packet's
/// length on the wire.
pub(crate) fn to_host_order(link_type: LinkType, data: &mut [u8], original: u32) {
    match link_type {
        LinkType::PFLOG => pflog(data, original),
        LinkType::LINUX_SLL => can_id(data, original, 14, 16),
        LinkType::LINUX_SLL2 => can_id(data, original, 0, 20),
        LinkType::USB_LINUX => usb(data, false),
        LinkType::USB_LINUX_MMAPPED => usb(data, true),
        LinkType::NFLOG => nflog(data, original),
        _ => {}
    }
}

/// Reverses the `length` bytes at `at`, if they are there.
fn turn(data: &mut [u8], at: usize, length: usize) -> bool {
    let field = data.get_mut(at..).and_then(|rest| rest.get_mut(..length));
    field.map(<[u8]>::reverse).is_some()
}

/// User and process of the packet and of the rule, as far as the header has them.
fn pflog(data: &mut [u8], original: u32) {
    let Some(&header) = data.first() else { return };
    for at in [44, 48, 52, 56] {
        let end = at + 4;
        if (original as usize) < end || usize::from(header) < end || !turn(data, at, 4) {
            return;
        }
    }
}

/// The CAN id of a cooked CAN frame, behind a header of `header` bytes that has the
/// protocol at `protocol_at`.
fn can_id(data: &mut [u8], original: u32, protocol_at: usize, header: usize) {
    if data.len() < header || (original as usize) < header + 4 {
        return;
    }
    if CAN_PROTOCOLS.contains(&Order::Big.u16(data, protocol_at)) {
        turn(data, header, 4);
    }
}

/// The Linux USB header, of 48 or (`long`) 64 bytes.
fn usb(data: &mut [u8], long: bool) {
    let isochronous = data.get(9) == Some(&USB_ISOCHRONOUS);
    // id, bus_id, ts_sec, ts_usec, status, urb_len, data_len
    let common = [(0, 8), (12, 2), (16, 8), (24, 4), (28, 4), (32, 4), (36, 4)];
    // error_count and numdesc; other transfers have bytes of USB's own order here.
    let iso: &[_] = if isochronous { &[(40, 4), (44, 4)] } else { &[] };
    // interval, start_frame, xfer_flags, ndesc
    let rest: &[_] = if long { &[(48, 4), (52, 4), (56, 4), (60, 4)] } else { &[] };
    for &(at, length) in common.iter().chain(iso).chain(rest) {
        if !turn(data, at, length) {
            return;
        }
    }
    if !(long && isochronous) {
        return;
    }
    let descriptors = Order::HOST.u32(data, 60) as usize;
    for descriptor in data[USB_HEADER..].chunks_mut(USB_DESCRIPTOR).take(descriptors) {
        // status, offset, length; a descriptor that is cut has those that it has.
        for at in [0, 4, 8] {
            turn(descriptor, at, 4);
        }
    }
}

/// The attributes of a netfilter log packet: length and type each.
fn nflog(data: &mut [u8], original: u32) {
    const HEADER: usize = 4;
    const ATTRIBUTE: usize = 4;
    if data.len() < HEADER || (original as usize) < HEADER || data[1] != 0 {
        return;
    }
    let mut rest = &mut data[HEADER..];
    let mut original = original as usize - HEADER;
    while rest.len() >= ATTRIBUTE {
        turn(rest, 0, 2);
        turn(rest, 2, 2);
        let length = Order::HOST.u16(rest, 0);
        // libpcap rounds up in 16 bits: the longest attributes get the length 0 and
        // end the walk.
        let length = usize::from(length.checked_next_multiple_of(4).unwrap_or(0));
        if length < ATTRIBUTE || original < length || rest.len() < length {
            return;
        }
        original -= length;
        rest = &mut rest[length..];
    }
}

/// The length on the wire, put right for some isochronous USB transfers.
///
/// Old versions of libpcap took the size of the request's buffer for the length of a
/// finished incoming transfer. Its data do not fill the buffer; the descriptors say where
/// they end. `data` is in this machine's byte order.
pub(crate) fn usb_original_length(link_type: LinkType, data: &[u8], original: u32) -> u32 {
    if link_type != LinkType::USB_LINUX_MMAPPED || data.len() < USB_HEADER {
        return original;
    }
    let (event, transfer, endpoint, no_data) = (data[8], data[9], data[10], data[15] != 0);
    let incoming = endpoint & 0x80 != 0;
    let buffer = Order::HOST.u32(data, 32);
    let descriptors = Order::HOST.u32(data, 60);
    let before_data = USB_HEADER as u64 + u64::from(descriptors) * USB_DESCRIPTOR as u64;
    let by_buffer = before_data + u64::from(buffer);
    if no_data
        || transfer != USB_ISOCHRONOUS
        || event != b'C'
        || !incoming
        || u64::from(original) != by_buffer
    {
        return original;
    }
    let end = data[USB_HEADER..]
        .chunks_exact(USB_DESCRIPTOR)
        .take(descriptors as usize)
        .map(|descriptor| (Order::HOST.u32(descriptor, 4), Order::HOST.u32(descriptor, 8)))
        .filter(|(_, length)| *length != 0)
        .map(|(offset, length)| offset.wrapping_add(length))
        .max()
        .unwrap_or(0);
    let by_descriptors = (before_data as u32).wrapping_add(end);
    let captured = data.len() as u32;
    if by_descriptors >= captured { by_descriptors } else { original.max(captured) }
}

#[cfg(test)]
mod tests;
