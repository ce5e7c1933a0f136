//! `matches "…"`: the text in the other language, read where it stands.

use nbpfc_kernel::Layer;
use nbpfc_pcap as pcap;
use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, Text};

use crate::body::{Scope, error, expr};
use crate::program::{Expr, ExprKind, Filter};
use crate::types::{HeaderId, Type};

impl<'a> Scope<'_, 'a> {
    /// `packet matches "filter"`
    pub(crate) fn matches(&mut self, packet: &'a ast::Expr, text: &Text, span: Span) -> Expr {
        let packet = self.operand(packet, None);
        let mut inside = None;
        match packet.ty {
            Type::Packet(_) => {}
            Type::Error | Type::Never => return error(span),
            Type::Inner(header) => {
                let Some(layer) = self.layer_inside(header, span) else { return error(span) };
                inside = Some(layer);
            }
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
        // Without escapes places in the filter are places in the file.
        let plain = text.span.end - text.span.start == text.value.len() as u32 + 2;
        let start = if plain { text.span.start + 1 } else { 0 };
        let source = self.checker.sources[self.source];
        let options = &self.checker.options;
        let filter = pcap::Text::within(filter, start);
        let (filter, found) = pcap::parse_with(filter, source.file, options.names, options.lists);
        for diagnostic in found {
            self.report(Filter::place(source.file, text.span, plain, diagnostic));
        }
        let Some(tree) = filter else { return error(span) };
        let filter = Filter { tree, file: source.file, span: text.span, plain, inside };
        let id = self.checker.program.filters.push(filter);
        let inside = inside.map(|_| Box::new(packet));
        expr(ExprKind::Matches(id, inside), Type::Bool, span)
    }

    /// What is inside of a tunnel begins with.
    fn layer_inside(&mut self, header: HeaderId, span: Span) -> Option<Layer> {
        self.checker.link();
        let program = &self.checker.program;
        let of = |header: HeaderId| {
            let data = &program.headers[header];
            // The header `ip` has no bytes of its own.
            match (data.begins_packet, data.is_network) {
                (true, false) if data.fixed > 1 => Some(Layer::Link),
                (true, _) | (_, true) => Some(Layer::Network),
                (false, false) => None,
            }
        };
        let followers = program.followers(header);
        let mut layers = followers.iter().map(|header| of(*header));
        let first = layers.next().flatten();
        if first.is_some() && layers.all(|layer| layer == first) {
            return first;
        }
        let name = &program.headers[header].name;
        let names: Vec<_> = followers.iter().map(|id| program.headers[*id].name.clone()).collect();
        let message = format!("what is behind {name} does not always begin with the same layer");
        let error = self.error(Code::WrongKind, span, message);
        let error = error.note(format!("it may be {}", names.join(", ")));
        self.report(error.help("look for headers in it: `….inner.tcp`"));
        None
    }
}
