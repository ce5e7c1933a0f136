//! `run`: the program, its packet, and what must come of it.

use nbpfc_kernel::{Field as PacketField, Helper, Known, MapKind};
use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, Arg, BinaryOp, ExprKind as Kind, ItemKind, Literal};

use super::Testing;
use crate::checker::Resolved;
use crate::constant::{number, value};
use crate::program::{Expectation, Expr, Given, HookField, Layer, Run, TestPacket, TestPacketKind};
use crate::types::{HeaderId, HookId, Type};
use crate::value::Value;

impl<'a> Testing<'_, 'a> {
    /// `run program(field = value) with packet expect …;`
    pub(super) fn run(&mut self, node: &'a ast::Run, span: Span) -> Option<Run> {
        let name = node.program.segments.iter().map(|word| word.name.as_str());
        let name = name.collect::<Vec<_>>().join(".");
        let entries = &self.scope.checker.program.entries;
        let Some(entry) = entries.iter().position(|entry| entry.name == name) else {
            self.no_program(node, &name);
            return None;
        };
        let hook = entries[entry].hook;
        let (mut context, mut answers, mut failed) = (Vec::new(), Vec::new(), false);
        for arg in &node.context {
            match self.asked(arg) {
                Some((row, ty)) => match self.answer(hook, arg, row, &ty) {
                    Some(answer) => answers.push((row, answer)),
                    None => failed = true,
                },
                None => match self.context(hook, arg, span) {
                    Some(field) => context.push(field),
                    None => failed = true,
                },
            }
        }
        let packet = match &node.packet {
            Some(packet) => Some(self.packet(hook, packet, node.number.as_ref())?),
            None => None,
        };
        let mut expectations = Vec::new();
        for node in &node.expectations {
            expectations.extend(self.expectation(hook, node));
        }
        (!failed).then_some(Run { entry, context, answers, packet, expectations })
    }

    /// A program that is not there, or is there and has mistakes that are told.
    fn no_program(&mut self, node: &'a ast::Run, name: &str) {
        let source = self.scope.source;
        let is_program = |kind: &ItemKind| matches!(kind, ItemKind::Program(_));
        let names = self.scope.checker.names(source, is_program);
        if let [word] = node.program.segments.as_slice()
            && !names.contains(&name)
        {
            self.scope.checker.unknown(source, word, "program", names);
        }
    }

    /// The helper that is named, if what it answers about a packet is a number that a test may say; and the
    /// number's type.
    fn asked(&mut self, arg: &'a Arg) -> Option<(&'static Helper, Type)> {
        let name = arg.name.as_ref()?;
        let item = self.scope.checker.lookup(self.scope.source, &name.name)?;
        let Some(Resolved::Helper(id)) = self.scope.checker.resolved(item) else { return None };
        let helper = &self.scope.checker.program.helpers[id];
        helper.row.usual().map(|_| (helper.row, helper.result.clone()))
    }

    /// `helper = value`: what it answers programs on the hook.
    fn answer(&mut self, hook: HookId, arg: &'a Arg, row: &Helper, ty: &Type) -> Option<Expr> {
        let on = &self.scope.checker.program.hooks[hook];
        if row.programs.contains(&on.row.program_type) {
            return self.value(&arg.value, Some(ty));
        }
        let name = arg.name.as_ref()?;
        let message = format!("programs on {} do not call `{}`", on.name, name.name);
        let error = self.scope.error(Code::NotOnTarget, name.span, message);
        self.scope.report(error.help("leave it out"));
        None
    }

    fn context(&mut self, hook: HookId, arg: &'a Arg, span: Span) -> Option<(HookField, Expr)> {
        let fields = &self.scope.checker.program.hooks[hook].fields;
        let Some(name) = &arg.name else {
            let error = self.scope.error(Code::WrongArguments, span, "what is this?");
            self.scope.report(error.help("name a field: `run program(ifindex = 2) with …`"));
            return None;
        };
        let Some(field) = fields.iter().find(|field| field.name == name.name) else {
            let fields: Vec<_> = fields.iter().map(|field| field.name.clone()).collect();
            self.scope.checker.unknown(self.scope.source, name, "field of the hook", fields);
            return None;
        };
        let field = field.clone();
        if field.row == Known::Field(PacketField::VlanPresent) {
            let message = format!("`{}` follows from another field", name.name);
            let error = self.scope.error(Code::ReadOnly, name.span, message);
            self.scope.report(error.help("a packet with `vlan_tci` has a tag"));
            return None;
        }
        let value = self.value(&arg.value, Some(&field.ty))?;
        Some((field, value))
    }

    fn expectation(&mut self, hook: HookId, node: &'a ast::Expectation) -> Option<Expectation> {
        match node {
            ast::Expectation::Verdict(node) => {
                if let Some((field, element, value)) = self.known(hook, node) {
                    return self.expected(field, element, value);
                }
                if let Some(redirect) = self.redirect(hook, node).ok()? {
                    return Some(redirect);
                }
                let want = Type::Verdict(hook);
                let verdict = self.scope.operand(node, Some(&want));
                let verdict = self.scope.coerce(verdict, &want);
                let verdict = self.scope.must_be_known(verdict);
                value(&verdict).map(|verdict| Expectation::Verdict(verdict.clone(), node.span))
            }
            ast::Expectation::Packet(node) => {
                self.packet(hook, node, None).map(Expectation::Packet)
            }
            ast::Expectation::Emit { value, map } => {
                let events = self.map_named(map).ok()?.and_then(|id| {
                    let data = &self.scope.checker.program.maps[id];
                    matches!(data.kind, MapKind::RingBuf | MapKind::PerfEventArray)
                        .then(|| (id, data.value.clone()))
                });
                let Some((id, ty)) = events else {
                    let message = "this takes no events";
                    let error = self.scope.error(Code::WrongKind, map.span, message);
                    self.scope.report(error.help("`map events: ringbuf<Event>(256KiB);` does"));
                    return None;
                };
                Some(Expectation::Event(id, self.value(value, Some(&ty))?))
            }
        }
    }

    /// `field == value` and `field[element] == value`, of what is known of a packet.
    fn known(
        &self,
        hook: HookId,
        node: &'a ast::Expr,
    ) -> Option<(HookField, Option<&'a ast::Expr>, &'a ast::Expr)> {
        let Kind::Binary(BinaryOp::Eq, place, value) = &node.kind else { return None };
        let (place, element) = match &place.kind {
            Kind::Index(place, element) => (&**place, Some(&**element)),
            _ => (&**place, None),
        };
        let Kind::Name(name) = &place.kind else { return None };
        let fields = &self.scope.checker.program.hooks[hook].fields;
        let field = fields.iter().find(|field| field.name == name.name)?;
        Some((field.clone(), element, &**value))
    }

    fn expected(
        &mut self,
        field: HookField,
        element: Option<&'a ast::Expr>,
        value: &'a ast::Expr,
    ) -> Option<Expectation> {
        let Some(node) = element.filter(|_| field.ty != Type::Error) else {
            let value = self.value(value, Some(&field.ty))?;
            return Some(Expectation::Known(field, None, value));
        };
        let Type::Array(ty, count) = &field.ty else {
            let message = format!("`{}` is no array", field.name);
            let error = self.scope.error(Code::WrongKind, node.span, message);
            self.scope.report(error.help(format!("write `{} == …`", field.name)));
            return None;
        };
        let element = self.value(node, Some(&Type::U32))?;
        if number(&element).is_some_and(|element| element >= (*count).into()) {
            let message = format!("`{}` has the elements 0 to {}", field.name, count - 1);
            let error = self.scope.error(Code::BadValue, node.span, message);
            self.scope.report(error.help("ask for one of these"));
            return None;
        }
        let value = self.value(value, Some(ty))?;
        Some(Expectation::Known(field, Some(element), value))
    }

    /// A packet, from the header on that the hook's packets begin with.
    fn packet(
        &mut self,
        hook: HookId,
        node: &'a ast::Expr,
        number: Option<&'a ast::Expr>,
    ) -> Option<TestPacket> {
        let span = node.span;
        if let Kind::File(name) = &node.kind {
            let Some(name) = name.as_str() else {
                let error = self.scope.error(Code::BadValue, name.span, "this is no file's name");
                self.scope.report(error.help("names are UTF-8"));
                return None;
            };
            let number = match number {
                Some(number) => self.value(number, Some(&Type::U32))?,
                None => crate::body::expr(
                    crate::program::ExprKind::Value(Value::Int(1)),
                    Type::U32,
                    span,
                ),
            };
            return Some(TestPacket {
                kind: TestPacketKind::Capture(name.to_owned(), number),
                span,
            });
        }
        if let Some(number) = number {
            let message = "packets of captures have numbers, others have none";
            let error = self.scope.error(Code::WrongKind, number.span, message);
            self.scope.report(error.help("write `with file \"web.pcap\" packet 3`"));
        }
        let nodes = node.layers();
        let layers: Option<Vec<_>> = nodes.iter().map(|node| self.layer(node)).collect();
        let layers = layers?;
        self.scope.checker.link();
        self.follow(hook, &layers, &nodes)?;
        let layers = self.with_those_between(layers);
        Some(TestPacket { kind: TestPacketKind::Layers(layers), span })
    }

    /// The layers with the headers that nobody names since they have no bytes of their own: they say,
    /// by what they read in the next header, that it is that one.
    fn with_those_between(&self, layers: Vec<Layer>) -> Vec<Layer> {
        let program = &self.scope.checker.program;
        let mut all: Vec<Layer> = Vec::with_capacity(layers.len());
        for layer in layers {
            if let (Some(Layer::Header(before, _)), Layer::Header(header, _)) = (all.last(), &layer)
                && !program.followers(*before).contains(header)
                && let Some(between) = program.between(*before, *header)
            {
                all.push(Layer::Header(between, Vec::new()));
            }
            all.push(layer);
        }
        all
    }

    fn layer(&mut self, node: &'a ast::Expr) -> Option<Layer> {
        let none: &[Arg] = &[];
        let (callee, args) = match &node.kind {
            Kind::Literal(Literal::Text(text)) => return Some(Layer::Bytes(text.value.clone())),
            Kind::Call(callee, args) => (&**callee, args.as_slice()),
            _ => (node, none),
        };
        let item = self.named(callee).ok()?;
        if let Some(item) = item
            && let ItemKind::Const(_) = self.scope.checker.item(item)
            && let Some(Resolved::Const(_, Value::Text(text))) = self.scope.checker.resolved(item)
        {
            return Some(Layer::Bytes(text));
        }
        let is_header = |kind: &ItemKind| matches!(kind, ItemKind::Header(_));
        let item = match &callee.kind {
            Kind::Name(name) => {
                let item = self.scope.checker.lookup_header(self.scope.source, &name.name);
                if item.is_none() {
                    let names = self.scope.checker.names(self.scope.source, is_header);
                    self.scope.checker.unknown(self.scope.source, name, "header", names);
                }
                item?
            }
            _ if let Some(item) = item
                && is_header(self.scope.checker.item(item)) =>
            {
                item
            }
            _ => {
                let message = "a packet is made of headers and text";
                let error = self.scope.error(Code::WrongKind, node.span, message);
                self.scope.report(
                    error.help("as in `ethernet / ipv4(src = 10.0.0.1) / udp / \"payload\"`"),
                );
                return None;
            }
        };
        let Some(Resolved::Header(header)) = self.scope.checker.resolved(item) else { return None };
        let mut fields: Vec<(u32, Given)> = Vec::new();
        for arg in args {
            let (field, ty) = self.named_field(header, arg)?;
            if fields.iter().any(|(other, _)| *other == field) {
                let message = "this field is given twice";
                let error = self.scope.error(Code::WrongArguments, arg.value.span, message);
                self.scope.report(error.help("leave one of them out"));
            }
            let given = match ty {
                Type::Rest(element) => Given::Parts(self.rest(header, element, &arg.value)?),
                ty => Given::Value(self.value(&arg.value, Some(&ty))?),
            };
            fields.push((field, given));
        }
        Some(Layer::Header(header, fields))
    }

    fn named_field(&mut self, header: HeaderId, arg: &'a Arg) -> Option<(u32, Type)> {
        let data = &self.scope.checker.program.headers[header];
        let Some(name) = &arg.name else {
            let message = "the fields of a header are named";
            let error = self.scope.error(Code::WrongArguments, arg.value.span, message);
            let first = data.fields.first().map_or("field", |field| field.name.as_str());
            let help = format!("write `{}({first} = …)`", data.name);
            self.scope.report(error.help(help));
            return None;
        };
        let Some(index) = data.fields.iter().position(|field| field.name == name.name) else {
            let names: Vec<_> = data.fields.iter().map(|field| field.name.clone()).collect();
            let what = format!("field of {}", data.name);
            self.scope.checker.unknown(self.scope.source, name, &what, names);
            return None;
        };
        Some((index as u32, data.fields[index].ty.clone()))
    }

    /// What a header's last field has: headers that repeat, or bytes.
    fn rest(
        &mut self,
        header: HeaderId,
        element: Option<HeaderId>,
        node: &'a ast::Expr,
    ) -> Option<Vec<Layer>> {
        self.scope.checker.link();
        let mut layers = Vec::new();
        for node in node.layers() {
            let layer = self.layer(node)?;
            if let Layer::Header(found, _) = layer {
                self.scope.is_part(header, element, found, node.span)?;
            }
            layers.push(layer);
        }
        Some(layers)
    }

    /// Reports a header that never follows the one before it.
    fn follow(&mut self, hook: HookId, layers: &[Layer], nodes: &[&'a ast::Expr]) -> Option<()> {
        let program = &self.scope.checker.program;
        let name = |header: HeaderId| program.headers[header].name.clone();
        let hook = &program.hooks[hook];
        // One header without bytes of its own looks ahead.
        let mut begins: Vec<_> = hook.packet.into_iter().collect();
        begins.extend(begins.first().map(|first| program.followers(*first)).unwrap_or_default());
        let begins = |header| {
            Some(header) == hook.packet
                || begins.contains(&header)
                    && hook.packet.is_some_and(|first| program.headers[first].looks_ahead())
        };
        let mut wrong = None;
        for (index, layer) in layers.iter().enumerate() {
            let Layer::Header(header, _) = layer else { continue };
            let before = index.checked_sub(1).map(|before| &layers[before]);
            let message = match before {
                None if begins(*header) => continue,
                None => {
                    let first = hook.packet.map(name).unwrap_or_default();
                    format!("packets of {} begin with `{first}`", hook.name)
                }
                Some(Layer::Bytes(_)) => continue,
                Some(Layer::Header(before, fields)) => {
                    let said = fields.iter().any(|(field, _)| program.decides(*before, *field));
                    let between = || program.between(*before, *header).is_some();
                    if said || program.followers(*before).contains(header) || between() {
                        continue;
                    }
                    format!("`{}` never follows `{}`", name(*header), name(*before))
                }
            };
            wrong = Some((index, message));
            break;
        }
        let Some((index, message)) = wrong else { return Some(()) };
        let error = self.scope.error(Code::NeverFound, nodes[index].span, message);
        self.scope.report(
            error
                .note(
                    "what follows what is said by `next` and `after` in the headers' declarations",
                )
                .help("name the field that decides what follows, to build it all the same"),
        );
        None
    }
}
