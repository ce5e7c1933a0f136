//! Programs to attach: a filter, and what is done with the packets that match.

mod capture;
mod verdicts;

use nbpfc_ir::{
    Args, AtomicOp, Block, BlockCall, Function, Instruction, Map, MapData, Place as Memory,
    Pointer, Region, SlotData, Terminator, Type, UnaryOp, Value, Width,
};
use nbpfc_kernel::{Helper, Hook, MapKind, Place};
use nbpfc_source::{Code, Diagnostic, FileId, Span};

use crate::counted::{COUNTERS, Counted};
use crate::session::{Filter, Request, Session};
use capture::{Adder, Way};

pub use capture::Capture;
pub(crate) use verdicts::count as count_verdicts;

/// What an attached program does with packets that match. It counts them in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    /// Nothing more: no traffic is changed.
    Count,
    /// They go on, the others are dropped.
    Pass,
    /// They are dropped, the others go on.
    Drop,
    /// They leave through the interface with this index, the others go on.
    Redirect(u32),
    /// They are written down in the map [`PACKETS`](crate::PACKETS) too, as
    /// [`Captured`](crate::Captured) reads them: no traffic is changed.
    Capture(Capture),
}

/// How the filter marks what matches, until it is known what becomes of it.
const MATCH: u32 = 1;
const OTHER: u32 = 0;

impl Session<'_> {
    /// Compiles an expression to a program that is attached: it counts what matches in the map
    /// [`COUNTERS`] and does with it what `live` says. Of the request, [`Request::matches`] is not
    /// used.
    ///
    /// # Errors
    /// What is wrong with the expression, or what the hook does not have.
    pub fn live(
        &self,
        id: FileId,
        request: &Request,
        live: Live,
    ) -> Result<Filter, Vec<Diagnostic>> {
        let (target, hook) = (&request.target, request.target.hook);
        if let Some(diagnostic) = refusal(live, request) {
            return Err(vec![diagnostic]);
        }
        let mut module = self.lower(id, request, MATCH, OTHER)?;
        let kind = if request.offload { MapKind::Array } else { MapKind::PerCpuArray };
        let entries = MapData::new(COUNTERS, kind, 4, Counted::SIZE, 1);
        let counters = module.maps.push(entries);
        let capture = match (live, Way::of(target)) {
            (Live::Capture(capture), Some(way)) => {
                Some((capture, way, way.add_map(&mut module, capture)))
            }
            _ => None,
        };
        let Verdicts { matched, other } = Verdicts::of(live, hook);
        for function in &mut module.functions {
            let Ways { counted, counts, end } = finish(function, counters, live, matched, other);
            if let Some((capture, way, map)) = capture {
                let lost = add_lost(function, counts, end);
                Adder { function, target, map, end, lost }.add(counted, way, capture);
            } else {
                function.terminate(counted, Terminator::Jump(end.into()), Span::default());
            }
        }
        Self::program(module, id, request, (matched, other))
    }
}

/// What a hook cannot do.
fn refusal(live: Live, request: &Request) -> Option<Diagnostic> {
    let (target, hook) = (&request.target, request.target.hook);
    if let (true, Live::Redirect(_) | Live::Capture(_)) = (request.offload, live) {
        let message = "programs on a network card neither redirect packets nor hand them over";
        let help = "native and generic mode do; on a card there are count, pass and drop";
        return Some(Diagnostic::general(Code::NotOnTarget, message).help(help));
    }
    let message = match live {
        Live::Count => return None,
        Live::Pass | Live::Drop if hook.place != Place::Socket => return None,
        Live::Redirect(_) if hook.place == Place::Route => {
            "packets have no link-layer header yet at a route, without which they cannot be \
             redirected"
                .to_owned()
        }
        Live::Redirect(_) if target.may_call(&Helper::REDIRECT) => return None,
        Live::Capture(_) if Way::of(target).is_some() => return None,
        Live::Pass | Live::Drop => "a socket filter sees copies: it stops no packet".to_owned(),
        Live::Redirect(_) => format!("programs on {} do not redirect packets", hook.name),
        Live::Capture(_) => format!(
            "programs on {} cannot hand packets to user space on Linux {}",
            hook.name, target.kernel
        ),
    };
    let help = match live {
        Live::Capture(_) => "that begins with bpf_perf_event_output of Linux 4.4",
        _ => "use xdp or tc, which decide about the packets themselves",
    };
    Some(Diagnostic::general(Code::NotOnTarget, message).help(help))
}

struct Verdicts {
    matched: u32,
    other: u32,
}

