//! `matches "…"`: the text in the other language, read where it stands.

use nbpfc_pcap as pcap;
use nbpfc_source::{Code, File, Span};
use nbpfc_syntax::ast::{self, Text};

use crate::body::{Scope, error, expr};
use crate::program::{Expr, ExprKind, Filter};
use crate::types::Type;

impl<'a> Scope<'_, 'a> {
    /// `packet matches "filter"`
    pub(crate) fn matches(&mut self, packet: &'a ast::Expr, text: &Text, span: Span) -> Expr {
        let packet = self.operand(packet, None);
        match packet.ty {
            Type::Packet(_) => {}
            Type::Error | Type::Never => return error(span),
            Type::Inner(_) => return self.not_yet(span, "`matches` on the inside of a tunnel"),
            _ => {
                let name = self.type_name(&packet.ty);
                let message = format!("`matches` asks about packets, and this is {name}");
                let error = self.error(Code::TypeMismatch, packet.span, message);
                return self.wrong(error.help("write the program's packet: `pkt matches \"…\"`"));
            }
        }
        let Some(filter) = text.as_str() else {
            let error =
                self.error(Code::BadToken, text.span, "a filter is text, and this is not UTF-8");
            return self.wrong(error);
        };
        // A text that is as far from the file's start as the filter is: places need no translation.
        let plain = text.span.end - text.span.start == text.value.len() as u32 + 2;
        let start = if plain { text.span.start as usize + 1 } else { 0 };
        let source = self.checker.sources[self.source];
        let padded = File::new(source.text.name(), " ".repeat(start) + filter);
        let (filter, found) = pcap::parse(&padded, source.file, self.checker.options.names);
        for diagnostic in found {
            self.report(Filter::place(text.span, plain, diagnostic));
        }
        let Some(tree) = filter else { return error(span) };
        let filter = Filter { tree, file: source.file, span: text.span, plain };
        let id = self.checker.program.filters.push(filter);
        expr(ExprKind::Matches(id), Type::Bool, span)
    }
}
