//! Whose packets are (`include/uapi/linux/if_packet.h`), see packet(7).

/// `PACKET_HOST`: this machine's.
pub const HOST: u32 = 0;
/// `PACKET_BROADCAST`: everybody's.
pub const BROADCAST: u32 = 1;
/// `PACKET_MULTICAST`: of a group.
pub const MULTICAST: u32 = 2;
/// `PACKET_OTHERHOST`: another machine's.
pub const OTHER_HOST: u32 = 3;
/// `PACKET_OUTGOING`: it leaves.
pub const OUTGOING: u32 = 4;

/// Bytes of an Ethernet address.
const ADDRESS: usize = 6;

/// Whose a frame is that comes in by an Ethernet interface of which nobody knows the address: it is
/// taken to be the one that the frame is for.
pub fn of_frame(frame: &[u8]) -> u32 {
    match frame.first_chunk::<ADDRESS>() {
        Some([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) => BROADCAST,
        Some([first, ..]) if first & 1 == 1 => MULTICAST,
        _ => HOST,
    }
}

/// Whose a frame is that comes in by the loopback interface (`eth_skb_pkt_type` of
/// `include/linux/etherdevice.h`), whose address is zero, and so is that of everybody there.
pub fn of_loopback(frame: &[u8]) -> u32 {
    match frame.first_chunk::<ADDRESS>() {
        None | Some([0, 0, 0, 0, 0, 0]) => HOST,
        Some([first, ..]) if first & 1 == 1 => MULTICAST,
        Some(_) => OTHER_HOST,
    }
}
