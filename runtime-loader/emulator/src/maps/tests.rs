//! What operations on maps do, and how they fail.

use nbpfc_kernel::MapKind;

use super::{Errno, Map, MapSpec};

fn map(kind: MapKind, key_size: u32, value_size: u32, max_entries: u32) -> Map {
    let spec = MapSpec { name: "m".to_owned(), kind, key_size, value_size, max_entries, flags: 0 };
    Map::new(spec).expect("a map")
}

#[test]
fn arrays_are_full() {
    let mut array = map(MapKind::Array, 4, 2, 3);
    assert_eq!(array.get(&[2, 0, 0, 0]), Some(vec![0, 0]));
    assert_eq!(array.get(&[3, 0, 0, 0]), None);
    assert_eq!(array.set(&[1, 0, 0, 0], &[7, 8], 2), Ok(()));
    assert_eq!(array.get(&[1, 0, 0, 0]), Some(vec![7, 8]));
    assert_eq!(array.set(&[1, 0, 0, 0], &[7, 8], 1), Err(Errno::EEXIST));
    assert_eq!(array.set(&[3, 0, 0, 0], &[7, 8], 0), Err(Errno::E2BIG));
    assert_eq!(array.set(&[0, 0, 0, 0], &[7], 0), Err(Errno::EINVAL));
    assert_eq!(array.remove(&[0, 0, 0, 0]), Err(Errno::EINVAL));
}

#[test]
fn of_a_huge_array_what_was_written_is_found() {
    let mut array = map(MapKind::Array, 4, 1, 1 << 30);
    assert_eq!(array.filled(), []);
    for index in [7_u32, 4095, 4096, (1 << 30) - 1] {
        assert_eq!(array.set(&index.to_ne_bytes(), &[5], 0), Ok(()));
    }
    assert_eq!(array.set(&7_u32.to_ne_bytes(), &[0], 0), Ok(()));
    let found = [4095_u32, 4096, (1 << 30) - 1];
    assert_eq!(array.filled(), found.map(|index| (index.to_ne_bytes().to_vec(), vec![5])));
}

#[test]
fn elements_that_lie_on_two_pages_are_found_once() {
    let mut array = map(MapKind::Array, 4, 24, 1000);
    for index in [0_u32, 170, 171, 999] {
        let mut value = [0; 24];
        // 170 lies from byte 4080 on.
        (value[0], value[23]) = (1, u8::from(index == 170));
        assert_eq!(array.set(&index.to_ne_bytes(), &value, 0), Ok(()));
    }
    let found: Vec<_> = array.filled().into_iter().map(|(key, value)| (key, value[23])).collect();
    let keys = [(0_u32, 0), (170, 1), (171, 0), (999, 0)];
    assert_eq!(found, keys.map(|(key, last)| (key.to_ne_bytes().to_vec(), last)));
}

#[test]
fn hashes_take_what_they_have_room_for() {
    let mut hash = map(MapKind::Hash, 1, 1, 2);
    assert_eq!(hash.set(b"a", &[1], 2), Err(Errno::ENOENT));
    assert_eq!(hash.set(b"a", &[1], 1), Ok(()));
    assert_eq!(hash.set(b"a", &[1], 1), Err(Errno::EEXIST));
    assert_eq!(hash.set(b"b", &[2], 0), Ok(()));
    assert_eq!(hash.set(b"c", &[3], 0), Err(Errno::E2BIG));
    assert_eq!(hash.set(b"b", &[4], 3), Err(Errno::EINVAL));
    assert_eq!(hash.remove(b"a"), Ok(()));
    assert_eq!(hash.remove(b"a"), Err(Errno::ENOENT));
    assert_eq!(hash.set(b"c", &[3], 0), Ok(()));
    assert_eq!(hash.entries(), [(b"b".to_vec(), vec![2]), (b"c".to_vec(), vec![3])]);
}

#[test]
fn the_element_that_was_used_longest_ago_is_dropped() {
    let mut lru = map(MapKind::LruHash, 1, 1, 2);
    assert_eq!(lru.set(b"a", &[1], 0), Ok(()));
    assert_eq!(lru.set(b"b", &[2], 0), Ok(()));
    assert!(lru.find(b"a").is_some());
    // A look from outside is no use.
    assert!(lru.get(b"b").is_some());
    assert_eq!(lru.set(b"c", &[3], 0), Ok(()));
    assert_eq!(lru.entries(), [(b"a".to_vec(), vec![1]), (b"c".to_vec(), vec![3])]);
}

