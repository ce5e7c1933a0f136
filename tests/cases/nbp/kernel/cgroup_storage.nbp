//# kernel.storage
//@ cgroup_skb.ingress cgroup_skb.egress
//> ethernet / ipv4(ttl=3) => pass
struct Count { packets: u64, least: u8 }
map count: cgroup_storage<Count>();
map mine: percpu_cgroup_storage<u32>();
program p(pkt) on xdp otherwise drop {
    let own = count.get();
    own.least = pkt.ipv4?.ttl;
    let mut before = own.packets;
    own.packets += 1;
    atomic own.packets += 1;
    let here = mine.get();
    here = 7;
    if mine.get() != 7 { return drop; }
    if count.get().packets == before + 2 && count.get().least == 3 { return pass; }
}
