//! Machine code from rbpf's just-in-time compiler: the one door to rbpf.
//!
//! rbpf checks no memory access, so it only gets [`Guarded`] code: every access either has a
//! constant place in the structures below, or stands behind comparisons with the packet's bounds
//! that are part of the code. The emulator's lowering makes such code and nobody else does.
//!
//! Machine code lies in pages of its own that are writable or executable, never both. rbpf makes it
//! for x86-64 only; elsewhere [`Native::compile`] says so.

use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

use nbpfc_isa::Insn;
use nbpfc_kernel::{MAX_CALL_FRAMES, MAX_STACK};

use crate::errno::Errno;

#[cfg(target_arch = "x86_64")]
mod helpers;
mod memory;

use memory::Pages;

/// Words of the context: the kernel's structure with each of its 4-byte words made 8 bytes wide,
/// so that a pointer has room where the kernel's structure shows 32 bits.
pub const CONTEXT_WORDS: usize = 62;
/// Bytes from the context to where the address of the first frame's end stands.
pub const FRAME_POINTER: i16 = 8 * CONTEXT_WORDS as i16;
/// Bytes from the context to the word that code makes 1 to give up.
pub const GAVE_UP: i16 = FRAME_POINTER + 8;
/// Bytes of a function's frame, below its frame pointer.
pub const FRAME_BYTES: i16 = MAX_STACK as i16;
/// Bytes between the frame pointers of caller and called.
pub const FRAME_STRIDE: i32 = size_of::<Frame>() as i32;
/// Bytes above the frame pointer to four words for the code's own use.
pub const SAVED: i16 = 0;
/// Bytes above the frame pointer to the packet's address, negated.
pub const NEGATED_START: i16 = 32;
/// Bytes above the frame pointer to how many places there are in the packet for 1 byte; behind
/// it for 2, 4 and 8 bytes.
pub const ROOM: i16 = 40;
/// Bytes above the frame pointer to the address of the context.
pub const CONTEXT: i16 = 72;
/// Bytes above the frame pointer to how often the code may still jump backwards.
pub const BACKWARD_JUMPS: i16 = 80;
/// The most slots of code; rbpf counts them in 16 bits with a sign.
pub const SLOTS: usize = 32_000;

/// Bytes of machine code that rbpf makes of one slot, at most: division with its pushes and tests
/// is the longest with about 50. rbpf panics if the memory is too short.
const BYTES_PER_SLOT: usize = 96;
/// Bytes of entry and exit, at most; rbpf wants a page at least.
const BYTES_AROUND: usize = 4096;

/// Which words of the context are pointers into the packet, by index below [`CONTEXT_WORDS`].
#[derive(Clone, Debug, Default)]
pub struct PacketWords {
    /// Words with the address of the first byte.
    pub data: Vec<usize>,
    /// Words with the address behind the last byte.
    pub data_end: Vec<usize>,
}

/// Code that rbpf may compile.
#[derive(Clone, Debug)]
pub struct Guarded {
    insns: Vec<Insn>,
    words: PacketWords,
    frames: usize,
    data: Arc<[u8]>,
}

impl Guarded {
    /// Marks code as guarded, with the words of the context that it takes for pointers, and how
    /// many frames deep its calls go. The type system cannot see it: whoever calls this promises,
    /// for all packets and numbers in the context, that
    /// - the first instruction makes `r10` the frame pointer that [`FRAME_POINTER`] names, and
    ///   `r10` changes only by [`FRAME_STRIDE`] around local calls, in at most `frames` frames, of
    ///   which there are [`MAX_CALL_FRAMES`];
    /// - loads and stores through `r10` stay within the frame and the words above it, loads and
    ///   stores through the context within [`CONTEXT_WORDS`], [`FRAME_POINTER`] and [`GAVE_UP`];
    ///   these words are written as their descriptions say;
    /// - every other load lies behind a comparison that shows it to be in the packet, by
    ///   [`NEGATED_START`] and [`ROOM`] or by the context's pointers, or in `data`, whose address
    ///   and length are in the code; there are no other stores;
    /// - backward jumps count down [`BACKWARD_JUMPS`] and stop at 0;
    /// - helpers are called with the context in `r1`;
    /// - no instruction is outside of what rbpf compiles: no signed division, sign extension,
    ///   atomic operation, `bswap`, `gotol`, packet load; jumps stay inside, and the last slot is
    ///   an exit or a jump.
    pub fn promised(insns: Vec<Insn>, words: PacketWords, frames: usize, data: Arc<[u8]>) -> Self {
        Self { insns, words, frames: frames.clamp(1, MAX_CALL_FRAMES), data }
    }
}

