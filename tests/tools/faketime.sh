#!/bin/sh
# Prints the path of libfaketime, by which a process sees another time than the machine; installs it when it lacks (install.sh).
set -eu
find_it() { find /usr/lib /usr/local/lib -name 'libfaketimeMT.so.1' 2>/dev/null | head -1; }
lib=$(find_it)
if [ -z "$lib" ]; then
    # The caller reads what went wrong only at the end: what apt has to say would fill his pipe.
    "$(dirname "$0")/install.sh" >/dev/null 2>&1
    lib=$(find_it)
fi
[ -n "$lib" ] || { echo "Jumps of the clock need libfaketime: apt-get install faketime (as root)." >&2; exit 3; }
echo "$lib"
