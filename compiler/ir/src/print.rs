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

use std::fmt;

use nbpfc_kernel::Field;
use nbpfc_source::{File, Span};

use crate::entity::{Block, Table, Value};
use crate::function::{BlockCall, Function, Instruction, Module, Terminator};
use crate::tables::TableData;
use crate::types::Width;

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

    /// With the text of the spans, as comments on lines of their own, before what comes from it.
    #[must_use]
    pub fn source(mut self, source: &'a File) -> Self {
        self.source = Some(source);
        self
    }

    fn block(&self, block: Block, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let function = self.function;
        let data = function.block(block);
        write!(f, "{block}")?;
        list(f, &data.params, |f, param| write!(f, "{param}: {}", function.ty(*param)))?;
        writeln!(f, ":")?;
        let mut previous = Span::default();
        for &inst in &data.insts {
            let span = function.span(inst);
            self.excerpt(span, &mut previous, f)?;
            write!(f, "  {} = {}", function.result(inst), function.inst(inst))?;
            self.end_line(span, f)?;
        }
        if let Some(terminator) = &data.terminator {
            self.excerpt(data.span, &mut previous, f)?;
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
        let text = self.source.and_then(|file| file.text().get(span.range())).unwrap_or_default();
        if span == std::mem::replace(previous, span) || text.is_empty() {
            return Ok(());
        }
        // A line end in the source must not end the comment.
        writeln!(f, "  ; {}", text.replace(char::is_control, " "))
    }
}

impl fmt::Display for Printer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "func @{} {{", self.function.name)?;
        for (name, data) in self.function.tables() {
            table(name, data, f)?;
        }
        for &block in &self.function.layout {
            self.block(block, f)?;
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

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, function) in self.functions.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            function.fmt(f)?;
        }
        Ok(())
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
            Self::Meta(field) => write!(f, "meta.{}", field_name(field)),
            Self::Table { width, table, index } => {
                write!(f, "table.{} {table}, {index}", width.name())
            }
        }
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
fn list(
    f: &mut fmt::Formatter<'_>,
    values: &[Value],
    item: impl Fn(&mut fmt::Formatter<'_>, &Value) -> fmt::Result,
) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        f.write_str(if index == 0 { "(" } else { ", " })?;
        item(f, value)?;
    }
    if values.is_empty() { Ok(()) } else { f.write_str(")") }
}
