// What a test says of a packet, programs on the hook could ask for.
//# kernel.helper test.answer
program early(pkt) on xdp otherwise pass {}
test "said" {
    run early(socket_uid = 3) with ethernet expect pass;
    //~ E0401 programs on xdp do not call `socket_uid`
    run early(numa_node = 10.0.0.1) with ethernet expect pass;
    //~ E0205 expected u32, found ipv4addr
    run early(time = 3) with ethernet expect pass;
    //~ E0101 there is no field of the hook `time`
}
