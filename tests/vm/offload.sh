# In the guest: a network card that takes programs, and an interface that has none. Prints what failed.
cd /tmp
echo "77 1" >/sys/bus/netdevsim/new_device
card=$(ls /sys/bus/netdevsim/devices/netdevsim77/net | head -n 1)
ip link set "$card" up
ip link add v0 type veth peer name v1
bound=/sys/kernel/debug/netdevsim/netdevsim77
failed=0
check() { # WHAT EXPECTED GOT
    if [ "$2" = "$3" ]; then echo "ok      $1"; else echo "FAILED  $1: '$3' instead of '$2'"; failed=1; fi
}
says() { # WHAT TEXT COMMAND…
    what=$1 text=$2; shift 2
    said=$("$@" 2>&1)
    case $said in *"$text"*) echo "ok      $what" ;; *) echo "FAILED  $what: $said"; failed=1 ;; esac
}
attached() { ip link show "$card" | grep -c 'xdpoffload'; }
programs() { ls "$bound/bpf_bound_progs" | wc -l; }
loaded() { cat "$bound"/bpf_bound_progs/*/loaded 2>/dev/null; }
until_attached() { for i in 1 2 3 4 5 6 7 8 9 10; do [ "$(attached)" = 1 ] && break; sleep 1; done; }

for action in count pass drop; do
    for signal in INT TERM KILL; do
        nbpfc -e 'tcp port 80' --attach "$card" --mode offload --do $action >log 2>&1 &
        until_attached
        check "$action: the card has it" "1 Y" "$(attached) $(loaded)"
        kill -s $signal $!; wait 2>/dev/null; sleep 1
        check "$action: nothing is left after SIG$signal" "0 0" "$(attached) $(programs)"
    done
done
nbpfc -e 'tcp port 80' --attach "$card" --mode offload --duration 2s >log 2>&1
check "its counter is read" "0 packets, 0 bytes in 2" "$(tail -n 1 log | sed 's/\..*//')"
nbpfc -e icmp --attach "$card" --mode offload --pin here >log 2>&1 || cat log
check "pinned, it stays" 1 "$(attached)"
says "it is listed" '"attached":true,"bytes":0' nbpfc list --json
says "a taken card is named" "is taken by program" nbpfc -e ip --attach "$card" --mode offload
says "so it is by the name of the program" "(filter), offload mode" nbpfc -e ip --attach "$card" --mode offload
nbpfc detach here >log 2>&1 || cat log
check "detached, nothing is left" "0 0" "$(attached) $(programs)"
# The driver's own program may be there too.
nbpfc -e icmp --attach "$card" --mode native >log 2>&1 &
for i in 1 2 3 4 5; do ip link show "$card" | grep -q 'prog/xdp' && break; sleep 1; done
nbpfc -e icmp --attach "$card" --mode offload --duration 1s >log 2>&1
check "beside the driver's" 0 $?
kill $!; wait

cat >drop.nbp <<'END'
program drop_telnet(pkt) on xdp otherwise pass {
    if pkt.tcp?.dst_port == 23 { return drop; }
}
END
nbpfc drop.nbp --attach "$card" --mode offload --duration 2s >log 2>&1
check "an nbp program is loaded and counts" "0 packets, 0 bytes in 2" "$(tail -n 1 log | sed 's/\..*//')"
cat >sources.nbp <<'END'
map sources: lru_hash<ipv4addr, u64>(max_entries = 2);
program per_source(pkt) on xdp otherwise pass {
    let packets = sources.at(pkt.ipv4?.src);
    atomic packets += 1;
    return pass;
}
END
says "maps that it cannot keep are named" "keeps maps of type hash and array, and not lru_hash" \
    nbpfc sources.nbp --attach "$card" --mode offload
sed 's/lru_hash/hash/' sources.nbp >hash.nbp
nbpfc hash.nbp --attach "$card" --mode offload --duration 1s >log 2>&1 || cat log
check "a hash it keeps" "0 packets, 0 bytes in 1" "$(tail -n 1 log | sed 's/\..*//')"
{ echo 'param port: u16 = 23;'; sed 's/== 23/== port/' drop.nbp; } >param.nbp
says "so is global data" "programs on a network card have no global data" \
    nbpfc param.nbp --attach "$card" --mode offload
says "it does not capture" "neither redirect packets nor hand them over" \
    nbpfc -e ip --attach "$card" --mode offload -w file.pcapng
says "it does not redirect" "neither redirect packets nor hand them over" \
    nbpfc -e ip --attach "$card" --mode offload --do redirect v0
says "it does not share" "a card runs one program" nbpfc -e ip --attach "$card" --mode offload --share
says "others take no programs" "cannot load a program for the card of v0: EINVAL" \
    nbpfc -e ip --attach v0 --mode offload
says "the loopback has no driver" "cannot load a program for the card of lo: EOPNOTSUPP" \
    nbpfc -e ip --attach lo --mode offload
echo N >"$bound/bpf_bind_accept"
says "a card may refuse" "EOPNOTSUPP" nbpfc -e ip --attach "$card" --mode offload
echo Y >"$bound/bpf_bind_accept"
echo N >"$bound/ports/0/bpf_map_accept"
says "or refuse its maps" 'map `counters`' nbpfc -e ip --attach "$card" --mode offload
echo Y >"$bound/ports/0/bpf_map_accept"
echo N >"$bound/ports/0/bpf_xdpoffload_accept"
says "or to attach, in the driver's words" "the kernel says: netdevsim: XDP offload disabled" \
    nbpfc -e ip --attach "$card" --mode offload
check "nothing is left" "0 0" "$(attached) $(programs)"
exit $failed
