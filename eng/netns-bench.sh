#!/usr/bin/env bash
# Runs a pair of commands in two network namespaces joined by a veth pair with an MTU of 1500, so that a benchmark between two processes
# meets real packet sizes instead of loopback's 64 KiB. Needs root and iproute2. Everything it makes is removed on exit.
#
#   eng/netns-bench.sh SERVER_COMMAND CLIENT_COMMAND
#
# Both are run by bash, the server in namespace a (10.77.0.1), the client in namespace b (10.77.0.2). The client starts when the server
# has printed a line that begins with BENCH_READY (an extended regular expression, default "LISTENING"), at most BENCH_READY_SECONDS
# (default 30) later; BENCH_LOG names the file that keeps the server's output (default: shown on a failure only). BENCH_SECONDS (default
# 300) limits the client. The exit status is the client's. Both commands see BENCH_SERVER and BENCH_CLIENT, the two addresses.
#
#   eng/netns-bench.sh 'quic-go-echo server $BENCH_SERVER 4433 p2px certs' 'quic-go-echo client $BENCH_SERVER 4433 p2px certs 20 5000000'
set -euo pipefail

die() { printf 'netns-bench: %s\n' "$*" >&2; exit 2; }

[ $# = 2 ] || die "usage: $0 SERVER_COMMAND CLIENT_COMMAND"
[ "$(id -u)" = 0 ] || die "network namespaces need root"
command -v ip >/dev/null || die "ip is missing (Debian package iproute2)"

a=cnb-$$-a
b=cnb-$$-b
work=$(mktemp -d)
log=${BENCH_LOG:-$work/server.log}
server=
client=
export BENCH_SERVER=10.77.0.1 BENCH_CLIENT=10.77.0.2

cleanup() {
  local status=$?
  trap - EXIT INT TERM
  set +e
  # Each command leads a process group of its own: what it started ends with it.
  local group
  for group in $client $server; do
    kill -TERM -- "-$group" 2>/dev/null
    for _ in $(seq 20); do kill -0 -- "-$group" 2>/dev/null || break; sleep 0.1; done
    kill -KILL -- "-$group" 2>/dev/null
    wait "$group" 2>/dev/null
  done
  # Deleting a namespace takes its end of the veth pair, and so the other end, with it.
  for name in "$a" "$b"; do
    [ -e "/run/netns/$name" ] && ip netns delete "$name"
  done
  rm -rf "$work"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

ip netns add "$a"
ip netns add "$b"
# The names of interfaces are per namespace; both ends are made inside, so that the host's own namespace is never touched.
ip -n "$a" link add veth0 mtu 1500 type veth peer name veth0 mtu 1500 netns "$b"
for end in "$a $BENCH_SERVER" "$b $BENCH_CLIENT"; do
  read -r name address <<<"$end"
  ip -n "$name" address add "$address/24" dev veth0
  ip -n "$name" link set lo up
  ip -n "$name" link set veth0 up
done

: > "$log"
setsid ip netns exec "$a" bash -c "$1" >"$log" 2>&1 </dev/null &
server=$!
for ((tenths = 0; ; tenths++)); do
  grep -Eq "^(${BENCH_READY:-LISTENING})" "$log" && break
  if ! kill -0 "$server" 2>/dev/null || [ "$tenths" -ge $((10 * ${BENCH_READY_SECONDS:-30})) ]; then
    cat "$log" >&2
    die "the server did not get ready"
  fi
  sleep 0.1
done

status=0
# In the background, so that a signal to this script is answered at once.
setsid timeout "${BENCH_SECONDS:-300}" ip netns exec "$b" bash -c "$2" &
client=$!
wait "$client" || status=$?
if [ "$status" != 0 ]; then
  printf 'netns-bench: the client ended with %s; the server said:\n' "$status" >&2
  cat "$log" >&2
fi
exit "$status"
