//# header.find header.inner header.pseudo name.library
header layer {
    src: u32, dst: u32,
    pseudo (src, nothing, u16(payload.len))
//~ E0213 this has no width
}
// The library's of this name is not seen here.
header vxlan { word: u32 }
program p(pkt) on xdp otherwise pass {
    let a = pkt.tcpp?;
//~ E0103 a packet has no `tcpp`
    let b = pkt.tcp?.inner.udp?;
//~ E0306 `udp` never comes inside tcp
    let c = pkt.inner.tcp?;
//~ E0103 a packet has no `inner`
}
fn id(h: vxlan) -> u32 { u32(h.vni) }
//~ E0103 vxlan has no field `vni`
