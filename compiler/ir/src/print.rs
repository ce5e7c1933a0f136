//! Functions as text: the form that `parse` reads, one instruction a line.
//!
//! ```text
//! func @filter {                      a function; its first block is the entry
//!   table t0 { 0x706050403020100 }    a table, as 64-bit numbers; as many as a power of two
//! b0:
//!   v0 = const.i32 0x1                numbers: const.TYPE
//!   v1 = meta.length                  meta.length, meta.interface, meta.packet_type, …
//!   v2 = add v0, v1                   binary operations and unary ones, by their names
//!   check v2, 14 -> b1 else b3(v0)    14 bytes from v2 on; `check 0, 14`: from the start on
//! b1(v3: view):                       a block with a parameter
//!   v4 = load.u16 v3 + 12             two bytes, 12 from the start of the window of v3
//!   v6 = table.u8 t0, v4              element number v4 of t0, taken as a table of bytes
//!   br eq v4, v0 -> b2 else b3(v4)    eq ne lt le gt ge set clear, and arguments
//! b2:
//!   jump b3(v1)
//! b3(v5: i32):
//!   ret v5  ; 3..9                    from bytes 3 to 9 of the source, where spans are printed
//! }
//! ```
//!
//! Maps stand before the functions of a module, slots of the stack before the first block. An
//! instruction without a result is a line of its own.
//!
//! ```text
//! map m0 @hits: percpu_array, key 4, value 16, entries 1
//! func @count(value.16) -> i64 {      parameters, and a result that is not `i32`
//! slot s0, 8                          8 bytes of stack
//! b0:
//!   v0 = slot s0                      pointers; also `argument.value.16 0`, `context`,
//!   v1 = const.i32 0x0                `global m1 + 8, 4` for 4 bytes at 8 of global data,
//!   write.u32 v0 + 4, v1              and `constant` in its place if they are only read
//!   v2 = map m0
//!   v3 = part v0 + 4, 4               4 bytes from 4 on; `index v0 + v9, 4` at a number
//!   v4 = call.value.16? map_lookup_elem(v2, v3)
//!   nonnull v4 -> b1 else b2
//! b1(v5: value.16):
//!   v6 = read.u64 v5 + 8
//!   atomic.add.u64 v5 + 8, v6         and or xor exchange; `fetch.add.u64` has a result,
//!   bound v6, 1, 64 -> b3 else b2     and so has `cmpxchg.u64 v5 + 8, v6, v6`
//! b2:
//!   v7 = const.i64 0x0
//!   ret v7
//! b3(v8: i64):
//!   v9 = invoke.i64 f0(v5)            function 0 of the module
//!   v10 = member __sk_buff.cb.1       a member of the context, its element 1
//!   set_member __sk_buff.mark, v10
//!   ret v9
//! }
//! ```

use std::fmt;

use nbpfc_kernel::{Field, Member};
use nbpfc_source::{File, Span};

use crate::entity::{Block, Table};
use crate::function::{Function, Module};
use crate::instruction::{Instruction, Place};
use crate::map::MapData;
use crate::tables::TableData;
use crate::terminator::{BlockCall, Terminator};
use crate::types::{Type, Width};

/// The name of a field in the text form, behind `meta.`.
pub(crate) const fn field_name(field: Field) -> &'static str {
    match field {
        Field::Length => "length",
        Field::InterfaceIndex => "interface",
        Field::PacketType => "packet_type",
        Field::VlanPresent => "vlan_present",
        Field::VlanTci => "vlan_tci",
    }
}

/// A function on its way to text; see [`Function::print`].
#[derive(Clone, Copy, Debug)]
pub struct Printer<'a> {
    function: &'a Function,
    spans: bool,
    source: Option<&'a File>,
}

impl<'a> Printer<'a> {
    /// With the span of each line behind it, as `; 3..9`, where there is one. Such a text is read
    /// back with its spans.
    #[must_use]
    pub fn spans(mut self) -> Self {
        self.spans = true;
        self
    }

    /// With line, column and first line of each span, as comments on lines of their own, before
    /// what comes from it.
    #[must_use]
    pub fn source(mut self, source: &'a File) -> Self {
        self.source = Some(source);
        self
    }

