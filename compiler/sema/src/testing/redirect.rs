//! `expect redirect`: that a packet is sent elsewhere, and where to.

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{Arg, Expr as Node, ExprKind as Kind};

use super::Testing;
use crate::operation::REDIRECT;
use crate::program::{Expectation, Redirected};
use crate::types::{HookId, MapId, Type};

/// To the other end, in its network namespace.
const PEER: &str = "redirect_peer";

impl<'a> Testing<'_, 'a> {
    /// `redirect`, `redirect(3)`, `m.redirect(key)`; `None` if it is something else, such as the name of
    /// a verdict, `Err` if it is wrong, which was reported.
    pub(super) fn redirect(
        &mut self,
        hook: HookId,
        node: &'a Node,
    ) -> Result<Option<Expectation>, ()> {
        let to = match &node.kind {
            Kind::Name(name) if name.name == REDIRECT && self.redirects(hook, REDIRECT) => {
                Some(Redirected::Anywhere)
            }
            Kind::Call(callee, args) => match &callee.kind {
                Kind::Name(name) if [REDIRECT, PEER].contains(&name.name.as_str()) => {
                    self.called(hook, &name.name, args, node.span)
                }
                Kind::Field(base, method) if method.name == REDIRECT => {
                    let Some(map) = self.map_named(base)? else { return Ok(None) };
                    self.entry(hook, map, args, node.span)
                }
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        to.map(|to| Some(Expectation::Redirect(to, node.span))).ok_or(())
    }

    /// `redirect(3)`, or `redirect(map, key)`.
    fn called(
        &mut self,
        hook: HookId,
        name: &str,
        args: &'a [Arg],
        span: Span,
    ) -> Option<Redirected> {
        if let Some((first, others)) = args.split_first()
            && let Some(map) = self.map_named(&first.value).ok()?
        {
            return self.entry(hook, map, others, span);
        }
        if !self.redirects(hook, name) {
            self.never(hook, name, span);
            return None;
        }
        let place = self.place_alone(args, span)?;
        self.value(place, Some(&Type::U32)).map(Redirected::Interface)
    }

    /// Whether the hook has such a call.
    fn redirects(&self, hook: HookId, name: &str) -> bool {
        let program = &self.scope.checker.program;
        program.hooks[hook].functions.iter().any(|id| program.helpers[*id].name == name)
    }

    /// What stands in a map under a key.
    fn entry(
        &mut self,
        hook: HookId,
        map: MapId,
        args: &'a [Arg],
        span: Span,
    ) -> Option<Redirected> {
        let program = &self.scope.checker.program;
        let data = &program.maps[map];
        let operations = &program.map_types[data.ty].operations;
        let Some(operation) = operations.iter().find(|operation| operation.name == REDIRECT) else {
            let message = format!("`{}` holds nothing that packets are sent to", data.name);
            let error = self.scope.error(Code::WrongKind, span, message);
            let help = "maps of type `devmap`, `devmap_hash`, `cpumap` and `xskmap` do";
            self.scope.report(error.help(help));
            return None;
        };
        let key = data.key.clone();
        let hook = &program.hooks[hook];
        if !operation.row.is_some_and(|row| row.programs.contains(&hook.row.program_type)) {
            let message = format!("programs on {} do not redirect by maps", hook.name);
            let error = self.scope.error(Code::NotOnTarget, span, message);
            self.scope.report(
                error.help("programs on xdp do; others redirect to an interface: `redirect(3)`"),
            );
            return None;
        }
        let place = self.place_alone(args, span)?;
        Some(Redirected::Entry(map, self.value(place, Some(&key))?))
    }

    fn place_alone(&mut self, args: &'a [Arg], span: Span) -> Option<&'a Node> {
        if let [Arg { name: None, value }] = args {
            return Some(value);
        }
        let message = "what is expected of a redirect is where it goes, and no more";
        let error = self.scope.error(Code::WrongArguments, span, message);
        let help = "write `redirect`, `redirect(3)` or, of a map, `ports.redirect(3)`";
        self.scope.report(error.help(help));
        None
    }

    fn never(&mut self, hook: HookId, call: &str, span: Span) {
        let name = &self.scope.checker.program.hooks[hook].name;
        let message = format!("programs on {name} do not redirect like this");
        let error = self.scope.error(Code::NotOnTarget, span, message);
        self.scope.report(error.help(if call == PEER {
            "`redirect_peer` is for tc.ingress and tc.egress"
        } else {
            "programs on xdp, tc.ingress, tc.egress and lwt.xmit redirect"
        }));
    }
}
