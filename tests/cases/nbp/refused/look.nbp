//# redirect.map kernel.groups
map ports: devmap(max_entries = 4);
map cpus: cpumap(max_entries = 4);
map groups: cgroup_array(max_entries = 4);
map stacks: stack_trace(max_entries = 4);
//~ E0401 programs on the hooks that there are use no map of type `stack_trace`
map shared: arena(max_entries = 4);
//~ E0499 a map of type `arena` is not supported yet
map given: user_ringbuf(4096);
//~ E0499 a map of type `user_ringbuf` is not supported yet
program p(pkt) on xdp otherwise pass {
    ports[1] = 5;
//~ E0305 elements of `ports` are no places
    if ports[1] == 5 { return drop; }
//~ E0301 may be absent
    let c = cpus[1]?;
//~ E0103 `cpus` is a cpumap: it has no elements by keys
    ports.insert(1, 5);
//~ E0103 maps of type `devmap` have no `insert`
    ports.delete(1);
//~ E0103 maps of type `devmap` have no `delete`
    if groups[0] { return drop; }
//~ E0103 `groups` is a cgroup_array: it has no elements by keys
}
