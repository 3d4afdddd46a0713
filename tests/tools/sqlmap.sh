#!/bin/bash
# sqlmap at level 3 against a running application: sqlmap.sh ADDRESS USER PASSWORD DIRECTORY [only those whose name this pattern fits]
# Every parameter of every list, report and lookup, ids in paths, what is posted (sign-in, columns, saved views, custom fields), and second-order: a name that is saved, looked for on the page
# that reads it again. DIRECTORY keeps sqlmap's logs; the last lines say what was found. Start the application for it as docs/operations/attacks.md says: on data of its own, with wide limits.
set -euo pipefail
base=${1%/} user=$2 password=$3 dir=$4 only=${5:-}
command -v sqlmap >/dev/null || { echo "sqlmap is needed: apt-get install sqlmap" >&2; exit 3; }
mkdir -p "$dir"
jar=$dir/cookies
token() { curl -sS -b "$jar" -c "$jar" "$base$1" | sed -n 's/.*name="__RequestVerificationToken"[^>]*value="\([^"]*\)".*/\1/p' | head -1; }
rm -f "$jar"
curl -sS -b "$jar" -c "$jar" -o /dev/null "$base/sign-in" --data-urlencode "__RequestVerificationToken=$(token /sign-in)" --data-urlencode "Command.UserName=$user" --data-urlencode "Command.Password=$password"
csrf=$(token /profile)
cookie=$(awk '!/^# / && NF >= 7 { sub(/^#HttpOnly_/, ""); printf "%s%s=%s", (n++ ? "; " : ""), $6, $7 }' "$jar")
[ "$(curl -sS -o /dev/null -w '%{http_code}' -H "Cookie: $cookie" "$base/profile")" = 200 ] || { echo "Nobody could sign in as $user" >&2; exit 1; }
first() { curl -sS -H "Cookie: $cookie" "$base$1" | grep -oE "$2" | head -1 | grep -oE '[0-9a-f]{8}-[0-9a-f-]{27}' || true; }
contact=$(first /contacts 'data-id="[0-9a-f-]{36}') task=$(first '/tasks?whose=all' 'data-id="[0-9a-f-]{36}') job=$(first '/jobs?show=all' 'data-id="[0-9a-f-]{36}') message=$(first /messages 'data-id="[0-9a-f-]{36}')
routine=$(curl -sS -H "Cookie: $cookie" "$base/routines" | grep -oE 'href="/routines/[a-z0-9-]+"' | grep -vE '/(new|import|forms)"' | head -1 | sed 's/.*routines\///; s/"//')
api=$(curl -sS -b "$jar" -c "$jar" "$base/profile/tokens" --data-urlencode "__RequestVerificationToken=$csrf" --data-urlencode "Command.Label=sqlmap" | sed -n 's/.*class="token">\([^<]*\)<.*/\1/p' | head -1)

found=$dir/found.txt; : > "$found"
ask() { # name, then sqlmap's own arguments
    local name=$1; shift
    [[ -z $only || $name =~ $only ]] || return 0
    local began=$SECONDS log=$dir/$name.log
    sqlmap --batch --level 3 --risk 1 --dbms PostgreSQL --threads 4 --timeout 20 --retries 1 --flush-session --output-dir "$dir/out" --skip "user-agent,referer,host,cookie" --param-exclude "__RequestVerificationToken|handler" \
        --ignore-code "*" --drop-set-cookie "$@" > "$log" 2>&1 < /dev/null || true
    grep -hE "is vulnerable|identified the following injection" "$log" | sed "s|^|$name: |" | tee -a "$found" || true
    printf '%-28s %4d s  %s\n' "$name" $((SECONDS - began)) "$(grep -cE "testing '" "$log" || true) tests, $(grep -cE 'does not seem to be injectable' "$log" || true) parameters not injectable$(grep -qE 'all tested parameters do not appear|does not seem to be injectable|is vulnerable' "$log" || echo " (ended early: $(grep -E 'CRITICAL|ERROR' "$log" | tail -1))")"
}
get() { ask "$1" -u "$base$2" --cookie "$cookie"; }
send() { ask "$1" -u "$base$2" --cookie "$cookie" --data "__RequestVerificationToken=$(printf %s "$csrf" | sed 's/+/%2B/g; s/\//%2F/g; s/=/%3D/g')&$3" "${@:4}"; }

