//! From the tree to IR: what a filter means on a link type.
//!
//! `numbers` and `link` are tables; `context` knows where things are in the packet;
//! `wlan` to `ss7` turn primitives into conditions, one family each; `prefix` puts before them
//! what they need to know of the packet; `emit` makes control flow of the whole.
//!
//! Verdicts are those of libpcap 1.11's unoptimised programs, short packets included:
//! truth is three-valued, and a read behind the packet's end, or a division by zero,
//! rejects the packet at once. What else is libpcap's own and kept:
//! * a tunnel word moves all text to its right, across `or` and `)`;
//! * on a path that did not enter a Geneve or VXLAN tunnel, the text inside is looked
//!   for where earlier arithmetic left numbers ([`condition::Conditions::slot`]);
//! * of an operator's operands only the left one implies its protocol ([`relation`]);
//! * shifts by 32 and more give 0, as in libpcap's interpreter. (The kernel's takes the
//!   count modulo 32.)
//!
//! Not kept: walks along header chains that do not end ([`chain`]), and the refusal of
//! operands that merely begin with a constant, as in `len / ether[0]`.

mod numbers;
mod link;
mod options;
mod condition;
mod context;
mod wlan;
mod atm;
mod llc;
mod protocol;
mod station;
mod transport;
mod strict;
mod network;
mod set;
mod set6;
mod list;
mod tunnel;
mod relation;
mod decnet;
mod metadata;
mod pflog;
mod ss7;
mod prefix;
mod emit;
mod chain;
mod walk;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use nbpfc_ir::{Block, Compare, FunctionBuilder, Module};
use nbpfc_source::{Code, Diagnostic, File, Span};

pub use link::LinkType;
pub use options::{Options, Sets};

use self::condition::{Condition, Conditions};
use self::context::{Context, Lowered};
use self::transport::PortRange;
use crate::tree::{Expr, ExprKind, Filter, Op, Test};

/// The program of a filter: one function, `filter`, that returns `options.accept` or
/// `options.reject`. `source` is the file that the filter was parsed from.
///
/// # Errors
/// One diagnostic for each term that the link type does not have or whose number is too great,
/// and one if no packet of the link type can ever match.
pub fn lower(
    filter: &Filter,
    source: Arc<File>,
    options: &Options,
) -> Result<Module, Vec<Diagnostic>> {
    let (conditions, root) = conditions(filter, options)?;
    let function = emit::function(&conditions, root, options);
    Ok(Module::new(source, vec![function]))
}

/// A filter as a condition within a larger function: ends the current block of `builder` with jumps
/// to `accept` or `reject`, neither of which is sealed. The verdicts of `options` are not used. With an
/// `origin` it is about what begins there, in bytes from the packet's start.
///
/// # Errors
/// See [`lower()`]; nothing is built then.
pub fn lower_into(
    builder: &mut FunctionBuilder,
    filter: &Filter,
    options: &Options,
    origin: Option<nbpfc_ir::Value>,
    [accept, reject]: [Block; 2],
) -> Result<(), Vec<Diagnostic>> {
    let (conditions, root) = conditions(filter, options)?;
    emit::branch(builder, &conditions, root, origin, [accept, reject]);
    Ok(())
}

fn conditions(
    filter: &Filter,
    options: &Options,
) -> Result<(Conditions, Condition), Vec<Diagnostic>> {
    let mut context = Context::new(options);
    let mut faults = Vec::new();
    let root = match &filter.root {
        Some(root) => {
            let condition = context.expression(root, &mut faults);
            context.span = root.span;
            context.behind_prefixes(condition)
        }
        None => Condition::Always(Span::default()),
    };
    if faults.is_empty()
        && let Condition::Never(span) = root
    {
        faults.push(rejects_all(span, options));
    }
    if faults.is_empty() { Ok((context.conditions, root)) } else { Err(faults) }
}

fn rejects_all(span: Span, options: &Options) -> Diagnostic {
    let link = options.link_type;
    Diagnostic::error(Code::RejectsAll, "the filter can never match", options.file, span)
        .label(format!("false of every packet of link type {link}"))
        .help("leave this term out, or name the link type that the packets really have")
}

