//! Reads functions from the text that `print` writes.
//!
//! Values and blocks keep the numbers that the text gives them. A number that the text leaves out
//! becomes a constant in no block, or a block that the layout does not list. What the text *means*
//! is not checked here; that is the validator's task.

mod draft;
mod memory;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use nbpfc_kernel::Field;
use nbpfc_source::{File, Position, Span};

use self::draft::{Def, Draft};
use crate::entity::{Block, Inst, Table, Value};
use crate::function::{BlockData, Function, Module};
use crate::instruction::Instruction;
use crate::lex::{Kind, Token, tokens};
use crate::print::field_name;
use crate::tables::TableData;
use crate::terminator::{BlockCall, Terminator, Values};
use crate::types::{BinaryOp, Compare, Type, UnaryOp, Width};

/// Value and block numbers are below this; a table is made of them all, used or not.
const NUMBERS: u32 = 1 << 20;

const FIELDS: &[Field] =
    &[Field::Length, Field::InterfaceIndex, Field::PacketType, Field::VlanPresent, Field::VlanTci];

/// Why a text is not a function, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Line and column in the text.
    pub position: Position,
    /// One sentence, lower case, without a full stop.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.position.line, self.position.column, self.message)
    }
}

impl std::error::Error for ParseError {}

impl Module {
    /// Reads functions as `Display` writes them. `source` is what the spans in the text, if it has
    /// any, point into.
    ///
    /// # Errors
    /// The first place where the text is not of this form, or names a block or a value that it
    /// does not define.
    pub fn parse(text: &str, source: Arc<File>) -> Result<Self, ParseError> {
        parse(text, |parser| {
            let maps = parser.maps()?;
            let mut functions = Vec::new();
            while parser.peek() != Kind::End {
                functions.push(parser.function()?);
            }
            Ok(Self { maps: maps.into(), ..Self::new(source, functions) })
        })
    }
}

impl FromStr for Function {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        parse(text, Parser::function)
    }
}

/// What is wrong, at an offset.
type Error = (u32, String);

fn parse<'a, T>(
    text: &'a str,
    what: impl FnOnce(&mut Parser<'a>) -> Result<T, Error>,
) -> Result<T, ParseError> {
    let read = || {
        let mut parser = Parser { tokens: tokens(text)?, next: 0 };
        let result = what(&mut parser)?;
        if parser.peek() == Kind::End { Ok(result) } else { Err(parser.expected("the end")) }
    };
    read().map_err(|(offset, message)| ParseError {
        position: File::new("", text).position(offset),
        message,
    })
}

struct Parser<'a> {
    /// Never empty; the last is the end.
    tokens: Vec<Token<'a>>,
    next: usize,
}

