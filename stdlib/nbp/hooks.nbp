// The hooks that see packets: what programs on them know and return.
// Numbers, sections and kernels stand in the row that each names.

hook packets {
    len: u32,                           // on the wire, in bytes
    ifindex: u32,                       // the interface it came in by or goes out on
    packet_type: u32 from "pkt_type",   // whose it is, see packet(7)
}

hook skb: packets {
    vlan_present: u32,                  // 1: the kernel keeps a VLAN tag beside the packet
    vlan_tci: u32,                      // that tag
}

hook xdp: packets {
    packet ethernet;
    verdict aborted, drop, pass, tx;
} from "xdp";

hook xdp.frags: packets {
    packet ethernet;
    verdict aborted, drop, pass, tx;
} from "xdp.frags";

hook classifier: skb {
    packet ethernet;
    verdict ok, shot, stolen, trap, unspec, pass = ok, drop = shot;
}

hook tc.ingress: classifier {} from "tc.ingress";
hook tc.egress: classifier {} from "tc.egress";

hook socket: skb {
    packet ethernet;
    verdict drop, keep, pass = keep;
} from "socket";

hook cgroup_skb: skb {
    packet ip;
    verdict deny, allow, drop = deny, pass = allow;
}

hook cgroup_skb.ingress: cgroup_skb {} from "cgroup_skb.ingress";
hook cgroup_skb.egress: cgroup_skb {} from "cgroup_skb.egress";

hook lwt: skb {
    packet ip;
    verdict ok, drop, pass = ok;
}

hook lwt.in: lwt {} from "lwt.in";
hook lwt.out: lwt {} from "lwt.out";
hook lwt.xmit: lwt {} from "lwt.xmit";
