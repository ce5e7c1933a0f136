//# packet.declared
hook one: skb {
    packet ethernet;
    brand: u32,
//~ E0401 the kernel has no field of this name
    mark: ipv4addr,
//~ E0401 `mark` is not had as ipv4addr
    mut protocol: u16,
//~ E0401 `protocol` is not had as u16
    cb: [u32; 4],
//~ E0401 `cb` is not had as [u32; 4]
    verdict drop, keep, pass = keep;
} from "socket";

program p(pkt) on one otherwise drop { }
