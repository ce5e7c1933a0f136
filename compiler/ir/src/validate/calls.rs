//! Calls of helpers and of the module's functions.

use nbpfc_kernel::{Argument, Helper, Returns, SOCKET_SIZE};

use super::Check;
use crate::entity::{Func, Inst, Value};
use crate::fault::{Problem, User};
use crate::limits::Limits;
use crate::map::MapData;
use crate::pointer::{Pointer, Region};
use crate::types::Type;

impl<'a> Check<'a> {
    /// What is known of the map that a call is about: itself, if the module is known.
    fn map_of(&self, helper: &Helper, args: &[Value]) -> Option<&'a MapData> {
        let index = helper.arguments.iter().position(|kind| matches!(kind, Argument::Map(_)))?;
        match self.function.ty(*args.get(index)?).pointer()?.region {
            Region::Map(map) => self.module?.maps.get(map),
            _ => None,
        }
    }

    pub(super) fn call_helper(
        &mut self,
        inst: Inst,
        helper: &Helper,
        args: &[Value],
        result: Type,
        limits: &mut Limits<'_>,
    ) {
        let same = args.len() == helper.arguments.len();
        self.require(same, Problem::Call { inst, index: helper.arguments.len() });
        if !same {
            return;
        }
        let map = self.map_of(helper, args);
        for (index, kind) in helper.arguments.iter().enumerate() {
            let holds = self.suits(*kind, args, index, map, limits);
            self.require(holds, Problem::Call { inst, index });
        }
        let record = args.get(1).and_then(|length| self.function.constant(*length));
        let holds = match (helper.returns, result) {
            (Returns::Nothing, Type::Void) | (Returns::Number | Returns::Truth, Type::I64) => true,
            (Returns::Value, Type::Pointer(pointer)) => {
                let size = map.map_or(pointer.size, |map| map.value_size);
                pointer == Pointer::new(Region::Value, size)
            }
            (Returns::ValueOrNull, Type::Pointer(pointer))
                if map.is_some_and(|map| map.kind.holds_sockets()) =>
            {
                pointer == Pointer::new(Region::Socket, SOCKET_SIZE).or_null()
            }
            (Returns::ValueOrNull, Type::Pointer(pointer)) => {
                let expected = map.map(|map| match map.inner {
                    Some(inner) => Pointer::new(Region::Map(inner), 0),
                    None => Pointer::new(Region::Value, map.value_size),
                });
                let region =
                    matches!(pointer.region, Region::Value | Region::Map(_) | Region::Socket);
                region && expected.is_none_or(|expected| pointer == expected.or_null())
            }
            (Returns::RecordOrNull, Type::Pointer(pointer)) => {
                let size = record.and_then(|length| u32::try_from(length).ok());
                size.is_some_and(|size| pointer == Pointer::new(Region::Record, size).or_null())
            }
            (Returns::SocketOrNull, Type::Pointer(pointer)) => {
                pointer == Pointer::new(Region::Socket, SOCKET_SIZE).or_null()
            }
            _ => false,
        };
        self.require(holds, Problem::CallResult(inst));
    }

    /// Whether an argument is of the kind that is called for.
    fn suits(
        &self,
        kind: Argument,
        args: &[Value],
        index: usize,
        map: Option<&MapData>,
        limits: &mut Limits<'_>,
    ) -> bool {
        let value = args[index];
        let ty = self.function.ty(value);
        let pointer = ty.pointer().filter(|pointer| !pointer.nullable);
        let region = pointer.map(|pointer| pointer.region);
        let memory = |size: Option<u32>, may: fn(Region) -> bool| {
            pointer.is_some_and(|pointer| {
                may(pointer.region) && size.is_none_or(|size| pointer.size >= size)
            })
        };
        match kind {
            Argument::Context => region == Some(Region::Context),
            Argument::Map(kinds) => {
                matches!(region, Some(Region::Map(_)))
                    && map.is_none_or(|map| kinds.contains(&map.kind))
            }
            Argument::Key => memory(map.map(|map| map.key_size), Region::is_read),
            Argument::ValueOrNull => {
                memory(map.map(|map| map.value_size), Region::is_read)
                    || self.function.constant(value) == Some(0)
            }
            Argument::Value => {
                let sockets = map.is_none_or(|map| map.kind.holds_sockets());
                let values = map.is_none_or(|map| !map.kind.holds_sockets());
                sockets && region == Some(Region::Socket)
                    || values && memory(map.map(|map| map.value_size), Region::is_read)
            }
            Argument::ValueOut => memory(map.map(|map| map.value_size), Region::is_written),
            Argument::Fixed(size) => memory(Some(size), Region::is_written),
            Argument::Memory => memory(None, Region::is_read),
            Argument::MemoryOut => memory(None, Region::is_written),
            Argument::MemoryOrNull => {
                memory(None, Region::is_read) || self.function.constant(value) == Some(0)
            }
            Argument::Size(least) => {
                let before = index.checked_sub(1).map(|before| self.function.ty(args[before]));
                let room = before.and_then(Type::pointer).map_or(0, |pointer| pointer.size);
                ty.is_number()
                    && limits.max(value) <= u64::from(room)
                    && limits.min(value) >= u64::from(least)
            }
            Argument::Number => ty.is_number(),
            Argument::Length => ty.is_number() && self.function.constant(value).is_some(),
            Argument::Record => region == Some(Region::Record),
            Argument::Socket | Argument::Release => region == Some(Region::Socket),
            Argument::Lock => region == Some(Region::Value),
        }
    }

    pub(super) fn invoke(&mut self, inst: Inst, callee: Func, args: &[Value], result: Type) {
        let user = User::Inst(inst);
        for &value in args {
            let holds = match self.function.ty(value) {
                Type::I32 | Type::I64 => true,
                Type::Pointer(pointer) => !pointer.nullable && !pointer.region.is_held(),
                Type::View | Type::Void => false,
            };
            self.require(holds, Problem::OperandType { user, value });
        }
        let Some(module) = self.module else { return };
        let Some(callee) = module.functions.get(callee.as_u32() as usize) else {
            self.problems.push(Problem::Missing(inst));
            return;
        };
        let wrong = (0..args.len().max(callee.params.len())).find(|index| {
            args.get(*index).map(|value| self.function.ty(*value))
                != callee.params.get(*index).copied()
        });
        self.require(wrong.is_none(), Problem::Call { inst, index: wrong.unwrap_or(0) });
        self.require(result == callee.result, Problem::CallResult(inst));
    }
}
