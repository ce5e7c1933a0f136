//! The generators make many different things, and the same ones again.

use std::collections::BTreeSet;

use crate::{
    Choices, expression, expression_on, expression_with_list, expression_with_set, packet,
};

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
fn link_types_have_their_words() {
    for (link_type, word) in [("PFLOG", "rnr"), ("IEEE802_11", "wlan"), ("MTP2", "fisu")] {
        let all = (0..100).map(|seed| expression_on(&mut Choices::seeded(seed), link_type));
        assert!(all.into_iter().any(|text| text.contains(word)), "{link_type}");
    }
    assert!(!expression_on(&mut Choices::Bytes(&[]), "RAW").is_empty());
}

#[test]
fn sets_are_of_every_kind() {
    let all: Vec<_> =
        (0..200).map(|seed| expression_with_set(&mut Choices::seeded(seed), true)).collect();
    for words in ["host in {", "net in {", "port in {", "ether host in {", "not in {", "src "] {
        assert!(all.iter().any(|text| text.contains(words)), "{words}");
    }
    assert!(!expression_with_set(&mut Choices::Bytes(&[]), false).is_empty());
}

#[test]
fn lists_are_long() {
    for seed in 0..50 {
        let text = expression_with_list(&mut Choices::seeded(seed), seed % 2 == 0);
        assert!(text.matches(" or ").count() + text.matches(" and ").count() >= 19, "{text}");
    }
    assert!(!expression_with_list(&mut Choices::Bytes(&[]), false).is_empty());
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
