//! Helpers of the kernel: the names that the language has for them.

use nbpfc_kernel::{Argument, Helper, Returns};
use nbpfc_source::{Code, nearest};
use nbpfc_syntax::ast::{self, ItemKind, Origin, TypeKind};

use crate::checker::{Checker, Resolved};
use crate::constant::value;
use crate::program::KernelFunction;
use crate::types::{HelperId, HookId, Type};

impl<'a> Checker<'a> {
    /// `extern fn name(params) -> type from "row";`
    pub(crate) fn helper_item(
        &mut self,
        source: usize,
        node: &'a ast::Prototype,
    ) -> Option<Resolved> {
        self.helper(source, node, None).map(Resolved::Helper)
    }

    fn no_helper(&mut self, source: usize, text: &ast::Text) {
        let name = text.as_str().unwrap_or_default();
        let short = name.strip_prefix("bpf_").unwrap_or(name);
        let known = Helper::by_name(short).map(|helper| helper.name);
        let near = known.or_else(|| nearest(short, Helper::ALL.iter().map(|helper| helper.name)));
        let error = self.error(Code::NotOnTarget, source, text.span, "nbpfc knows no such helper");
        self.report(match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("helpers have the names that bpf-helpers(7) has, without `bpf_`"),
        });
    }

    /// The type of a function's parameter, which may be a socket that whoever calls holds.
    pub(crate) fn param_type(&mut self, source: usize, ty: &'a ast::Type) -> Type {
        let library = self.lookup(source, SOCKET).map(|item| self.item(item));
        match library {
            Some(ItemKind::ExternStruct(_)) if is_socket(ty) => Type::Socket,
            _ => self.ty(source, ty),
        }
    }

    /// A helper that every program may call, or only those on a hook.
    pub(crate) fn helper(
        &mut self,
        source: usize,
        node: &'a ast::Prototype,
        hook: Option<HookId>,
    ) -> Option<HelperId> {
        let Some(Origin::Row(text)) = &node.origin else {
            self.not_yet(source, node.span, "a function of the kernel that is no helper");
            return None;
        };
        let Some(row) = text.as_str().and_then(Helper::by_name) else {
            self.no_helper(source, text);
            return None;
        };
        let sockets = row.returns == Returns::SocketOrNull;
        let result = match (hook, &node.result) {
            (_, None) => Type::Unit,
            (_, Some(_)) if sockets => Type::Optional(Box::new(Type::Socket)),
            (Some(hook), Some(ty)) if is_verdict(ty) => Type::Verdict(hook),
            (_, Some(ty)) => self.ty(source, ty),
        };
        let mut params = Vec::new();
        for param in &node.params {
            let ty = match &param.ty {
                Some(ty) if is_socket(ty) => Type::Socket,
                Some(ty) => self.ty(source, ty),
                None => Type::Error,
            };
            let known = param.default.as_ref().map(|value| self.constant(source, value, Some(&ty)));
            let default = known.as_ref().and_then(value).cloned();
            params.push((param.name.name.clone(), ty, default));
        }
        let numbers = |argument: &&Argument| **argument == Argument::Number;
        let in_memory = row.arguments.contains(&Argument::Memory);
        let others = |argument: &Argument| {
            !matches!(
                argument,
                Argument::Number
                    | Argument::Context
                    | Argument::Memory
                    | Argument::Size(_)
                    | Argument::Socket
            )
        };
        let plain = (matches!(row.returns, Returns::Number | Returns::Nothing) && !in_memory
            || sockets)
            && !row.arguments.iter().any(others)
            && !matches!(row.change, nbpfc_kernel::Change::Packet);
        if !plain {
            let message = format!("`{}` takes more than numbers", row.name);
            let error = self.error(Code::WrongKind, source, node.span, message);
            let error = error.label("programs have no pointers that they could give it");
            self.report(error.help(
                "the language has such things otherwise: operations of maps, fields of headers, `push` and `pop`, `emit`",
            ));
            return None;
        }
        let numeric = |ty: &Type| matches!(ty, Type::Int(_));
        let count = row.arguments.iter().filter(numbers).count();
        let given = params.iter().take_while(|(_, ty, _)| *ty == Type::Socket).count();
        let wanted = row.arguments.iter().filter(|argument| **argument == Argument::Socket).count();
        let before = params.len().saturating_sub(count);
        let before = before.saturating_sub(given);
        let (memory, others) = params.get(given..).unwrap_or_default().split_at(before);
        let wire = |ty: &Type| match ty {
            Type::Int(int) => !int.signed && matches!(int.bits, 16 | 32),
            ty => matches!(ty, Type::Ipv4Addr | Type::Ipv6Addr),
        };
        let fits = params.len() >= count + given
            && given == wanted
            && (before > 0) == in_memory
            && memory.iter().all(|(_, ty, _)| wire(ty))
            && others.iter().all(|(_, ty, _)| numeric(ty))
            && (sockets
                || numeric(&result)
                || matches!(result, Type::Unit | Type::Verdict(_) | Type::Bool));
        if !fits {
            let message = format!("`{}` is not like this", row.name);
            let error = self.error(Code::WrongArguments, source, node.span, message);
            self.report(error.help("it takes and gives as many numbers as its row says"));
            return None;
        }
        let name = node.name.name.clone();
        let hooks = Vec::new();
        let function = KernelFunction { name, row, params, in_memory: before, result, hooks };
        Some(self.program.helpers.push(function))
    }

    /// What programs on some hooks call by a name, for functions that any program may call; `None` if
    /// it gives a verdict of its hook.
    pub(crate) fn hook_helper(&mut self, from: usize, name: &str) -> Option<HelperId> {
        let known = |(source, other, _): &&(usize, String, _)| *source == from && other == name;
        if let Some((.., found)) = self.hook_helpers.iter().find(known) {
            return *found;
        }
        let (source, node) = self.hook_function(from, name)?;
        let found = match &node.result {
            Some(ty) if is_verdict(ty) => None,
            _ => self.helper(source, node, None),
        };
        if let Some(id) = found {
            self.program.helpers[id].hooks = self.hooks_with(from, name);
        }
        self.hook_helpers.push((from, name.to_owned(), found));
        found
    }
}

/// The library's name for a socket.
pub(crate) const SOCKET: &str = "socket";

/// Whether a type is that of sockets.
pub(crate) fn is_socket(ty: &ast::Type) -> bool {
    let TypeKind::Named { path, args } = &ty.kind else { return false };
    args.is_empty() && matches!(path.segments.as_slice(), [name] if name.name == SOCKET)
}

/// Whether a type is `verdict`, that of the hook.
pub(crate) fn is_verdict(ty: &ast::Type) -> bool {
    let TypeKind::Named { path, args } = &ty.kind else { return false };
    args.is_empty() && matches!(path.segments.as_slice(), [name] if name.name == "verdict")
}
