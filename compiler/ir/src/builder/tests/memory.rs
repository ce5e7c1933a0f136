//! Memory, maps and calls as the builder makes them: functions that are valid, with the types that
//! the text form gives them.

use std::sync::Arc;

use nbpfc_kernel::{Helper, MapKind, Member, SK_BUFF};
use nbpfc_source::File;

use super::super::FunctionBuilder;
use crate::entity::Func;
use crate::function::{Function, Module};
use crate::instruction::{AtomicOp, Place};
use crate::map::MapData;
use crate::types::{Type, Width};
use crate::validate::validate;

/// A module with an array, a ring buffer and global data; what `build` makes is its last function.
fn module(functions: Vec<Function>) -> Module {
    let mut module = Module::new(Arc::new(File::new("", "")), functions);
    module.maps.push(MapData::new("hits", MapKind::Array, 4, 16, 1));
    module.maps.push(MapData::new("events", MapKind::RingBuf, 0, 0, 4096));
    module.maps.push(MapData::globals(vec![0; 8], false));
    module.maps.push(MapData::globals(vec![1; 8], true));
    module
}

fn text(functions: Vec<Function>) -> String {
    let module = module(functions);
    if let Err(faults) = validate(&module) {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}\n{module}", faults.join("\n"));
    }
    module.functions.iter().map(ToString::to_string).collect()
}

/// A number that leads to a map.
fn map(index: u32) -> crate::entity::Map {
    crate::entity::Map::from_u32(index)
}

#[test]
fn a_value_is_looked_up_and_changed() {
    let mut b = FunctionBuilder::new("f");
    let none = b.block();
    let slot = b.add_slot(4);
    let (key, zero) = (b.slot(slot), b.const32(0));
    b.write_memory(Width::W4, key, 0, zero);
    let value = b.lookup(map(0), key, 16);
    let value = b.non_null(value, none);
    let one = b.const64(1);
    let place = Place { width: Width::W8, pointer: value, displacement: 8 };
    b.atomic(AtomicOp::Add, place, one);
    let before = b.fetch(AtomicOp::Exchange, place, one);
    b.compare_exchange(place, before, one);
    let at = b.bound(before, 0, 15, none);
    let byte = b.index(value, at, 1);
    let byte = b.read_memory(Width::W1, byte, 0);
    b.ret(byte);
    b.seal(none);
    b.switch_to(none);
    b.ret(zero);
    assert_eq!(
        text(vec![b.finish()]),
        "\
func @f {
slot s0, 4
b0:
  v0 = slot s0
  v1 = const.i32 0x0
  write.u32 v0 + 0, v1
  v3 = map m0
  v4 = call.value.16? map_lookup_elem(v3, v0)
  nonnull v4 -> b2 else b1
b2(v5: value.16):
  v6 = const.i64 0x1
  atomic.add.u64 v5 + 8, v6
  v8 = fetch.exchange.u64 v5 + 8, v6
  v9 = cmpxchg.u64 v5 + 8, v8, v6
  bound v8, 0, 15 -> b3 else b1
b3(v10: i64):
  v11 = index v5 + v10, 1
  v12 = read.u8 v11 + 0
  ret v12
b1:
  ret v1
}
"
    );
}

#[test]
fn a_record_is_filled_from_the_packet_and_handed_on() {
    let mut b = FunctionBuilder::new("f");
    let (full, missing) = (b.block(), b.block());
    let view = b.check(None, 14, missing);
    let (events, length, flags) = (b.map(map(1)), b.const64(8), b.const64(0));
    let record = b.call_helper(&Helper::RINGBUF_RESERVE, &[events, length, flags]);
    let record = b.non_null(record, full);
    let first = b.load(Width::W8, view, 0);
    b.write_memory(Width::W8, record, 0, first);
    b.call_helper(&Helper::RINGBUF_SUBMIT, &[record, flags]);
    let mark = Member::new(&SK_BUFF, "mark", 0).expect("a member");
    let byte = b.load(Width::W1, view, 6);
    b.store(Width::W1, view, 0, byte);
    b.set_member(mark, byte);
    b.jump(full);
    b.seal(full);
    b.seal(missing);
    b.switch_to(full);
    let mark = b.member(mark);
    b.ret(mark);
    b.switch_to(missing);
    let zero = b.const32(0);
    b.ret(zero);
    let text = text(vec![b.finish()]);
    assert!(text.contains("call.record.8? ringbuf_reserve"), "{text}");
    assert!(text.contains("\n  call.void ringbuf_submit"), "{text}");
    assert!(text.contains("\n  set_member __sk_buff.mark, "), "{text}");
}

#[test]
fn a_function_is_called_with_a_context_and_a_number() {
    let mut b = FunctionBuilder::new("f");
    let (context, seven) = (b.context(), b.const64(7));
    let result = b.invoke(Func::from_u32(1), &[context, seven], Type::I32);
    b.ret(result);
    let caller = b.finish();
    let mut b = FunctionBuilder::new("g");
    let context = Type::Pointer(crate::Pointer::new(crate::Region::Context, 0));
    b.set_signature(vec![context, Type::I64], Type::I32);
    let (context, number) = (b.argument(0), b.argument(1));
    assert_eq!(b.ty(number), Type::I64);
    b.call_helper(&Helper::XDP_ADJUST_HEAD, &[context, number]);
    let (global, constant) = (b.global(map(2), 4, 4), b.constant_global(map(3), 0, 8));
    let part = b.part(constant, 2, 4);
    let word = b.read_memory(Width::W4, part, 0);
    b.write_memory(Width::W4, global, 0, word);
    b.ret(word);
    let text = text(vec![caller, b.finish()]);
    assert!(text.contains("func @g(context, i64) {"), "{text}");
}