impl<'a> Parser<'a> {
    fn token(&self) -> &Token<'a> {
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn peek(&self) -> Kind<'a> {
        self.token().kind
    }

    fn offset(&self) -> u32 {
        self.token().offset
    }

    fn expected(&self, what: &str) -> Error {
        (self.offset(), format!("expected {what}"))
    }

    fn eat(&mut self, kind: Kind<'_>) -> bool {
        let found = self.peek() == kind;
        self.next += usize::from(found);
        found
    }

    fn mark(&mut self, mark: &'static str) -> Result<(), Error> {
        if self.eat(Kind::Mark(mark)) { Ok(()) } else { Err(self.expected(&format!("`{mark}`"))) }
    }

    fn keyword(&mut self, word: &str) -> Result<(), Error> {
        if self.eat(Kind::Word(word)) { Ok(()) } else { Err(self.expected(&format!("`{word}`"))) }
    }

    fn word(&mut self, what: &str) -> Result<&'a str, Error> {
        let Kind::Word(word) = self.peek() else { return Err(self.expected(what)) };
        self.next += 1;
        Ok(word)
    }

    fn number(&mut self, what: &str) -> Result<u64, Error> {
        let Kind::Number(number) = self.peek() else { return Err(self.expected(what)) };
        self.next += 1;
        Ok(number)
    }

    /// A 32-bit number of bytes.
    fn bytes(&mut self, what: &str) -> Result<u32, Error> {
        let offset = self.offset();
        let number = self.number(what)?;
        u32::try_from(number).map_err(|_| (offset, format!("{what} does not fit 32 bits")))
    }

    /// The number in a name such as `b12`.
    fn name(&mut self, prefix: char, what: &str) -> Result<u32, Error> {
        let digits = match self.peek() {
            Kind::Word(word) => word.strip_prefix(prefix),
            _ => None,
        };
        let number = digits
            .filter(|digits| *digits == "0" || !digits.starts_with('0'))
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| self.expected(what))?;
        if number >= NUMBERS {
            return Err((self.offset(), format!("numbers of names are below {NUMBERS}")));
        }
        self.next += 1;
        Ok(number)
    }

    /// One of the items that a word may name.
    fn one_of<T: Copy>(
        &mut self,
        what: &str,
        items: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Result<T, Error> {
        let found = match self.peek() {
            Kind::Word(word) => items.iter().find(|item| name(**item) == word),
            _ => None,
        };
        let found = *found.ok_or_else(|| self.expected(what))?;
        self.next += 1;
        Ok(found)
    }

    /// What the comment behind the token before says.
    fn note(&self) -> Span {
        let token = self.next.checked_sub(1).and_then(|index| self.tokens.get(index));
        token.and_then(|token| token.note).unwrap_or_default()
    }

    /// `(item, item)`, or nothing.
    fn list(&mut self, mut item: impl FnMut(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        if !self.eat(Kind::Mark("(")) {
            return Ok(());
        }
        loop {
            item(self)?;
            if !self.eat(Kind::Mark(",")) {
                return self.mark(")");
            }
        }
    }

    fn function(&mut self) -> Result<Function, Error> {
        self.keyword("func")?;
        self.mark("@")?;
        let mut draft = Draft { name: self.word("a name")?.to_owned(), ..Draft::default() };
        self.list(|parser| {
            draft.params.push(parser.ty()?);
            Ok(())
        })?;
        if self.eat(Kind::Mark("->")) {
            draft.result = Some(self.ty()?);
        }
        self.mark("{")?;
        while self.eat(Kind::Word("table")) {
            self.table(&mut draft)?;
        }
        self.slots(&mut draft)?;
        while !self.eat(Kind::Mark("}")) {
            self.block(&mut draft)?;
        }
        draft.finish()
    }

    fn table(&mut self, draft: &mut Draft) -> Result<(), Error> {
        let offset = self.offset();
        let name = Table::from_u32(self.name('t', "a table")?);
        if name.as_u32() as usize != draft.tables.len() {
            return Err((offset, format!("expected t{}", draft.tables.len())));
        }
        self.mark("{")?;
        let mut numbers = Vec::new();
        while !self.eat(Kind::Mark("}")) {
            numbers.push(self.number("a number or `}`")?);
        }
        if !numbers.len().is_power_of_two() {
            return Err((offset, format!("{name} has not a power of two of numbers")));
        }
        draft.tables.push(TableData::of(Width::W8, numbers));
        Ok(())
    }

    fn block(&mut self, draft: &mut Draft) -> Result<(), Error> {
        let offset = self.offset();
        let block = Block::from_u32(self.name('b', "a block or `}`")?);
        let mut data = BlockData::default();
        self.list(|parser| {
            let offset = parser.offset();
            let value = Value::from_u32(parser.name('v', "a value")?);
            parser.mark(":")?;
            let ty = parser.ty()?;
            let index = data.params.len() as u32;
            data.params.push(value);
            draft.define(value, Def::Param(block, index, ty), offset)
        })?;
        self.mark(":")?;
        loop {
            let inst = Inst::from_u32(draft.insts.len() as u32);
            let result = self.result()?;
            let offset = self.offset();
            let instruction = if result.is_some() {
                self.mark("=")?;
                self.instruction(draft)?
            } else if let Some(instruction) = self.effect(draft)? {
                instruction
            } else {
                break;
            };
            draft.insts.push((instruction, result, self.note()));
            if let Some(value) = result {
                draft.define(value, Def::Result(inst), offset)?;
            }
            data.insts.push(inst);
        }
        data.terminator = self.terminator(draft)?;
        if data.terminator.is_some() {
            data.span = self.note();
        }
        draft.layout.push(block);
        if draft.blocks.insert(block, data).is_some() {
            return Err((offset, format!("{block} is defined twice")));
        }
        Ok(())
    }

    /// The value on the left of an instruction, if the line begins with one.
    fn result(&mut self) -> Result<Option<Value>, Error> {
        match self.peek() {
            Kind::Word(word) if word.starts_with('v') => {
                Ok(Some(Value::from_u32(self.name('v', "a value")?)))
            }
            _ => Ok(None),
        }
    }

    fn value(&mut self, draft: &mut Draft) -> Result<Value, Error> {
        let offset = self.offset();
        let value = Value::from_u32(self.name('v', "a value")?);
        draft.values_used.push((value, offset));
        Ok(value)
    }

    fn target(&mut self, draft: &mut Draft) -> Result<Block, Error> {
        let offset = self.offset();
        let block = Block::from_u32(self.name('b', "a block")?);
        draft.blocks_used.push((block, offset));
        Ok(block)
    }

    fn call(&mut self, draft: &mut Draft) -> Result<BlockCall, Error> {
        let block = self.target(draft)?;
        let mut args = Values::new();
        self.list(|parser| {
            args.push(parser.value(draft)?);
            Ok(())
        })?;
        Ok(BlockCall { block, args })
    }

    fn instruction(&mut self, draft: &mut Draft) -> Result<Instruction, Error> {
        let offset = self.offset();
        let word = self.word("an instruction")?;
        let unknown = || (offset, format!("there is no instruction `{word}`"));
        if let Some(name) = word.strip_prefix("const.") {
            let ty = Type::SIMPLE.iter().find(|ty| ty.name() == name).ok_or_else(unknown)?;
            return Ok(Instruction::Const(*ty, self.number("a number")?));
        }
        if let Some(name) = word.strip_prefix("meta.") {
            let field = FIELDS.iter().find(|field| field_name(**field) == name);
            return Ok(Instruction::Meta(*field.ok_or_else(unknown)?));
        }
        if let Some(name) = word.strip_prefix("load.") {
            let width = Width::ALL.iter().find(|width| width.name() == name);
            let width = *width.ok_or_else(unknown)?;
            let view = self.value(draft)?;
            self.mark("+")?;
            let displacement = self.bytes("a displacement")?;
            return Ok(Instruction::Load { width, view, displacement });
        }
        if let Some(name) = word.strip_prefix("table.") {
            let width = Width::ALL.iter().find(|width| width.name() == name);
            let width = *width.ok_or_else(unknown)?;
            let table = Table::from_u32(self.name('t', "a table")?);
            self.mark(",")?;
            return Ok(Instruction::Table { width, table, index: self.value(draft)? });
        }
        if let Some(instruction) = self.memory(word, offset, draft)? {
            return Ok(instruction);
        }
        if let Some(op) = UnaryOp::ALL.iter().find(|op| op.name() == word) {
            return Ok(Instruction::Unary(*op, self.value(draft)?));
        }
        let op = *BinaryOp::ALL.iter().find(|op| op.name() == word).ok_or_else(unknown)?;
        let a = self.value(draft)?;
        self.mark(",")?;
        Ok(Instruction::Binary(op, a, self.value(draft)?))
    }

    /// The end of a block; `None` if the block has none.
    fn terminator(&mut self, draft: &mut Draft) -> Result<Option<Terminator>, Error> {
        if self.eat(Kind::Word("jump")) {
            return Ok(Some(Terminator::Jump(self.call(draft)?)));
        }
        if self.eat(Kind::Word("ret")) {
            return Ok(Some(Terminator::Return(self.value(draft)?)));
        }
        if self.eat(Kind::Word("br")) {
            let compare = self.one_of("a comparison", Compare::ALL, Compare::name)?;
            let a = self.value(draft)?;
            self.mark(",")?;
            let b = self.value(draft)?;
            self.mark("->")?;
            let then = self.call(draft)?;
            self.keyword("else")?;
            let otherwise = self.call(draft)?;
            return Ok(Some(Terminator::Branch { compare, a, b, then, otherwise }));
        }
        if self.eat(Kind::Word("check")) {
            let offset = if self.eat(Kind::Number(0)) { None } else { Some(self.value(draft)?) };
            self.mark(",")?;
            let length = self.bytes("a length")?;
            self.mark("->")?;
            let ok = self.target(draft)?;
            self.keyword("else")?;
            let fail = self.call(draft)?;
            return Ok(Some(Terminator::Check { offset, length, ok, fail }));
        }
        if self.eat(Kind::Word("nonnull")) {
            let pointer = self.value(draft)?;
            self.mark("->")?;
            let some = self.target(draft)?;
            self.keyword("else")?;
            return Ok(Some(Terminator::NonNull { pointer, some, none: self.call(draft)? }));
        }
        if self.eat(Kind::Word("bound")) {
            let value = self.value(draft)?;
            self.mark(",")?;
            let low = self.bytes("the least number")?;
            self.mark(",")?;
            let high = self.bytes("the greatest number")?;
            self.mark("->")?;
            let inside = self.target(draft)?;
            self.keyword("else")?;
            let outside = self.call(draft)?;
            return Ok(Some(Terminator::Bound { value, low, high, inside, outside }));
        }
        match self.peek() {
            Kind::Mark("}") => Ok(None),
            Kind::Word(word) if word.starts_with('b') => Ok(None),
            _ => Err(self.expected("an instruction or the end of the block")),
        }
    }
}

#[cfg(test)]
mod tests;
