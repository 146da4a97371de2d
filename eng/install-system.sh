#!/usr/bin/env bash
# Installs the Debian packages whose programs the end-to-end tests and eng/bench.sh run. Safe to repeat: it installs only what is missing,
# and needs root only then.
set -euo pipefail

say() { printf 'system: %s\n' "$*"; }
fail() { printf 'system: ERROR: %s\n' "$*" >&2; exit 1; }

# PROGRAM PACKAGE, one pair a line.
programs='
ip iproute2
nft nftables
conntrack conntrack
sysctl procps
setsid util-linux
xargs findutils
awk mawk
python3 python3-minimal
openssl openssl
curl curl
'

missing=()
while read -r program package; do
  [[ -z $program ]] && continue
  # The administrator's folders are not on everyone's path.
  PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || missing+=("$package")
done <<<"$programs"

if [ ${#missing[@]} -eq 0 ]; then
  say "nothing is missing"
  exit 0
fi
command -v apt-get >/dev/null || fail "no apt-get here; install by hand: ${missing[*]}"
[ "$(id -u)" = 0 ] || fail "run as root to install: ${missing[*]}"
say "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || fail "apt-get update failed"
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || fail "apt-get install ${missing[*]} failed"
say "ready"
