//! Headers that are put into packets and taken out, by each hook's own means.
//!
//! XDP moves where the packet begins: what stands before the headers is moved with it. tc has room
//! behind the link-layer header, and VLAN tags beside the packet. What comes of both is the same:
//! the bytes up to the end of what was put in are written anew. On routes the kernel is given what it
//! is to put around the packet.

use nbpfc_ir::{BinaryOp, Block, Compare, Type as Scalar, UnaryOp, Value};
use nbpfc_kernel::{Field, Helper, ProgramType, ether_type, room};
use nbpfc_sema::{By, Follow, HeaderId, Number, Pop, Push, Told};

use crate::field::Window;
use crate::image::Saved;
use crate::lowering::Lowering;

impl<'p> Lowering<'p> {
    pub(crate) fn is_xdp(&self) -> bool {
        self.hook.row.program_type == ProgramType::Xdp
    }

    /// `pkt.push(…)` on routes.
    fn push_around(&mut self, push: &'p Push) {
        let leave = self.otherwise;
        let beginning = self.builder.const32(0);
        let follows =
            push.follow.as_ref().map(|follow| self.follow_number(follow, beginning, leave));
        let inside = self.builder.meta(Field::Length);
        let mut rest: u32 = push.headers.iter().map(|built| built.size).sum();
        let mut prepared = Vec::new();
        for built in &push.headers {
            rest -= built.size;
            let behind = self.builder.binary_imm(BinaryOp::Add, inside, rest);
            prepared.push(self.prepare(built, behind, follows));
        }
        let (headers, size) = self.headers_on_stack(&prepared);
        let [kind, size] =
            [room::AROUND_IP, size.into()].map(|number| self.builder.const64(number));
        self.call_or_leave(&Helper::LWT_PUSH_ENCAP, &[kind, headers, size], leave);
    }

    /// `pkt.push(…)`
    pub(crate) fn push(&mut self, push: &'p Push) {
        let Some(first) = self.hook.packet else { return };
        if matches!(self.hook.row.program_type, ProgramType::LwtIn | ProgramType::LwtXmit) {
            return self.push_around(push);
        }
        if self.is_xdp() && push.behind.is_some() {
            let tags = self.tags(first, push.headers[0].header);
            if !tags.is_empty() {
                return self.push_behind(push, first, &tags);
            }
        }
        let leave = self.otherwise;
        let prefix = self.program.headers[first].fixed;
        let beginning = self.builder.const32(0);
        // Nothing stands before what is put in front of the packet; but tc has room only behind it.
        let kept = push.behind.is_some() || !self.is_xdp();
        if kept {
            self.present(first, beginning, leave);
        }
        let follows =
            push.follow.as_ref().map(|follow| self.follow_number(follow, beginning, leave));
        let before = if push.behind.is_some() { prefix } else { 0 };
        let inside = self.builder.meta(Field::Length);
        let mut rest: u32 = push.headers.iter().map(|built| built.size).sum();
        let added = rest;
        let mut prepared = Vec::new();
        for built in &push.headers {
            rest -= built.size;
            let more = self.builder.const32(rest.wrapping_sub(before));
            let behind = self.builder.binary(BinaryOp::Add, inside, more);
            prepared.push(self.prepare(built, behind, follows));
        }
        if let (true, Some(header)) = (push.tag, prepared.first()) {
            let control = self.first_short(header);
            return self.push_tag(push, control, leave);
        }
        let saved = kept.then(|| {
            let window = self.window(beginning, prefix);
            self.save(window)
        });
        let added64 = self.builder.const64(added.into());
        if self.is_xdp() {
            let delta = self.builder.const64(u64::from(added).wrapping_neg());
            self.call_or_leave(&Helper::XDP_ADJUST_HEAD, &[delta], leave);
        } else {
            let flags = self.room_flags(push, first);
            self.adjust_room(added64, flags, leave);
        }
        let total = added + if kept { prefix } else { 0 };
        let view = self.builder.check(None, total, leave);
        let mut at = 0;
        if let (Some(saved), Some(behind)) = (&saved, push.behind) {
            let window = Window { view, start: 0, length: prefix };
            self.restore(window, saved);
            for (field, number) in
                self.program.says(behind, push.headers[0].header).unwrap_or_default()
            {
                self.put_number(window, (behind, field), number as u32);
            }
            at = prefix;
        }
        for (built, prepared) in push.headers.iter().zip(&prepared) {
            self.write_header(Window { view, start: at, length: built.size }, prepared);
            at += built.size;
        }
        if let (Some(saved), None) = (&saved, push.behind) {
            self.restore(Window { view, start: at, length: prefix }, saved);
        }
    }

