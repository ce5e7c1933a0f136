// Programs of some types got a helper later than others.
//# kernel.helper
program late(pkt) on cgroup_skb.egress otherwise allow {
    if cgroup_classid() == 7 { return deny; }
//~ E0401 `cgroup_classid` needs Linux 6.18 on cgroup_skb.egress
}
