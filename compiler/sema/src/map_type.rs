//! Kinds of maps: the library's names for the kernel's rows, and what programs do with maps of each.

use nbpfc_kernel::{Argument, Helper, MapKind, Returns};
use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, ItemKind, Member, Origin, TypeKind};

use crate::checker::{Checker, ItemRef, Resolved};
use crate::constant::value;
use crate::helper::{SOCKET, is_socket, is_verdict};
use crate::operation::{MapType, Operation, Outcome, Role};
use crate::types::Type;

/// The name that stands for the type of keys.
const KEY: &str = "K";
/// The name that stands for a map.
const MAP: &str = "M";

impl<'a> Checker<'a> {
    /// The kinds of maps that a source can name: its own, and the library's. Maps may have the names
    /// of kinds.
    fn map_types(&self, source: usize) -> impl Iterator<Item = (ItemRef, &'a ast::ExternMap)> {
        let own = [source].into_iter().chain((1..self.sources.len()).filter(move |s| *s != source));
        own.map(|source| (source, self.sources[source].module)).flat_map(|(source, module)| {
            module.items.iter().enumerate().filter_map(move |(item, node)| match &node.kind {
                ItemKind::ExternMap(node) => Some((ItemRef { source, item }, node)),
                _ => None,
            })
        })
    }

    /// The kind of maps with a name.
    pub(crate) fn map_type_at(
        &self,
        source: usize,
        name: &str,
    ) -> Option<(ItemRef, &'a ast::ExternMap)> {
        self.map_types(source).find(|(_, node)| node.name.name == name)
    }

    /// The names of all kinds of maps.
    pub(crate) fn map_type_names(&self, source: usize) -> Vec<&'a str> {
        self.map_types(source).map(|(_, node)| node.name.name.as_str()).collect()
    }

    /// `extern map name<K, V>(parameters) { operations } from "row";`
    pub(crate) fn map_type_item(
        &mut self,
        source: usize,
        node: &'a ast::ExternMap,
    ) -> Option<Resolved> {
        let row = match &node.origin {
            Some(Origin::Row(text)) => text.as_str().and_then(MapKind::by_name),
            _ => None,
        };
        let Some(row) = row else {
            let message = "there is no such type of maps";
            let error = self.error(Code::NotOnTarget, source, node.name.span, message);
            self.report(error.help("name one of the kernel's: `from \"hash\";`"));
            return None;
        };
        let role = |name: &str| match name {
            KEY => Role::Key,
            MAP => Role::Map,
            _ => Role::Value,
        };
        let generics = node.generics.iter().map(|ident| role(&ident.name)).collect();
        let mut operations = Vec::new();
        for member in &node.members {
            if let Member::Fn(prototype) = member {
                operations.extend(self.operation(source, node, prototype));
            }
        }
        let name = node.name.name.clone();
        let ty = MapType { name, row, generics, operations };
        Some(Resolved::MapType(self.program.map_types.push(ty)))
    }

    /// `fn name(key: K, flags: u64 = 0) -> V? from "helper";`
    fn operation(
        &mut self,
        source: usize,
        map: &'a ast::ExternMap,
        node: &'a ast::Prototype,
    ) -> Option<Operation> {
        let row = match &node.origin {
            Some(Origin::Row(text)) => match text.as_str().and_then(Helper::by_name) {
                Some(row) => Some(row),
                None => return self.unlike(source, text.span),
            },
            _ if node.name.name == "at" => None,
            _ => return self.unlike(source, node.span),
        };
        let mut params = Vec::new();
        for param in &node.params {
            let role = match param.ty.as_ref().map(|ty| (&ty.kind, ty)) {
                Some((TypeKind::Named { path, .. }, ty)) => match path.segments.as_slice() {
                    [name] if map.generics.iter().any(|generic| generic.name == name.name) => {
                        if name.name == KEY {
                            Role::Key
                        } else {
                            Role::Value
                        }
                    }
                    [name] if name.name == SOCKET => Role::Socket,
                    // The key of a kind that has only one type of keys.
                    _ if param.name.name == "index" => Role::Key,
                    _ => Role::Number(self.ty(source, ty)),
                },
                _ => return self.unlike(source, node.span),
            };
            let known = match (&param.default, &role) {
                (Some(default), Role::Number(ty)) => Some(self.constant(source, default, Some(ty))),
                _ => None,
            };
            let default = known.as_ref().and_then(value).cloned();
            params.push((param.name.name.clone(), role, default));
        }
        let Some(outcome) = outcome(row, node) else { return self.unlike(source, node.span) };
        let name = node.name.name.clone();
        Some(Operation { name, row, params, outcome })
    }

    fn unlike<T>(&mut self, source: usize, span: Span) -> Option<T> {
        let error = self.error(Code::NotOnTarget, source, span, "no helper does this");
        self.report(error.help("name a helper of the kernel that takes and gives the same"));
        None
    }
}

/// Whether a type is a built-in one.
fn is(ty: &ast::Type, built_in: &Type) -> bool {
    let TypeKind::Named { path, args } = &ty.kind else { return false };
    let [name] = path.segments.as_slice() else { return false };
    args.is_empty() && Type::by_name(&name.name).as_ref() == Some(built_in)
}

/// What an operation gives, as its helper and its declaration have it.
fn outcome(row: Option<&Helper>, node: &ast::Prototype) -> Option<Outcome> {
    let Some(result) = &node.result else { return Some(Outcome::Nothing) };
    let returns = row.map_or(Returns::ValueOrNull, |row| row.returns);
    Some(match (&result.kind, returns) {
        (TypeKind::Optional(inner), Returns::ValueOrNull) if is_socket(inner) => Outcome::Socket,
        (TypeKind::Optional(inner), Returns::ValueOrNull) if is(inner, &Type::U32) => {
            Outcome::Content
        }
        (TypeKind::Optional(_), Returns::ValueOrNull) => Outcome::Element,
        (TypeKind::Named { .. }, Returns::Value) => Outcome::Place,
        (TypeKind::Optional(_), Returns::RecordOrNull) => Outcome::Record,
        (TypeKind::Optional(_), Returns::Number)
            if row.is_some_and(|row| row.arguments.contains(&Argument::ValueOut)) =>
        {
            Outcome::Value
        }
        (_, Returns::Number) if is_verdict(result) => Outcome::Verdict,
        (_, Returns::Number) if is(result, &Type::Bool) => Outcome::Done,
        (_, Returns::Truth) if is(result, &Type::Bool) => Outcome::Holds,
        (_, Returns::Number) if is(result, &Type::U64) => Outcome::Number,
        _ => return None,
    })
}
