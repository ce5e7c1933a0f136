//! What maps begin with: elements that are known.

use nbpfc_kernel::{KeyKind, MapKind, ValueKind};
use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast;

use crate::checker::Checker;
use crate::constant::value;
use crate::types::Type;
use crate::value::Value;

impl<'a> Checker<'a> {
    /// `{ key => value, … }` or `[value, …]`
    pub(crate) fn elements_in(
        &mut self,
        source: usize,
        node: &'a ast::Map,
        row: MapKind,
        (key, ty): (&Type, &Type),
        max_entries: u32,
    ) -> Vec<(Value, Value)> {
        let first = node.entries.first().map(|entry| entry.key.span);
        let Some(span) = first.or(node.elements.as_ref().map(|array| array.span)) else {
            return Vec::new();
        };
        let storage = row == MapKind::SkStorage || row.of_cgroup();
        let plain = row.value() == ValueKind::Any && !row.is_per_cpu() && !storage;
        if row.key() == KeyKind::None || !plain {
            let message = format!("a map of type `{}` begins empty", row.name());
            let error = self.error(Code::WrongKind, source, span, message);
            self.report(error.help(if row.is_per_cpu() {
                "each processor has values of its own, which begin as zero"
            } else {
                "only maps of values under keys begin with some"
            }));
            return Vec::new();
        }
        let mut elements: Vec<(Value, Value)> = Vec::new();
        for entry in &node.entries {
            let known = self.constant(source, &entry.key, Some(key));
            let element = self.constant(source, &entry.value, Some(ty));
            let (Some(at), Some(element)) = (value(&known), value(&element)) else { continue };
            let (at, element) = (at.network(), element.clone());
            let message = if elements.iter().any(|(other, _)| *other == at) {
                "this key is there already".to_owned()
            } else if is_beyond(row, &at, max_entries) {
                format!("`{}` has no place of this number", node.name.name)
            } else {
                elements.push((at, element));
                continue;
            };
            let error = self.error(Code::BadValue, source, entry.key.span, message);
            self.report(error.help("each key once, and numbers of an array from 0"));
        }
        if let Some(array) = &node.elements {
            elements = self.array_elements(source, array, row, ty);
        }
        self.fit(node, source, span, (elements.len(), max_entries));
        elements
    }

    fn array_elements(
        &mut self,
        source: usize,
        array: &'a ast::Expr,
        row: MapKind,
        ty: &Type,
    ) -> Vec<(Value, Value)> {
        if row.key() != KeyKind::Index {
            let message = format!("elements of a map of type `{}` have keys", row.name());
            let error = self.error(Code::WrongKind, source, array.span, message);
            self.report(error.help("write `{ key => value, … }`"));
            return Vec::new();
        }
        let want = match &array.kind {
            ast::ExprKind::Array(all) => Some(Type::Array(Box::new(ty.clone()), all.len() as u32)),
            _ => None,
        };
        let known = self.constant(source, array, want.as_ref());
        match (value(&known), &known.ty) {
            (Some(Value::Fields(all)), Type::Array(element, _)) if **element == *ty => {
                (0..).zip(all).map(|(at, value)| (Value::Int(at), value.clone())).collect()
            }
            (None, _) => Vec::new(),
            _ => {
                let name = self.type_name(ty);
                let message = format!("expected elements of type {name}");
                let error = self.error(Code::TypeMismatch, source, array.span, message);
                self.report(error.help("write `[a, b]`, or the name of a `const` array"));
                Vec::new()
            }
        }
    }

    fn fit(&mut self, node: &ast::Map, source: usize, span: Span, (count, room): (usize, u32)) {
        if count <= room as usize {
            return;
        }
        let message =
            format!("`{}` has room for {room} elements, and these are {count}", node.name.name);
        let error = self.error(Code::BadValue, source, span, message);
        self.report(error.help("give it more room: `(max_entries = …)`"));
    }
}

/// Whether an array has no place of a number.
pub(crate) fn is_beyond(row: MapKind, key: &Value, max_entries: u32) -> bool {
    let number = key.number().unwrap_or(0);
    row.key() == KeyKind::Index && number >= i128::from(max_entries)
}