#[test]
fn the_longest_prefix_wins() {
    let mut trie = map(MapKind::LpmTrie, 8, 1, 3);
    let key = |length: u32, address: [u8; 4]| [length.to_ne_bytes(), address].concat();
    assert_eq!(trie.set(&key(8, [10, 9, 9, 9]), &[8], 0), Ok(()));
    assert_eq!(trie.set(&key(24, [10, 1, 2, 0]), &[24], 0), Ok(()));
    assert_eq!(trie.set(&key(0, [0; 4]), &[0], 0), Ok(()));
    assert_eq!(trie.set(&key(32, [1; 4]), &[1], 0), Err(Errno::ENOSPC));
    assert_eq!(trie.set(&key(33, [1; 4]), &[1], 0), Err(Errno::EINVAL));
    let find = |trie: &Map, key: &[u8]| trie.get(key).and_then(|value| value.first().copied());
    assert_eq!(find(&trie, &key(32, [10, 1, 2, 3])), Some(24));
    assert_eq!(find(&trie, &key(32, [10, 1, 3, 3])), Some(8));
    assert_eq!(find(&trie, &key(16, [10, 1, 2, 3])), Some(8));
    assert_eq!(find(&trie, &key(32, [11, 0, 0, 0])), Some(0));
    assert_eq!(trie.remove(&key(0, [5; 4])), Ok(()));
    assert_eq!(find(&trie, &key(32, [11, 0, 0, 0])), None);
    assert_eq!(find(&trie, &key(40, [10, 1, 2, 3])), None);
}

#[test]
fn queues_and_stacks() {
    for (kind, order) in [(MapKind::Queue, [1, 2]), (MapKind::Stack, [2, 1])] {
        let mut map = map(kind, 0, 1, 2);
        assert_eq!(map.pop(), Err(Errno::ENOENT));
        assert_eq!(map.push(&[1], 0), Ok(()));
        assert_eq!(map.push(&[2], 0), Ok(()));
        assert_eq!(map.push(&[3], 0), Err(Errno::E2BIG));
        assert_eq!(map.push(&[3], 1), Err(Errno::EINVAL));
        assert_eq!(map.peek(&[]), Ok(vec![order[0]]));
        assert_eq!(map.entries(), order.map(|value| (Vec::new(), vec![value])));
        assert_eq!(map.pop(), Ok(vec![order[0]]));
        assert_eq!(map.pop(), Ok(vec![order[1]]));
        // The oldest makes room.
        for value in [1, 2, 3] {
            assert_eq!(map.push(&[value], 2), Ok(()));
        }
        assert_eq!(map.entries().len(), 2);
    }
}

#[test]
fn bloom_filters_know_what_was_put_in() {
    let mut bloom = map(MapKind::BloomFilter, 0, 2, 10);
    assert_eq!(bloom.push(&[1, 2], 0), Ok(()));
    assert_eq!(bloom.peek(&[1, 2]), Ok(vec![1, 2]));
    assert_eq!(bloom.peek(&[2, 1]), Err(Errno::ENOENT));
    assert_eq!(bloom.pop(), Err(Errno::EINVAL));
}

#[test]
fn records_are_handed_on_in_order() {
    let mut ring = map(MapKind::RingBuf, 0, 0, 64);
    let first = ring.reserve(8).expect("room");
    let second = ring.reserve(16).expect("room");
    let third = ring.reserve(8).expect("room");
    // 16 + 24 + 16 bytes are taken with their headers.
    assert_eq!(ring.reserve(8), None);
    ring.value_mut(second).copy_from_slice(b"second          ");
    ring.commit(second, false);
    // The first is still written.
    assert!(ring.take_records().is_empty());
    ring.commit(first, true);
    assert_eq!(ring.take_records(), [b"second          ".to_vec()]);
    ring.value_mut(third).copy_from_slice(b"third   ");
    ring.commit(third, false);
    assert_eq!(ring.take_records(), [b"third   ".to_vec()]);
    // One byte stays free.
    assert_eq!(ring.reserve(56), None);
    assert!(ring.reserve(48).is_some());
}

#[test]
fn what_the_kernel_refuses_is_no_map() {
    let spec = |kind, key_size, value_size, max_entries| MapSpec {
        name: String::new(),
        kind,
        key_size,
        value_size,
        max_entries,
        flags: 0,
    };
    for refused in [
        spec(MapKind::Array, 8, 1, 1),
        spec(MapKind::Array, 4, u32::MAX, u32::MAX),
        spec(MapKind::LpmTrie, 4, 1, 1),
        spec(MapKind::RingBuf, 0, 0, 1000),
        spec(MapKind::TaskStorage, 4, 1, 0),
    ] {
        assert!(Map::new(refused.clone()).is_none(), "{refused:?}");
    }
}
