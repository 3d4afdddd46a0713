#!/bin/sh
# Runs a real SMS gateway (Kannel with its fake SMS centre) on loopback ports until it is ended: sms-gateway.sh DIRECTORY SENDSMS ADMIN SMSBOX CENTRE
# http://127.0.0.1:SENDSMS/cgi-bin/sendsms takes messages (user crm, password secret-5721); what reached the centre stands in DIRECTORY/centre.log.
# Installs Kannel when it lacks (install.sh).
set -eu
dir=$1 sendsms=$2 admin=$3 smsbox=$4 centre=$5
PATH=$PATH:/usr/sbin:/sbin
fake=/usr/lib/kannel/test/fakesmsc

need() { command -v bearerbox >/dev/null 2>&1 && command -v smsbox >/dev/null 2>&1 && [ -x "$fake" ]; }
if ! need; then
    "$(dirname "$0")/install.sh" >"$dir.install.log" 2>&1
    need || { echo "The tests of SMS need Kannel: apt-get install kannel kannel-extras (as root)." >&2; exit 3; }
fi

rm -rf "$dir"
mkdir -p "$dir"
cat >"$dir/kannel.conf" <<END
group = core
admin-port = $admin
admin-password = admin-5721
smsbox-port = $smsbox
box-allow-ip = "127.0.0.1"
log-file = "$dir/bearerbox.log"
log-level = 1

group = smsc
smsc = fake
smsc-id = fake
host = 127.0.0.1
port = $centre
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = $sendsms
sendsms-interface = 127.0.0.1
log-file = "$dir/smsbox.log"
log-level = 1

group = sendsms-user
username = crm
password = secret-5721
max-messages = 10
concatenation = true

group = sms-service
keyword = default
text = ""
max-messages = 0
END
bearerbox "$dir/kannel.conf" >"$dir/bearerbox.out" 2>&1 &
bearer=$!
# Its two partners give up when they come before it listens.
listens() { grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$1") [0-9A-F:]* 0A " /proc/net/tcp /proc/net/tcp6; }
until listens "$smsbox" && listens "$centre"; do
    kill -0 "$bearer" 2>/dev/null || { echo "Kannel did not start: $(tail -1 "$dir/bearerbox.out")" >&2; exit 4; }
    sleep 0.1
done
"$fake" -H 127.0.0.1 -r "$centre" -i 1000000 -v 0 "1 2 text nop" >"$dir/centre.log" 2>&1 &
center=$!
smsbox "$dir/kannel.conf" >"$dir/smsbox.out" 2>&1 &
box=$!
trap 'kill $box $center $bearer 2>/dev/null || true' EXIT INT TERM
cat >/dev/null || true
