//! Sockets that programs refer to: the members that the library names.

use nbpfc_kernel::SocketField;
use nbpfc_source::{Code, Span, nearest};
use nbpfc_syntax::ast::{self, Ident, ItemKind, Member, Origin};

use crate::body::{Scope, error, expr};
use crate::checker::{Checker, ItemRef, Resolved};
use crate::program::{Expr, ExprKind};
use crate::types::Type;

/// The library's name for what programs see of a socket.
const SOCKET: &str = "socket";

impl<'a> Checker<'a> {
    /// `extern struct socket { name: type from "member", … } from "bpf_sock";`
    pub(crate) fn socket_item(
        &mut self,
        source: usize,
        node: &'a ast::ExternStruct,
    ) -> Option<Resolved> {
        let of_sock =
            matches!(&node.origin, Some(Origin::Row(text)) if text.as_str() == Some("bpf_sock"));
        if !of_sock || node.name.name != SOCKET {
            self.not_yet(source, node.name.span, "a struct of the kernel");
            return None;
        }
        for member in &node.members {
            let Member::Field(field) = member else { continue };
            let (row, span) = field.row();
            let ty = self.ty(source, &field.ty);
            let row = SocketField::by_name(row);
            let row = row.filter(|row| ty.is_read_from(row.size, row.network));
            let Some(row) = row else {
                let error =
                    self.error(Code::NotOnTarget, source, span, "a socket has no such member");
                self.report(
                    error.help("name one of the kernel's `struct bpf_sock`, with its type"),
                );
                continue;
            };
            self.program.socket.push((field.name.name.clone(), row, ty));
        }
        Some(Resolved::Socket)
    }
}

impl Scope<'_, '_> {
    /// `sk.name`
    pub(crate) fn of_socket(&mut self, base: Expr, name: &Ident, span: Span) -> Expr {
        let module = self.checker.sources.iter().enumerate().find_map(|(source, data)| {
            let is = |item: &ast::Item| {
                matches!(&item.kind, ItemKind::ExternStruct(node) if node.name.name == SOCKET)
            };
            let item = data.module.items.iter().position(is)?;
            Some(ItemRef { source, item })
        });
        if let Some(item) = module {
            self.checker.resolved(item);
        }
        let members = &self.checker.program.socket;
        if let Some((_, row, ty)) = members.iter().find(|(member, ..)| *member == name.name) {
            return expr(ExprKind::OfSocket(Box::new(base), row), ty.clone(), span);
        }
        let names: Vec<_> = members.iter().map(|(name, ..)| name.clone()).collect();
        let near = nearest(&name.name, names.iter().map(String::as_str)).map(str::to_owned);
        let message = format!("a socket has no `{}`", name.name);
        let error = self.error(Code::UnknownMember, name.span, message);
        if base.ty == Type::Error {
            return self::error(span);
        }
        self.wrong(match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("it has {}", names.join(", "))),
        })
    }
}
