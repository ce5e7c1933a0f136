// The kinds of maps, and what programs do with each. `K` is the type of keys, another name the type of
// values. `m[k]` is `m.get(k)`, and `emit v to m` is `m.output(v)`. Rows in compiler/kernel have the
// rest: which hooks and kernels have a helper, and what the kernel wants of a map.

// Flags of `insert`: only if there is no such element yet, only if there is one. For a queue or a stack,
// EXIST drops the oldest element if there is no room.
const NOEXIST: u64 = 1;
const EXIST: u64 = 2;

extern map array<V>(max_entries: u32) {
    fn get(index: u32) -> V? from "map_lookup_elem";
    fn at(index: u32) -> V?;
    fn insert(index: u32, value: V, flags: u64 = 0) -> bool from "map_update_elem";
} from "array";

extern map hash<K, V>(max_entries: u32) {
    fn get(key: K) -> V? from "map_lookup_elem";
    fn at(key: K) -> V?;
    fn insert(key: K, value: V, flags: u64 = 0) -> bool from "map_update_elem";
    fn delete(key: K) -> bool from "map_delete_elem";
} from "hash";

extern map lru_hash<K, V>(max_entries: u32) {
    fn get(key: K) -> V? from "map_lookup_elem";
    fn at(key: K) -> V?;
    fn insert(key: K, value: V, flags: u64 = 0) -> bool from "map_update_elem";
    fn delete(key: K) -> bool from "map_delete_elem";
} from "lru_hash";

// Of these every processor has values of its own; `of_cpu` looks at those of another.
extern map percpu_array<V>(max_entries: u32) {
    fn get(index: u32) -> V? from "map_lookup_elem";
    fn of_cpu(index: u32, cpu: u32) -> V? from "map_lookup_percpu_elem";
    fn at(index: u32) -> V?;
    fn insert(index: u32, value: V, flags: u64 = 0) -> bool from "map_update_elem";
} from "percpu_array";

extern map percpu_hash<K, V>(max_entries: u32) {
    fn get(key: K) -> V? from "map_lookup_elem";
    fn of_cpu(key: K, cpu: u32) -> V? from "map_lookup_percpu_elem";
    fn at(key: K) -> V?;
    fn insert(key: K, value: V, flags: u64 = 0) -> bool from "map_update_elem";
    fn delete(key: K) -> bool from "map_delete_elem";
} from "percpu_hash";

extern map lru_percpu_hash<K, V>(max_entries: u32) {
    fn get(key: K) -> V? from "map_lookup_elem";
    fn of_cpu(key: K, cpu: u32) -> V? from "map_lookup_percpu_elem";
    fn at(key: K) -> V?;
    fn insert(key: K, value: V, flags: u64 = 0) -> bool from "map_update_elem";
    fn delete(key: K) -> bool from "map_delete_elem";
} from "lru_percpu_hash";

// Elements of the longest prefix that has an address. An address stands for the prefix of all its bits.
extern map lpm_trie<K, V>(max_entries: u32) {
    fn get(key: K) -> V? from "map_lookup_elem";
    fn insert(key: K, value: V, flags: u64 = 0) -> bool from "map_update_elem";
    fn delete(key: K) -> bool from "map_delete_elem";
} from "lpm_trie";

// First in, first out.
extern map queue<V>(max_entries: u32) {
    fn push(value: V, flags: u64 = 0) -> bool from "map_push_elem";
    fn pop() -> V? from "map_pop_elem";
    fn peek() -> V? from "map_peek_elem";
} from "queue";

// Last in, first out.
extern map stack<V>(max_entries: u32) {
    fn push(value: V, flags: u64 = 0) -> bool from "map_push_elem";
    fn pop() -> V? from "map_pop_elem";
    fn peek() -> V? from "map_peek_elem";
} from "stack";

// A set that may say wrongly that it has a value, and never that it has it not.
extern map bloom_filter<V>(max_entries: u32) {
    fn push(value: V) -> bool from "map_push_elem";
    fn has(value: V) -> bool from "map_peek_elem";
} from "bloom_filter";

// Records for user space, in order, in so many bytes. Of `output` the flags say whether user space is woken: 1
// not, 2 in any case, 0 if it waits. `query` tells how many bytes wait (0), the buffer has (1), were read so
// far (2), were written so far (3).
extern map ringbuf<V>(bytes: u32) {
    fn reserve() -> V? from "ringbuf_reserve";
    fn output(value: V, flags: u64 = 0) -> bool from "ringbuf_output";
    fn query(what: u64) -> u64 from "ringbuf_query";
} from "ringbuf";

