//! The kernel's helper functions as machine code calls them.
//!
//! rbpf takes helpers as Rust functions but calls them by the C convention, and with a stack that
//! is not aligned for it. So each entry here is a few instructions that align the stack and call
//! the C function that does the work.

use std::arch::naked_asm;

use nbpfc_kernel::Helper;

use super::{FRAME_BYTES, FRAME_STRIDE, Shadow};

type Function = fn(u64, u64, u64, u64, u64) -> u64;

/// `-EFAULT` and `-EINVAL` as helpers return them.
const EFAULT: u64 = -14_i64 as u64;
const EINVAL: u64 = -22_i64 as u64;

/// All helpers, by number.
pub(super) static TABLE: &[(i32, Function)] = &[
    (Helper::SKB_LOAD_BYTES.id, as_rust(skb_load_bytes_entry)),
    (Helper::XDP_LOAD_BYTES.id, as_rust(xdp_load_bytes_entry)),
    (Helper::XDP_GET_BUFF_LEN.id, as_rust(xdp_get_buff_len_entry)),
];

const fn as_rust(entry: unsafe extern "sysv64" fn()) -> Function {
    // SAFETY: function pointers of one size. Only machine code calls it, by the C convention.
    unsafe { std::mem::transmute(entry) }
}

macro_rules! entry {
    ($name:ident, $function:ident) => {
        #[unsafe(naked)]
        unsafe extern "sysv64" fn $name() {
            naked_asm!(
                "push rbp",
                "mov rbp, rsp",
                "and rsp, -16",
                "call {function}",
                "leave",
                "ret",
                function = sym $function,
            )
        }
    };
}

entry!(skb_load_bytes_entry, skb_load_bytes);
entry!(xdp_load_bytes_entry, xdp_load_bytes);
entry!(xdp_get_buff_len_entry, xdp_get_buff_len);

/// # Safety
/// `shadow` is the running program's, and its packet is alive.
unsafe extern "sysv64" fn skb_load_bytes(
    shadow: *mut Shadow,
    offset: u64,
    to: u64,
    len: u64,
) -> u64 {
    // SAFETY: the caller's promise.
    if unsafe { load_bytes(shadow, offset as u32, to, len as u32) } { 0 } else { EFAULT }
}

/// # Safety
/// As for [`skb_load_bytes`].
unsafe extern "sysv64" fn xdp_load_bytes(
    shadow: *mut Shadow,
    offset: u64,
    to: u64,
    len: u64,
) -> u64 {
    let (offset, len) = (offset as u32, len as u32);
    let limited = offset > 0xffff || len > 0xffff;
    let offset = if limited { u32::MAX } else { offset };
    // SAFETY: the caller's promise.
    match unsafe { load_bytes(shadow, offset, to, len) } {
        true => 0,
        false if limited => EFAULT,
        false => EINVAL,
    }
}

/// # Safety
/// As for [`skb_load_bytes`].
unsafe extern "sysv64" fn xdp_get_buff_len(shadow: *mut Shadow) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { (*shadow).length }
}

/// Copies packet bytes to a frame, or zeros if not all of them are there. If `to` is not in a
/// frame the run gives up.
///
/// # Safety
/// As for [`skb_load_bytes`].
unsafe fn load_bytes(shadow: *mut Shadow, offset: u32, to: u64, len: u32) -> bool {
    let (offset, len) = (offset as usize, len as usize);
    // SAFETY: the caller's promise makes the shadow valid; nobody else uses it now, as the program
    // waits for us. The destination is checked to lie in a frame, the source in the packet.
    unsafe {
        let frames = (&raw mut (*shadow).frames).cast::<u8>();
        let distance = (to as usize).wrapping_sub(frames.addr());
        let within = distance % FRAME_STRIDE as usize;
        let inside = distance < size_of_val(&(*shadow).frames)
            && within.checked_add(len).is_some_and(|end| end <= FRAME_BYTES as usize);
        if !inside {
            (*shadow).gave_up = 1;
            return false;
        }
        let to = frames.add(distance);
        let found = offset.checked_add(len).is_some_and(|end| end <= (*shadow).captured);
        if found {
            std::ptr::copy_nonoverlapping((*shadow).packet.add(offset), to, len);
        } else {
            std::ptr::write_bytes(to, 0, len);
        }
        found
    }
}
