//! Sockets: what helpers look for them by, and their members.

use nbpfc_ir::{UnaryOp, Value, Width};
use nbpfc_kernel::SocketField;
use nbpfc_sema::{Expr, Type};

use crate::lowering::{Lowering, Parts};

impl<'p> Lowering<'p> {
    /// A member of a socket. The kernel lets it be read four bytes at a time.
    pub(crate) fn of_socket(&mut self, base: &'p Expr, row: &SocketField, ty: &Type) -> Parts {
        let pointer = self.expr(base)[0];
        let network = if row.network { row.size } else { 0 };
        self.of_words(ty, network, &mut |builder, index| {
            builder.read_memory(Width::W4, pointer, row.offset + 4 * index)
        })
    }

    /// Values one behind the other on the stack, in network order; how many bytes they take.
    pub(crate) fn in_network_order(&mut self, args: &'p [Expr]) -> (Value, u32) {
        let mut values = Vec::new();
        for arg in args {
            let parts = self.expr(arg);
            self.open();
            values.extend(parts.into_iter().map(|part| (part, arg)));
        }
        let width = |ty: &Type| match ty {
            Type::Ipv6Addr => Width::W8,
            Type::Int(int) if int.bits == 16 => Width::W2,
            _ => Width::W4,
        };
        let size: u32 = values.iter().map(|(_, arg)| width(&arg.ty).bytes()).sum();
        let slot = self.scratch(size, false);
        let mut at = 0;
        for (value, arg) in values {
            let width = width(&arg.ty);
            let value = match arg.ty {
                Type::Int(_) => self.builder.unary(UnaryOp::Bswap(width), value),
                _ => value,
            };
            self.builder.write_memory(width, slot, at, value);
            at += width.bytes();
        }
        (slot, size)
    }
}
