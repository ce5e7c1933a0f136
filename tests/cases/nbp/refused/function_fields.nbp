//# packet.set fn.packet
fn note(pkt: skb) { pkt.mark = 1; }
//~ E0305 programs on socket only read this

program reads(pkt) on socket otherwise drop { note(pkt); }
program writes(pkt) on tc.ingress otherwise pass { note(pkt); }
