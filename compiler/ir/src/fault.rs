//! What the validator finds wrong, as values.

use std::fmt;

use crate::entity::{Block, Inst, Table, Value};

/// A function and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The function's name.
    pub function: String,
    /// What is wrong.
    pub problem: Problem,
    /// The instruction or the end of a block that it is about, as text; empty if there is none.
    pub line: String,
}

/// Where a value is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// By an instruction.
    Inst(Inst),
    /// By a block's end.
    End(Block),
}

/// One way for a function not to be valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The function's name is not `[A-Za-z_][A-Za-z0-9_]*`.
    Name,
    /// The layout is empty.
    NoBlocks,
    /// The layout lists a block that was never made.
    UnknownBlock(Block),
    /// The layout lists a block twice.
    RepeatedBlock(Block),
    /// A block has no terminator.
    Unfinished(Block),
    /// The end of `block` leads to one that the layout does not list.
    OutsideLayout {
        /// The block that ends so.
        block: Block,
        /// The one that is not there.
        target: Block,
    },
    /// Control cannot get to a block.
    Unreachable(Block),
    /// The entry has parameters.
    EntryParameters,
    /// The end of this block leads to the entry.
    EntryTarget(Block),
    /// A block lists an instruction that was never made.
    UnknownInst {
        /// The block.
        block: Block,
        /// The instruction.
        inst: Inst,
    },
    /// An instruction is in two places.
    PlacedTwice(Inst),
    /// A block's parameter is defined as something else, or of another block.
    ParameterDefinition {
        /// The block.
        block: Block,
        /// Which parameter.
        index: usize,
    },
    /// An instruction's result is defined as something else, or has another type than the
    /// instruction gives.
    ResultDefinition(Inst),
    /// A value is used that no block defines.
    Undefined {
        /// Where it is used.
        user: User,
        /// The value.
        value: Value,
    },
    /// A value is used where control may come without having passed its definition.
    NotDominated {
        /// Where it is used.
        user: User,
        /// The value.
        value: Value,
    },
    /// An operand has a type that its user does not take.
    OperandType {
        /// The user.
        user: User,
        /// The operand.
        value: Value,
    },
    /// A constant has more bits than its type, or is said to be a view.
    Constant(Inst),
    /// A jump gives more or fewer arguments than its target has parameters.
    ArgumentCount {
        /// The block that ends with the jump.
        block: Block,
        /// The jump's target.
        target: Block,
    },
    /// An argument has another type than the parameter.
    ArgumentType {
        /// The block that ends with the jump.
        block: Block,
        /// The jump's target.
        target: Block,
        /// Which argument.
        index: usize,
    },
    /// A check for no bytes.
    EmptyWindow(Block),
    /// The block behind a check that holds has not exactly one parameter, a view.
    OkParameters(Block),
    /// The block behind a check that holds can be got to in another way too.
    OkShared(Block),
    /// A parameter is a view, but the block is not the one behind a check that holds.
    ViewParameter {
        /// The block.
        block: Block,
        /// Which parameter.
        index: usize,
    },
    /// An instruction reads a table that the function does not have.
    UnknownTable {
        /// The instruction.
        inst: Inst,
        /// The table.
        table: Table,
    },
    /// A load reads bytes that its view's window does not cover.
    OutsideWindow {
        /// The load.
        inst: Inst,
        /// The window's length in bytes.
        length: u32,
    },
}

impl Problem {
    /// The line of the function that this is about; `None` if it is about something else, or the
    /// line is not there.
    pub fn user(&self) -> Option<User> {
        match *self {
            Self::PlacedTwice(inst)
            | Self::ResultDefinition(inst)
            | Self::Constant(inst)
            | Self::UnknownTable { inst, .. }
            | Self::OutsideWindow { inst, .. } => Some(User::Inst(inst)),
            Self::Undefined { user, .. }
            | Self::NotDominated { user, .. }
            | Self::OperandType { user, .. } => Some(user),
            Self::OutsideLayout { block, .. }
            | Self::EntryTarget(block)
            | Self::ArgumentCount { block, .. }
            | Self::ArgumentType { block, .. }
            | Self::EmptyWindow(block) => Some(User::End(block)),
            Self::Name
            | Self::NoBlocks
            | Self::UnknownBlock(_)
            | Self::RepeatedBlock(_)
            | Self::Unfinished(_)
            | Self::Unreachable(_)
            | Self::EntryParameters
            | Self::UnknownInst { .. }
            | Self::ParameterDefinition { .. }
            | Self::OkParameters(_)
            | Self::OkShared(_)
            | Self::ViewParameter { .. } => None,
        }
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inst(inst) => write!(f, "{inst}"),
            Self::End(block) => write!(f, "the end of {block}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => write!(f, "the name is not an identifier"),
            Self::NoBlocks => write!(f, "there is no block"),
            Self::UnknownBlock(block) => {
                write!(f, "the layout lists {block}, which does not exist")
            }
            Self::RepeatedBlock(block) => write!(f, "the layout lists {block} twice"),
            Self::Unfinished(block) => write!(f, "{block} has no end"),
            Self::OutsideLayout { block, target } => {
                write!(f, "{block} leads to {target}, which is not in the layout")
            }
            Self::Unreachable(block) => write!(f, "nothing leads to {block}"),
            Self::EntryParameters => write!(f, "the entry has parameters"),
            Self::EntryTarget(block) => write!(f, "{block} leads back to the entry"),
            Self::UnknownInst { block, inst } => {
                write!(f, "{block} lists {inst}, which does not exist")
            }
            Self::PlacedTwice(inst) => write!(f, "{inst} is in two places"),
            Self::ParameterDefinition { block, index } => {
                write!(f, "parameter {index} of {block} is defined as something else")
            }
            Self::ResultDefinition(inst) => {
                write!(f, "the result of {inst} is defined as something else")
            }
            Self::Undefined { user, value } => write!(f, "{value} in {user} is not defined"),
            Self::NotDominated { user, value } => {
                write!(f, "{value} in {user} is not defined on every way there")
            }
            Self::OperandType { user, value } => write!(f, "{value} in {user} has a wrong type"),
            Self::Constant(inst) => write!(f, "the constant {inst} does not fit its type"),
            Self::ArgumentCount { block, target } => {
                write!(f, "{block} does not give {target} one argument for each parameter")
            }
            Self::ArgumentType { block, target, index } => {
                write!(f, "argument {index} from {block} to {target} has a wrong type")
            }
            Self::EmptyWindow(block) => write!(f, "{block} checks for no bytes"),
            Self::OkParameters(block) => {
                write!(f, "{block} is behind a check, but its parameters are not one view")
            }
            Self::OkShared(block) => {
                write!(f, "{block} is behind a check, but something else leads there too")
            }
            Self::ViewParameter { block, index } => {
                write!(f, "parameter {index} of {block} is a view, but no check leads there")
            }
            Self::UnknownTable { inst, table } => {
                write!(f, "{inst} reads {table}, which the function does not have")
            }
            Self::OutsideWindow { inst, length } => {
                write!(f, "{inst} reads outside its window of {length} bytes")
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}: {}", self.function, self.problem)?;
        if self.line.is_empty() { Ok(()) } else { write!(f, ": `{}`", self.line) }
    }
}

impl std::error::Error for Fault {}
