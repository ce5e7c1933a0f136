//! Items when something asks for them: constants, structs, enums.

use nbpfc_source::Code;
use nbpfc_syntax::ast::{self, ItemKind};

use crate::checker::{Checker, ItemRef, Resolved};
use crate::constant::{number, value};
use crate::measure::Measure;
use crate::program::{Enum, Struct, StructField};
use crate::types::{Int, Type};

impl<'a> Checker<'a> {
    /// What an item is; `None` if something is wrong with it, which was reported.
    pub(crate) fn resolved(&mut self, item: ItemRef) -> Option<Resolved> {
        match self.item(item) {
            ItemKind::Const(node) => {
                self.resolve(item, |checker| checker.constant_item(item.source, node))
            }
            ItemKind::Struct(node) => {
                self.resolve(item, |checker| Some(checker.struct_item(item.source, node)))
            }
            ItemKind::Enum(node) => {
                self.resolve(item, |checker| checker.enum_item(item.source, node))
            }
            ItemKind::Header(node) => {
                self.resolve(item, |checker| Some(checker.header_item(item, node)))
            }
            // Calls decide what such a function is.
            ItemKind::Fn(node) if self.is_generic(item.source, node) => None,
            ItemKind::Fn(node) => {
                self.resolve(item, |checker| Some(checker.function_item(item, node)))
            }
            ItemKind::ExternFn(node) => {
                self.resolve(item, |checker| checker.helper_item(item.source, node))
            }
            ItemKind::Map(node) => {
                self.resolve(item, |checker| checker.map_item(item.source, node))
            }
            ItemKind::Var(node) => {
                self.resolve(item, |checker| checker.var_item(item.source, node, false))
            }
            ItemKind::Param(node) => {
                self.resolve(item, |checker| checker.var_item(item.source, node, true))
            }
            ItemKind::ExternMap(node) => {
                self.resolve(item, |checker| checker.map_type_item(item.source, node))
            }
            ItemKind::ExternStruct(node) => {
                self.resolve(item, |checker| checker.socket_item(item.source, node))
            }
            ItemKind::Hook(node) => self.resolve(item, |checker| checker.hook_item(item, node)),
            _ => None,
        }
    }

    fn constant_item(&mut self, source: usize, node: &'a ast::Const) -> Option<Resolved> {
        let ty = node.ty.as_ref().map(|ty| self.ty(source, ty));
        let known = self.constant(source, &node.value, ty.as_ref());
        let value = value(&known)?.clone();
        Some(Resolved::Const(known.ty, value))
    }

    fn struct_item(&mut self, source: usize, node: &'a ast::Struct) -> Resolved {
        let mut fields: Vec<StructField> = Vec::new();
        let (mut measure, mut lock) = (Measure::EMPTY, None);
        for field in &node.fields {
            if fields.iter().any(|other| other.name == field.name.name) {
                let message = format!("`{}` is declared twice", field.name.name);
                let error = self.error(Code::DuplicateName, source, field.name.span, message);
                self.report(error.help("give one of them another name"));
                continue;
            }
            let ty = self.ty(source, &field.ty);
            let whole = measure.and(Measure::of(&self.program, &ty));
            let small = self.is_small(whole.whole(), source, field.ty.span);
            let ty = if small { ty } else { Type::Error };
            if ty != Type::Error {
                measure = whole;
            }
            if ty == Type::Lock {
                lock = Some(true);
            } else if self.has_lock(&ty).is_some() {
                lock = lock.or(Some(false));
            }
            if ty == Type::Lock {
                if fields.iter().any(|other| other.ty == Type::Lock) {
                    let message = "a struct has one lock";
                    let error = self.error(Code::WrongKind, source, field.ty.span, message);
                    self.report(error.help("let one lock guard all its fields"));
                }
                if let Some(default) = &field.default {
                    let message = "a lock has no value";
                    let error = self.error(Code::WrongKind, source, default.span, message);
                    self.report(error.help("leave it out: it is open at first"));
                }
            } else if ty != Type::Error && !ty.is_stored() {
                let message = format!("a struct cannot hold {}", self.type_name(&ty));
                let error = self.error(Code::WrongKind, source, field.ty.span, message);
                self.report(
                    error.help("it holds numbers, addresses, truth values, enums and structs"),
                );
            }
            let default = field.default.as_ref().and_then(|default| {
                let known = self.constant(source, default, Some(&ty));
                value(&known).cloned()
            });
            fields.push(StructField { name: field.name.name.clone(), ty, default });
        }
        let (name, measure) = (node.name.name.clone(), measure.whole());
        Resolved::Struct(self.program.structs.push(Struct { name, fields, measure, lock }))
    }

    fn enum_item(&mut self, source: usize, node: &'a ast::Enum) -> Option<Resolved> {
        let repr = match node.ty.as_ref().map(|ty| (ty.span, self.ty(source, ty))) {
            None => Int::U32,
            Some((_, Type::Int(int))) => int,
            Some((_, Type::Error)) => return None,
            Some((span, _)) => {
                let error =
                    self.error(Code::WrongKind, source, span, "an enum is stored as a number");
                self.report(error.help("write a type such as u8"));
                return None;
            }
        };
        let mut variants: Vec<(String, i128)> = Vec::new();
        for variant in &node.variants {
            if variants.iter().any(|(name, _)| *name == variant.name.name) {
                let message = format!("`{}` is declared twice", variant.name.name);
                let error = self.error(Code::DuplicateName, source, variant.name.span, message);
                self.report(error.help("give one of them another name"));
                continue;
            }
            let number = match &variant.value {
                Some(node) => number(&self.constant(source, node, Some(&Type::Int(repr))))?,
                None => variants.last().map_or(0, |(_, last)| last + 1),
            };
            if !repr.holds(number) {
                let name = self.type_name(&Type::Int(repr));
                let message = format!("{number} is not a {name}");
                let error = self.error(Code::BadValue, source, variant.name.span, message);
                self.report(error.help("say `enum NAME: u16`, or a wider type"));
            }
            variants.push((variant.name.name.clone(), number));
        }
        let name = node.name.name.clone();
        Some(Resolved::Enum(self.program.enums.push(Enum { name, repr, variants })))
    }
}
