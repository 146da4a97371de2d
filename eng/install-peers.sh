#!/usr/bin/env bash
# Installs the QUIC stacks that tests/Connet.Quic.Interop.Tests talks to, into .peers/ at the repository's root:
# quinn (inside Deno) and quiche from npm, quic-go from Debian. Safe to repeat; skips what is present. Needs Debian 12 and,
# for whatever Debian package is missing, root. Run it again after a change under eng/peers.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
sources=$root/eng/peers
peers=$root/.peers

say() { printf 'peers: %s\n' "$*"; }
fail() { printf 'peers: ERROR: %s\n' "$*" >&2; exit 1; }

install_packages() {
  local missing=() package
  for package in golang-go golang-github-lucas-clemente-quic-go-dev openssl ca-certificates; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  command -v node >/dev/null || missing+=(nodejs)
  command -v npm >/dev/null || missing+=(npm)
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || fail "no apt-get here; install by hand: ${missing[*]}"
  [ "$(id -u)" = 0 ] || fail "run as root to install: ${missing[*]}"
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq || fail "apt-get update failed"
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || fail "apt-get install ${missing[*]} failed"
}

copy_programs() {
  mkdir -p "$peers"
  cp "$sources/package.json" "$sources/.npmrc" "$sources/common.mjs" "$peers/"
  local stack
  for stack in quinn quiche; do
    mkdir -p "$peers/$stack"
    cp "$sources/$stack"/*.mjs "$peers/$stack/"
  done
}

# The version in a package's own package.json, or nothing.
installed_version() { node -p "require('$peers/node_modules/$1/package.json').version" 2>/dev/null || true; }
wanted_version() { node -p "require('$peers/package.json').dependencies['$1']"; }

install_modules() {
  local name stale=
  for name in deno @matrixai/logger @matrixai/quic; do
    [ "$(installed_version "$name")" = "$(wanted_version "$name")" ] || stale=1
  done
  if [ -n "$stale" ]; then
    say "installing deno and @matrixai/quic"
    # The executables are ordinary files of the platform's own package: no install script has to run.
    (cd "$peers" && npm install --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel=error) \
      || fail "npm install failed"
  fi
  local candidate deno=
  for candidate in "$peers"/node_modules/@deno/*/deno; do
    "$candidate" --version >/dev/null 2>&1 && deno=$candidate && break
  done
  [ -n "$deno" ] || fail "npm brought no Deno that runs on $(uname -sm)"
  mkdir -p "$peers/bin"
  ln -sf "$deno" "$peers/bin/deno"
  (cd "$peers" && node -e "import('@matrixai/quic').catch((e) => { console.error(String(e)); process.exit(1); })") \
    || fail "@matrixai/quic does not load in node $(node --version) on $(uname -sm)"
}

build_quic_go() {
  [ "$peers/bin/quic-go-echo" -nt "$sources/quic-go/main.go" ] && return
  say "building the quic-go peer"
  (cd "$sources/quic-go" && GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$peers/cache/go" GOFLAGS= \
    go build -o "$peers/bin/quic-go-echo" main.go) || fail "go build failed"
}

install_packages
rm -f "$peers/ready"
copy_programs
install_modules
build_quic_go
{
  printf 'quinn: deno %s\n' "$(installed_version deno)"
  printf 'quiche: @matrixai/quic %s, node %s\n' "$(installed_version @matrixai/quic)" "$(node --version)"
  printf 'quic-go: %s, %s\n' "$(dpkg-query -W -f='${Version}' golang-github-lucas-clemente-quic-go-dev)" "$(go version)"
} > "$peers/ready.new"
mv "$peers/ready.new" "$peers/ready"
say "ready"
cat "$peers/ready"