list="sort=number&filter=name.has(a)&size=25&after=x&before=x&view=x&panel=filter&count=exact"
get contacts      "/contacts?q=ali&$list&cols=name&status=$contact&owner=$contact&province=1&group=$contact"
# The other lists are read by the same code: what is their own, and what it makes statements of.
list="sort=number&filter=name.has(a)"
get communications "/communications?q=ali&$list&from=1405/01/01&to=1405/12/29&kind=$contact&user=$contact"
get follow-ups    "/follow-ups?q=ali&$list&whose=all&state=open&outcome=late&from=1405/01/01&to=1405/12/29"
get tasks         "/tasks?q=ali&$list&whose=all&show=open"
get messages      "/messages?q=ali&$list&show=all"
get jobs          "/jobs?q=ali&$list&show=running&routine=$contact&agent=$contact"
get search        "/search?q=ali&type=Person"
get suggest       "/search/suggest?q=ali"
get lookup        "/contacts/lookup?q=ali&kind=company"
get map-points    "/contacts/map?handler=Points&q=ali&kind=person&role=$contact&south=20&west=40&north=45&east=65&zoom=5"
get map-near      "/contacts/map?handler=Near&latitude=35.7&longitude=51.4&q=ali"
get report-calls  "/contacts/reports/communications?period=days&from=1405/01/01&to=1405/12/29&by=time&step=day&kind=$contact&result=$contact&user=$contact&role=$contact&province=1&contact=$contact"
get report-plans  "/contacts/reports/follow-ups?period=days&from=1405/01/01&to=1405/12/29&user=$contact&contact=$contact&kind=$contact&province=1"
get report-quiet  "/contacts/reports/forgotten?days=60&atLeast=1&owner=$contact&role=$contact&status=$contact&province=1&after=x"
get bottlenecks   "/jobs/reports/bottlenecks?period=days&from=1405/01/01&to=1405/12/29&by=stage&routine=$contact"
get audit         "/settings/audit?user=$contact&kind=contacts.Contact&from=1405/01/01&until=1405/12/29&after=x"
get sign-ins      "/settings/sign-ins?user=a&result=Wrong&address=1&from=1405/01/01&until=1405/12/29&after=x"
get bin           "/bin?q=a&kind=contacts.Contact&after=x"
get choices       "/lists/contacts/choices?field=status"
get tree          "/lists/contacts/tree?filter=name.has(a)"
get value         "/lists/contacts/$contact/value?field=status"
get timeline      "/contacts/$contact?show=communications&text=a&who=$contact&from=1405/01/01&to=1405/12/29&before=x"
get as-of         "/history/contacts.Contact/$contact?on=1405/09/01"
get path-contact  "/contacts/$contact*"
get path-task     "/tasks/$task*"
get path-job      "/jobs/$job*"
get path-message  "/messages/$message*"
get path-routine  "/routines/$routine*"
get path-list     "/lists/contacts*/fields"
get versions      "/routines/$routine/versions?from=1&to=1"
if [ -n "$api" ]; then
    token=(--headers "Authorization: Bearer $api")
    ask api-contacts -u "$base/api/v1/contacts?q=ali&sort=number&after=x&limit=20&filter[name]=a&filter[ownerId]=$contact" "${token[@]}"
    ask api-tasks    -u "$base/api/v1/tasks?q=ali&sort=dueAt&after=x&filter[state]=open" "${token[@]}"
    ask api-jobs     -u "$base/api/v1/jobs?q=ali&after=x&filter[show]=running" "${token[@]}"
    ask api-search   -u "$base/api/v1/search?q=ali&type=Person" "${token[@]}"
    ask api-path     -u "$base/api/v1/contacts/$contact*" "${token[@]}"
    ask api-create   -u "$base/api/v1/tasks" "${token[@]}" --data '{"title":"sqlmap*","description":"x*","dueAt":null}'
else
    echo "No API token could be made: the API was not asked" | tee -a "$found"
fi
send columns      "/lists/contacts/layout" "column=name&column=number&size=25&back=/contacts"
send in-place     "/lists/contacts/$contact/value" "field=status&version=&value=x"
send bulk         "/lists/contacts/bulk" "query=filter%3Dname.has(a)&ids=$contact&all=false&said=&back=/contacts&field=status&value=x&action=set"
# A stranger's form: the token of its page with the cookie that belongs to it.
strangers=$dir/stranger; rm -f "$strangers"
csrf_in=$(curl -sS -c "$strangers" "$base/sign-in" | sed -n 's/.*name="__RequestVerificationToken"[^>]*value="\([^"]*\)".*/\1/p' | head -1)
cookie_in=$(awk '!/^# / && NF >= 7 { printf "%s%s=%s", (n++ ? "; " : ""), $6, $7 }' "$strangers")
ask sign-in       -u "$base/sign-in" --cookie "$cookie_in" --data "__RequestVerificationToken=$(printf %s "$csrf_in" | sed 's/+/%2B/g; s/\//%2F/g; s/=/%3D/g')&Command.UserName=nobody&Command.Password=nothing-at-all"
# Second order: what was saved is read again, and asked with, somewhere else.
send view-again   "/lists/contacts/views" "Command.Name=x&Command.Query=filter%3Dname.has(a)%26sort%3Dnumber" --second-url "$base/contacts"
send field-again  "/settings/fields/new?record=contacts" "Record=contacts&Command.Title=x&Command.EnglishTitle=&Command.Kind=Text&Command.Key=&Command.Active=true" --second-url "$base/contacts?panel=columns"
send snippet-again "/snippets" "Command.Title=x&Command.Text=x" --second-url "$base/snippets"
echo
if [ -s "$found" ]; then echo "FOUND:"; cat "$found"; exit 1; fi
echo "Nothing was found: no parameter is injectable."