/// Why there is no machine code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NativeError {
    /// The processor is not x86-64.
    Platform,
    /// More code than [`SLOTS`].
    TooLong,
    /// rbpf refused, in its words.
    Refused(String),
    /// No memory for the code.
    Memory(Errno),
}

impl fmt::Display for NativeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => write!(f, "machine code is only made for x86-64"),
            Self::TooLong => write!(f, "more than {SLOTS} instructions"),
            Self::Refused(why) => write!(f, "{why}"),
            Self::Memory(errno) => write!(f, "no memory for machine code: {errno}"),
        }
    }
}

impl std::error::Error for NativeError {}

/// A function's frame and what guards need, above the frame pointer.
#[repr(C)]
struct Frame {
    stack: [u64; FRAME_BYTES as usize / 8],
    saved: [u64; 4],
    negated_start: u64,
    room: [u64; 4],
    context: u64,
    backward_jumps: u64,
}

/// Everything that a run reads and writes, beside the packet.
#[repr(C)]
struct Shadow {
    context: [u64; CONTEXT_WORDS],
    frame_pointer: u64,
    gave_up: u64,
    packet: *const u8,
    captured: usize,
    length: u64,
    frames: [Frame; MAX_CALL_FRAMES],
}

const _: () = {
    assert!(std::mem::offset_of!(Shadow, frame_pointer) == FRAME_POINTER as usize);
    assert!(std::mem::offset_of!(Shadow, gave_up) == GAVE_UP as usize);
    let end = std::mem::offset_of!(Frame, saved);
    assert!(end == FRAME_BYTES as usize);
    assert!(std::mem::offset_of!(Frame, negated_start) - end == NEGATED_START as usize);
    assert!(std::mem::offset_of!(Frame, room) - end == ROOM as usize);
    assert!(std::mem::offset_of!(Frame, context) - end == CONTEXT as usize);
    assert!(std::mem::offset_of!(Frame, backward_jumps) - end == BACKWARD_JUMPS as usize);
};

/// What a run is on.
#[derive(Clone, Copy, Debug)]
pub struct NativeInput<'a> {
    /// The bytes that were captured.
    pub packet: &'a [u8],
    /// Length on the wire, for helpers.
    pub length: u64,
    /// How often the code may jump backwards.
    pub backward_jumps: u64,
}

/// A program as machine code, with the memory that it works on.
pub struct Native {
    code: Pages,
    shadow: NonNull<Shadow>,
    words: PacketWords,
    frames: usize,
    /// What the code reads by addresses of its own; kept so that they stay good.
    _data: Arc<[u8]>,
}

// SAFETY: the code and the shadow are its own, and nobody else has their addresses.
unsafe impl Send for Native {}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Native").field("bytes", &self.code.len()).finish_non_exhaustive()
    }
}

impl Native {
    /// Compiles.
    ///
    /// # Errors
    /// [`NativeError`]; the program can still be interpreted.
    pub fn compile(code: &Guarded) -> Result<Self, NativeError> {
        if code.insns.len() > SLOTS {
            return Err(NativeError::TooLong);
        }
        let bytes: Vec<u8> = code.insns.iter().flat_map(|insn| insn.encode()).collect();
        let mut pages = Pages::new(BYTES_AROUND + BYTES_PER_SLOT * code.insns.len())
            .map_err(NativeError::Memory)?;
        translate(&bytes, pages.bytes_mut())?;
        pages.make_executable().map_err(NativeError::Memory)?;
        let Guarded { words, frames, data, .. } = code.clone();
        Ok(Self { code: pages, shadow: new_shadow(), words, frames, _data: data })
    }

    /// Puts a number into the context for the following runs; not where a packet pointer stands.
    pub fn set_word(&mut self, word: usize, number: u64) {
        if self.words.data.contains(&word) || self.words.data_end.contains(&word) {
            return;
        }
        // SAFETY: the shadow is ours, and no other reference to it is alive.
        let shadow = unsafe { self.shadow.as_mut() };
        if let Some(place) = shadow.context.get_mut(word) {
            *place = number;
        }
    }

