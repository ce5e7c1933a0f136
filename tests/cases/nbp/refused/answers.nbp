// What the kernel answers is asked, and said by a test, where it answers.
//# kernel.helper test.answer
program early(pkt) on xdp otherwise pass {
    if socket_uid() == 0 { return drop; }
//~ E0401 programs on xdp do not call `socket_uid`
    if cgroup_id() == 7 { return drop; }
//~ E0401 programs on xdp do not call `cgroup_id`
}
