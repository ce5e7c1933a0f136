#!/bin/bash
# netdevsim.sh KERNEL_DIR
#
# Debian builds no netdevsim, the driver of a network card that takes BPF programs without being there.
# This builds it out of tree for KERNEL_DIR (from getkernel.sh, 6.1 or 6.12) from linux-source-*,
# linux-headers-* and linux-kbuild-*, unpacked and not installed (the /usr/src that they name is mounted
# in a private mount namespace), and puts it where mkinitramfs.sh finds it.
# Needs: root, gcc, make, kmod, xz-utils, bc, libelf.
set -euo pipefail
kdir=$(realpath "$1")
ver=$(cat "$kdir/release")
extra=$kdir/lib/modules/$ver/extra
[ ! -e "$extra/netdevsim.ko" ] || exit 0
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
base=${ver%-cloud-amd64}; base=${base%-amd64}
series=$(sed -E 's/^([0-9]+\.[0-9]+)\..*/\1/' <<<"$ver")
opts=()                                       # the apt state that getkernel.sh used
for d in "${APT_STATE:-/tmp/nbpfc-aptstate}"/*/; do
    o=(-o "Dir::Etc::sourcelist=$d/src.list" -o "Dir::Etc::sourceparts=/dev/null"
       -o "Dir::State::lists=$d/lists" -o "Dir::Cache=$d/cache" -o Dir::State::status=/dev/null)
    apt-cache "${o[@]}" show "linux-headers-$ver" >/dev/null 2>&1 && { opts=("${o[@]}"); break; }
done
kbuild=$(apt-cache "${opts[@]}" show "linux-headers-$ver" | grep -oE 'linux-kbuild-[^ ,(]+' | head -1)
apt-get download -q "${opts[@]}" "linux-source-$series" "linux-headers-$ver" "linux-headers-$base-common" \
    "$kbuild" >apt.log 2>&1 || { cat apt.log >&2; exit 1; }
for deb in linux-headers-*.deb linux-kbuild-*.deb; do dpkg-deb -x "$deb" headers; done
dpkg-deb --fsys-tarfile linux-source-*.deb | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
    xz -dc -T0 | tar -x --strip-components=4 --one-top-level=netdevsim --wildcards '*/drivers/net/netdevsim/*'
mount=/usr/lib/$kbuild; made=; [ -d "$mount" ] || { mkdir "$mount"; made=1; }
unshare -m bash -euc "
    mount --make-rprivate /
    mount --bind '$work/headers/usr/src' /usr/src
    mount --bind '$work/headers/usr/lib/$kbuild' '$mount'
    make -s -C '/usr/src/linux-headers-$ver' M='$work/netdevsim' CONFIG_NETDEVSIM=m \
         CONFIG_DEBUG_INFO_BTF_MODULES= CC=gcc HOSTCC=gcc -j$(nproc) modules" >&2
[ -z "$made" ] || rmdir "$mount"
mkdir -p "$extra"
strip --strip-debug netdevsim/netdevsim.ko
cp netdevsim/netdevsim.ko "$extra/"
depmod -b "$kdir" "$ver"
