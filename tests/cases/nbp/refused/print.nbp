//# kernel.print
license "Proprietary";
program p(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    print("hello");
//~ E0401 `print` is for programs under the GPL only
    print(5);
//~ E0207 `print` begins with a text
    print("{} {}", 5);
//~ E0207 the text shows 2 numbers, and 1 are given
    print("{d}", 5);
//~ E0202 this text shows nothing like this
    print("{}", ip.src);
//~ E0205 `print` shows numbers, and this is ipv4addr
}
