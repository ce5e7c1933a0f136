//! The tree against the definition, on random graphs.

use nbpfc_source::Span;

use super::Dominators;
use crate::Instruction;
use crate::entity::Block;
use crate::function::Function;
use crate::terminator::Terminator;
use crate::types::{Compare, Type};

/// A function whose blocks jump as listed: none, one or two successors.
fn graph(edges: &[&[u32]]) -> Function {
    let mut function = Function::new("f");
    let blocks: Vec<Block> = edges.iter().map(|_| function.add_block()).collect();
    let zero = function.append(blocks[0], Instruction::Const(Type::I32, 0), Span::default());
    for (&block, to) in blocks.iter().zip(edges) {
        let call = |index: usize| blocks[to[index] as usize].into();
        let terminator = match to.len() {
            0 => Terminator::Return(zero),
            1 => Terminator::Jump(call(0)),
            _ => {
                let (then, otherwise) = (call(0), call(1));
                Terminator::Branch { compare: Compare::Eq, a: zero, b: zero, then, otherwise }
            }
        };
        function.terminate(block, terminator, Span::default());
    }
    function
}

/// Whether `to` can be reached from the entry without `avoid`.
fn reaches(function: &Function, to: Block, avoid: Option<Block>) -> bool {
    let mut seen = Vec::new();
    let mut work = vec![function.entry()];
    while let Some(block) = work.pop() {
        if Some(block) != avoid && !seen.contains(&block) {
            seen.push(block);
            work.extend(function.terminator(block).successors());
        }
    }
    seen.contains(&to)
}

fn holds(function: &Function) {
    let dominators = Dominators::new(function);
    for &b in &function.layout {
        assert_eq!(dominators.is_reachable(b), reaches(function, b, None), "{b}");
        for &a in &function.layout {
            let expected = dominators.is_reachable(a)
                && dominators.is_reachable(b)
                && (a == b || !reaches(function, b, Some(a)));
            assert_eq!(dominators.dominates(a, b), expected, "{a} over {b}");
            if dominators.is_reachable(a) && dominators.is_reachable(b) {
                let common = dominators.nearest_common(a, b);
                assert!(dominators.dominates(common, a) && dominators.dominates(common, b));
            }
        }
        let preorder = dominators.preorder();
        if let Some(at) = preorder.iter().position(|block| *block == b) {
            let below = preorder.iter().skip(at).take_while(|c| dominators.dominates(b, **c));
            let all = preorder.iter().filter(|c| dominators.dominates(b, **c));
            assert_eq!(below.count(), all.count());
        }
        if let Some(idom) = dominators.immediate(b) {
            assert!(idom != b && dominators.dominates(idom, b));
        }
    }
}

#[test]
fn diamond_loop_and_unreachable() {
    let function = graph(&[&[1, 2], &[3], &[3], &[1, 4], &[], &[4]]);
    holds(&function);
    let dominators = Dominators::new(&function);
    assert_eq!(dominators.reverse_postorder().len(), 5);
    assert_eq!(dominators.order(function.layout[5]), None);
    assert_eq!(dominators.immediate(function.layout[3]), Some(function.layout[0]));
}

#[test]
fn two_ways_into_a_loop() {
    holds(&graph(&[&[1, 2], &[2, 3], &[1, 4], &[], &[3, 1]]));
}

#[test]
fn random_graphs() {
    let mut state = 1u64;
    let mut random = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for _ in 0..400 {
        let n = 2 + random(12);
        let edges: Vec<Vec<u32>> =
            (0..n).map(|_| (0..random(3)).map(|_| random(n) as u32).collect()).collect();
        holds(&graph(&edges.iter().map(Vec::as_slice).collect::<Vec<_>>()));
    }
}

#[test]
fn first_successor_comes_first() {
    let function = graph(&[&[1, 2], &[3], &[3], &[]]);
    let dominators = Dominators::new(&function);
    let order: Vec<_> = dominators.reverse_postorder().to_vec();
    assert_eq!(order, function.layout);
}

#[test]
fn a_block_with_many_predecessors() {
    let n = 100_000u32;
    let edges: Vec<Vec<u32>> =
        (0..n).map(|i| if i + 2 < n { vec![n - 1, i + 1] } else { Vec::new() }).collect();
    let function = graph(&edges.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let dominators = Dominators::new(&function);
    let last = *function.layout.last().expect("blocks");
    assert_eq!(dominators.immediate(last), Some(function.entry()));
}
