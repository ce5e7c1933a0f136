//# set.file
const LOST: set<ipv4prefix> = file "nowhere.txt";
//~ E0901 nowhere.txt
const LOOSE = file "blocked.txt";
//~ E0104 a set has to say what it holds
program p(pkt) on xdp otherwise pass {
    if pkt.ipv4?.src in LOST { return drop; }
}
