//! Where headers go that XDP puts behind a packet's first one, or takes away from there: behind the tags
//! that follow it, which say what comes next as it does itself.

use nbpfc_ir::{BinaryOp, Block, Compare, Type as Scalar, UnaryOp, Value, Variable};
use nbpfc_kernel::Helper;
use nbpfc_sema::{Follow, HeaderId, Pop, Push};

use crate::field::Window;
use crate::lowering::Lowering;

/// So many tags are passed over: IEEE 802.1ad has two.
const TAGS: u32 = 2;

/// What stands before and stays.
#[derive(Clone, Copy, Debug)]
struct Stand {
    /// The header that says what comes next, and where it begins, in bytes from the packet's start.
    last: HeaderId,
    place: u32,
    /// Where it ends.
    end: u32,
}

/// All that may stand before, and what of it does.
struct Before {
    all: Vec<Stand>,
    /// Which of them does.
    which: Variable,
    /// Where that ends.
    end: Variable,
    /// What is asked where it ends.
    answer: Variable,
}

impl<'p> Lowering<'p> {
    /// The tags that packets may have behind their first header, if another header can stand behind these:
    /// none if it is a tag itself, which then becomes the first.
    pub(crate) fn tags(&self, first: HeaderId, other: HeaderId) -> Vec<HeaderId> {
        let program = self.program;
        let arms = |header: HeaderId| {
            let next = program.headers[header].next.iter();
            next.filter(|next| next.selector.is_some()).map(|next| &next.arms).collect::<Vec<_>>()
        };
        let is_tag = |header: &HeaderId| {
            let data = &program.headers[*header];
            data.is_between
                && data.length.is_none()
                && data.fields.iter().all(|field| field.condition.is_none())
                && program.says(first, *header).is_some()
                && arms(*header).iter().all(|own| arms(first).contains(own))
        };
        let tags: Vec<_> = program.headers.keys().filter(is_tag).collect();
        if tags.contains(&other) {
            return Vec::new();
        }
        tags.into_iter().filter(|tag| program.says(*tag, other).is_some()).collect()
    }

    /// Asks what stands before: of each, `ask` is asked where it ends.
    fn before(
        &mut self,
        first: HeaderId,
        tags: &[HeaderId],
        mut ask: impl FnMut(&mut Self, Stand) -> Value,
    ) -> Before {
        let [which, end, answer] = [(); 3].map(|()| self.builder.variable(Scalar::I32));
        let beginning = self.builder.const32(0);
        self.present(first, beginning, self.otherwise);
        let done = self.builder.block();
        let mut all = Vec::new();
        let stand = Stand { last: first, place: 0, end: self.program.headers[first].fixed };
        // Each with the block where it is known to be there; what has one more tag is asked first.
        let mut open: Vec<(Stand, u32, Option<Block>)> = vec![(stand, 0, None)];
        while let Some((stand, depth, block)) = open.pop() {
            if let Some(block) = block {
                self.builder.enter(block);
            }
            let place = self.builder.const32(stand.place);
            for tag in tags.iter().filter(|_| depth < TAGS) {
                let [there, absent] = [self.builder.block(), self.builder.block()];
                self.find_next((stand.last, place), *tag, absent);
                self.builder.jump(there);
                self.builder.enter(absent);
                let end = stand.end + self.program.headers[*tag].fixed;
                open.push((Stand { last: *tag, place: stand.end, end }, depth + 1, Some(there)));
            }
            let told = ask(self, stand);
            let number = self.builder.const32(all.len() as u32);
            let size = self.builder.const32(stand.end);
            self.set(&[which, end, answer], &[number, size, told]);
            self.builder.jump(done);
            all.push(stand);
        }
        self.builder.enter(done);
        Before { all, which, end, answer }
    }

    /// Does something for what stands before, of which each has code of its own.
    fn for_each(&mut self, before: &Before, mut what: impl FnMut(&mut Self, Stand)) {
        let which = self.builder.get(before.which);
        let done = self.builder.block();
        for (index, stand) in before.all.iter().enumerate() {
            let next = self.builder.block();
            if index + 1 < before.all.len() {
                let number = self.builder.const32(index as u32);
                let own = self.builder.block();
                self.builder.branch(Compare::Eq, which, number, own, next);
                self.builder.enter(own);
            }
            what(self, *stand);
            self.builder.jump(done);
            self.builder.enter(next);
        }
        self.builder.jump(done);
        self.builder.enter(done);
    }

