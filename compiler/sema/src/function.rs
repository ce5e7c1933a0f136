//! Functions.

use nbpfc_source::Code;
use nbpfc_syntax::ast::{self, ExprKind, TypeKind};

use crate::body::{Context, Scope};
use crate::checker::{Checker, ItemRef, Resolved};
use crate::constant::value;
use crate::program::{Function, FunctionId};
use crate::types::{HookId, Type};

impl<'a> Checker<'a> {
    /// A function with its body, of types that it says itself.
    pub(crate) fn function_item(&mut self, item: ItemRef, node: &'a ast::Function) -> Resolved {
        let source = item.source;
        let result = self.result_type(source, node);
        let mut types = Vec::new();
        for param in &node.params {
            let ty = param.ty.as_ref().map(|ty| self.param_type(source, ty));
            types.push(ty.unwrap_or_else(|| self.needs_type(source, param)));
        }
        Resolved::Function(self.function(source, node, types, result, None))
    }

    /// What a function gives, which may be a socket that it found.
    pub(crate) fn result_type(&mut self, source: usize, node: &'a ast::Function) -> Type {
        match node.result.as_ref().map(|ty| (&ty.kind, ty)) {
            None => Type::Unit,
            Some((TypeKind::Optional(inner), ty)) => match self.param_type(source, inner) {
                Type::Socket => Type::Optional(Box::new(Type::Socket)),
                _ => self.ty(source, ty),
            },
            Some((_, ty)) => self.ty(source, ty),
        }
    }

    pub(crate) fn needs_type(&mut self, source: usize, param: &ast::Param) -> Type {
        let message = format!("`{}` needs a type", param.name.name);
        let error = self.error(Code::WrongKind, source, param.name.span, message);
        // So programs call what they are given.
        let ty =
            if matches!(param.name.name.as_str(), "pkt" | "packet") { "packets" } else { "u32" };
        self.report(error.help(format!("write `{}: {ty}`", param.name.name)));
        Type::Error
    }

    /// A function with its body, for parameters of these types, and for programs on a hook if it says so.
    pub(crate) fn function(
        &mut self,
        source: usize,
        node: &'a ast::Function,
        types: Vec<Type>,
        result: Type,
        hook: Option<HookId>,
    ) -> FunctionId {
        let mut defaults = Vec::new();
        for (param, ty) in node.params.iter().zip(&types) {
            let known = param.default.as_ref().map(|node| self.constant(source, node, Some(ty)));
            defaults.push(known.as_ref().and_then(value).cloned());
        }
        let context = Context::Function { result: result.clone(), hook };
        let mut scope = Scope::new(self, source, context);
        let params: Vec<_> = node
            .params
            .iter()
            .zip(types)
            .map(|(param, ty)| scope.declare(&param.name, ty, false))
            .collect();
        scope.lend(&params);
        if let (Some(tail), true) = (&node.body.tail, scope.gives_socket()) {
            scope.given = ends(tail);
        }
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
        self.check_stale(source, &body);
        let name = node.name.name.clone();
        let file = self.sources[source].file;
        let function = Function { name, params, defaults, result, file, body };
        self.program.functions.push(function)
    }
}

/// The expressions that a value is, by whichever way: of `if`, `match` and blocks the last in each.
fn ends(value: &ast::Expr) -> Vec<&ast::Expr> {
    fn of_block(block: &ast::Block) -> Vec<&ast::Expr> {
        block.tail.as_deref().map(ends).unwrap_or_default()
    }
    match &value.kind {
        ExprKind::Block(block) => of_block(block),
        ExprKind::If(node) => match &node.otherwise {
            Some(otherwise) => [of_block(&node.then), ends(otherwise)].concat(),
            None => vec![value],
        },
        ExprKind::Match(node) => node.arms.iter().flat_map(|arm| ends(&arm.value)).collect(),
        _ => vec![value],
    }
}
