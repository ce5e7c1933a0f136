//! Programs on hooks.

use nbpfc_kernel::LOOPS_SINCE;
use nbpfc_source::Code;
use nbpfc_syntax::ast;

use crate::body::{Context, Scope};
use crate::bound::Bound;
use crate::checker::{Checker, Resolved};
use crate::constant::number;
use crate::program::{Entry, Expr, ExprKind};
use crate::types::{HookId, Type};
use crate::value::Value;

impl<'a> Checker<'a> {
    /// A program and what it does.
    pub(crate) fn entry(&mut self, source: usize, node: &'a ast::Program) {
        let Some(item) = self.program_hook_at(source, &node.hook.path) else { return };
        let Some(Resolved::Hook(hook)) = self.resolved(item) else { return };
        self.link();
        let row = self.program.hooks[hook].row;
        let name = self.program.hooks[hook].name.clone();
        if row.since > self.options.kernel {
            let (since, kernel) = (row.since, self.options.kernel);
            let message = format!("{name} needs Linux {since}, and the target is {kernel}");
            let error = self.error(Code::NotOnTarget, source, node.hook.span, message);
            self.report(
                error.help(format!("compile with `--kernel {since}`, or take another hook")),
            );
        }
        if self.options.kernel < LOOPS_SINCE {
            let kernel = self.options.kernel;
            let message =
                format!("nbp programs need Linux {LOOPS_SINCE}, and the target is {kernel}");
            let error = self.error(Code::NotOnTarget, source, node.hook.span, message);
            let error = error.note(
                "the verifiers of older kernels follow no loops, and headers are found by some",
            );
            self.report(error.help(format!("compile with `--kernel {LOOPS_SINCE}`")));
        }
        if let Some(arg) = node.hook.args.first() {
            let message = format!("{name} takes no arguments");
            let error = self.error(Code::WrongArguments, source, arg.value.span, message);
            self.report(error.help("leave it out: to what a program is attached, `--attach` says"));
        }
        let otherwise = node.otherwise.as_ref().and_then(|node| self.otherwise(source, hook, node));
        let has_otherwise = node.otherwise.is_some();
        let [param] = node.params.as_slice() else {
            let message = format!("a program on {name} has one parameter, the packet");
            let error = self.error(Code::WrongArguments, source, node.name.span, message);
            self.report(error.help(format!("write `program {}(pkt) on {name}`", node.name.name)));
            return;
        };
        let names = self.of_hook(source, Bound { hook: Some(hook), ..Bound::default() });
        self.bound.push((source, names));
        let context = Context::Program { hook, otherwise: has_otherwise };
        let mut scope = Scope::new(self, source, context);
        scope.declare(&param.name, Type::Packet(hook), false);
        let verdict = Type::Verdict(hook);
        let (mut block, ty) = scope.block(&node.body, Some(&verdict));
        match block.tail.take() {
            Some(tail) if tail.ty != Type::Unit => {
                let tail = scope.coerce(*tail, &verdict);
                block.tail = Some(Box::new(tail));
            }
            tail => {
                block.tail = tail;
                if !ty.is_bottom() && !has_otherwise {
                    let message = format!("`{}` may end without a verdict", node.name.name);
                    let error = scope.error(Code::FallsThrough, node.body.span, message);
                    scope.report(error.help(format!(
                        "write `on {name} otherwise VERDICT`, or return one at the end"
                    )));
                }
            }
        }
        let mut body = scope.body;
        body.block = block;
        self.bound.pop();
        self.check_stale(source, &body);
        let (name, span) = (node.name.name.clone(), node.name.span);
        self.program.entries.push(Entry { name, span, hook, otherwise, body });
    }

    fn otherwise(&mut self, source: usize, hook: HookId, node: &'a ast::Expr) -> Option<u32> {
        let mut scope = Scope::new(self, source, Context::Constant);
        let verdict = Type::Verdict(hook);
        let value = scope.expr(node, Some(&verdict));
        let value: Expr = scope.coerce(value, &verdict);
        match value.kind {
            ExprKind::Value(Value::Int(_)) => number(&value).map(|number| number as u32),
            _ => None,
        }
    }
}
