#!/bin/sh
# Prints the path of libfaketime, by which a process sees another time than the machine; installs it with apt-get when it lacks and we are root.
set -eu
find_it() { find /usr/lib /usr/local/lib -name 'libfaketimeMT.so.1' 2>/dev/null | head -1; }
lib=$(find_it)
if [ -z "$lib" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    (apt-get update && apt-get install -y --no-install-recommends faketime) >/dev/null 2>&1 || true
    lib=$(find_it)
fi
[ -n "$lib" ] || { echo "Jumps of the clock need libfaketime: apt-get install faketime (as root)." >&2; exit 3; }
echo "$lib"
