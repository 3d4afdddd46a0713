#!/bin/sh
# Installs what the tests run against, with apt-get, when we are root: a browser without a window, a mail server, an SMS gateway, a clock that jumps. All at once, whoever asks first; the others wait.
# Says on standard error what it does. Answers 0 also where it could not: who called looks whether what he needs is there, and says so himself.
set -eu
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || exit 0
lock=${TMPDIR:-/tmp}/crm-test-tools.lock
exec 9>"$lock"
flock 9
# Whoever waited finds it done.
lacking=$(for package in chromium-headless-shell postfix sasl2-bin libsasl2-modules openssl kannel kannel-extras faketime; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
done)
[ -n "$lacking" ] || exit 0
echo "Installing for the tests:" $lacking >&2
# RUNLEVEL=1 keeps packages from starting servers of their own.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update -q >&2 || true
# Where one of them is not to be had (not every distribution has a browser without a window), the others still are.
# shellcheck disable=SC2086
apt-get install -y -q --no-install-recommends $lacking >&2 || for package in $lacking; do apt-get install -y -q --no-install-recommends "$package" >&2 || true; done