impl Verdicts {
    fn of(live: Live, hook: &Hook) -> Self {
        // Where several programs have a say, this one leaves it to the others.
        let unspecified = hook.verdicts.iter().find(|verdict| verdict.name == "unspec");
        let onward = match hook.place {
            // What a socket's program keeps has to be read: nobody does.
            Place::Socket => hook.drop,
            _ => unspecified.map_or(hook.pass, |verdict| verdict.value),
        };
        match live {
            Live::Count | Live::Redirect(_) | Live::Capture(_) => {
                Self { matched: onward, other: onward }
            }
            Live::Pass => Self { matched: onward, other: hook.drop },
            Live::Drop => Self { matched: hook.drop, other: onward },
        }
    }
}

/// Where packets that match go.
struct Ways {
    /// They were counted; this block is not finished.
    counted: Block,
    /// The counters there.
    counts: Value,
    /// They are decided about.
    end: Block,
}

/// Leads each way out of a filter to where its packet is counted, and decided about.
fn finish(function: &mut Function, counters: Map, live: Live, matched: u32, other: u32) -> Ways {
    let blocks = function.layout.clone();
    let span = Span::default();
    let (count, end) = (function.add_block(), function.add_block());
    for block in blocks {
        let &Terminator::Return(value) = function.terminator(block) else { continue };
        let place = function.block(block).span;
        let end = if function.constant(value) == Some(u64::from(MATCH)) {
            Terminator::Jump(count.into())
        } else {
            let verdict = constant(function, block, Type::I32, other.into());
            Terminator::Return(verdict)
        };
        function.terminate(block, end, place);
    }
    let key = function.slots.push(SlotData { size: 4 });
    let key = function.append(count, Instruction::Slot(key), span);
    let zero = constant(function, count, Type::I32, 0);
    let whole = Memory { width: Width::W4, pointer: key, displacement: 0 };
    function.append(count, Instruction::Write(whole, zero), span);
    let (counted, counts) = add_count(function, count, end, counters, key);
    let verdict = match live {
        Live::Redirect(interface) => {
            let interface = constant(function, end, Type::I64, interface.into());
            let flags = constant(function, end, Type::I64, 0);
            let code = call(function, end, &Helper::REDIRECT, &[interface, flags], Type::I64);
            function.append(end, Instruction::Unary(UnaryOp::Truncate, code), span)
        }
        _ => constant(function, end, Type::I32, matched.into()),
    };
    function.terminate(end, Terminator::Return(verdict), span);
    Ways { counted, counts, end }
}

/// A block where a packet is counted as lost, and which goes on at `end`.
fn add_lost(function: &mut Function, counts: Value, end: Block) -> Block {
    let lost = function.add_block();
    let one = constant(function, lost, Type::I64, 1);
    add_to(function, lost, counts, Counted::LOST_AT, one);
    function.terminate(lost, Terminator::Jump(end.into()), Span::default());
    lost
}

/// Counts a packet in `start`, in the element whose number is at `key`; gives the block where that
/// is done, and the counters there. Without counters it goes on at `end`.
fn add_count(
    function: &mut Function,
    start: Block,
    end: Block,
    counters: Map,
    key: Value,
) -> (Block, Value) {
    let span = Span::default();
    let map = function.append(start, Instruction::Map(counters), span);
    let value = Pointer::new(Region::Value, Counted::SIZE);
    let found = Type::Pointer(value.or_null());
    let found = call(function, start, &Helper::MAP_LOOKUP_ELEM, &[map, key], found);

    let some = function.add_block();
    let counts = function.add_param(some, Type::Pointer(value));
    let none = BlockCall::from(end);
    function.terminate(start, Terminator::NonNull { pointer: found, some, none }, span);

    let one = constant(function, some, Type::I64, 1);
    let length = function.append(some, Instruction::Meta(nbpfc_ir::Field::Length), span);
    let length = function.append(some, Instruction::Unary(UnaryOp::Extend, length), span);
    add_to(function, some, counts, Counted::PACKETS_AT, one);
    add_to(function, some, counts, Counted::BYTES_AT, length);
    (some, counts)
}

/// Adds to a counter. Another packet may interrupt the same processor there.
fn add_to(function: &mut Function, block: Block, counts: Value, displacement: u32, value: Value) {
    let place = Memory { width: Width::W8, pointer: counts, displacement };
    let add = Instruction::Atomic { op: AtomicOp::Add, place, value, fetch: false };
    function.append(block, add, Span::default());
}

fn constant(function: &mut Function, block: Block, ty: Type, number: u64) -> Value {
    function.append(block, Instruction::Const(ty, number), Span::default())
}

fn call(
    function: &mut Function,
    block: Block,
    helper: &'static Helper,
    args: &[Value],
    result: Type,
) -> Value {
    let args = Args::new(args).expect("no helper takes more than five");
    function.append(block, Instruction::Call { helper, args, result }, Span::default())
}
