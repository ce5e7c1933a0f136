//! Indexes that are too large, and elements of all widths.

use super::TableData;
use crate::types::Width;

#[test]
fn a_table_is_filled_up_to_a_power_of_two() {
    for (given, there) in [(0, 8), (1, 8), (8, 8), (9, 16), (17, 32)] {
        assert_eq!(TableData::new(vec![7; given]).bytes().len(), there);
    }
}

#[test]
fn elements_are_read_at_every_width_and_indexes_go_round() {
    let table = TableData::of(Width::W2, [0x0100, 0x0302, 0x0504, 0x0706, 0x0908, 0x0b0a]);
    assert_eq!(table.count(Width::W2), 8);
    assert_eq!(table.get(Width::W1, 3), 3);
    assert_eq!(table.get(Width::W2, 1), 0x0302);
    assert_eq!(table.get(Width::W4, 2), 0x0b0a_0908);
    assert_eq!(table.get(Width::W4, 3), 0);
    assert_eq!(table.get(Width::W8, 0), 0x0706_0504_0302_0100);
    assert_eq!(table.get(Width::W2, 9), table.get(Width::W2, 1));
    assert_eq!(table.get(Width::W8, u64::from(u32::MAX)), 0x0b0a_0908);
}