impl Context<'_> {
    /// A part of the filter. Terms are taken in the order of the text, because a tunnel changes
    /// the meaning of all that follows.
    fn expression(&mut self, expr: &Expr, faults: &mut Vec<Diagnostic>) -> Condition {
        match &expr.kind {
            ExprKind::Chain { first, rest } => {
                let operands: Vec<&Expr> =
                    std::iter::once(&**first).chain(rest.iter().map(|(_, expr)| expr)).collect();
                // Nothing is in front of the first.
                let ops: Vec<Op> =
                    std::iter::once(Op::Or).chain(rest.iter().map(|(op, _)| *op)).collect();
                self.chain(&operands, &ops, faults)
            }
            ExprKind::Not(inner) => {
                let inner = self.expression(inner, faults);
                self.conditions.not(inner)
            }
            ExprKind::Test(test) => {
                self.span = expr.span;
                self.primitive(test).unwrap_or_else(|fault| {
                    faults.push(*fault);
                    self.constant(true)
                })
            }
        }
    }

    fn chain(&mut self, operands: &[&Expr], ops: &[Op], faults: &mut Vec<Diagnostic>) -> Condition {
        let mut joined = self.constant(false);
        let mut next = 0;
        while next < operands.len() {
            let list = self.list(operands, ops, next);
            let (operand, count) =
                list.unwrap_or_else(|| (self.expression(operands[next], faults), 1));
            joined = match ops[next] {
                _ if next == 0 => operand,
                Op::And => self.conditions.and(joined, operand),
                Op::Or => self.conditions.or(joined, operand),
            };
            next += count;
        }
        joined
    }

    fn primitive(&mut self, test: &Test) -> Lowered {
        match test {
            Test::Protocol(protocol) => self.protocol(*protocol),
            Test::Address(address) => self.address(address),
            Test::Set(test) => self.set_test(test),
            Test::Mac { dir, mac } => self.mac(*dir, *mac, "ether host"),
            Test::Mac8 { dir, mac } => self.node(*dir, *mac),
            Test::Decnet { dir, node } => self.decnet_host(*dir, *node),
            Test::Gateway { over, mac, hosts } => self.gateway(*over, *mac, hosts),
            Test::Ports { transport, dir, low, high } => {
                self.ports(*transport, *dir, PortRange { low: *low, high: *high })
            }
            Test::PayloadProtocol { layer, number } => self.payload_protocol(*layer, *number),
            Test::ProtocolChain { layer, number } => self.protocol_chain(*layer, *number),
            Test::LinkBroadcast => self.link_broadcast(),
            Test::LinkMulticast => self.link_multicast(),
            Test::IpBroadcast => self.ip_broadcast(),
            Test::IpMulticast => self.ip_multicast(),
            Test::Ip6Multicast => self.ip6_multicast(),
            Test::Less(bytes) => Ok(self.length(Compare::Le, *bytes)),
            Test::Greater(bytes) => Ok(self.length(Compare::Ge, *bytes)),
            Test::Byte { offset, op, value } => Ok(self.byte(*offset, *op, *value)),
            Test::Inbound => self.inbound_or_outbound(false),
            Test::Outbound => self.inbound_or_outbound(true),
            Test::Ifindex(index) => self.interface_index(*index),
            Test::Tunnel { tunnel, id } => self.tunnel(*tunnel, *id),
            Test::Llc(llc) => self.llc(*llc),
            Test::Relation { left, op, right } => self.arithmetic_relation(left, *op, right),
            Test::Pf(test) => self.pflog(test),
            Test::Wlan(test) => self.wlan(*test),
            Test::Atm(word) => self.atm(*word),
            Test::AtmField { field, values } => self.atm_field(*field, values),
            Test::Mtp2(word) => self.mtp2(*word),
            Test::Mtp3Field { field, values } => self.mtp3_field(*field, values),
        }
    }
}
