//! Helpers of the kernel: the names that the language has for them.

use nbpfc_kernel::{Argument, Helper, Returns};
use nbpfc_source::Code;
use nbpfc_syntax::ast::{self, Origin};

use crate::checker::{Checker, Resolved};
use crate::program::KernelFunction;
use crate::types::Type;

impl<'a> Checker<'a> {
    /// `extern fn name(params) -> type from "row";`
    pub(crate) fn helper_item(
        &mut self,
        source: usize,
        node: &'a ast::Prototype,
    ) -> Option<Resolved> {
        let Some(Origin::Row(text)) = &node.origin else {
            self.not_yet(source, node.span, "a function of the kernel that is no helper");
            return None;
        };
        let Some(row) = text.as_str().and_then(Helper::by_name) else {
            let error = self.error(Code::NotOnTarget, source, text.span, "there is no such helper");
            self.report(error.help("name a row of compiler/kernel, or add one"));
            return None;
        };
        let result = node.result.as_ref().map_or(Type::Unit, |ty| self.ty(source, ty));
        let mut params = Vec::new();
        for param in &node.params {
            let ty = param.ty.as_ref().map_or(Type::Error, |ty| self.ty(source, ty));
            params.push((param.name.name.clone(), ty));
        }
        let numbers = |argument: &&Argument| **argument == Argument::Number;
        let others =
            |argument: &Argument| !matches!(argument, Argument::Number | Argument::Context);
        let plain = matches!(row.returns, Returns::Number | Returns::Nothing)
            && !row.arguments.iter().any(others)
            && !matches!(row.change, nbpfc_kernel::Change::Packet);
        if !plain {
            self.not_yet(source, node.span, "a helper that takes more than numbers");
            return None;
        }
        let numeric = |ty: &Type| matches!(ty, Type::Int(_));
        let fits = params.len() == row.arguments.iter().filter(numbers).count()
            && params.iter().all(|(_, ty)| numeric(ty))
            && (numeric(&result) || result == Type::Unit);
        if !fits {
            let message = format!("`{}` is not like this", row.name);
            let error = self.error(Code::WrongArguments, source, node.span, message);
            self.report(error.help("it takes and gives as many numbers as its row says"));
            return None;
        }
        let name = node.name.name.clone();
        let function = KernelFunction { name, row, params, result };
        Some(Resolved::Helper(self.program.helpers.push(function)))
    }
}
