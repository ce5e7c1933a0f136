//! Memory that tests read and write: elements of maps, variables.

use nbpfc_kernel::ValueKind;
use nbpfc_lower::globals;
use nbpfc_sema::{Expr, Map, Memory, Root, Type, Value, answer, field_offset, locate, size_of};
use nbpfc_source::Span;

use super::memory::{decode, encode};
use super::show::show;
use super::steps::{Stop, Trial};

impl Trial<'_> {
    /// The value of an expression, which is the same for all runners.
    pub(super) fn value(&mut self, expr: &Expr) -> Result<Value, Stop> {
        let first = self.value_of(expr, 0)?;
        for runner in 1..self.runners.len() {
            let other = self.value_of(expr, runner)?;
            if other != first {
                let (a, b) = (self.runners[0].name(), self.runners[runner].name());
                let message = format!("{a} and {b} do not agree");
                let [ours, theirs] =
                    [&first, &other].map(|value| show(self.program, &expr.ty, value));
                let finding = self.fail(expr.span, message);
                finding.notes.push(format!("{a} has {ours}, {b} {theirs}"));
                return Err(Stop);
            }
        }
        Ok(first)
    }

    /// The value of an expression, as one of the runners has it.
    pub(super) fn value_of(&mut self, expr: &Expr, runner: usize) -> Result<Value, Stop> {
        let (program, locals) = (self.program, self.locals.clone());
        let found = answer(program, locals, expr, &mut |place| self.lies(place, runner));
        found.map_err(|(span, why)| self.stop(span, format!("{why}{}", self.of(runner))))
    }

    /// Where a place is, as one of the runners has it.
    pub(super) fn located(&mut self, place: &Expr, runner: usize) -> Result<Memory, Stop> {
        let (program, locals) = (self.program, self.locals.clone());
        let found = locate(program, locals, place, &mut |place| self.lies(place, runner));
        found.map_err(|(span, why)| self.stop(span, format!("{why}{}", self.of(runner))))
    }

    /// Whose finding it is, if there are several that it may be of.
    pub(super) fn of(&self, runner: usize) -> String {
        match self.runners.get(runner) {
            Some(runner) if self.runners.len() > 1 => format!(", says {}", runner.name()),
            _ => String::new(),
        }
    }

    /// The map, the key, and the place in its value where something lies, with its size.
    fn address(&self, place: &Memory) -> Result<(usize, Vec<u8>, usize, usize), String> {
        let program = self.program;
        let (map, key, mut at, mut ty) = match &place.root {
            Root::Element(map, key) => {
                let data = &program.maps[*map];
                let key = encode(program, &data.key, key);
                (map.as_u32() as usize, key, 0, held(data))
            }
            Root::Peeked(map, _) => {
                let data = &program.maps[*map];
                (map.as_u32() as usize, Vec::new(), 0, data.value.clone())
            }
            Root::Var(var) => {
                let all = globals(program);
                let global = all.iter().find(|global| global.var == *var);
                let constant = program.vars[*var].constant;
                let maps = self.programs.programs.first().map(|one| &one.code.module.maps);
                let section = maps.and_then(|maps| {
                    maps.values().position(|map| map.is_globals() && map.constant == constant)
                });
                let (Some(global), Some(section)) = (global, section) else {
                    return Err("no program has this variable".to_owned());
                };
                let ty = program.vars[*var].ty.clone();
                (section, vec![0; 4], global.offset as usize, ty)
            }
        };
        for index in &place.path {
            at += field_offset(program, &ty, *index) as usize;
            ty = match ty {
                Type::Struct(id) => program.structs[id].fields[*index as usize].ty.clone(),
                Type::Array(element, _) => *element,
                other => other,
            };
        }
        Ok((map, key, at, size_of(program, &ty) as usize))
    }

    /// What lies at a place, as one of the runners has it; `None` where there is no element.
    pub(super) fn lies(&mut self, place: &Memory, runner: usize) -> Result<Option<Value>, String> {
        let (map, key, at, size) = self.address(place)?;
        if let Root::Peeked(peeked, Some(value)) = &place.root {
            let value = encode(self.program, &self.program.maps[*peeked].value, value);
            return Ok(Some(Value::Bool(self.runners[runner].has(map, &value)?)));
        }
        let bytes = self.runners[runner].get(map, &key)?;
        Ok(bytes.map(|bytes| {
            let own = bytes.get(at..).unwrap_or_default();
            decode(self.program, &place.ty, &own[..size.min(own.len())])
        }))
    }

    pub(super) fn put(&mut self, place: &Expr, value: &Expr, span: Span) -> Result<(), Stop> {
        let mut behind = Vec::new();
        for runner in 0..self.runners.len() {
            let value = self.value_of(value, runner)?;
            let place = self.located(place, runner)?;
            match self.put_in(runner, &place, &value) {
                Ok(true) => {}
                Ok(false) => behind.push(runner),
                Err(why) => return Err(self.stop(span, why)),
            }
        }
        for runner in behind.into_iter().rev() {
            self.runners.remove(runner);
        }
        Ok(())
    }

    fn put_in(&mut self, runner: usize, place: &Memory, value: &Value) -> Result<bool, String> {
        let (map, key, at, size) = self.address(place)?;
        let whole = match &place.root {
            Root::Element(map, _) => {
                size_of(self.program, &held(&self.program.maps[*map])) as usize
            }
            Root::Var(_) | Root::Peeked(..) => 0,
        };
        let own = encode(self.program, &place.ty, value);
        let bytes = self.runners[runner].get(map, &key)?;
        let mut bytes = bytes.unwrap_or_else(|| vec![0; whole]);
        if let Some(part) = bytes.get_mut(at..at + size.min(own.len())) {
            part.copy_from_slice(&own[..part.len()]);
        }
        self.runners[runner].set(map, &key, &bytes)
    }
}

/// What lies in a map under a key: also what stands for something of the kernel's, by its number.
pub(super) fn held(map: &Map) -> Type {
    if map.kind.value() == ValueKind::Reference { Type::U32 } else { map.value.clone() }
}
