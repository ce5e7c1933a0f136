//! Headers that are built and put into packets, and headers that are taken out.

use nbpfc_kernel::{ProgramType, ether_type};
use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{Arg, ExprKind as Kind, Ident};

use crate::body::{Scope, error, expr};
use crate::program::{By, Expr, ExprKind, Follow, Pop, Push, Told};
use crate::types::{HeaderId, HookId, Type};

/// Bytes that are put into a packet at most.
const MAX_PUSH: u32 = 256;

/// The `EtherType`s of the tags that the kernel takes out of packets: IEEE 802.1Q and 802.1ad.
const TAGS: [i128; 2] = [ether_type::VLAN as i128, ether_type::VLAN_SERVICE as i128];

/// Bytes of such a tag.
const TAG: u32 = 4;

impl<'a> Scope<'_, 'a> {
    /// `pkt.push(…)`, `pkt.pop(…)`
    pub(crate) fn resize(
        &mut self,
        hook: HookId,
        method: &Ident,
        args: &'a [Arg],
        span: Span,
    ) -> Expr {
        self.body.resizes = true;
        self.checker.link();
        let Some(first) = self.first_header(hook, method, span) else { return error(span) };
        // What cannot be done leaves as `?` does.
        let packet = expr(ExprKind::Whole, Type::Unit, span);
        if self.leave_without(packet, Type::Unit, span).ty == Type::Error {
            return error(span);
        }
        let mut named = Vec::new();
        for arg in args {
            let (node, fields) = match &arg.value.kind {
                Kind::Call(callee, fields) if method.name == "push" => (&**callee, Some(fields)),
                _ => (&arg.value, None),
            };
            match self.header_named(node) {
                Some(header) => {
                    named.push((header, fields.map_or(&[][..], Vec::as_slice), node.span));
                }
                None => return error(span),
            }
        }
        if named.is_empty() {
            let message = format!("`{}` takes headers", method.name);
            let error = self.error(Code::WrongArguments, span, message);
            return self.wrong(error.help(match method.name.as_str() {
                "push" => "write `pkt.push(vlan(vid = 5))`",
                _ => "write `pkt.pop(vlan)`",
            }));
        }
        let headers: Vec<_> = named.iter().map(|(header, _, span)| (*header, *span)).collect();
        let Some((behind, tag)) = self.chain(hook, first, &headers) else { return error(span) };
        if method.name == "pop" {
            return self.pop(hook, behind, &headers, tag, span);
        }
        self.push(hook, first, behind, &named, tag, span)
    }

    /// The header that the hook's packets begin with, if programs may resize them.
    fn first_header(&mut self, hook: HookId, method: &Ident, span: Span) -> Option<HeaderId> {
        let data = &self.checker.program.hooks[hook];
        let (name, first) = (data.name.clone(), data.packet);
        match data.row.program_type {
            ProgramType::Xdp | ProgramType::SchedCls => first,
            ProgramType::LwtIn | ProgramType::LwtXmit if method.name == "push" => first,
            ProgramType::LwtIn | ProgramType::LwtXmit => {
                let message = format!("programs on {name} take no headers out");
                let error = self.error(Code::NotOnTarget, span, message);
                self.report(
                    error
                        .note("the kernel has a helper there that puts headers around packets, and none back")
                        .help("programs on xdp and tc do"),
                );
                None
            }
            _ => {
                let message = format!("programs on {name} do not resize packets");
                let error = self.error(Code::NotOnTarget, span, message);
                self.report(error.note("the kernel shows them packets to be read only").help(
                    if method.name == "push" {
                        "programs on xdp, tc, lwt.in and lwt.xmit put headers into packets"
                    } else {
                        "programs on xdp and tc take headers out of packets"
                    },
                ));
                None
            }
        }
    }

    /// Whether headers that follow each other begin a packet, or come behind its first header; and
    /// whether that is a tag which the hook's packets have beside them.
    fn chain(
        &mut self,
        hook: HookId,
        first: HeaderId,
        headers: &[(HeaderId, Span)],
    ) -> Option<(Option<HeaderId>, bool)> {
        let program = &self.checker.program;
        let &(begin, at) = headers.first()?;
        let behind = (begin != first).then_some(first);
        let before = behind.map(|first| (first, at));
        let all: Vec<_> = before.into_iter().chain(headers.iter().copied()).collect();
        for pair in all.windows(2) {
            let &[(above, _), (below, span)] = pair else { continue };
            if program.says(above, below).is_none() {
                let (above, below) = (&program.headers[above].name, &program.headers[below].name);
                let message = format!("`{below}` does not follow `{above}`");
                let error = self.error(Code::NeverFound, span, message);
                let first = &program.headers[first].name;
                self.report(error.help(format!(
                    "name headers as they follow each other, from `{first}` on or behind it"
                )));
                return None;
            }
        }
        let number = behind.and_then(|first| program.says(first, begin)?.first().copied());
        let is_tag = number.is_some_and(|(_, number)| TAGS.contains(&number))
            && headers.len() == 1
            && program.headers[begin].fixed == TAG;
        let beside = program.hooks[hook].row.program_type != ProgramType::Xdp;
        Some((behind, is_tag && beside))
    }

    fn pop(
        &mut self,
        hook: HookId,
        behind: Option<HeaderId>,
        headers: &[(HeaderId, Span)],
        tag: bool,
        span: Span,
    ) -> Expr {
        let Some(&(last, at)) = headers.last() else { return error(span) };
        let headers: Vec<_> = headers.iter().map(|(header, _)| *header).collect();
        if !tag && !self.is_taken_out(hook, &headers, at) {
            return error(span);
        }
        let told = match behind {
            Some(first) if !tag => match self.told(last, first, at) {
                Some(told) => Some(told),
                None => return error(span),
            },
            Some(_) => None,
            None => {
                let program = &self.checker.program;
                if program.says(last, headers[0]).is_none() {
                    let (last, first) =
                        (&program.headers[last].name, &program.headers[headers[0]].name);
                    let message = format!(
                        "behind `{last}` there is no `{first}` for the packet to begin with"
                    );
                    let error = self.error(Code::NeverFound, at, message);
                    return self.wrong(error.help(format!(
                        "leave `{first}` out: what is behind it is taken away, and it stays"
                    )));
                }
                None
            }
        };
        let pop = Pop { behind, headers, told, tag };
        expr(ExprKind::Pop(Box::new(pop)), Type::Unit, span)
    }

    /// Whether the kernel takes headers out of the hook's packets: on tc of those that are IP.
    fn is_taken_out(&mut self, hook: HookId, headers: &[HeaderId], span: Span) -> bool {
        let program = &self.checker.program;
        let data = &program.hooks[hook];
        let is_network = |header: &HeaderId| program.headers[*header].is_network;
        if data.row.program_type != ProgramType::SchedCls || headers.iter().any(is_network) {
            return true;
        }
        let names = headers.iter().map(|header| program.headers[*header].name.as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        let message = format!("programs on {} take no `{names}` out of packets", data.name);
        let error = self.error(Code::NotOnTarget, span, message);
        let error = error.note("the kernel lets them change the room of IP packets alone");
        self.report(error.help("programs on xdp do"));
        false
    }

    /// How a header says what follows when headers are taken out behind it, of which this is the last.
    fn told(&mut self, last: HeaderId, first: HeaderId, span: Span) -> Option<Told> {
        let program = &self.checker.program;
        let by = match program.follow(last, first) {
            Some(follow) => Some(By::Last(follow)),
            None => Some(program.told_behind(last, first))
                .filter(|ways| !ways.is_empty())
                .map(By::Behind),
        };
        if let (Some(field), Some(by)) = (program.selector(first), by) {
            return Some(Told { to: (first, field), by });
        }
        // Says why not.
        self.follow(last, first, span)?;
        None
    }

    /// The number in one header that says what follows it, from that of another.
    fn follow(&mut self, from: HeaderId, to: HeaderId, span: Span) -> Option<Follow> {
        let program = &self.checker.program;
        if let Some(follow) = program.follow(from, to) {
            return Some(follow);
        }
        let silent = match (program.selector(from), program.selector(to)) {
            (Some(_), Some(_)) => None,
            (None, _) => Some(from),
            (_, None) => Some(to),
        };
        if let Some(silent) = silent {
            let message = format!(
                "`{}` has no field that says what follows it",
                program.headers[silent].name
            );
            let error = self.error(Code::NeverFound, span, message);
            self.report(error.help("name headers up to one that says it"));
            return None;
        }
        let (from, to) = (&program.headers[from].name, &program.headers[to].name);
        let message = format!("nothing follows `{from}` that can follow `{to}`");
        let error = self.error(Code::NeverFound, span, message);
        self.report(error.help("take headers behind which the same can stand"));
        None
    }

    /// Whether the field of a header that says what follows it is named where it is built.
    fn says_itself(&self, header: HeaderId, fields: &[Arg]) -> bool {
        let program = &self.checker.program;
        let Some(selector) = program.selector(header) else { return false };
        let name = &program.headers[header].fields[selector as usize].name;
        fields.iter().any(|arg| arg.name.as_ref().is_some_and(|given| given.name == *name))
    }

    /// Whether the hook's packets are what they were with headers in front of what is in them. On tc the
    /// kernel goes on to take them for IP.
    fn stays_what_it_is(
        &mut self,
        hook: HookId,
        mut headers: impl Iterator<Item = HeaderId>,
        last: HeaderId,
        span: Span,
    ) -> bool {
        let program = &self.checker.program;
        let (data, header) = (&program.hooks[hook], &program.headers[last]);
        let is_ip = headers.any(|header| program.headers[header].is_network);
        if data.row.program_type != ProgramType::SchedCls || is_ip {
            return true;
        }
        let message = format!("programs on {} put no `{}` into packets", data.name, header.name);
        let error = self.error(Code::NotOnTarget, span, message);
        let error =
            error.note("the kernel would go on to take them for IP, and cut them up as such");
        self.report(error.help("programs on xdp do"));
        false
    }

    fn push(
        &mut self,
        hook: HookId,
        first: HeaderId,
        behind: Option<HeaderId>,
        named: &[(HeaderId, &'a [Arg], Span)],
        tag: bool,
        span: Span,
    ) -> Expr {
        let Some(&(last, fields, at)) = named.last() else { return error(span) };
        let follow = match behind {
            Some(first) if !tag => {
                let follow = if self.says_itself(last, fields) {
                    None
                } else {
                    match self.follow(first, last, at) {
                        Some(follow) => Some(follow),
                        None => return error(span),
                    }
                };
                let headers = named.iter().map(|(header, ..)| *header);
                if !self.stays_what_it_is(hook, headers, last, at) {
                    return error(span);
                }
                follow
            }
            _ => None,
        };
        let mut headers = Vec::new();
        for (index, (header, args, span)) in named.iter().enumerate() {
            let next = named.get(index + 1).map(|(next, ..)| *next);
            let next = next.or(Some(first).filter(|_| behind.is_none()));
            let said = next.map(|next| self.checker.program.says(*header, next));
            let said = match said {
                Some(None) => {
                    let program = &self.checker.program;
                    let (last, first) =
                        (&program.headers[*header].name, &program.headers[first].name);
                    let message = format!("behind `{last}` the packet cannot begin with `{first}`");
                    let error = self.error(Code::NeverFound, *span, message);
                    self.report(error.help("end with a header that carries whole packets"));
                    None
                }
                said => Some(said.flatten().unwrap_or_default()),
            };
            let follows = follow.as_ref().filter(|_| next.is_none()).map(|follow| follow.to.1);
            let Some(built) =
                said.and_then(|said| self.build(*header, args, &said, follows, *span))
            else {
                return error(span.to(*span));
            };
            headers.push(built);
        }
        if headers.iter().map(|built| built.size).sum::<u32>() > MAX_PUSH {
            let message = format!("at most {MAX_PUSH} bytes are put into a packet at once");
            let error = self.error(Code::TargetLimit, span, message);
            return self.wrong(error.help("build shorter headers"));
        }
        let push = Push { behind, headers, follow, tag };
        expr(ExprKind::Push(Box::new(push)), Type::Unit, span)
    }
}
