//# kernel.storage kernel.socket_maps kernel.assign
map tasks: task_storage<u32>();
//~ E0401 programs on the hooks that there are use no map of type `task_storage`
map groups: cgrp_storage<u32>();
//~ E0401 programs on the hooks that there are use no map of type `cgrp_storage`
map sockets: sk_storage<u32>();
map filled: sk_storage<u32>() = { 0 => 5 };
//~ E0104 a map of type `sk_storage` begins empty
map group: cgroup_storage<u32>();
map some: sockmap(max_entries = 4);
program p(pkt) on tc.ingress otherwise ok {
    let a = sockets[5]?;
//~ E0205 expected socket, found u32
    let b = sockets.at(pkt.len);
//~ E0205 expected socket, found u32
    assign(5);
//~ E0205 expected socket, found u32
    some.insert(1, 2);
//~ E0205 expected socket, found u32
    some.push(1);
//~ E0103 maps of type `sockmap` have no `push`
    some.insert(1, some[2]?);
//~ E0308 socket has to have a name
    let sk = some[1]?;
    let other = sk;
//~ E0308 cannot be passed on
}
program q(pkt) on tc.egress otherwise ok {
    let sk = some[1]?;
    assign(sk);
//~ E0401 programs on tc.egress do not call `assign`
}
