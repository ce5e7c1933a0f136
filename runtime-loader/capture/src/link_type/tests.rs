//! Numbers and names of link types.

use super::{LinkType, NAMES, OLD};

#[test]
fn dlt_and_linktype_numbers() {
    // (LINKTYPE in a file, DLT, LINKTYPE written again)
    let rows = [
        (1, 1, Some(1)),
        (101, 12, Some(101)),
        (12, 12, Some(101)),
        (14, 14, None),
        (15, 15, Some(102)),
        (16, 16, Some(103)),
        (100, 11, Some(100)),
        (106, 19, Some(106)),
        (104, 104, Some(104)),
        (228, 228, Some(228)),
        (289, 289, Some(289)),
        (290, 290, None),
        (0x03ff_ffff, 0x03ff_ffff, None),
    ];
    for (linktype, dlt, again) in rows {
        let link_type = LinkType::from_linktype(linktype);
        assert_eq!(link_type.dlt(), dlt, "LINKTYPE {linktype}");
        assert_eq!(link_type.to_linktype(), again, "LINKTYPE {linktype}");
    }
}

#[test]
fn old_types_keep_their_number_in_files() {
    for (link_type, number) in OLD {
        assert_eq!(link_type.to_linktype(), Some(number));
        assert_eq!(LinkType::from_linktype(number), link_type);
    }
}

#[test]
fn names() {
    assert_eq!(LinkType::from_name("EN10MB"), Some(LinkType::EN10MB));
    assert_eq!(LinkType::from_name("dlt_linux_sll2"), Some(LinkType::LINUX_SLL2));
    assert_eq!(LinkType::from_name("DLT_"), None);
    assert_eq!(LinkType::from_name("ä€"), None);
    assert_eq!(LinkType::RAW.to_string(), "RAW");
    assert_eq!(LinkType::from_dlt(400).to_string(), "DLT 400");
    assert_eq!(LinkType::from_dlt(400).name(), None);
}

#[test]
fn every_name_and_number_occurs_once() {
    assert!(NAMES.is_sorted_by(|(a, _), (b, _)| a < b));
    for (dlt, name) in NAMES {
        assert_eq!(LinkType::from_name(name), Some(LinkType::from_dlt(*dlt)), "{name}");
    }
}
