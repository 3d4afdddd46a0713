#!/usr/bin/env bash
# Makes first-release.sql.br anew: see README.md. Needs an installed PostgreSQL with pg_dump (PG_BIN), and what a build needs.
set -euo pipefail
release=${1:-35ee245}
export PG_BIN=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)}
here=$(cd "$(dirname "$0")" && pwd)
export FIXTURE=$here/first-release.sql.br
tree=$(mktemp -d)
trap 'git -C "$here" worktree remove --force "$tree"; rm -rf "$CRM_TEST_DATA"' EXIT
export CRM_TEST_DATA=$(mktemp -d)
chmod 755 "$CRM_TEST_DATA"
git -C "$here" worktree add --detach "$tree" "$release"
cp "$here/MakeFixture.cs.txt" "$tree/tests/Crm.CrashTests/MakeFixture.cs"
# The demo company, and the installed PostgreSQL: it can be asked by its own pg_dump.
sed -i 's/Template.FillAsync(connectionString, demo: false)/Template.FillAsync(connectionString, demo: true)/' "$tree/tests/Crm.CrashTests/CrashWorld.cs"
sed -i 's/DataDirectory = directory,/DataDirectory = directory, BinDirectory = Environment.GetEnvironmentVariable("PG_BIN"),/' "$tree/tests/Crm.Testing/TestDatabase.cs"
sed -i 's|key={key}"), ("Sms.SuccessPath"|key={key}\\npassword={secret}"), ("Sms.Secret", "of the first release"), ("Sms.SuccessPath"|' "$tree/tests/Crm.CrashTests/CrashWorld.cs"
cd "$tree"
dotnet test tests/Crm.CrashTests --filter FullyQualifiedName~MakeFixture
ls -l "$FIXTURE"
