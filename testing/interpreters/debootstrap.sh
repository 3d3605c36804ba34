#!/bin/sh
# Runs the test suite on the CPython of another Debian release, in a folder:
#
#   testing/interpreters/debootstrap.sh FOLDER [SUITE] [make arguments]
#
# SUITE: trixie (CPython 3.13, the default), forky, sid, ...  The folder becomes
# a small Debian with Python and compilers (once; it is used again after that),
# the project as it is here is copied into it, and `make test` runs there in a
# chroot.  Needs root, the package debootstrap and the network; changes nothing
# outside of the folder.  MIRROR and PYTHON (a command inside) may be set.
set -eu

[ $# -ge 1 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 2; }
project=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
suite=${2:-trixie}
shift; [ $# -eq 0 ] || shift
packages=python3,python3-dev,python3-venv,gcc,g++,libc6-dev,libffi-dev,pkg-config,make,git,zlib1g-dev,ca-certificates

command -v debootstrap >/dev/null || { echo "install debootstrap (apt-get install debootstrap)" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || { echo "a chroot needs root" >&2; exit 1; }

if [ ! -e "$folder/.complete" ]; then
    debootstrap --variant=minbase --include="$packages" "$suite" "$folder" "${MIRROR:-http://deb.debian.org/debian}"
    touch "$folder/.complete"
fi
# Names and certificates as outside: pip must get through where this machine does.
cp /etc/resolv.conf /etc/hosts "$folder/etc/" 2>/dev/null || true
certificates=/etc/ssl/certs/ca-certificates.crt
if [ -e "$certificates" ]; then cp "$certificates" "$folder$certificates"; fi

# What git tracks, as it lies here: changes that are not committed are tested too.
rm -rf "$folder/project"
mkdir -p "$folder/project"
(cd "$project" && git ls-files -z | tar -c --null --ignore-failed-read -T -) | tar -x -C "$folder/project"

mounted=
finish() {
    for place in $mounted; do umount "$folder/$place" || true; done
}
trap finish EXIT
for place in proc dev; do
    if mount --bind "/$place" "$folder/$place" 2>/dev/null; then mounted="$place $mounted"; fi
done

python=${PYTHON:-python3}
chroot "$folder" "$python" --version
# git: the lints and the sdist ask it for the files.
chroot "$folder" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 PIP_CERT="$certificates" ${PIP_INDEX_URL:+PIP_INDEX_URL="$PIP_INDEX_URL"} \
    http_proxy="${http_proxy-}" https_proxy="${https_proxy-}" \
    sh -c 'cd /project && exec make "$@"' make test PYTHON="$python" "$@"
