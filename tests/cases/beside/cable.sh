# Two network namespaces with a cable between them, for cases with traffic.
#
#   cable.sh up NAME           makes NAME-a with v0 (10.9.0.1) and NAME-b with v1 (10.9.0.2)
#   cable.sh down NAME         ends what runs there, and removes them
#   cable.sh with NAME ATTACH COMMAND…
#                              runs ATTACH, an nbpfc that attaches, in NAME-a; when it counts, each
#                              COMMAND in NAME-b; then stops it. What ATTACH says is in `counts`.
a=$2-a b=$2-b
case $1 in
up)
    ip netns add "$a" && ip netns add "$b" || exit
    for end in "$a" "$b"; do
        ip netns exec "$end" sysctl -qw net.ipv6.conf.default.disable_ipv6=1 \
            net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
        ip -n "$end" link set lo up
    done
    ip -n "$a" link add v0 address 02:00:00:00:00:0a type veth \
        peer name v1 address 02:00:00:00:00:0b netns "$b"
    ip -n "$a" addr add 10.9.0.1/24 dev v0
    ip -n "$b" addr add 10.9.0.2/24 dev v1
    ip -n "$a" link set v0 up
    ip -n "$b" link set v1 up
    ip netns exec "$b" ping -q -c 1 -w 5 10.9.0.1 > ping
    ;;
down)
    for end in "$a" "$b"; do
        for process in $(ip netns pids "$end"); do kill "$process"; done
        ip netns del "$end"
    done
    ;;
with)
    attach=$3
    shift 3
    : > counts
    ip netns exec "$a" sh -c "exec $attach" > counts 2>&1 &
    for _ in $(seq 100); do
        if grep -q packets counts; then break; fi
        kill -0 $! 2> /dev/null || { cat counts; exit 1; }
        sleep 0.1
    done
    for command in "$@"; do ip netns exec "$b" sh -c "$command"; done
    sleep 0.2
    kill -INT $!
    wait $!
    ;;
esac
