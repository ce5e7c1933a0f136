//! What operators do.

use super::Expr;

/// Operators on two numbers of one type, which is the result's: 32 or 64 bits wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// Sum, wrapping.
    Add,
    /// Difference, wrapping.
    Sub,
    /// Product, wrapping.
    Mul,
    /// Quotient, rounded to zero; by 0 it is 0.
    Div,
    /// Remainder, with the sign of the left operand; by 0 it is the left operand.
    Rem,
    /// Bitwise and.
    And,
    /// Bitwise or.
    Or,
    /// Bitwise exclusive or.
    Xor,
    /// Shift left; the count is taken modulo the width.
    Shl,
    /// Shift right, with sign where there is one; the count is taken modulo the width.
    Shr,
}

/// How two values of one type are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// How a number in memory is changed at once.
#[derive(Clone, Debug)]
pub enum AtomicOp {
    /// Adds.
    Add,
    /// Subtracts.
    Sub,
    /// Bitwise and.
    And,
    /// Bitwise or.
    Or,
    /// Bitwise exclusive or.
    Xor,
    /// Puts in its place.
    Exchange,
    /// Puts in its place if this is there.
    CompareExchange(Expr),
}
