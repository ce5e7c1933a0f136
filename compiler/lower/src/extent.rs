//! Whether a header is there at a place, and where it ends.

use nbpfc_ir::{Block, Compare, Type as Scalar, Value};
use nbpfc_sema::{Expr, ExprKind, HeaderId, Int, Type};

use crate::lowering::Lowering;

impl<'p> Lowering<'p> {
    /// Asks whether a header can be at an offset: its bytes are there, and its length is one of it.
    pub(crate) fn present(&mut self, header: HeaderId, offset: Value, absent: Block) {
        self.fields_there(offset, header, absent);
        let Some((length, low, high)) = &self.program.headers[header].length else { return };
        if let ExprKind::Value(length) = &length.kind
            && length.number().is_some_and(|n| (i128::from(*low)..=i128::from(*high)).contains(&n))
        {
            return;
        }
        let done = self.builder.block();
        let value = self.within(offset, |lowering| lowering.length_value(length, done));
        for (compare, bound) in [(Compare::Ge, *low), (Compare::Le, *high)] {
            let next = self.builder.block();
            let bound = self.builder.const32(bound);
            self.builder.branch(compare, value, bound, next, absent);
            self.builder.enter(next);
        }
        self.builder.jump(done);
        self.builder.enter(done);
    }

    /// What a header's declaration says of its length; goes on to `absent` where that is absent.
    fn length_value(&mut self, length: &'p Expr, absent: Block) -> Value {
        let Type::Optional(inner) = &length.ty else { return self.expr(length)[0] };
        let value = self.optional(length, absent)[0];
        match **inner {
            Type::Int(int) => self.convert(int, Int::U32, value),
            _ => value,
        }
    }

    /// Where a header ends.
    pub(crate) fn end(&mut self, id: HeaderId, offset: Value) -> Value {
        let header = &self.program.headers[id];
        if let Some((length, ..)) = &header.length {
            if !matches!(length.ty, Type::Optional(_)) {
                let length = self.within(offset, |lowering| lowering.expr(length))[0];
                return self.further_by(offset, length);
            }
            let end = self.builder.variable(Scalar::I32);
            let [absent, done] = [self.builder.block(), self.builder.block()];
            let said = self.within(offset, |lowering| lowering.length_value(length, absent));
            let said = self.further_by(offset, said);
            self.builder.set(end, said);
            self.builder.jump(done);
            self.builder.enter(absent);
            let fixed = self.further(offset, header.fixed);
            self.builder.set(end, fixed);
            self.builder.jump(done);
            self.builder.enter(done);
            return self.builder.get(end);
        }
        let mut end = self.further(offset, header.fixed);
        for (index, field) in header.fields.iter().enumerate() {
            if field.condition.is_some() {
                end = self.behind(offset, id, index as u32, end);
            }
        }
        end
    }
}
