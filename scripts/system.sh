#!/bin/sh
# Install the Debian packages that only the tests need; with --check only say which are missing.
set -eu

missing() {
    command -v chromium >/dev/null || echo chromium
    [ -n "$(find /usr/share/fonts -name 'NotoSansCJK*' 2>/dev/null | head -n 1)" ] || echo fonts-noto-cjk
    [ -x /usr/sbin/dovecot ] && [ -x /usr/lib/dovecot/imap ] || echo dovecot-imapd
}

wanted=$(missing | tr '\n' ' ')
[ -n "$wanted" ] || exit 0

if [ "${1:-}" = --check ] || [ "$(id -u)" != 0 ]; then
    echo "The tests need: ${wanted% } (Debian packages; as root: make system)" >&2
    exit 1
fi

# A mail server must not start because somebody ran the tests.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi

export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -q --no-install-recommends $wanted; }
# The package lists may be absent or stale: fetch them only when the first try fails.
if ! install >/dev/null 2>&1; then
    apt-get update -q || true
    install
fi

still=$(missing | tr '\n' ' ')
[ -z "$still" ] || { echo "Still missing after the installation: ${still% }" >&2; exit 1; }
