//! From placed virtual registers to real instructions, block by block.

use nbpfc_ir::Compare;
use nbpfc_isa::{AluOp, AtomicOp, Bits, Insn, Pseudo, Reg, Size, Src};
use nbpfc_kernel::MAX_STACK;
use nbpfc_source::Span;
use regalloc2::{Allocation, Block as RaBlock, Edit, InstOrEdit, Output};

use super::allocate::Input;
use super::spills::Spills;
use super::vcode::{End, Label, Op, Operand, VCode};
use crate::error::Error;

const R0: Reg = Reg(0);
const R2: Reg = Reg(2);
const R3: Reg = Reg(3);
const R4: Reg = Reg(4);
const FRAME: Reg = Reg(10);

/// How a block ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Exit {
    Jump(Label),
    Branch {
        condition: Condition,
        then: Label,
        otherwise: Label,
    },
    /// With what is in `r0`.
    Return,
    ReturnImm(u32),
}

/// A comparison of registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Condition {
    pub(crate) bits: Bits,
    pub(crate) compare: Compare,
    pub(crate) a: Reg,
    pub(crate) b: Src,
}

/// A block of real instructions, but for its end.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) insns: Vec<(Insn, Span)>,
    pub(crate) exit: Exit,
    pub(crate) span: Span,
}

/// A function of such blocks, in the order of emission.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assigned {
    pub(crate) blocks: Vec<Block>,
    /// Bytes of stack used.
    pub(crate) stack: u32,
    /// See [`VCode::bounds`].
    pub(crate) bounds: bool,
}

/// Makes the instructions.
pub(crate) fn assign(code: &VCode, input: &Input<'_>, output: &Output) -> Result<Assigned, Error> {
    let mut spills = Spills::apart(output);
    if code.stack + 8 * spills.count > MAX_STACK {
        spills = Spills::shared(code, input, output);
    }
    let stack = code.stack + 8 * spills.count;
    if stack > MAX_STACK {
        return Err(Error::Stack { have: stack, limit: MAX_STACK });
    }
    let mut blocks = Vec::with_capacity(code.blocks.len());
    for label in &code.order {
        let index = label.index();
        let block = &code.blocks[index];
        let insns = Vec::with_capacity(block.ops.len() + 2);
        let mut writer = Writer { insns, span: block.span, below: code.stack, spills: &spills };
        let mut exit = Exit::Return;
        for item in output.block_insts_and_edits(input, RaBlock::new(index)) {
            match item {
                InstOrEdit::Edit(Edit::Move { from, to }) => writer.transfer(*from, *to),
                InstOrEdit::Inst(inst) => {
                    let registers = Registers(output.inst_allocs(inst));
                    match block.ops.get(inst.index() - input.first(index)) {
                        Some((op, span)) => {
                            writer.span = *span;
                            writer.op(op, registers);
                        }
                        None => exit = end(&block.end, registers),
                    }
                }
            }
        }
        blocks.push(Block { insns: writer.insns, exit, span: block.span });
    }
    // From here on, blocks are known by their place.
    let mut places = vec![Label(0); code.blocks.len()];
    for (place, label) in code.order.iter().enumerate() {
        places[label.index()] = Label(place as u32);
    }
    let place = |label: Label| places[label.index()];
    for block in &mut blocks {
        match &mut block.exit {
            Exit::Jump(to) => *to = place(*to),
            Exit::Branch { then, otherwise, .. } => {
                (*then, *otherwise) = (place(*then), place(*otherwise));
            }
            Exit::Return | Exit::ReturnImm(_) => {}
        }
    }
    Ok(Assigned { blocks, stack, bounds: code.bounds })
}

/// What the allocator chose for an instruction's operands.
#[derive(Clone, Copy)]
struct Registers<'a>(&'a [Allocation]);

impl Registers<'_> {
    /// The operand with this index; all operands are in registers.
    fn at(self, index: usize) -> Reg {
        let register = self.0.get(index).and_then(|allocation| allocation.as_reg());
        Reg(register.map_or(0, |register| register.hw_enc() as u8))
    }

    fn source(self, index: usize, operand: Operand) -> Src {
        match operand {
            Operand::Reg(_) => Src::Reg(self.at(index)),
            Operand::Imm(imm) => Src::Imm(imm),
        }
    }
}

fn end(end: &End, registers: Registers<'_>) -> Exit {
    match *end {
        End::Jump(to, _) => Exit::Jump(to),
        End::Branch { bits, compare, b, then, otherwise, .. } => {
            let (a, b) = (registers.at(0), registers.source(1, b));
            Exit::Branch { condition: Condition { bits, compare, a, b }, then, otherwise }
        }
        End::Return(_) => Exit::Return,
        End::ReturnImm(number) => Exit::ReturnImm(number),
    }
}

/// `d = number`, in as few slots as there are for it.
pub(crate) fn immediate(d: Reg, number: u64) -> (Insn, Option<Insn>) {
    if let Ok(imm) = i32::try_from(number as i64) {
        (Insn::alu(Bits::B64, AluOp::Mov, d, Src::Imm(imm)), None)
    } else if let Ok(imm) = u32::try_from(number) {
        (Insn::alu(Bits::B32, AluOp::Mov, d, Src::Imm(imm as i32)), None)
    } else {
        let [first, second] = Insn::ld_imm64(d, number);
        (first, Some(second))
    }
}

struct Writer<'a> {
    insns: Vec<(Insn, Span)>,
    span: Span,
    /// Spilled registers lie below this many bytes of stack.
    below: u32,
    spills: &'a Spills,
}

