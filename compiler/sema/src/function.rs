//! Functions.

use nbpfc_source::Code;
use nbpfc_syntax::ast;

use crate::body::{Context, Scope};
use crate::checker::{Checker, ItemRef, Resolved};
use crate::program::Function;
use crate::types::Type;

impl<'a> Checker<'a> {
    /// A function with its body.
    pub(crate) fn function_item(&mut self, item: ItemRef, node: &'a ast::Function) -> Resolved {
        let source = item.source;
        if let Some(first) = node.generics.first() {
            self.not_yet(source, first.span, "a function of several types");
        }
        let result = node.result.as_ref().map_or(Type::Unit, |ty| self.ty(source, ty));
        let mut types = Vec::new();
        for param in &node.params {
            let Some(ty) = &param.ty else {
                let message = format!("`{}` needs a type", param.name.name);
                let error = self.error(Code::WrongKind, source, param.name.span, message);
                self.report(error.help(format!("write `{}: u32`", param.name.name)));
                types.push(Type::Error);
                continue;
            };
            if let Some(default) = &param.default {
                self.not_yet(source, default.span, "the default of a function's parameter");
            }
            types.push(self.ty(source, ty));
        }
        let mut scope = Scope::new(self, source, Context::Function(result.clone()));
        let params = node
            .params
            .iter()
            .zip(types)
            .map(|(param, ty)| scope.declare(&param.name, ty, false))
            .collect();
        let want = Some(&result).filter(|ty| **ty != Type::Unit);
        let (mut block, ty) = scope.block(&node.body, want);
        match block.tail.take() {
            Some(tail) if result != Type::Unit && tail.ty != Type::Unit => {
                block.tail = Some(Box::new(scope.coerce(*tail, &result)));
            }
            tail => {
                block.tail = tail;
                if result == Type::Unit {
                    block = scope.no_value(block, &ty);
                } else if !ty.is_bottom() {
                    let name = scope.type_name(&result);
                    let message = format!("`{}` may end without its value", node.name.name);
                    let error = scope.error(Code::FallsThrough, node.body.span, message);
                    scope.report(error.help(format!("end it with a value of type {name}")));
                }
            }
        }
        let mut body = scope.body;
        body.block = block;
        let name = node.name.name.clone();
        let function = Function { name, params, result, file: self.sources[source].file, body };
        Resolved::Function(self.program.functions.push(function))
    }
}
