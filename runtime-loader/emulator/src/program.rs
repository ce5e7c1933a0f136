//! A program decoded once: every slot an operation with its operands ready, every target checked.

use nbpfc_isa::{Field, Insn, Op, Pseudo, Reg, Src};
use nbpfc_kernel::{Helper, Hook, MapKind};

use crate::context::has_packet_loads;
use crate::error::{Error, ErrorKind};
use crate::global::Global;
use crate::maps::Map;

/// One decoded instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) op: Op,
    pub(crate) dst: u8,
    pub(crate) src: u8,
    /// Whether the second operand is the register `src`, not `imm`.
    pub(crate) by_register: bool,
    /// Offset from an address, in bytes.
    pub(crate) off: i16,
    /// The immediate, sign-extended; of two slots the whole number.
    pub(crate) imm: u64,
    /// Slot that a jump or a call leads to.
    pub(crate) target: usize,
    /// Slot of the next instruction.
    pub(crate) next: usize,
}

impl Step {
    /// What an address of global data names: which, and the offset in it.
    pub(crate) fn global(&self) -> (u32, i64) {
        (self.imm as u32, (self.imm >> 32) as i64)
    }

    /// Whether it may lead to `target`.
    pub(crate) fn jumps(&self) -> bool {
        matches!(self.op, Op::Jump(..) | Op::Ja | Op::Gotol)
    }

    /// Whether it may go on at `next`.
    pub(crate) fn falls_through(&self) -> bool {
        !matches!(self.op, Op::Ja | Op::Gotol | Op::Exit)
    }
}

/// The decoded slots of a program; second slots are `None`.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) steps: Vec<Option<Step>>,
}

impl Program {
    /// Decodes and checks that control stays inside, and that addresses of global data are in it.
    pub(crate) fn decode(
        insns: &[Insn],
        hook: &Hook,
        globals: &[Global],
        maps: &[Map],
    ) -> Result<Self, Error> {
        let mut steps = Vec::with_capacity(insns.len());
        while let Some(insn) = insns.get(steps.len()) {
            let pc = steps.len();
            let step = decode(*insn, insns.get(pc + 1).copied(), pc)
                .and_then(|step| check_emulated(&step, hook, globals, maps).map(|()| step))
                .map_err(|kind| Error { pc, kind })?;
            steps.push(Some(step));
            steps.extend((pc + 1..step.next).map(|_| None));
        }
        let program = Self { steps };
        for (pc, step) in program.instructions() {
            let leads = step.jumps() || step.op == Op::CallLocal;
            if leads && program.get(step.target).is_none() {
                return Err(Error { pc, kind: ErrorKind::Target });
            }
            if step.falls_through() && program.get(step.next).is_none() {
                return Err(Error { pc, kind: ErrorKind::NoEnd });
            }
        }
        match program.get(0) {
            Some(_) => Ok(program),
            None => Err(Error { pc: 0, kind: ErrorKind::NoEnd }),
        }
    }

    /// The instruction that begins at a slot.
    pub(crate) fn get(&self, pc: usize) -> Option<&Step> {
        self.steps.get(pc)?.as_ref()
    }

    /// All instructions with their slots.
    pub(crate) fn instructions(&self) -> impl DoubleEndedIterator<Item = (usize, &Step)> {
        self.steps.iter().enumerate().filter_map(|(pc, step)| Some((pc, step.as_ref()?)))
    }
}

fn decode(insn: Insn, second: Option<Insn>, pc: usize) -> Result<Step, ErrorKind> {
    let row = insn.row().ok_or(ErrorKind::NotAnInstruction)?;
    let writes = |field, register| {
        matches!(field, Field::Write | Field::ReadWrite) && register == Reg::FRAME.0
    };
    if writes(row.dst, insn.dst) || writes(row.src, insn.src) {
        return Err(ErrorKind::FramePointer);
    }
    let mut imm = insn.imm as i64 as u64;
    if row.slots() == 2 {
        let second = second
            .filter(|second| row.admits_second(*second))
            .ok_or(ErrorKind::NotAnInstruction)?;
        imm = u64::from(insn.imm as u32) | u64::from(second.imm as u32) << 32;
    }
    let next = pc + row.slots();
    let distance = match row.op {
        Op::Gotol | Op::CallLocal => i64::from(insn.imm),
        _ => i64::from(insn.off),
    };
    let target = usize::try_from(next as i64 + distance).unwrap_or(usize::MAX);
    Ok(Step {
        op: row.op,
        dst: insn.dst,
        src: insn.src,
        by_register: matches!(row.operand(insn), Src::Reg(_)),
        off: insn.off,
        imm,
        target,
        next,
    })
}

