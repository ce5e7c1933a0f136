//! Maps of the kernel, element by element and many at once.

use nbpfc_kernel::MapKind;

use super::map;
use crate::{Map, MapOptions};

#[test]
fn a_value_for_each_processor() {
    // Twelve bytes: the kernel keeps them sixteen apart.
    let Some(map) = map(MapKind::PerCpuArray, 4, 12, 2) else { return };
    let zeros = map.lookup_per_cpu(&[1, 0, 0, 0]).expect("an array").expect("it is full");
    let values: Vec<_> = (0..zeros.len()).map(|cpu| vec![cpu as u8 + 1; 12]).collect();
    map.update_per_cpu(&[1, 0, 0, 0], &values, 0).expect("room");
    assert_eq!(map.lookup_per_cpu(&[1, 0, 0, 0]).expect("an array"), Some(values));
    assert_eq!(map.lookup_per_cpu(&[0; 4]).expect("an array"), Some(zeros));
    assert_eq!(map.lookup(&[2, 0, 0, 0]).expect("an array"), None);
    assert!(map.update_per_cpu(&[0; 4], &[vec![1; 11]], 0).is_err());
}

#[test]
fn many_at_once() {
    let Some(map) = map(MapKind::Hash, 4, 8, 5000) else { return };
    let entries: Vec<_> = (0..3000_u32)
        .map(|n| (n.to_ne_bytes().to_vec(), u64::from(n * 7).to_ne_bytes().to_vec()))
        .collect();
    let lent: Vec<_> = entries.iter().map(|(key, value)| (&key[..], &value[..])).collect();
    map.write_all(&lent, 0).expect("room");
    let mut read = map.read_all().expect("a hash");
    read.sort_unstable_by_key(|(key, _)| u32::from_ne_bytes(key[..].try_into().expect("4 bytes")));
    assert_eq!(read, entries);
    assert_eq!(map.entries().count(), 3000);
    // One key that is not there keeps none of the others from going.
    let missing = 4000_u32.to_ne_bytes();
    let keys: Vec<_> = [&missing[..]].into_iter().chain(lent.iter().map(|(k, _)| *k)).collect();
    map.delete_all(&keys).expect("a hash");
    assert_eq!(map.read_all().expect("a hash"), []);
}

#[test]
fn queues_and_stacks() {
    for (kind, first) in [(MapKind::Queue, 1), (MapKind::Stack, 2)] {
        let Some(map) = map(kind, 0, 1, 2) else { return };
        map.push(&[1]).expect("room");
        map.push(&[2]).expect("room");
        assert!(map.push(&[3]).is_err());
        assert_eq!(map.peek().expect("not empty"), Some(vec![first]));
        assert_eq!(map.pop().expect("not empty"), Some(vec![first]));
        assert_eq!(map.pop().expect("not empty"), Some(vec![3 - first]));
        assert_eq!(map.pop().expect("empty"), None);
    }
}

#[test]
fn what_differs_from_what_is_wanted() {
    let Some(map) = map(MapKind::Hash, 4, 8, 10) else { return };
    let wanted = MapOptions {
        map_type: MapKind::Hash.number(),
        key_size: 4,
        value_size: 16,
        max_entries: 10,
        ..Default::default()
    };
    let info = map.info().expect("an own map");
    assert_eq!(info.differences(&wanted), ["its value size is 8, not 16"]);
    let again = Map::from_id(info.id).expect("it is there");
    assert_eq!(again.info().expect("the same map"), info);
}

#[test]
fn keys_and_values_in_rusts_types() {
    let Some(map) = map(MapKind::Hash, 4, 8, 10) else { return };
    let typed = map.typed::<u32, [u16; 4]>().expect("the sizes are right");
    typed.set(&7, &[1, 2, 3, 4]).expect("room");
    assert_eq!(typed.get(&7), Ok(Some([1, 2, 3, 4])));
    assert_eq!(typed.entries(), Ok(vec![(7, [1, 2, 3, 4])]));
    assert_eq!((typed.delete(&7), typed.get(&7)), (Ok(true), Ok(None)));
    let error = map.typed::<u64, u64>().expect_err("keys have four bytes").to_string();
    assert_eq!(error, "this is another map: its key size is 4, not 8");

    let Some(each) = self::map(MapKind::PerCpuArray, 4, 4, 1) else { return };
    let each = each.typed::<[u8; 4], i32>().expect("the sizes are right");
    let values = each.get_each(&[0; 4]).expect("an array").expect("it is full");
    assert!(!values.is_empty() && values.iter().all(|value| *value == 0));
    assert!(typed.get_each(&1).is_err());
}
