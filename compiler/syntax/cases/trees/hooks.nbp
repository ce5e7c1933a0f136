program only_us(ctx) on cgroup.connect4 otherwise allow { if ctx.dst_ip !in OUR_NETS { return deny; } }
program to_backend(ctx) on cgroup.connect4 otherwise allow { ctx.dst_ip = 127.0.0.1; ctx.dst_port = 8080; }
program rtt(ctx) on sock_ops otherwise ok {}
program splice(msg) on sk_msg otherwise pass { return redirect(socks, msg.remote_port); }
program frames(skb) on sk_skb.parser { return skb.u16_at(0)? + 2; }
program steer(ctx) on sk_lookup otherwise pass { let sk = lookup_tcp(tuple)?; assign(sk); }
program slow(sk: sock) on kprobe "tcp_retransmit_skb" { retransmits.at(sk.dst_port) += 1; }
program frag(pkt) on xdp(frags = true) otherwise pass {}
struct_ops nbp_reno: tcp_congestion_ops {
    fn ssthresh(sk: sock) -> u32 { max(sk.tcp.snd_cwnd >> 1, 2) }
    name = "nbp_reno",
}
hook skb { mut mark: u32 from "mark", length: u32, fn random() -> u32 from "get_prandom_u32"; packet ethernet; }
hook tc.ingress: skb, common.tc {
    verdict ok, shot, pass = ok;
    fn redirect(ifindex: u32, flags: u64 = 0) -> verdict from "redirect";
} from "tc_ingress";
hook kprobe(symbol: string) {} from "kprobe";
extern struct sock { dst_port: u16, mut mark: u32 from "sk_mark" } from kernel;
extern struct list<T> { fn push(item: T); }
extern map hash<K, V>(max_entries: u32) { fn at(key: K) -> V; fn delete(key: K); } from "hash";
extern fn time() -> u64 from "ktime_get_ns";