    /// The number by which the last header before says what comes next, as one that another has.
    fn told_by(&mut self, stand: Stand, follow: &Follow, leave: Block) -> Value {
        let field = self.program.selector(stand.last).unwrap_or(follow.from.1);
        let place = self.builder.const32(stand.place);
        let own = Follow { from: (stand.last, field), ..follow.clone() };
        self.follow_number(&own, place, leave)
    }

    /// `pkt.push(…)` on XDP, behind the packet's first header and the tags that follow it.
    pub(crate) fn push_behind(&mut self, push: &'p Push, first: HeaderId, tags: &[HeaderId]) {
        let leave = self.otherwise;
        let before = self.before(first, tags, |lowering, stand| match &push.follow {
            Some(follow) => lowering.told_by(stand, follow, leave),
            None => lowering.builder.const32(0),
        });
        let follows = self.builder.get(before.answer);
        let end = self.builder.get(before.end);
        let all = self.builder.meta(nbpfc_kernel::Field::Length);
        let inside = self.builder.binary(BinaryOp::Sub, all, end);
        let added: u32 = push.headers.iter().map(|built| built.size).sum();
        let mut rest = added;
        let mut prepared = Vec::new();
        for built in &push.headers {
            rest -= built.size;
            let behind = self.builder.binary_imm(BinaryOp::Add, inside, rest);
            prepared.push(self.prepare(built, behind, push.follow.as_ref().map(|_| follows)));
        }
        let said = push.headers[0].header;
        self.for_each(&before, |lowering, stand| {
            let window = lowering.kept(stand, None);
            let saved = lowering.save(window);
            let delta = lowering.builder.const64(u64::from(added).wrapping_neg());
            lowering.call_or_leave(&Helper::XDP_ADJUST_HEAD, &[delta], leave);
            let window = lowering.kept(stand, None);
            lowering.restore(window, &saved);
            for (field, number) in lowering.program.says(stand.last, said).unwrap_or_default() {
                let number = lowering.builder.const32(number as u32);
                lowering.tell(window, stand, field, number);
            }
        });
        let mut place = self.builder.get(before.end);
        for (built, prepared) in push.headers.iter().zip(&prepared) {
            let window = self.window(place, built.size);
            self.write_header(window, prepared);
            place = self.further(place, built.size);
        }
    }

    /// `pkt.pop(…)` on XDP, behind the packet's first header and the tags that follow it.
    pub(crate) fn pop_behind(&mut self, pop: &'p Pop, first: HeaderId, tags: &[HeaderId]) {
        let leave = self.otherwise;
        let before = self.before(first, tags, |lowering, stand| {
            let place = lowering.builder.const32(stand.place);
            lowering.find_next((stand.last, place), pop.headers[0], leave)
        });
        let mut last = (pop.headers[0], self.builder.get(before.answer));
        for header in &pop.headers[1..] {
            last = (*header, self.find_next(last, *header, leave));
        }
        let behind = self.end(last.0, last.1);
        let follows = pop.told.as_ref().map(|told| self.told_number(told, last, leave));
        let end = self.builder.get(before.end);
        let taken = self.builder.binary(BinaryOp::Sub, behind, end);
        self.for_each(&before, |lowering, stand| {
            let window = lowering.kept(stand, None);
            let saved = lowering.save(window);
            let window = lowering.kept(stand, Some(taken));
            lowering.restore(window, &saved);
            if let (Some(number), Some(told)) = (follows, &pop.told) {
                let field = lowering.program.selector(stand.last).unwrap_or(told.to.1);
                lowering.tell(window, stand, field, number);
            }
        });
        let taken = self.builder.unary(UnaryOp::Extend, taken);
        self.call_or_leave(&Helper::XDP_ADJUST_HEAD, &[taken], leave);
    }

    /// The bytes that stand before, where they begin or are to.
    fn kept(&mut self, stand: Stand, place: Option<Value>) -> Window {
        let place = place.unwrap_or_else(|| self.builder.const32(0));
        self.window(place, stand.end)
    }

    /// Has the last header before say something.
    fn tell(&mut self, window: Window, stand: Stand, field: u32, number: Value) {
        let data = &self.program.headers[stand.last];
        let own = Window { start: window.start + stand.place, length: data.fixed, ..window };
        let field = &data.fields[field as usize];
        let bits = field.ty.wire_bits().unwrap_or(0);
        self.put(own, &field.ty, field.offset, bits, &vec![number]);
    }
}
