//! Trees into the accumulator.

use nbpfc_ir::{BinaryOp, Width};
use nbpfc_source::Span;

use super::assemble::{Label, Line};
use super::inexpressible;
use super::insn::{alu, code};
use super::tree::{Key, Side, Tree};
use super::uses::Uses;
use crate::error::Error;

/// Code under construction, and what the registers hold.
pub(crate) struct Evaluator<'a> {
    pub(crate) uses: Uses<'a>,
    pub(crate) lines: Vec<Line>,
    pub(crate) labels: usize,
    /// Where in the function we are: says which words are free.
    pub(crate) place: usize,
    pub(crate) a: Option<Key>,
    pub(crate) x: Option<Key>,
    taken: Vec<u8>,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(uses: Uses<'a>) -> Self {
        Self { uses, lines: Vec::new(), labels: 0, place: 0, a: None, x: None, taken: Vec::new() }
    }

    pub(crate) fn label(&mut self) -> Label {
        self.labels += 1;
        Label(self.labels - 1)
    }

    pub(crate) fn push(&mut self, code: u16, k: u32) {
        self.lines.push(Line::Insn { code, k });
    }

    fn take(&mut self) -> Result<u8, Error> {
        let word = self
            .uses
            .free(self.place, &self.taken)
            .ok_or_else(|| inexpressible("more than 16 values at a time", Span::default()))?;
        self.taken.push(word);
        Ok(word)
    }

    fn give_back(&mut self, word: u8) {
        self.taken.retain(|taken| *taken != word);
    }

    /// Puts a key into the accumulator.
    pub(crate) fn evaluate(&mut self, key: Key) -> Result<(), Error> {
        if self.a == Some(key) {
            return Ok(());
        }
        if let Some(word) = self.uses.word(key) {
            self.push(code::LD_MEM, word.into());
            self.a = Some(key);
            return Ok(());
        }
        self.compute(key)
    }

    /// Puts a key into the accumulator and from there into its word.
    pub(crate) fn keep(&mut self, key: Key, word: u8) -> Result<(), Error> {
        self.compute(key)?;
        self.push(code::ST, word.into());
        Ok(())
    }

    /// As [`Evaluator::evaluate`], although the key has a word: its word is not set yet.
    pub(crate) fn compute(&mut self, key: Key) -> Result<(), Error> {
        match self.uses.tree(key)? {
            Tree::Const(number) => self.push(code::LD_IMM, number),
            Tree::Length => self.push(code::LD_LEN, 0),
            Tree::HeaderLength { .. } => {
                self.index(key)?;
                self.push(code::TXA, 0);
            }
            Tree::Load { width, index: None, k } => self.push(code::LD_ABS + size(width), k),
            Tree::Load { width, index: Some(index), k } => {
                self.index(index)?;
                self.push(code::LD_IND + size(width), k);
            }
            Tree::BinaryImm { op, a, k } => self.binary_imm(op, a, k)?,
            Tree::Binary { op: op @ (BinaryOp::Div | BinaryOp::Mod), a, b } => {
                self.divide(op, a, b)?;
            }
            Tree::Binary { op: op @ (BinaryOp::Shl | BinaryOp::Shr), a, b } => {
                self.shift(op, a, b)?;
            }
            Tree::Binary { op, a, b } => {
                self.both(a, b)?;
                self.push(alu(op) | code::X, 0);
            }
            Tree::Neg(a) => {
                self.evaluate(a)?;
                self.push(code::NEG, 0);
            }
            Tree::Swap { width, a } => {
                self.evaluate(a)?;
                self.swap(width)?;
            }
            // A parameter has a word; nobody computes it.
            Tree::Param => {}
        }
        self.a = Some(key);
        Ok(())
    }

    fn binary_imm(&mut self, op: BinaryOp, a: Key, k: u32) -> Result<(), Error> {
        match (op, k) {
            // The kernel refuses to divide by a zero that it sees.
            (BinaryOp::Div, 0) => self.push(code::LD_IMM, 0),
            (BinaryOp::Mod, 0) => self.evaluate(a)?,
            _ => {
                let k = if matches!(op, BinaryOp::Shl | BinaryOp::Shr) { k % 32 } else { k };
                self.evaluate(a)?;
                self.push(alu(op), k);
            }
        }
        Ok(())
    }

    /// Whether a key gets into the index register without the accumulator.
    fn is_direct(&self, key: Key) -> Result<bool, Error> {
        let word = self.uses.word(key).is_some();
        Ok(word || matches!(self.uses.tree(key)?, Tree::Const(_) | Tree::HeaderLength { .. }))
    }

    /// Puts a key into the index register.
    pub(crate) fn index(&mut self, key: Key) -> Result<(), Error> {
        if self.x == Some(key) {
            return Ok(());
        }
        match (self.uses.word(key), self.uses.tree(key)?) {
            (Some(word), _) => self.push(code::LDX_MEM, word.into()),
            (None, Tree::HeaderLength { k, .. }) => self.push(code::LDX_MSH, k),
            (None, Tree::Const(number)) => self.push(code::LDX_IMM, number),
            (None, _) => {
                self.evaluate(key)?;
                self.push(code::TAX, 0);
            }
        }
        self.x = Some(key);
        Ok(())
    }

    /// Puts `a` into the accumulator and `b` into the index register.
    pub(crate) fn both(&mut self, a: Key, b: Key) -> Result<(), Error> {
        if self.is_direct(b)? {
            self.evaluate(a)?;
            return self.index(b);
        }
        let keeps_index = self.uses.word(a).is_some()
            || matches!(
                self.uses.tree(a)?,
                Tree::Const(_) | Tree::Length | Tree::Load { index: None, .. }
            );
        if keeps_index {
            self.index(b)?;
            return self.evaluate(a);
        }
        self.evaluate(b)?;
        let word = self.take()?;
        self.push(code::ST, word.into());
        self.evaluate(a)?;
        self.push(code::LDX_MEM, word.into());
        self.x = Some(b);
        self.give_back(word);
        Ok(())
    }

    /// Shift counts are taken modulo 32 here, which not every interpreter does.
    fn shift(&mut self, op: BinaryOp, a: Key, b: Key) -> Result<(), Error> {
        self.evaluate(b)?;
        self.push(alu(BinaryOp::And), 31);
        self.a = None;
        let word = self.take()?;
        self.push(code::ST, word.into());
        self.evaluate(a)?;
        self.push(code::LDX_MEM, word.into());
        self.x = None;
        self.push(alu(op) | code::X, 0);
        self.give_back(word);
        Ok(())
    }

    /// Classic BPF ends the program at a division by zero; here the result is 0, or `a`.
    fn divide(&mut self, op: BinaryOp, a: Key, b: Key) -> Result<(), Error> {
        self.evaluate(b)?;
        let divisor = self.take()?;
        self.push(code::ST, divisor.into());
        self.evaluate(a)?;
        let dividend = self.take()?;
        self.push(code::ST, dividend.into());
        self.push(code::LD_MEM, divisor.into());
        let [zero, other, end] = [self.label(), self.label(), self.label()];
        self.lines.push(Line::Branch { code: code::JEQ, k: 0, then: zero, otherwise: other });
        self.lines.push(Line::Place(other));
        self.push(code::TAX, 0);
        self.push(code::LD_MEM, dividend.into());
        self.push(alu(op) | code::X, 0);
        self.lines.push(Line::Jump(end));
        self.lines.push(Line::Place(zero));
        match op {
            BinaryOp::Div => self.push(code::LD_IMM, 0),
            _ => self.push(code::LD_MEM, dividend.into()),
        }
        self.lines.push(Line::Place(end));
        self.x = None;
        self.give_back(divisor);
        self.give_back(dividend);
        Ok(())
    }

    /// Turns the accumulator's lowest bytes round, byte by byte.
    fn swap(&mut self, width: Width) -> Result<(), Error> {
        let bytes = width.bytes();
        let [from, sum] = [self.take()?, self.take()?];
        self.push(code::ST, from.into());
        for byte in 0..bytes {
            let to = bytes - 1 - byte;
            if byte > 0 {
                self.push(code::LD_MEM, from.into());
            }
            if to > byte {
                self.push(alu(BinaryOp::Shl), 8 * (to - byte));
            } else {
                self.push(alu(BinaryOp::Shr), 8 * (byte - to));
            }
            self.push(alu(BinaryOp::And), 0xff << (8 * to));
            if byte > 0 {
                self.push(code::LDX_MEM, sum.into());
                self.push(alu(BinaryOp::Or) | code::X, 0);
            }
            if byte + 1 < bytes {
                self.push(code::ST, sum.into());
            }
        }
        self.x = None;
        self.give_back(from);
        self.give_back(sum);
        Ok(())
    }

    /// The operand of a comparison: a number, or the index register.
    pub(crate) fn sides(&mut self, a: Key, b: Side) -> Result<(u16, u32), Error> {
        match b {
            Side::Number(number) => {
                self.evaluate(a)?;
                Ok((0, number))
            }
            Side::Key(b) => {
                self.both(a, b)?;
                Ok((code::X, 0))
            }
        }
    }
}

/// The size bits of a load.
pub(crate) const fn size(width: Width) -> u16 {
    match width {
        Width::W1 => code::BYTE,
        Width::W2 => code::HALF,
        Width::W4 | Width::W8 => 0,
    }
}