/// Whether the emulator has what the instruction needs.
fn check_emulated(
    step: &Step,
    hook: &Hook,
    globals: &[Global],
    maps: &[Map],
) -> Result<(), ErrorKind> {
    let what = match step.op {
        Op::LdPseudo(Pseudo::BtfId) => "kernel variables are",
        Op::LdPseudo(Pseudo::Func) => "function pointers are",
        Op::LdPseudo(Pseudo::MapFd) if !maps.is_empty() => {
            let there = (step.imm as u32 as usize) < maps.len();
            return if there { Ok(()) } else { Err(ErrorKind::Map) };
        }
        Op::LdPseudo(Pseudo::MapValue) if !maps.is_empty() => {
            let (map, offset) = step.global();
            let inside = maps.get(map as usize).is_some_and(|map| {
                let spec = map.spec();
                let direct = spec.kind == MapKind::Array && spec.max_entries == 1;
                direct && (0..i64::from(spec.value_size)).contains(&offset)
            });
            return if inside { Ok(()) } else { Err(ErrorKind::Map) };
        }
        Op::LdPseudo(Pseudo::MapValue) if !globals.is_empty() => {
            let (map, offset) = step.global();
            // The kernel, too, takes an address only if there is a byte at it.
            let inside =
                globals.get(map as usize).is_some_and(|global| global.place(offset, 1).is_some());
            return if inside { Ok(()) } else { Err(ErrorKind::Global) };
        }
        Op::LdPseudo(_) => "maps are",
        Op::AddrSpaceCast => "arenas are",
        Op::MayGoto => "`may_goto` is",
        Op::CallKfunc => "kernel functions are",
        Op::LdAbs(_) if (step.imm as i64) < 0 => "packet loads at negative offsets are",
        Op::LdAbs(_) | Op::LdInd(_) if !has_packet_loads(hook.program_type) => {
            "packet loads on this hook are"
        }
        Op::Call if !has_helper(hook, step.imm as i32) => {
            return Err(ErrorKind::Helper(step.imm as i32));
        }
        _ => return Ok(()),
    };
    Err(ErrorKind::NotEmulated(what))
}

/// Helpers that are emulated, by their names; and besides those that answer what is usual or said.
const EMULATED: &[&str] = &[
    "map_lookup_elem",
    "map_lookup_percpu_elem",
    "sk_lookup_tcp",
    "sk_lookup_udp",
    "sk_release",
    "sk_storage_get",
    "sk_storage_delete",
    "sk_assign",
    "get_local_storage",
    "get_hash_recalc",
    "skb_under_cgroup",
    "map_update_elem",
    "map_delete_elem",
    "ktime_get_ns",
    "trace_printk",
    "get_prandom_u32",
    "get_smp_processor_id",
    "skb_ancestor_cgroup_id",
    "ktime_get_coarse_ns",
    "ktime_get_tai_ns",
    "skb_store_bytes",
    "l3_csum_replace",
    "l4_csum_replace",
    "tail_call",
    "clone_redirect",
    "skb_vlan_push",
    "skb_vlan_pop",
    "redirect",
    "perf_event_output",
    "skb_load_bytes",
    "csum_diff",
    "skb_change_tail",
    "skb_pull_data",
    "skb_change_head",
    "xdp_adjust_head",
    "skb_adjust_room",
    "lwt_push_encap",
    "redirect_map",
    "xdp_adjust_tail",
    "map_push_elem",
    "map_pop_elem",
    "map_peek_elem",
    "spin_lock",
    "spin_unlock",
    "jiffies64",
    "ktime_get_boot_ns",
    "ringbuf_output",
    "ringbuf_reserve",
    "ringbuf_submit",
    "ringbuf_discard",
    "ringbuf_query",
    "redirect_peer",
    "xdp_get_buff_len",
    "xdp_load_bytes",
    "xdp_store_bytes",
];

fn has_helper(hook: &Hook, id: i32) -> bool {
    Helper::by_id(id).is_some_and(|helper| {
        let is_emulated = helper.usual().is_some() || EMULATED.contains(&helper.name);
        is_emulated && helper.programs.contains(&hook.program_type)
    })
}
