//! The kernel's helper functions, on checked memory (`kernel/bpf/helpers.c`, `net/core/filter.c`).

mod print;
mod sums;

mod sockets;
mod maps;
mod packet;
mod send;

use nbpfc_kernel::{Argument, Helper};

use crate::checked::Registers;
use crate::checked::memory::Reach;
use crate::checked::value::Kind;
use crate::checked::value::{CONTEXT, VALUE, VALUE_STRIDE, Value};
use crate::error::{FaultKind, Memory};
use crate::maps::Slot;

/// Codes as helpers return them (`include/uapi/asm-generic/errno-base.h`, `errno.h`).
const ENOENT: u64 = -2_i64 as u64;
const E2BIG: u64 = -7_i64 as u64;
const EAGAIN: u64 = -11_i64 as u64;
const ENOMEM: u64 = -12_i64 as u64;
const EFAULT: u64 = -14_i64 as u64;
const EINVAL: u64 = -22_i64 as u64;
const EALREADY: u64 = -114_i64 as u64;
/// `-ENOTSUPP`, `include/linux/errno.h`.
const ENOTSUPP: u64 = -524_i64 as u64;

/// A call: its arguments, and what they lead to.
struct Call<'a, 'b> {
    registers: &'a Registers,
    reach: &'a mut Reach<'b>,
}

impl Call<'_, '_> {
    fn argument(&self, register: u8) -> Value {
        self.registers.get(usize::from(register)).copied().unwrap_or(Value::NOTHING)
    }

    /// A number of 64 bits.
    fn number(&self, register: u8) -> Result<u64, FaultKind> {
        match self.argument(register).kind {
            Kind::Nothing => Err(FaultKind::Register(register)),
            Kind::Number => Ok(self.argument(register).bits),
            Kind::Pointer(_) => Err(FaultKind::Argument(register)),
        }
    }

    /// A number of 32 bits, as the kernel's function takes it.
    fn number32(&self, register: u8) -> Result<u32, FaultKind> {
        Ok(self.number(register)? as u32)
    }

    /// Sees that `r1` is the context.
    fn context(&self) -> Result<(), FaultKind> {
        let context = Value::pointer(Memory::Context, CONTEXT);
        if self.argument(1) == context { Ok(()) } else { Err(FaultKind::NoContext) }
    }

    /// The number of a map.
    fn map(&self, register: u8) -> Result<u32, FaultKind> {
        match self.argument(register).kind {
            Kind::Pointer(Memory::Map(map)) => Ok(map),
            _ => Err(FaultKind::Argument(register)),
        }
    }

    /// So many bytes of memory.
    fn bytes(&mut self, register: u8, size: usize) -> Result<Vec<u8>, FaultKind> {
        let pointer = self.argument(register);
        if size == 0 && pointer == Value::number(0) {
            return Ok(Vec::new());
        }
        self.reach.read(pointer, size)
    }
}

/// A pointer to the value in a slot.
fn place(map: u32, slot: Slot) -> Value {
    let address = VALUE.wrapping_add((slot as u64).wrapping_mul(VALUE_STRIDE));
    Value::pointer(Memory::Value(map), address)
}

/// Calls a helper with what is in the registers; the result is for `r0`.
pub(crate) fn call(
    id: i32,
    registers: &Registers,
    reach: &mut Reach<'_>,
) -> Result<Value, FaultKind> {
    let mut call = Call { registers, reach };
    let helper = Helper::by_id(id);
    let name = helper.map_or("", |helper| helper.name);
    if let Some(result) = maps::call(name, &mut call) {
        return result;
    }
    if let Some(result) = sockets::call(name, &mut call) {
        return result;
    }
    if let Some(helper) = helper
        && let Some(answer) = call.reach.packet.answer(helper)
    {
        if helper.arguments.contains(&Argument::Context) {
            call.context()?;
        }
        return Ok(Value::number(answer));
    }
    let number = match name {
        // The last tick was just now, and the machine began in 1970.
        "ktime_get_ns" | "ktime_get_boot_ns" | "ktime_get_coarse_ns" | "ktime_get_tai_ns" => {
            call.reach.state.around.time
        }
        "skb_ancestor_cgroup_id" => {
            call.context()?;
            let level = call.number32(2)?.into();
            let group = call.reach.packet.answer(&Helper::SKB_CGROUP_ID).unwrap_or(0);
            Helper::ancestor(group, level)
        }
        // At 250 ticks a second.
        "jiffies64" => call.reach.state.around.time / 4_000_000,
        "get_prandom_u32" => call.reach.state.around.random().into(),
        "get_smp_processor_id" => call.reach.state.around.processor.into(),
        "trace_printk" => print::trace_printk(&mut call)?,
        "csum_diff" => sums::csum_diff(&mut call)?,
        "l3_csum_replace" => sums::l3_csum_replace(&mut call)?,
        "l4_csum_replace" => sums::l4_csum_replace(&mut call)?,
        "redirect" | "redirect_peer" | "redirect_map" | "clone_redirect" | "tail_call" => {
            send::call(name, &mut call)?
        }
        _ => packet::call(name, &mut call)?,
    };
    Ok(Value::number(number))
}
