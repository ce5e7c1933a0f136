# In the guest: one interface, programs of nbpfc's and of xdp-loader's, and what is left of them. Prints
# what failed.
cd /tmp
[ -d /sys/fs/bpf/. ] && mount | grep -q 'type bpf' || mount -t bpf bpf /sys/fs/bpf
ip netns add other
ip link add v0 type veth peer name v1 netns other
ip addr add 10.9.0.1/24 dev v0
ip link set v0 up
ip -n other addr add 10.9.0.2/24 dev v1
ip -n other link set v1 up
failed=0
check() { # WHAT EXPECTED GOT
    if [ "$2" = "$3" ]; then echo "ok      $1"; else echo "FAILED  $1: '$3' instead of '$2'"; failed=1; fi
}
members() { xdp-loader status v0 2>&1 | grep -c '=>'; }
pings() { ping -c 2 -W 1 10.9.0.2 >/dev/null 2>&1 && echo yes || echo no; }
attached() { ip link show v0 | grep -c 'prog/xdp'; }
names() { ls /sys/fs/bpf/xdp 2>/dev/null | wc -l; }
counts() { nbpfc list --json | sed 's/.*"packets":\([0-9]*\).*/\1/'; }
check "they see each other" yes "$(pings)"

nbpfc -e icmp --attach v0 --share --pin ours >log 2>&1 || cat log
check "alone in a dispatcher of ours" 1 "$(members)"
check "traffic passes" yes "$(pings)"
check "it counts" yes "$([ "$(counts)" -ge 2 ] && echo yes)"
xdp-loader load v0 /theirs.o >log 2>&1 || cat log
check "theirs is added to ours" 2 "$(members)"
before=$(counts)
check "traffic passes both" yes "$(pings)"
check "it counts on" yes "$([ "$(counts)" -gt "$before" ] && echo yes)"
nbpfc -e icmp --attach v0 --do drop --priority 10 >log 2>&1 &
for i in 1 2 3 4 5 6 7 8 9 10; do [ "$(members)" = 3 ] && break; sleep 1; done
check "a third runs first" 3 "$(members)"
check "and drops" no "$(pings)"
kill -9 $!; wait 2>/dev/null; sleep 2
check "killed, it is gone" 2 "$(members)"
check "traffic passes again" yes "$(pings)"
nbpfc detach ours >log 2>&1 || cat log
check "detached, theirs stays" 1 "$(members)"
check "with one dispatcher's names" 1 "$(names)"
xdp-loader unload v0 -a >log 2>&1 || cat log
check "nothing is attached" 0 "$(attached)"
check "no names stay" 0 "$(names)"

xdp-loader load v0 /theirs.o >log 2>&1 || cat log
nbpfc -e icmp --attach v0 --pin ours >log 2>&1 || cat log
check "ours joins theirs" 2 "$(members)"
before=$(counts)
check "traffic passes both" yes "$(pings)"
check "it counts" yes "$([ "$(counts)" -gt "$before" ] && echo yes)"
id=$(xdp-loader status v0 | awk '/=>.* 50 / {print $5; exit}')
xdp-loader unload v0 -i "$(xdp-loader status v0 | awk '/=>/ {print $4}' | grep -E '^[0-9]+$' | head -n 1)" >log 2>&1 || cat log
check "one leaves" 1 "$(members)"
xdp-loader unload v0 -a >log 2>&1
nbpfc detach ours >log 2>&1 || cat log
check "nothing is attached" 0 "$(attached)"
check "no names stay" 0 "$(names)"

nbpfc -e icmp --attach v0 --share --do drop >log 2>&1 &
for i in 1 2 3 4 5 6 7 8 9 10; do [ "$(members)" = 1 ] && break; sleep 1; done
check "alone it drops" no "$(pings)"
kill -TERM $!; wait; sleep 1
check "and ends" 0 "$(attached)"
check "no names stay" 0 "$(names)"
ip link add v2 type veth peer name v3
nbpfc -e icmp --attach v2 >log 2>&1 &
for i in 1 2 3 4 5 6 7 8 9 10; do ip link show v2 | grep -q prog/xdp && break; sleep 1; done
check "a program that is no dispatcher is named" yes \
    "$(nbpfc -e icmp --attach v2 --share 2>&1 | grep -q 'is taken by program .*(filter).*no dispatcher' && echo yes)"
kill $!; wait
# Without tcx (before Linux 6.6) tc is a filter of a qdisc, which the kernel does not remove.
for place in "-t tc --attach v0" "-t tc.egress --attach v0" "-t tc --mode clsact --attach v0" \
    "-t lwt.out --route 10.9.0.0/24" "-t lwt.xmit --route 10.9.0.0/24" "--attach v0"; do
    for signal in TERM KILL; do
        # shellcheck disable=SC2086  # a list of words
        nbpfc -e icmp --do drop $place >log 2>&1 &
        for i in 1 2 3 4 5; do [ "$(pings)" = no ] && break; sleep 1; done
        check "$place drops" no "$(pings)"
        kill -s $signal $!; wait 2>/dev/null; sleep 1
        check "and is gone after SIG$signal" yes "$(pings)"
        check "nothing stays" 0 "$(tc qdisc show dev v0 | grep -c clsact)$(ip route | grep encap)"
    done
done
case $(uname -r) in
5.*)
    # A helper of Linux 5.18.
    nbpfc -e 'tcp port 80' --attach v0 --kernel 6.12 -w file.pcapng >log 2>&1
    check "what later kernels have is refused" 1 $?
    check "in the verifier's words" yes \
        "$(grep -q 'verifier refused' log && grep -q 'invalid func unknown' log && echo yes || cat log)"
    nbpfc -e 'tcp port 80' --attach v0 --kernel 6.12 -w file.pcapng -v >log 2>&1
    check "all of them with -v" yes "$(grep -q 'the whole log' log && grep -q ' 0: (' log && echo yes || cat log)"
    check "nothing is attached" 0 "$(attached)"
    check "functions that it does not have are named" yes \
        "$(nbpfc load /module.o 2>&1 | grep -q 'bpf_xdp_ct_lookup' && echo yes)"
    ;;
*)
    grep -q '^nf_conntrack ' /proc/modules || { echo "FAILED  nf_conntrack is no module here"; failed=1; }
    check "a module's function is called" yes \
        "$(nbpfc load /module.o 2>log | grep -q 'known .* verified' && echo yes || cat log)"
    ;;
esac
exit $failed