    /// `pkt.pop(…)`
    pub(crate) fn pop(&mut self, pop: &'p Pop) {
        let Some(first) = self.hook.packet else { return };
        let leave = self.otherwise;
        if pop.tag {
            return self.pop_tag(first, pop.headers[0], leave);
        }
        if self.is_xdp() && pop.behind.is_some() {
            let tags = self.tags(first, pop.headers[0]);
            if !tags.is_empty() {
                return self.pop_behind(pop, first, &tags);
            }
        }
        let prefix = self.program.headers[first].fixed;
        let beginning = self.builder.const32(0);
        self.present(first, beginning, leave);
        let mut last = (first, beginning);
        for header in pop.headers.iter().skip(usize::from(pop.behind.is_none())) {
            last = (*header, self.find_next(last, *header, leave));
        }
        let end = self.end(last.0, last.1);
        let follows = pop.told.as_ref().map(|told| self.told_number(told, last, leave));
        // What the packet begins with afterwards.
        let from = if pop.behind.is_some() {
            beginning
        } else {
            self.find_next(last, first, leave);
            end
        };
        let before = if pop.behind.is_some() { prefix } else { 0 };
        let taken = self.builder.binary_imm(BinaryOp::Sub, end, before);
        let taken64 = self.builder.unary(UnaryOp::Extend, taken);
        if self.is_xdp() {
            if pop.behind.is_some() {
                let window = self.window(from, prefix);
                let saved = self.save(window);
                let window = self.window(taken, prefix);
                self.replace(window, &saved, pop, follows);
            }
            self.call_or_leave(&Helper::XDP_ADJUST_HEAD, &[taken64], leave);
            return;
        }
        let flags = self.inside_flags(first, beginning, from, follows, leave);
        let window = self.window(from, prefix);
        let saved = self.save(window);
        let delta = self.builder.unary(UnaryOp::Neg, taken64);
        self.adjust_room(delta, flags, leave);
        let view = self.builder.check(None, prefix, leave);
        self.replace(Window { view, start: 0, length: prefix }, &saved, pop, follows);
    }

    /// Writes the header that the packet begins with; it says what follows.
    fn replace(&mut self, window: Window, saved: &Saved, pop: &Pop, follows: Option<Value>) {
        self.restore(window, saved);
        if let (Some(told), Some(number)) = (&pop.told, follows) {
            let data = &self.program.headers[told.to.0].fields[told.to.1 as usize];
            let bits = data.ty.wire_bits().unwrap_or(0);
            self.put(window, &data.ty, data.offset, bits, &vec![number]);
        }
    }

    fn put_number(&mut self, window: Window, (header, field): (HeaderId, u32), number: u32) {
        let data = &self.program.headers[header].fields[field as usize];
        let bits = data.ty.wire_bits().unwrap_or(0);
        let number = self.builder.const32(number);
        self.put(window, &data.ty, data.offset, bits, &vec![number]);
    }

    /// The number by which a header says what follows, from that of another one at an offset.
    pub(crate) fn follow_number(&mut self, follow: &Follow, offset: Value, leave: Block) -> Value {
        let (header, field) = follow.from;
        let number = self.field(offset, header, field)[0];
        let Some(numbers) = &follow.numbers else { return number };
        let nbpfc_sema::Type::Int(int) = self.program.headers[header].fields[field as usize].ty
        else {
            return number;
        };
        self.first_of(numbers, leave, |lowering, ((low, high), said), other| {
            let taken = lowering.builder.block();
            lowering.in_range(int, number, *low, *high, taken, other);
            lowering.builder.enter(taken);
            lowering.builder.const32(*said as u32)
        })
    }

    /// The number by which a header says what stands behind others that are taken out, of which `last` is
    /// the last, with its offset.
    pub(crate) fn told_number(
        &mut self,
        told: &'p Told,
        last: (HeaderId, Value),
        leave: Block,
    ) -> Value {
        match &told.by {
            By::Last(follow) => {
                if let Some(condition) = self.program.headers[last.0].condition_of(follow.from.1) {
                    let holds = self.builder.block();
                    self.within(last.1, |lowering| lowering.branch(condition, holds, leave));
                    self.builder.enter(holds);
                }
                self.follow_number(follow, last.1, leave)
            }
            By::Behind(ways) => self.first_of(ways, leave, |lowering, (behind, number), other| {
                let place = lowering.find_next(last, *behind, other);
                match number {
                    Number::Known(number) => lowering.builder.const32(*number as u32),
                    Number::From(follow) => lowering.follow_number(follow, place, leave),
                }
            }),
        }
    }

    /// The number that the first way gives which does not go on to the next, `leave` if none does.
    fn first_of<'w, T>(
        &mut self,
        ways: &'w [T],
        leave: Block,
        mut number: impl FnMut(&mut Self, &'w T, Block) -> Value,
    ) -> Value {
        let result = self.builder.variable(Scalar::I32);
        let done = self.builder.block();
        for way in ways {
            let other = self.builder.block();
            let number = number(self, way, other);
            self.builder.set(result, number);
            self.builder.jump(done);
            self.builder.enter(other);
        }
        self.builder.jump(leave);
        self.builder.enter(done);
        self.builder.get(result)
    }

    /// Calls a helper with the context and numbers; goes on elsewhere if it fails.
    pub(crate) fn call_or_leave(
        &mut self,
        helper: &'static Helper,
        numbers: &[Value],
        leave: Block,
    ) {
        let context = self.builder.context();
        let arguments: Vec<_> = [context].into_iter().chain(numbers.iter().copied()).collect();
        let result = self.builder.call_helper(helper, &arguments);
        self.moved();
        let zero = self.builder.const64(0);
        let done = self.builder.block();
        self.builder.branch(Compare::Eq, result, zero, done, leave);
        self.builder.enter(done);
    }

