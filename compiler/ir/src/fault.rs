//! What the validator finds wrong, as values.

use std::fmt;

use crate::entity::{Block, Inst, Map, Table, Value};

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
    /// A constant has more bits than its type, or its type is no number's.
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
    /// The block behind a question that holds has not exactly one parameter, of the type that the
    /// question gives evidence of.
    OkParameters(Block),
    /// The block behind a question that holds can be got to in another way too.
    OkShared(Block),
    /// A parameter is a view, or a pointer that may be null, has to be given back or leads to the
    /// stack or a context, but the block is not the one behind a question that holds.
    EvidenceParameter {
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
    /// The least number of a bound is above the greatest.
    EmptyBound(Block),
    /// An access goes past what its pointer points to, or to memory that is not read or written.
    Access(Inst),
    /// An access to the stack, or an atomic one, is at no multiple of its width; or an atomic one
    /// is of less than 4 bytes.
    Alignment(Inst),
    /// An index may be too large, as far as the verifier knows.
    Unbounded(Inst),
    /// Bytes of the stack are read that nothing was written to on some way there.
    Uninitialised(Inst),
    /// A view is used though the packet may have moved since.
    StaleView {
        /// Where it is used.
        user: User,
        /// The view.
        value: Value,
    },
    /// A function asks for an argument that it has not.
    NoArgument(Inst),
    /// A slot of the stack that the function does not have, or a map or function that the module
    /// does not have.
    Missing(Inst),
    /// A call has not one argument of the right kind in each place.
    Call {
        /// The call.
        inst: Inst,
        /// The place that is wrong, from 0.
        index: usize,
    },
    /// What a call is said to return is not what it returns.
    CallResult(Inst),
    /// A record or socket is used that was given back, or may not have been got.
    NotHeld {
        /// Where it is used.
        user: User,
        /// The record or socket.
        value: Value,
    },
    /// A way ends, or goes on in another program, without giving back a record or socket.
    Held {
        /// Where it ends.
        user: User,
        /// The record or socket, as a call gave it or several ways brought it.
        value: Value,
    },
    /// On some ways to this block more records and sockets are held than on others.
    HeldDiffers(Block),
    /// A function that is called asks for the program's context.
    ContextInFunction(Inst),
    /// A function that is called calls itself, perhaps by way of others.
    Recursion(Inst),
    /// The map's name, sizes, data or inner map do not suit its type.
    Map(Map),
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
            | Self::OutsideWindow { inst, .. }
            | Self::Access(inst)
            | Self::Alignment(inst)
            | Self::Unbounded(inst)
            | Self::Uninitialised(inst)
            | Self::NoArgument(inst)
            | Self::Missing(inst)
            | Self::Call { inst, .. }
            | Self::CallResult(inst)
            | Self::ContextInFunction(inst)
            | Self::Recursion(inst) => Some(User::Inst(inst)),
            Self::Undefined { user, .. }
            | Self::NotDominated { user, .. }
            | Self::OperandType { user, .. }
            | Self::StaleView { user, .. }
            | Self::NotHeld { user, .. }
            | Self::Held { user, .. } => Some(user),
            Self::OutsideLayout { block, .. }
            | Self::EntryTarget(block)
            | Self::ArgumentCount { block, .. }
            | Self::ArgumentType { block, .. }
            | Self::EmptyBound(block)
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
            | Self::EvidenceParameter { .. }
            | Self::HeldDiffers(_)
            | Self::Map(_) => None,
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
                write!(f, "{block} is behind a question, but its parameters are not what it tells")
            }
            Self::OkShared(block) => {
                write!(f, "{block} is behind a question, but something else leads there too")
            }
            Self::EvidenceParameter { block, index } => {
                write!(f, "parameter {index} of {block} is evidence, but no question leads there")
            }
            Self::UnknownTable { inst, table } => {
                write!(f, "{inst} reads {table}, which the function does not have")
            }
            Self::OutsideWindow { inst, length } => {
                write!(f, "{inst} reads outside its window of {length} bytes")
            }
            Self::EmptyBound(block) => write!(f, "{block} asks for numbers that there are none of"),
            Self::Access(inst) => write!(f, "{inst} has no right to what it reads or writes"),
            Self::Alignment(inst) => write!(f, "{inst} is not at a multiple of its width"),
            Self::Unbounded(inst) => write!(f, "the index of {inst} may be too large"),
            Self::Uninitialised(inst) => {
                write!(f, "{inst} reads stack that nothing was written to on every way there")
            }
            Self::StaleView { user, value } => {
                write!(f, "{value} in {user} is of a packet that may have moved since")
            }
            Self::NoArgument(inst) => write!(f, "{inst} asks for no argument of the function"),
            Self::Missing(inst) => write!(f, "{inst} names what is not there"),
            Self::Call { inst, index } => {
                write!(f, "argument {index} of {inst} is not what is called for")
            }
            Self::CallResult(inst) => write!(f, "{inst} returns something else"),
            Self::NotHeld { user, value } => {
                write!(f, "{value} in {user} is not the function's to use")
            }
            Self::Held { user, value } => {
                write!(f, "{user} leaves without giving {value} back")
            }
            Self::HeldDiffers(block) => {
                write!(f, "what has to be given back differs between the ways to {block}")
            }
            Self::ContextInFunction(inst) => {
                write!(f, "{inst} asks for the program's context in a function that is called")
            }
            Self::Recursion(inst) => write!(f, "{inst} calls the function that it is in"),
            Self::Map(map) => write!(f, "{map} is not a map of its type"),
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
