//! Pointers, and what is read and written through them.

use super::Check;
use crate::entity::{Inst, Value};
use crate::fault::{Problem, User};
use crate::instruction::{Instruction, Place};
use crate::limits::Limits;
use crate::pointer::{Pointer, Region};
use crate::types::{Type, Width};

impl Check<'_> {
    /// An instruction about pointers, memory or the context.
    pub(super) fn memory(
        &mut self,
        inst: Inst,
        instruction: &Instruction,
        limits: &mut Limits<'_>,
    ) {
        let function = self.function;
        let user = User::Inst(inst);
        match *instruction {
            Instruction::Argument(index, ty) => {
                let holds = function.params.get(usize::from(index)) == Some(&ty);
                self.require(holds, Problem::NoArgument(inst));
            }
            Instruction::Slot(slot) => {
                self.require(function.slots.is_valid(slot), Problem::Missing(inst));
            }
            Instruction::Map(map) => {
                let holds = self.module.is_none_or(|module| module.maps.is_valid(map));
                self.require(holds, Problem::Missing(inst));
            }
            Instruction::Global { map, offset, size, writable } => {
                let Some(module) = self.module else { return };
                let Some(data) = module.maps.get(map) else {
                    self.problems.push(Problem::Missing(inst));
                    return;
                };
                let fits = u64::from(offset) + u64::from(size) <= u64::from(data.value_size);
                let holds = fits && data.is_direct() && writable != data.constant;
                self.require(holds, Problem::Access(inst));
            }
            Instruction::Part { pointer, displacement, size } => {
                if let Some(whole) = self.pointer(user, pointer) {
                    let holds = u64::from(displacement) + u64::from(size) <= u64::from(whole.size);
                    self.require(holds, Problem::Access(inst));
                }
            }
            Instruction::Index { pointer, index, size } => {
                self.typed(user, index, Type::I64);
                if let Some(whole) = self.pointer(user, pointer) {
                    // Where a variable offset may lead on the stack is more than most kernels want
                    // to know.
                    let indexed = !matches!(whole.region, Region::Stack | Region::Socket);
                    self.require(indexed, Problem::Access(inst));
                    let end = limits.max(index).saturating_add(u64::from(size));
                    self.require(end <= u64::from(whole.size), Problem::Unbounded(inst));
                }
            }
            Instruction::Read(place) => self.place(inst, place, Region::is_read),
            Instruction::Write(place, value) => {
                self.place(inst, place, Region::is_written);
                self.typed(user, value, place.width.result());
            }
            Instruction::Atomic { place, value, .. } => {
                self.atomic(inst, place);
                self.typed(user, value, place.width.result());
            }
            Instruction::CompareExchange { place, expected, value } => {
                self.atomic(inst, place);
                self.typed(user, expected, place.width.result());
                self.typed(user, value, place.width.result());
            }
            Instruction::SetMember(..) => {
                let Instruction::SetMember(member, value) = *instruction else { return };
                let ty = if member.field.size == 8 { Type::I64 } else { Type::I32 };
                self.typed(user, value, ty);
            }
            _ => {}
        }
    }

    /// What an operand points to, if it is a pointer to memory that is not null.
    fn pointer(&mut self, user: User, value: Value) -> Option<Pointer> {
        let pointer = self.function.ty(value).pointer().filter(|pointer| {
            !pointer.nullable && !matches!(pointer.region, Region::Context | Region::Map(_))
        });
        self.require(pointer.is_some(), Problem::OperandType { user, value });
        pointer
    }

    fn place(&mut self, inst: Inst, place: Place, may: impl Fn(Region) -> bool) {
        let Some(pointer) = self.pointer(User::Inst(inst), place.pointer) else { return };
        let end = u64::from(place.displacement) + u64::from(place.width.bytes());
        let holds = end <= u64::from(pointer.size) && may(pointer.region);
        self.require(holds, Problem::Access(inst));
        // The kernel keeps books on the stack, and on sockets, by aligned words.
        if matches!(pointer.region, Region::Stack | Region::Socket) {
            let start = self.stack_place(place.pointer).map_or(0, |(_, start)| start);
            let at = start + place.displacement;
            self.require(at.is_multiple_of(place.width.bytes()), Problem::Alignment(inst));
        }
    }

    fn atomic(&mut self, inst: Inst, place: Place) {
        self.place(inst, place, Region::is_written);
        let wide = matches!(place.width, Width::W4 | Width::W8);
        let aligned = place.displacement.is_multiple_of(place.width.bytes());
        self.require(wide && aligned, Problem::Alignment(inst));
    }
}