    /// Runs; `r0`, or `None` if the code gave up because a guard did not hold.
    pub fn run(&mut self, input: &NativeInput<'_>) -> Option<u64> {
        // An empty slice may have any address; near 0 the program's arithmetic would wrap.
        static NOWHERE: [u8; 1] = [0];
        let packet = if input.packet.is_empty() { &NOWHERE[..0] } else { input.packet };
        let start = packet.as_ptr();
        let captured = input.packet.len();
        // SAFETY: the shadow is ours; the reference ends before the code runs.
        let shadow = unsafe { self.shadow.as_mut() };
        let first = start.expose_provenance() as u64;
        let pointers = self.words.data.iter().map(|word| (word, first));
        let ends = self.words.data_end.iter().map(|word| (word, first + captured as u64));
        for (word, address) in pointers.chain(ends) {
            if let Some(place) = shadow.context.get_mut(*word) {
                *place = address;
            }
        }
        shadow.gave_up = 0;
        shadow.packet = start;
        shadow.captured = captured;
        shadow.length = input.length;
        for frame in shadow.frames.iter_mut().rev().take(self.frames) {
            frame.negated_start = first.wrapping_neg();
            for (room, size) in frame.room.iter_mut().zip([1, 2, 4, 8]) {
                *room = (captured as u64 + 1).saturating_sub(size);
            }
            frame.backward_jumps = input.backward_jumps.max(1);
        }
        // SAFETY: the pages hold a whole function, compiled from guarded code. By the promise of
        // `Guarded` it reads only the shadow, the packet, which is borrowed for the run, and the data,
        // which is kept, writes only the shadow, and ends.
        let result = unsafe { enter(self.code.as_ptr(), self.shadow.as_ptr()) };
        // SAFETY: the shadow is ours, and the code does not run any more.
        let gave_up = unsafe { self.shadow.as_ref() }.gave_up;
        (gave_up == 0).then_some(result)
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        // SAFETY: made from a box in `new_shadow`, and never given away.
        drop(unsafe { Box::from_raw(self.shadow.as_ptr()) });
    }
}

/// A shadow whose constant addresses are set.
fn new_shadow() -> NonNull<Shadow> {
    // SAFETY: all of it is integers and a pointer that may be null.
    let shadow: Box<Shadow> = unsafe { Box::new_zeroed().assume_init() };
    let shadow = Box::into_raw(shadow);
    // SAFETY: just made from a box, so valid and aligned; nobody else has it.
    unsafe {
        let context = shadow.expose_provenance() as u64;
        let frames = &raw mut (*shadow).frames;
        let last = (&raw mut (*frames)[MAX_CALL_FRAMES - 1]).byte_add(FRAME_BYTES as usize);
        (*shadow).frame_pointer = last.expose_provenance() as u64;
        for frame in &mut *frames {
            frame.context = context;
        }
        NonNull::new_unchecked(shadow)
    }
}

/// Calls machine code.
///
/// # Safety
/// `code` is a function that rbpf compiled, and safe to run on this shadow.
#[cfg(target_arch = "x86_64")]
unsafe fn enter(code: *const u8, shadow: *mut Shadow) -> u64 {
    // SAFETY: rbpf's functions have this calling convention. They take the context's address
    // first, use none of the other arguments, keep the registers that a called function has to
    // keep, and return `r0`.
    unsafe {
        let entry: extern "sysv64" fn(*mut Shadow, u64, u64, u64, u64, u64) -> u64 =
            std::mem::transmute(code);
        entry(shadow, 0, 0, 0, 0, 0)
    }
}

/// Has rbpf write machine code for `program` to `memory`.
#[cfg(target_arch = "x86_64")]
fn translate(program: &[u8], memory: &mut [u8]) -> Result<(), NativeError> {
    let refused = |error: rbpf::lib::Error| NativeError::Refused(format!("{error:?}"));
    // rbpf's own check knows neither our frame pointer nor more than syntax.
    let mut vm = rbpf::EbpfVmMbuff::new(None).map_err(refused)?;
    vm.set_verifier(|_| Ok(())).map_err(refused)?;
    vm.set_program(program).map_err(refused)?;
    for (id, function) in helpers::TABLE {
        vm.register_helper(*id as u32, *function).map_err(refused)?;
    }
    vm.set_jit_exec_memory(memory).map_err(refused)?;
    vm.jit_compile().map_err(refused)
}

/// There is no code to call: [`translate`] makes none.
///
/// # Safety
/// It does nothing.
#[cfg(not(target_arch = "x86_64"))]
unsafe fn enter(_: *const u8, _: *mut Shadow) -> u64 {
    0
}

#[cfg(not(target_arch = "x86_64"))]
fn translate(_: &[u8], _: &mut [u8]) -> Result<(), NativeError> {
    Err(NativeError::Platform)
}