    fn adjust_room(&mut self, delta: Value, flags: Value, leave: Block) {
        let mode = self.builder.const64(room::BEHIND_LINK);
        self.call_or_leave(&Helper::SKB_ADJUST_ROOM, &[delta, mode, flags], leave);
    }

    fn push_tag(&mut self, push: &Push, control: Value, leave: Block) {
        let (Some(behind), Some(built)) = (push.behind, push.headers.first()) else { return };
        let said = self.program.says(behind, built.header).unwrap_or_default();
        let protocol = said.first().map_or(0, |(_, number)| *number as u16);
        let protocol = self.builder.const64(protocol.to_be().into());
        let control = self.builder.unary(UnaryOp::Extend, control);
        self.call_or_leave(&Helper::SKB_VLAN_PUSH, &[protocol, control], leave);
    }

    /// Takes the outermost tag away, beside the packet or in it.
    fn pop_tag(&mut self, first: HeaderId, tag: HeaderId, leave: Block) {
        let beside = self.builder.meta(Field::VlanPresent);
        let zero = self.builder.const32(0);
        let [inside, there] = [self.builder.block(), self.builder.block()];
        self.builder.branch(Compare::Ne, beside, zero, there, inside);
        self.builder.enter(inside);
        let beginning = self.builder.const32(0);
        self.present(first, beginning, leave);
        self.find_next((first, beginning), tag, leave);
        self.builder.jump(there);
        self.builder.enter(there);
        self.call_or_leave(&Helper::SKB_VLAN_POP, &[], leave);
    }

    /// What the kernel is told of headers that are put around a packet, for its offloads.
    fn room_flags(&mut self, push: &Push, first: HeaderId) -> Value {
        let program = self.program;
        let headers: Vec<_> = push.headers.iter().map(|built| built.header).collect();
        let network = headers.iter().position(|header| program.headers[*header].is_network);
        let number = |header, next: Option<&HeaderId>| {
            let said = program.says(header, *next?)?;
            said.first().map(|(_, number)| *number)
        };
        let mut flags = 0;
        if let Some(network) = network {
            flags |= match number(first, headers.get(network)) {
                Some(number) if number == ether_type::IPV4.into() => room::ENCAP_IPV4,
                Some(number) if number == ether_type::IPV6.into() => room::ENCAP_IPV6,
                _ => 0,
            };
            let transport = match number(headers[network], headers.get(network + 1)) {
                Some(room::UDP) => room::ENCAP_UDP,
                Some(room::GRE) => room::ENCAP_GRE,
                _ => 0,
            };
            let behind = network + 1 + usize::from(transport != 0);
            let mut link: u32 = push.headers.iter().skip(behind).map(|built| built.size).sum();
            if push.behind.is_none() {
                let ethernet = program.headers[first].fixed;
                link += ethernet;
                // The kernel takes what it is told for the Ethernet header then: what stands before
                // it, such as VXLAN, is none of that.
                if self.target.has_ethernet_inside() {
                    flags |= room::ENCAP_ETHERNET;
                    link = ethernet;
                }
            }
            flags |= transport | room::encap_link(link);
        }
        self.builder.const64(flags)
    }

    /// What the kernel is told of what is inside of headers that are taken away: it has to be IP, and
    /// older kernels go on to take the packet for what it was.
    fn inside_flags(
        &mut self,
        first: HeaderId,
        beginning: Value,
        inside: Value,
        follows: Option<Value>,
        leave: Block,
    ) -> Value {
        let result = self.builder.variable(Scalar::I64);
        let none = self.builder.const64(0);
        self.builder.set(result, none);
        let selector = self.program.headers[first].next.iter().find_map(|n| n.selector.as_ref());
        let Some(selector) = selector else { return none };
        let was = self.within(beginning, |lowering| lowering.expr(selector))[0];
        let is = match follows {
            Some(number) => number,
            None => self.within(inside, |lowering| lowering.expr(selector))[0],
        };
        let [same, other, done] = [(); 3].map(|()| self.builder.block());
        self.builder.branch(Compare::Eq, was, is, same, other);
        self.builder.enter(same);
        self.builder.jump(done);
        self.builder.enter(other);
        if self.target.has_decapsulation() {
            for (number, flag) in
                [(ether_type::IPV4, room::DECAP_IPV4), (ether_type::IPV6, room::DECAP_IPV6)]
            {
                let [taken, next] = [self.builder.block(), self.builder.block()];
                let number = self.builder.const32(number.into());
                self.builder.branch(Compare::Eq, is, number, taken, next);
                self.builder.enter(taken);
                let flag = self.builder.const64(flag);
                self.builder.set(result, flag);
                self.builder.jump(done);
                self.builder.enter(next);
            }
        }
        self.builder.jump(leave);
        self.builder.enter(done);
        self.builder.get(result)
    }
}
