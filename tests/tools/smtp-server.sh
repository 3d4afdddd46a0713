#!/bin/sh
# Runs a real mail server (Postfix) on a loopback port until it is ended: smtp-server.sh DIRECTORY PORT
# Everything of it lies in DIRECTORY (made anew): queue, certificate (cert.pem), one user (crm / secret-5720) and one Maildir for every recipient in crm.test (mail/inbox/new).
# gone@crm.test is refused for good, later@crm.test for the moment. Installs Postfix when it lacks (install.sh).
set -eu
dir=$1 port=$2
PATH=$PATH:/usr/sbin:/sbin

need() { command -v postfix >/dev/null 2>&1 && command -v saslpasswd2 >/dev/null 2>&1 && command -v openssl >/dev/null 2>&1; }
if ! need; then
    "$(dirname "$0")/install.sh" >"$dir.install.log" 2>&1
    need || { echo "The tests of e-mail need Postfix: apt-get install postfix sasl2-bin libsasl2-modules (as root)." >&2; exit 3; }
fi
[ "$(id -u)" = 0 ] || { echo "The tests of e-mail need root, since Postfix does." >&2; exit 3; }

rm -rf "$dir"
mkdir -p "$dir/conf" "$dir/spool" "$dir/data" "$dir/mail" "$dir/sasl" "$dir/conf/sasl"
chmod 755 "$dir"
nobody=$(id -u nobody)
chown nobody "$dir/mail"
chown postfix "$dir/data"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$dir/key.pem" -out "$dir/cert.pem" -days 2 -subj /CN=mail.crm.test >/dev/null 2>&1
printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: %s\nmech_list: PLAIN LOGIN\n' "$dir/sasl/users" >"$dir/conf/sasl/smtpd.conf"
echo secret-5720 | saslpasswd2 -p -c -f "$dir/sasl/users" -u mail.crm.test crm
chown postfix "$dir/sasl/users"

cat >"$dir/conf/main.cf" <<END
compatibility_level = 3.6
queue_directory = $dir/spool
data_directory = $dir/data
maillog_file = $dir/mail.log
maillog_file_prefixes = $dir
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.crm.test
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = crm.test
virtual_mailbox_base = $dir/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:$nobody
virtual_gid_maps = static:$(id -g nobody)
default_transport = error:this server delivers to crm.test only
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access inline:{ { gone@crm.test = 550 There is nobody of this name }, { later@crm.test = 450 Come again later } }, permit
smtpd_tls_cert_file = $dir/cert.pem
smtpd_tls_key_file = $dir/key.pem
smtpd_tls_security_level = may
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = mail.crm.test
cyrus_sasl_config_path = $dir/conf/sasl
smtpd_client_connection_count_limit = 0
smtputf8_enable = yes
END
cat >"$dir/conf/master.cf" <<END
127.0.0.1:$port inet n - n - 100 smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
END
trap 'postfix -c "$dir/conf" stop >/dev/null 2>&1 || true' EXIT INT TERM
postfix -c "$dir/conf" start >"$dir/start.log" 2>&1 || { echo "Postfix did not start: $(tail -1 "$dir/start.log")" >&2; exit 4; }
# Ends with whoever started it: his end of our standard input closes.
cat >/dev/null || true
