#!/bin/sh
# Prints the path of a Chromium for the browser tests; installs one when there is none (install.sh).
# Everything but the path goes to standard error, so that callers can write: browser=$(tests/tools/ensure-browser.sh)
set -eu

find_browser() {
    if [ -n "${CRM_BROWSER:-}" ]; then
        [ -x "$CRM_BROWSER" ] && printf '%s\n' "$CRM_BROWSER" && return 0
        echo "CRM_BROWSER names $CRM_BROWSER, which can't be run: correct it or unset it." >&2
        exit 1
    fi
    # The one without a window of its own first: since Chromium has no other headless way, the whole one runs tool bars and tabs that nobody sees, in processes of their own.
    for name in chromium-headless-shell chromium chromium-browser google-chrome-stable google-chrome chrome microsoft-edge; do
        if found=$(command -v "$name" 2>/dev/null); then
            # Ubuntu's chromium-browser may be a script that only says to install a snap: believe what answers.
            "$found" --version >/dev/null 2>&1 && printf '%s\n' "$found" && return 0
        fi
    done
    for found in /usr/bin/chromium /usr/lib/chromium/chromium /snap/bin/chromium /opt/google/chrome/chrome \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" "/Applications/Chromium.app/Contents/MacOS/Chromium" \
        "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium-*/chrome-linux*/chrome; do
        [ -x "$found" ] && "$found" --version >/dev/null 2>&1 && printf '%s\n' "$found" && return 0
    done
    return 1
}

find_browser && exit 0

"$(dirname "$0")/install.sh"
find_browser && exit 0
# Where there is none without a window.
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium >&2 && find_browser && exit 0; fi

echo "No Chromium for the browser tests: install it (apt-get install chromium-headless-shell, or chromium) or let CRM_BROWSER name one." >&2
exit 1