// Records for user space by way of perf events, for each processor its own: of this one, unless the flags
// are the number of another.
extern map perf_event_array<V>(max_entries: u32 = 0) {
    fn output(value: V, flags: u64 = 0xffffffff) -> bool from "perf_event_output";
} from "perf_event_array";

// Where to redirect packets to. `redirect` is the verdict to return; where a map has no such entry, it is
// the verdict that the flags name, aborted by itself. User space fills them: with indexes of interfaces,
// with the length of each processor's queue, with sockets. Programs read the index of an interface, and the
// number of the queue that a socket is for; into a `cpumap` the kernel lets none look.
extern map devmap(max_entries: u32) {
    fn get(index: u32) -> u32? from "map_lookup_elem";
    fn redirect(key: u32, flags: u64 = 0) -> verdict from "redirect_map";
} from "devmap";

extern map devmap_hash(max_entries: u32) {
    fn get(index: u32) -> u32? from "map_lookup_elem";
    fn redirect(key: u32, flags: u64 = 0) -> verdict from "redirect_map";
} from "devmap_hash";

extern map cpumap(max_entries: u32) {
    fn redirect(key: u32, flags: u64 = 0) -> verdict from "redirect_map";
} from "cpumap";

extern map xskmap(max_entries: u32) {
    fn get(index: u32) -> u32? from "map_lookup_elem";
    fn redirect(key: u32, flags: u64 = 0) -> verdict from "redirect_map";
} from "xskmap";

// A value for each socket, for as long as there is the socket.
extern map sk_storage<V>() {
    fn get(sk: socket, flags: u64 = 0) -> V? from "sk_storage_get";
    fn at(sk: socket, flags: u64 = 1) -> V? from "sk_storage_get";
    fn delete(sk: socket) -> bool from "sk_storage_delete";
} from "sk_storage";

// A value for each control group that a program is attached to, of zeros at first.
extern map cgroup_storage<V>() {
    fn get(flags: u64 = 0) -> V from "get_local_storage";
} from "cgroup_storage";

// The same, of which each processor has its own.
extern map percpu_cgroup_storage<V>() {
    fn get(flags: u64 = 0) -> V from "get_local_storage";
} from "percpu_cgroup_storage";

// Control groups that user space puts there: whether the socket that a packet comes from, or goes to, is one of
// a process of this group, or of one in it.
extern map cgroup_array(max_entries: u32) {
    fn under(key: u32) -> bool from "skb_under_cgroup";
} from "cgroup_array";

// Sockets that user space or a program puts there: of TCP those that listen or are connected, of UDP those
// that have a port.
extern map sockmap(max_entries: u32) {
    fn get(index: u32) -> socket? from "map_lookup_elem";
    fn insert(index: u32, sk: socket, flags: u64 = 0) -> bool from "map_update_elem";
    fn delete(index: u32) -> bool from "map_delete_elem";
} from "sockmap";

extern map sockhash<K>(max_entries: u32) {
    fn get(key: K) -> socket? from "map_lookup_elem";
    fn insert(key: K, sk: socket, flags: u64 = 0) -> bool from "map_update_elem";
    fn delete(key: K) -> bool from "map_delete_elem";
} from "sockhash";

// What only programs on hooks use that are not here yet, and what has no operations in the language.
extern map task_storage<V>() {} from "task_storage";
extern map inode_storage<V>() {} from "inode_storage";
extern map cgrp_storage<V>() {} from "cgrp_storage";
extern map reuseport_sockarray(max_entries: u32) {} from "reuseport_sockarray";
extern map stack_trace(max_entries: u32) {} from "stack_trace";
extern map user_ringbuf(bytes: u32) {} from "user_ringbuf";
extern map arena(max_entries: u32) {} from "arena";

// Programs to go on with: `map steps: prog_array(max_entries = 2) = { 0 => first, 1 => second };`. Where
// there is a program in a slot, the one that calls does not go on.
extern map prog_array(max_entries: u32) {
    fn tail_call(slot: u32) from "tail_call";
} from "prog_array";

// Maps like the one that `M` names: `map all: array_of_maps<counts>(max_entries = 2) = { 0 => counts, 1 => more };`.
// User space changes which.
extern map array_of_maps<M>(max_entries: u32) {
    fn get(index: u32) -> M? from "map_lookup_elem";
} from "array_of_maps";

extern map hash_of_maps<K, M>(max_entries: u32) {
    fn get(key: K) -> M? from "map_lookup_elem";
} from "hash_of_maps";
