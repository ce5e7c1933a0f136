// The hooks that see packets: what programs on them know and return.
// Numbers, sections and kernels stand in the row that each names.

hook packets {
    len: u32,      // on the wire, in bytes
    ifindex: u32,  // the interface it came in by or goes out on
}

hook skb: packets {
    packet_type: u32 from "pkt_type",  // whose it is, see packet(7); XDP runs before anybody asks
    vlan_present: u32,                 // 1: the kernel keeps a VLAN tag beside the packet
    vlan_tci: u32,                     // that tag
    vlan_protocol: u16 from "vlan_proto",
    protocol: u16,           // the EtherType, as the kernel took it
    mut mark: u32,           // of the firewall's and of policy routing's rules
    mut priority: u32,       // the class of queueing disciplines
    mut queue_mapping: u16,  // the queue of the interface; counted from 1 where one was chosen
    mut tc_index: u16,
    mut tc_classid: u16,   // the class that a classifier in direct-action mode chooses
    mut cb: [u32; 5],      // for what programs tell each other
    mut tstamp: u64,       // when it came or is to leave, in nanoseconds
    hwtstamp: u64,         // when the card saw it
    ingress_ifindex: u32,  // the interface it came in by
    hash: u32,             // of its flow, if somebody computed one
    napi_id: u32,
    wire_len: u32,  // with the headers that segments will have
    gso_segs: u32,  // how many segments it stands for
    gso_size: u32,  // how many bytes each of them carries
    family: u32,    // of its socket: AF_INET 2, AF_INET6 10
    remote_ip: ipv4addr from "remote_ip4",
    local_ip: ipv4addr from "local_ip4",
    remote_ip6: ipv6addr,
    local_ip6: ipv6addr,
    remote_port: u16,
    local_port: u16,
}

// Sockets of the machine that packets are for, by what a packet has: from where, and to where. In the
// network namespace of the packet, unless the identifier of another is given.
hook sockets {
    fn lookup_tcp(src: ipv4addr, dst: ipv4addr, src_port: u16, dst_port: u16,
        netns: u64 = 0xffffffffffffffff, flags: u64 = 0) -> socket? from "sk_lookup_tcp";
    fn lookup_udp(src: ipv4addr, dst: ipv4addr, src_port: u16, dst_port: u16,
        netns: u64 = 0xffffffffffffffff, flags: u64 = 0) -> socket? from "sk_lookup_udp";
    fn lookup_tcp6(src: ipv6addr, dst: ipv6addr, src_port: u16, dst_port: u16,
        netns: u64 = 0xffffffffffffffff, flags: u64 = 0) -> socket? from "sk_lookup_tcp";
    fn lookup_udp6(src: ipv6addr, dst: ipv6addr, src_port: u16, dst_port: u16,
        netns: u64 = 0xffffffffffffffff, flags: u64 = 0) -> socket? from "sk_lookup_udp";
}

hook express: packets, sockets {
    packet ethernet;
    rx_queue_index: u32,  // the queue of the card it came in by
    verdict aborted, drop, pass, tx;
    fn redirect(ifindex: u32, flags: u64 = 0) -> verdict from "redirect";
}

hook xdp: express {} from "xdp";
hook xdp.frags: express {} from "xdp.frags";

hook classifier: skb, sockets {
    packet ethernet;
    verdict ok, shot, stolen, trap, unspec, pass = ok, drop = shot;
    fn redirect(ifindex: u32, flags: u64 = 0) -> verdict from "redirect";  // flags = 1: to its ingress
    fn redirect_peer(ifindex: u32, flags: u64 = 0) -> verdict from "redirect_peer";
}

hook tc.ingress: classifier {
    fn assign(sk: socket, flags: u64 = 0) -> bool from "sk_assign";  // the packet is for this socket
} from "tc.ingress";
hook tc.egress: classifier {} from "tc.egress";

hook socket: skb {
    packet ethernet;
    verdict drop, keep, pass = keep;
} from "socket";

hook cgroup_skb: skb, sockets {
    packet ip;
    verdict deny, allow, drop = deny, pass = allow;
}

hook cgroup_skb.ingress: cgroup_skb {} from "cgroup_skb.ingress";
hook cgroup_skb.egress: cgroup_skb {} from "cgroup_skb.egress";

hook lwt: skb {
    packet ip;
    verdict ok, drop, pass = ok;
}

hook lwt.in: lwt {
    verdict reroute;  // by the headers that were put around the packet
} from "lwt.in";
hook lwt.out: lwt {} from "lwt.out";
hook lwt.xmit: lwt {
    verdict reroute;
    fn redirect(ifindex: u32, flags: u64 = 0) -> verdict from "redirect";
} from "lwt.xmit";
