//! Helpers that read packets, write them, and make room in them.

use nbpfc_kernel::ether_type::{IPV4, IPV6, VLAN, VLAN_SERVICE};
use nbpfc_kernel::room;

use super::{Call, EALREADY, EFAULT, EINVAL, ENOMEM, ENOTSUPP};
use crate::buffer::Tag;
use crate::error::FaultKind;

/// Bytes of an Ethernet header.
const ETHERNET: usize = 14;
/// Where its `EtherType` is.
const ETHERTYPE: usize = 12;
/// Bytes of a VLAN tag.
const TAG: usize = 4;

/// Flags that say what is put around the packet, checksums that stay among them.
const ENCAPSULATED: u64 = 0x7e;
/// How long the link-layer header inside is.
const LINK_LENGTH: u64 = 0xff << 56;
/// What is inside of what is taken away.
const DECAPSULATED: u64 = room::DECAP_IPV4 | room::DECAP_IPV6;

pub(super) fn call(name: &str, call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    call.context()?;
    let packet = call.reach.packet;
    match name {
        "xdp_get_buff_len" => Ok(call.reach.state.buffer.length(packet).into()),
        "skb_load_bytes" => load_bytes(call, EFAULT),
        "xdp_load_bytes" => load_bytes(call, EINVAL),
        "skb_store_bytes" => {
            let flags = call.number(5)?;
            // `BPF_F_RECOMPUTE_CSUM` and `BPF_F_INVALIDATE_HASH`: the checksum of hardware and the
            // hash are not emulated.
            if flags & !3 != 0 { Ok(EINVAL) } else { store_bytes(call, EFAULT) }
        }
        "xdp_store_bytes" => store_bytes(call, EINVAL),
        "xdp_adjust_head" => {
            let delta = call.number32(2)? as i32;
            Ok(moved(call, |call| call.reach.state.buffer.adjust_head(packet, delta)))
        }
        "xdp_adjust_tail" => {
            let delta = call.number32(2)? as i32;
            Ok(moved(call, |call| call.reach.state.buffer.adjust_tail(packet, delta)))
        }
        "skb_change_tail" => {
            let (length, flags) = (call.number32(2)?, call.number(3)?);
            let least = if call.reach.layout.is_network() { 0 } else { ETHERNET };
            Ok(moved(call, |call| {
                let buffer = &mut call.reach.state.buffer;
                flags == 0 && !buffer.is_tunnelled() && buffer.change_tail(packet, length, least)
            }))
        }
        "skb_change_head" => {
            let (room, flags) = (call.number32(2)?, call.number(3)?);
            Ok(moved(call, |call| {
                let may = flags == 0 && room <= 0xffff;
                if may {
                    call.reach.state.buffer.insert(packet, 0, room as i32);
                }
                may
            }))
        }
        "skb_pull_data" => {
            let length = call.number32(2)?;
            call.reach.state.buffer.invalidate();
            let there = call.reach.state.buffer.bytes(packet).len();
            Ok(if length as usize <= there { 0 } else { ENOMEM })
        }
        // Some number that the packet as it came decides; the kernel's is a secret of each boot.
        "get_hash_recalc" => {
            let hash = packet.data.iter().fold(0x811c_9dc5_u32, |hash, byte| {
                (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
            });
            Ok(hash.into())
        }
        "skb_adjust_room" => adjust_room(call),
        "lwt_push_encap" => push_around(call),
        "skb_vlan_push" => {
            // `EtherTypes` of no tags are taken for the usual one.
            let protocol = (call.number32(2)? as u16).to_be();
            let protocol = if is_tag(protocol) { protocol } else { VLAN };
            let tag = Tag { protocol, control: call.number32(3)? as u16 };
            Ok(vlan_push(call, tag))
        }
        "skb_vlan_pop" => Ok(vlan_pop(call)),
        // Decoding refused what is left.
        _ => Err(FaultKind::NotAPointer),
    }
}

/// A change of the packet's place; `-EINVAL` if it may not be.
fn moved(call: &mut Call<'_, '_>, change: impl FnOnce(&mut Call<'_, '_>) -> bool) -> u64 {
    call.reach.state.buffer.invalidate();
    if change(call) { 0 } else { EINVAL }
}

/// Copies packet bytes to memory; zeros if not all of them are there.
fn load_bytes(call: &mut Call<'_, '_>, missing: u64) -> Result<u64, FaultKind> {
    let (offset, to, len) = (call.number32(2)?, call.argument(3), call.number32(4)?);
    let limited = missing == EINVAL && (offset > 0xffff || len > 0xffff);
    let (first, len) = (offset as usize, len as usize);
    let data = call.reach.state.buffer.bytes(call.reach.packet);
    let found = first.checked_add(len).filter(|_| !limited);
    let (bytes, code) = match found.and_then(|end| data.get(first..end)) {
        Some(bytes) => (bytes.to_vec(), 0),
        None => (vec![0; len], if limited { EFAULT } else { missing }),
    };
    call.reach.write(to, &bytes)?;
    Ok(code)
}

fn store_bytes(call: &mut Call<'_, '_>, missing: u64) -> Result<u64, FaultKind> {
    let (offset, len) = (call.number32(2)?, call.number32(4)?);
    let bytes = call.bytes(3, len as usize)?;
    let packet = call.reach.packet;
    let buffer = &mut call.reach.state.buffer;
    buffer.invalidate();
    let first = offset as usize;
    let end = first.saturating_add(bytes.len());
    if end > buffer.bytes(packet).len() {
        return Ok(missing);
    }
    buffer.bytes_mut(packet)[first..end].copy_from_slice(&bytes);
    Ok(0)
}

/// `skb_adjust_room(skb, len_diff, mode, flags)`, of IP packets: room behind the link-layer header
/// (mode 1), or behind the IP header without options (mode 0).
fn adjust_room(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    let (difference, mode) = (call.number32(2)? as i32, call.number32(3)?);
    let flags = call.number(4)?;
    let packet = call.reach.packet;
    let protocol = call.reach.protocol();
    let network = if call.reach.layout.is_network() { 0 } else { ETHERNET };
    let buffer = &mut call.reach.state.buffer;
    buffer.invalidate();
    let inner = flags & DECAPSULATED;
    let bad = flags & !(ENCAPSULATED | DECAPSULATED | LINK_LENGTH) != 0
        || flags & (room::ENCAP_IPV4 | room::ENCAP_IPV6) == room::ENCAP_IPV4 | room::ENCAP_IPV6
        || inner != 0 && (inner == DECAPSULATED || difference > 0);
    if bad || difference.unsigned_abs() > 0xfff {
        return Ok(EINVAL);
    }
    let header = match protocol {
        IPV4 => 20,
        IPV6 => 40,
        _ => return Ok(ENOTSUPP),
    };
    let data = buffer.bytes(packet);
    let at = match mode {
        0 => network + header,
        1 => network,
        _ => return Ok(ENOTSUPP),
    };
    let left = (data.len() - network) as i64 + i64::from(difference);
    let least = match inner {
        room::DECAP_IPV4 => 20,
        room::DECAP_IPV6 => 40,
        _ => header as i64,
    };
    if difference < 0 && left < least {
        return Ok(ENOTSUPP);
    }
    let around = difference >= 0 && flags & (room::ENCAP_IPV4 | room::ENCAP_IPV6) != 0;
    if around && buffer.is_tunnelled() {
        return Ok(EALREADY);
    }
    buffer.insert(packet, at, difference);
    if around {
        buffer.set_tunnelled();
    }
    match flags {
        flags if flags & (room::ENCAP_IPV4 | room::DECAP_IPV4) != 0 => buffer.set_protocol(IPV4),
        flags if flags & (room::ENCAP_IPV6 | room::DECAP_IPV6) != 0 => buffer.set_protocol(IPV6),
        _ => {}
    }
    Ok(0)
}

/// `lwt_push_encap(skb, type, header, len)`: bytes before the packet, which begin with an IP header.
fn push_around(call: &mut Call<'_, '_>) -> Result<u64, FaultKind> {
    let (kind, size) = (call.number32(2)?, call.number32(4)? as usize);
    let mut bytes = call.bytes(3, size)?;
    let packet = call.reach.packet;
    let buffer = &mut call.reach.state.buffer;
    buffer.invalidate();
    let first = bytes.first().copied().unwrap_or(0);
    let own = usize::from(first & 15) * 4;
    let (protocol, least) = if first >> 4 == 4 { (IPV4, own) } else { (IPV6, 40) };
    let is_ip = matches!(first >> 4, 4 | 6) && size >= least.max(20);
    if u64::from(kind) != room::AROUND_IP || !is_ip || size > room::AROUND_MOST {
        return Ok(EINVAL);
    }
    if protocol == IPV4 && bytes[10..12] == [0, 0] {
        let words = bytes[..own].chunks(2).map(|word| u32::from(word[0]) << 8 | u32::from(word[1]));
        let sum: u32 = words.sum();
        let sum = (sum & 0xffff) + (sum >> 16);
        let sum = !((sum & 0xffff) + (sum >> 16)) as u16;
        bytes[10..12].copy_from_slice(&sum.to_be_bytes());
    }
    buffer.insert(packet, 0, size as i32);
    buffer.bytes_mut(packet)[..size].copy_from_slice(&bytes);
    buffer.set_protocol(protocol);
    buffer.set_tunnelled();
    Ok(0)
}

const fn is_tag(protocol: u16) -> bool {
    matches!(protocol, VLAN | VLAN_SERVICE)
}

/// Puts the tag beside the packet among its bytes, and a new one in its place.
fn vlan_push(call: &mut Call<'_, '_>, new: Tag) -> u64 {
    let packet = call.reach.packet;
    let buffer = &mut call.reach.state.buffer;
    buffer.invalidate();
    if let Some(tag) = buffer.tag(packet) {
        if buffer.bytes(packet).len() < ETHERNET {
            return ENOMEM;
        }
        buffer.insert(packet, ETHERTYPE, TAG as i32);
        let bytes = [tag.protocol.to_be_bytes(), tag.control.to_be_bytes()].concat();
        buffer.bytes_mut(packet)[ETHERTYPE..ETHERTYPE + TAG].copy_from_slice(&bytes);
        buffer.set_protocol(tag.protocol);
    }
    buffer.set_tag(Some(new));
    0
}

/// Takes the outermost tag away; the next is put beside the packet.
fn vlan_pop(call: &mut Call<'_, '_>) -> u64 {
    call.reach.state.buffer.invalidate();
    let packet = call.reach.packet;
    if call.reach.state.buffer.tag(packet).is_some() {
        call.reach.state.buffer.set_tag(None);
    } else if is_tag(call.reach.protocol()) {
        if take_tag(call).is_none() {
            return ENOMEM;
        }
    } else {
        return 0;
    }
    if is_tag(call.reach.protocol()) {
        let Some(tag) = take_tag(call) else { return ENOMEM };
        call.reach.state.buffer.set_tag(Some(tag));
    }
    0
}

/// Takes a tag out of the packet's bytes, if it is there.
fn take_tag(call: &mut Call<'_, '_>) -> Option<Tag> {
    let protocol = call.reach.protocol();
    let packet = call.reach.packet;
    let buffer = &mut call.reach.state.buffer;
    let bytes = buffer.bytes(packet).get(ETHERTYPE + 2..ETHERNET + TAG)?;
    let &[high, low, next_high, next_low] = bytes else { return None };
    buffer.insert(packet, ETHERTYPE, -(TAG as i32));
    buffer.set_protocol(u16::from_be_bytes([next_high, next_low]));
    Some(Tag { protocol, control: u16::from_be_bytes([high, low]) })
}
