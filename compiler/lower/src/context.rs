//! Members of the kernel's structures: what is known of a packet beside its bytes.

use nbpfc_ir::{BinaryOp, FunctionBuilder, UnaryOp, Value, Width};
use nbpfc_kernel::{ContextField, Member};
use nbpfc_sema::{Expr, Int, Type};

use crate::lowering::{Lowering, Parts};

impl<'p> Lowering<'p> {
    /// A member of the context.
    pub(crate) fn of_context(&mut self, row: &'static ContextField, ty: &Type) -> Parts {
        let context = self.target.hook.context;
        let member = |element| Member { context, field: row, element };
        match ty {
            Type::Array(..) => {
                (0..row.count).map(|element| self.builder.member(member(element))).collect()
            }
            Type::Int(int) if row.size == 8 => {
                let number = self.builder.member(member(0));
                vec![self.convert(Int::U64, *int, number)]
            }
            _ => self.of_words(ty, row.network.into(), &mut |builder, index| {
                builder.member(member(index as u8))
            }),
        }
    }

    /// `pkt.field = value;`
    pub(crate) fn assign_member(
        &mut self,
        row: &'static ContextField,
        element: u8,
        value: &'p Expr,
    ) {
        let Type::Int(int) = value.ty else { return };
        let number = self.expr(value)[0];
        self.open();
        let whole = if row.size == 8 { Int::U64 } else { Int::U32 };
        let number = self.convert(int, whole, number);
        let member = Member { context: self.target.hook.context, field: row, element };
        self.builder.set_member(member, number);
    }

    /// A value that words of 32 bits are, of which so many bytes are a number in network order.
    pub(crate) fn of_words(
        &mut self,
        ty: &Type,
        network: u32,
        word: &mut dyn FnMut(&mut FunctionBuilder, u32) -> Value,
    ) -> Parts {
        match ty {
            Type::Ipv6Addr => [0, 2]
                .map(|first| {
                    let [low, high] = [first, first + 1].map(|index| {
                        let word = word(&mut self.builder, index);
                        self.builder.unary(UnaryOp::Extend, word)
                    });
                    let count = self.builder.const64(32);
                    let high = self.builder.binary(BinaryOp::Shl, high, count);
                    self.builder.binary(BinaryOp::Or, high, low)
                })
                .to_vec(),
            Type::Int(int) => {
                let mut number = word(&mut self.builder, 0);
                if network == 2 {
                    let mask = self.builder.const32(0xffff);
                    number = self.builder.binary(BinaryOp::And, number, mask);
                }
                if network > 0 {
                    let width = if network == 2 { Width::W2 } else { Width::W4 };
                    number = self.builder.unary(UnaryOp::Bswap(width), number);
                }
                vec![self.convert(Int::U32, *int, number)]
            }
            _ => vec![word(&mut self.builder, 0)],
        }
    }
}
