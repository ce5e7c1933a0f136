//# kernel.groups
map groups: cgroup_array(max_entries = 4);
program p(pkt) on xdp otherwise pass {
    if groups.under(1) { return drop; }
//~ E0401 programs on xdp do not call `under`
}