    fn block(&self, block: Block, previous: &mut Span, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let function = self.function;
        let data = function.block(block);
        write!(f, "{block}")?;
        list(f, &data.params, |f, param| write!(f, "{param}: {}", function.ty(*param)))?;
        writeln!(f, ":")?;
        for &inst in &data.insts {
            let span = function.span(inst);
            self.excerpt(span, previous, f)?;
            f.write_str("  ")?;
            if function.ty(function.result(inst)) != Type::Void {
                write!(f, "{} = ", function.result(inst))?;
            }
            write!(f, "{}", function.inst(inst))?;
            self.end_line(span, f)?;
        }
        if let Some(terminator) = &data.terminator {
            self.excerpt(data.span, previous, f)?;
            write!(f, "  {terminator}")?;
            self.end_line(data.span, f)?;
        }
        Ok(())
    }

    fn end_line(&self, span: Span, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.spans && span != Span::default() {
            write!(f, "  ; {span:?}")?;
        }
        writeln!(f)
    }

    fn excerpt(&self, span: Span, previous: &mut Span, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(file) = self.source else { return Ok(()) };
        let text = file.text().get(span.range()).unwrap_or_default();
        if span == std::mem::replace(previous, span) || text.is_empty() {
            return Ok(());
        }
        let at = file.position(span.start);
        // A line end in the source must not end the comment.
        let text = text.lines().next().unwrap_or_default().replace(char::is_control, " ");
        writeln!(f, "  ; {}:{} {text}", at.line, at.column)
    }
}

impl fmt::Display for Printer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let function = self.function;
        write!(f, "func @{}", function.name)?;
        list(f, &function.params, |f, ty| write!(f, "{ty}"))?;
        if function.result != Type::I32 {
            write!(f, " -> {}", function.result)?;
        }
        writeln!(f, " {{")?;
        for (name, data) in function.tables() {
            table(name, data, f)?;
        }
        for (slot, data) in &function.slots {
            writeln!(f, "slot {slot}, {}", data.size)?;
        }
        let mut previous = Span::default();
        for &block in &self.function.layout {
            self.block(block, &mut previous, f)?;
        }
        writeln!(f, "}}")
    }
}

impl Function {
    /// The function as text. Nothing is renumbered; see [`Function::compact`] for text to compare.
    pub fn print(&self) -> Printer<'_> {
        Printer { function: self, spans: false, source: None }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.print().fmt(f)
    }
}

/// A module on its way to text; see [`Module::interleaved`].
#[derive(Clone, Copy, Debug)]
struct Interleaved<'a> {
    module: &'a Module,
    source: Option<&'a File>,
}

impl fmt::Display for Interleaved<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (map, data) in self.module.maps.iter() {
            writeln!(f, "map {map} {data}")?;
        }
        for (index, function) in self.module.functions.iter().enumerate() {
            if index > 0 || !self.module.maps.is_empty() {
                writeln!(f)?;
            }
            Printer { source: self.source, ..function.print() }.fmt(f)?;
        }
        Ok(())
    }
}

impl Module {
    /// The module as text, each run of instructions below the source that it comes from.
    pub fn interleaved(&self) -> impl fmt::Display {
        Interleaved { module: self, source: Some(&self.source) }
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Interleaved { module: self, source: None }.fmt(f)
    }
}