impl Writer<'_> {
    fn push(&mut self, insn: Insn) {
        self.insns.push((insn, self.span));
    }

    fn mov(&mut self, to: Reg, from: Reg) {
        if to != from {
            self.push(Insn::alu(Bits::B64, AluOp::Mov, to, Src::Reg(from)));
        }
    }

    fn imm(&mut self, d: Reg, number: u64) {
        let (first, second) = immediate(d, number);
        self.push(first);
        if let Some(second) = second {
            self.push(second);
        }
    }

    /// A move that the allocator asks for.
    fn transfer(&mut self, from: Allocation, to: Allocation) {
        let slot = |allocation: Allocation| {
            -((self.below + 8 * (self.spills.place(allocation) + 1)) as i16)
        };
        let register = |allocation: Allocation| {
            allocation.as_reg().map(|register| Reg(register.hw_enc() as u8))
        };
        match (register(from), register(to)) {
            (Some(from), Some(to)) => self.mov(to, from),
            (Some(from), None) => self.push(Insn::store(Size::DW, FRAME, slot(to), from)),
            (None, Some(to)) => self.push(Insn::load(Size::DW, to, FRAME, slot(from))),
            // The allocator makes no such move.
            (None, None) => {}
        }
    }

    fn op(&mut self, op: &Op, registers: Registers<'_>) {
        match *op {
            Op::Context { .. } | Op::Arguments { .. } | Op::Copy { .. } => {}
            Op::Steps { count } => {
                for _ in 0..count {
                    self.push(Insn::ja(0));
                }
            }
            Op::Move { .. } => self.mov(registers.at(1), registers.at(0)),
            Op::Narrow { .. } => {
                let a = Src::Reg(registers.at(0));
                self.push(Insn::alu(Bits::B32, AluOp::Mov, registers.at(1), a));
            }
            Op::Imm { number, .. } => self.imm(registers.at(0), number),
            // The table's number stands where the map's descriptor is to be; [`super::encode`]
            // makes a relocation of it.
            Op::Table { table, .. } => {
                let [first, second] = Insn::ld_map_value(registers.at(0), table.as_u32() as i32, 0);
                self.push(first);
                self.push(second);
            }
            Op::Alu { bits, op, b, .. } => {
                self.push(Insn::alu(bits, op, registers.at(0), registers.source(2, b)));
            }
            Op::Swap { bits, .. } => self.push(Insn::to_be(bits, registers.at(0))),
            Op::Load { size, off, .. } => {
                self.push(Insn::load(size, registers.at(1), registers.at(0), off));
            }
            Op::LoadStack { size, off, .. } => {
                self.push(Insn::load(size, registers.at(0), FRAME, off));
            }
            Op::LoadAbsolute { size, index: None, disp, .. } => {
                self.push(Insn::ld_abs(size, disp));
            }
            Op::LoadAbsolute { size, index: Some(_), disp, .. } => {
                self.push(Insn::ld_ind(size, registers.at(2), disp));
            }
            Op::Ask { helper, .. } | Op::Call { helper, .. } => self.push(Insn::call(helper)),
            // The function's number stands where the distance is to be, see [`super::encode`].
            Op::CallLocal { function, .. } => {
                self.push(Insn::call_local(function.as_u32() as i32));
            }
            Op::MapAddress { map, offset, .. } => {
                let (d, map) = (registers.at(0), map.as_u32() as i32);
                let [first, second] = match offset {
                    None => Insn::ld_map_fd(d, map),
                    // Told from a table's until [`super::encode`] has seen both.
                    Some(offset) => Insn::ld_pseudo(d, Pseudo::MapIdxValue, map, offset as i32),
                };
                self.push(first);
                self.push(second);
            }
            Op::FrameAddress { off, .. } => {
                let d = registers.at(0);
                self.mov(d, FRAME);
                self.push(Insn::alu(Bits::B64, AluOp::Add, d, Src::Imm(off)));
            }
            Op::Store { size, base, off, value } => match value {
                Operand::Imm(imm) => {
                    let base = base.map_or(FRAME, |_| registers.at(0));
                    self.push(Insn::store_imm(size, base, off, imm));
                }
                Operand::Reg(_) => {
                    let base = base.map_or(FRAME, |_| registers.at(1));
                    self.push(Insn::store(size, base, off, registers.at(0)));
                }
            },
            Op::Atomic { size, op, base, off, .. } => {
                let base = base.map_or(FRAME, |_| registers.at(1));
                self.push(Insn::atomic(size, op, base, off, registers.at(0)));
            }
            // What was there comes where the value was.
            Op::Fetch { size, op, base, off, .. } => {
                let base = base.map_or(FRAME, |_| registers.at(2));
                self.push(Insn::atomic(size, op, base, off, registers.at(0)));
            }
            Op::CompareExchange { size, base, off, .. } => {
                let base = base.map_or(FRAME, |_| registers.at(3));
                self.push(Insn::atomic(size, AtomicOp::CmpXchg, base, off, registers.at(2)));
            }
            Op::CopyBytes { helper, index, disp, to, length, .. } => {
                let imm = Src::Imm(disp as i32);
                if index.is_none() {
                    self.push(Insn::alu(Bits::B64, AluOp::Mov, R2, imm));
                } else if disp > 0 {
                    self.push(Insn::alu(Bits::B64, AluOp::Add, R2, imm));
                }
                self.mov(R3, FRAME);
                self.push(Insn::alu(Bits::B64, AluOp::Add, R3, Src::Imm(to.into())));
                self.push(Insn::alu(Bits::B64, AluOp::Mov, R4, Src::Imm(length.into())));
                self.push(Insn::call(helper));
            }
        }
    }
}

/// `r0 = number` before the program ends. The kernel reads 32 bits of it.
pub(crate) fn result(number: u32) -> Insn {
    immediate(R0, u64::from(number)).0
}
