//! The generators make many different things, and the same ones again.

use std::collections::BTreeSet;

use crate::{Choices, expression, packet};

#[test]
fn a_seed_decides() {
    for seed in 0..50 {
        let make = || {
            let mut choices = Choices::seeded(seed);
            (expression(&mut choices, true), packet(&mut choices, true))
        };
        assert_eq!(make(), make());
    }
}

#[test]
fn most_are_different() {
    let expressions: BTreeSet<_> =
        (0..1000).map(|seed| expression(&mut Choices::seeded(seed), true)).collect();
    let packets: BTreeSet<_> =
        (0..1000).map(|seed| packet(&mut Choices::seeded(seed), false)).collect();
    assert!(expressions.len() > 700, "{}", expressions.len());
    assert!(packets.len() > 900, "{}", packets.len());
}

#[test]
fn bytes_run_out_into_zeros() {
    let mut choices = Choices::Bytes(&[1, 2, 3]);
    assert_ne!(choices.word(), 0);
    assert_ne!(choices.word(), 0);
    assert_eq!(choices.word(), 0);
    assert!(!expression(&mut Choices::Bytes(&[]), true).is_empty());
    assert!(packet(&mut Choices::Bytes(&[]), true).len() < 1000);
}