impl fmt::Display for MapData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}: {}", self.name, self.kind.name())?;
        let numbers = [
            ("key", self.key_size),
            ("value", self.value_size),
            ("entries", self.max_entries),
            ("flags", self.flags),
        ];
        for (name, number) in numbers {
            if number != 0 {
                write!(f, ", {name} {number}")?;
            }
        }
        if let Some(inner) = self.inner {
            write!(f, ", inner {inner}")?;
        }
        if self.constant {
            f.write_str(", constant")?;
        }
        if !self.data.is_empty() {
            f.write_str(", data x")?;
        }
        self.data.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Const(ty, number) => write!(f, "const.{ty} {number:#x}"),
            Self::Unary(op, a) => write!(f, "{} {a}", op.name()),
            Self::Binary(op, a, b) => write!(f, "{} {a}, {b}", op.name()),
            Self::Load { width, view, displacement } => {
                write!(f, "load.{} {view} + {displacement}", width.name())
            }
            Self::Store { width, view, displacement, value } => {
                write!(f, "store.{} {view} + {displacement}, {value}", width.name())
            }
            Self::Meta(field) => write!(f, "meta.{}", field_name(field)),
            Self::Table { width, table, index } => {
                write!(f, "table.{} {table}, {index}", width.name())
            }
            Self::Argument(index, ty) => write!(f, "argument.{ty} {index}"),
            Self::Context => f.write_str("context"),
            Self::Map(map) => write!(f, "map {map}"),
            Self::Global { map, offset, size, writable } => {
                let word = if writable { "global" } else { "constant" };
                write!(f, "{word} {map} + {offset}, {size}")
            }
            Self::Slot(slot) => write!(f, "slot {slot}"),
            Self::Part { pointer, displacement, size } => {
                write!(f, "part {pointer} + {displacement}, {size}")
            }
            Self::Index { pointer, index, size } => {
                write!(f, "index {pointer} + {index}, {size}")
            }
            Self::Read(place) => write!(f, "read.{place}"),
            Self::Write(place, value) => write!(f, "write.{place}, {value}"),
            Self::Atomic { op, place, value, fetch } => {
                let word = if fetch { "fetch" } else { "atomic" };
                write!(f, "{word}.{}.{place}, {value}", op.name())
            }
            Self::CompareExchange { place, expected, value } => {
                write!(f, "cmpxchg.{place}, {expected}, {value}")
            }
            Self::Member(member) => write!(f, "member {}", member_name(member)),
            Self::SetMember(member, value) => {
                write!(f, "set_member {}, {value}", member_name(member))
            }
            Self::Call { helper, args, result } => {
                write!(f, "call.{result} {}", helper.name)?;
                list(f, args.as_slice(), |f, value| write!(f, "{value}"))
            }
            Self::Checkpoint(steps) => write!(f, "checkpoint {steps}"),
            Self::Invoke { function, args, result } => {
                write!(f, "invoke.{result} {function}")?;
                list(f, args.as_slice(), |f, value| write!(f, "{value}"))
            }
        }
    }
}

/// The name of a member in the text form; of an array, with the element's number.
fn member_name(member: Member) -> String {
    let Member { context, field, element } = member;
    let name = format!("{}.{}", context.name, field.name);
    if field.count > 1 { format!("{name}.{element}") } else { name }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} + {}", self.width.name(), self.pointer, self.displacement)
    }
}

impl fmt::Display for Terminator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jump(call) => write!(f, "jump {call}"),
            Self::Branch { compare, a, b, then, otherwise } => {
                write!(f, "br {} {a}, {b} -> {then} else {otherwise}", compare.name())
            }
            Self::Check { offset, length, ok, fail } => {
                f.write_str("check ")?;
                match offset {
                    Some(offset) => write!(f, "{offset}")?,
                    None => f.write_str("0")?,
                }
                write!(f, ", {length} -> {ok} else {fail}")
            }
            Self::NonNull { pointer, some, none } => {
                write!(f, "nonnull {pointer} -> {some} else {none}")
            }
            Self::Bound { value, low, high, inside, outside } => {
                write!(f, "bound {value}, {low}, {high} -> {inside} else {outside}")
            }
            Self::Return(value) => write!(f, "ret {value}"),
        }
    }
}

impl fmt::Display for BlockCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.block)?;
        list(f, &self.args, |f, value| write!(f, "{value}"))
    }
}

/// The numbers of a table, so many on a line.
const ON_A_LINE: u64 = 8;

fn table(name: Table, data: &TableData, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "  table {name} {{")?;
    let count = data.count(Width::W8);
    for index in 0..count {
        let gap = if count > ON_A_LINE && index % ON_A_LINE == 0 { "\n    " } else { " " };
        write!(f, "{gap}{:#x}", data.get(Width::W8, index))?;
    }
    f.write_str(if count > ON_A_LINE { "\n  }\n" } else { " }\n" })
}

/// `(a, b)`, or nothing for no values.
fn list<T>(
    f: &mut fmt::Formatter<'_>,
    values: &[T],
    item: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        f.write_str(if index == 0 { "(" } else { ", " })?;
        item(f, value)?;
    }
    if values.is_empty() { Ok(()) } else { f.write_str(")") }
}
