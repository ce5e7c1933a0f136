//# kernel.storage map.program
map group: cgroup_storage<u32>();
map steps: prog_array(max_entries = 2) = { 0 => counted };
//~ E0402 `counted` has values in `group`, and `p`, which `steps` leads to or from, has not
program p(pkt) on cgroup_skb.ingress otherwise allow { steps.tail_call(0); }
program counted(pkt) on cgroup_skb.ingress otherwise allow {
    let seen = group.get();
    seen += 1;
}
