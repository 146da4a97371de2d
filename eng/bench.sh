#!/usr/bin/env bash
# Measures a bulk transfer through Connet against plain TCP, between processes in three network namespaces (server, source, destination) that
# a bridge joins at an MTU of 1500: plain TCP, a direct path, a relay with and without end-to-end encryption. The ways are taken in turns, and
# the medians are printed as a Markdown table. Needs root, iproute2 and openssl. Everything it makes is removed on exit.
#
#   eng/bench.sh [--bytes N] [--runs N] [--modes tcp,direct,relay-dhxcp,relay-tls,relay-none] [--limit SECONDS] [--no-build]
#
# Progress goes to stderr, the table to stdout. --bytes is a transfer's size (default 1,000,000,000), --runs the rounds (default 5), --limit
# bounds each transfer (default 300). CPU-s/GB is the processor time (user and system) of a process, divided by the gigabytes moved.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
say() { printf 'bench: %s\n' "$*" >&2; }
die() { say "$*"; exit 2; }

bytes=1000000000 runs=5 modes=tcp,direct,relay-dhxcp,relay-tls,relay-none limit=300 build=1
while [ $# -gt 0 ]; do
  case $1 in
    --bytes) bytes=$2; shift 2 ;;
    --runs) runs=$2; shift 2 ;;
    --modes) modes=$2; shift 2 ;;
    --limit) limit=$2; shift 2 ;;
    --no-build) build=; shift ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
  esac
done
IFS=, read -r -a modes <<<"$modes"
[ "$(id -u)" = 0 ] || die "network namespaces need root"
command -v ip >/dev/null || die "ip is missing (Debian package iproute2)"
command -v openssl >/dev/null || die "openssl is missing (Debian package openssl)"

bench_dll=$root/benchmarks/Connet.Benchmarks/bin/Release/net10.0/Connet.Benchmarks.dll
connet_dll=$root/samples/Connet.Cli/bin/Release/net10.0/connet.dll
if [ -n "$build" ]; then
  for project in benchmarks/Connet.Benchmarks samples/Connet.Cli; do
    dotnet build "$root/$project" -c Release --nologo -v quiet >&2 || die "$project does not build"
  done
fi
[ -f "$bench_dll" ] && [ -f "$connet_dll" ] || die "there is no Release build: run without --no-build"

id=cb$$
server_ip=10.78.0.1 source_ip=10.78.0.2 destination_ip=10.78.0.3
work=$(mktemp -d)
pids=()

cleanup() {
  local status=$? pid name
  trap - EXIT INT TERM
  set +e
  for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null; done
  # Deleting a namespace takes its end of each veth pair, and so the other end, with it.
  for name in net srv src dst; do
    [ -e "/run/netns/$id-$name" ] && ip netns delete "$id-$name"
  done
  rm -rf "$work"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# All names of interfaces are inside the namespaces: the machine's own network is never touched.
ip netns add "$id-net"
ip -n "$id-net" link add name br0 mtu 1500 type bridge
ip -n "$id-net" link set br0 up
for end in "srv $server_ip" "src $source_ip" "dst $destination_ip"; do
  read -r name address <<<"$end"
  ip netns add "$id-$name"
  ip -n "$id-$name" link set lo up
  ip -n "$id-$name" link add name eth0 mtu 1500 type veth peer name "to-$name" mtu 1500 netns "$id-net"
  ip -n "$id-net" link set dev "to-$name" master br0 up
  ip -n "$id-$name" address add "$address/24" dev eth0
  ip -n "$id-$name" link set eth0 up
done

# start VARIABLE NAMESPACE COMMAND...: the variable gets the process id; ip replaces itself by the command.
start() {
  local variable=$1 namespace=$2
  shift 2
  CONNET_CACHE_DIR=$work/$variable CONNET_STATE_DIR=$work/$variable ip netns exec "$id-$namespace" "$@" >"$work/$variable.log" 2>&1 </dev/null &
  pids+=("$!")
  printf -v "$variable" '%s' "$!"
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=connet \
  -addext "subjectAltName=IP:$server_ip" -keyout "$work/key.pem" -out "$work/cert.pem" 2>"$work/openssl.log" || { cat "$work/openssl.log" >&2; die "openssl failed"; }

cat >"$work/server.toml" <<TOML
[server]
tokens = ["bench"]
cert-file = "$work/cert.pem"
key-file = "$work/key.pem"
relay-hostname = "$server_ip"
store-dir = "$work/store"
TOML
# client FILE: the part that both clients share.
client() {
  cat >"$1" <<TOML
[client]
token = "bench"
server-addr = "$server_ip:19190"
server-cas = "$work/cert.pem"
TOML
}
# endpoint FILE KIND MODE ADDRESS
endpoint() {
  cat >>"$1" <<TOML
[client.$2.$3]
addr = "$4"
route = "${3%%-*}"
$(case $3 in relay-*) echo "relay-encryptions = [\"${3#relay-}\"]" ;; esac)
TOML
}
client "$work/source.toml"
client "$work/destination.toml"
declare -A target=()
port=8000
for mode in "${modes[@]}"; do
  case $mode in
    tcp) target[tcp]=$destination_ip:3000 ;;
    direct | relay-dhxcp | relay-tls | relay-none)
      target[$mode]=127.0.0.1:$((port++))
      endpoint "$work/source.toml" sources "$mode" "${target[$mode]}"
      endpoint "$work/destination.toml" destinations "$mode" "$destination_ip:3000" ;;
    *) die "unknown mode $mode" ;;
  esac
done

# fetch MODE BYTES: prints bytes, seconds and processor seconds of the fetching process.
fetch() { timeout "$limit" ip netns exec "$id-src" dotnet "$bench_dll" tcp-bulk fetch "${target[$1]}" "$2"; }
# Processor seconds of a process so far: user and system time, the twelfth and thirteenth words after the name in brackets.
ticks=$(getconf CLK_TCK)
processor() { sed 's/.*) //' "/proc/$1/stat" | awk -v ticks="$ticks" '{ printf "%.2f", ($12 + $13) / ticks }'; }

start serve dst dotnet "$bench_dll" tcp-bulk serve "$destination_ip:3000"
start server srv dotnet "$connet_dll" server --config "$work/server.toml"
start destination dst dotnet "$connet_dll" --config "$work/destination.toml"
start source src dotnet "$connet_dll" --config "$work/source.toml"

# Every way answers, and has compiled its code and opened its windows, before one is measured.
for mode in "${modes[@]}"; do
  for ((attempt = 0; ; attempt++)); do
    fetch "$mode" 1000 >/dev/null 2>"$work/fetch.log" && break
    if [ "$attempt" -ge 60 ]; then
      tail -n 20 "$work"/{server,destination,source,fetch}.log >&2
      die "nothing comes through $mode"
    fi
    sleep 0.5
  done
  fetch "$mode" $((bytes / 5)) >/dev/null || die "the warm-up of $mode failed"
done

for ((run = 1; run <= runs; run++)); do
  for mode in "${modes[@]}"; do
    before=()
    after=()
    for process in "$serve" "$server" "$destination" "$source"; do before+=("$(processor "$process")"); done
    result=$(fetch "$mode" "$bytes") || { tail -n 20 "$work"/{server,destination,source}.log >&2; die "$mode failed"; }
    for process in "$serve" "$server" "$destination" "$source"; do after+=("$(processor "$process")"); done
    # Gbit/s, then CPU seconds per GB of: the fetching process, the serving one, server, destination, source.
    awk -v result="$result" -v before="${before[*]}" -v after="${after[*]}" 'BEGIN {
      split(result, r, " "); split(before, b, " "); split(after, a, " "); gb = r[1] / 1e9
      printf "%.3f %.3f", r[1] * 8 / r[2] / 1e9, r[3] / gb
      for (i = 1; i <= 4; i++) printf " %.3f", (a[i] - b[i]) / gb
      print ""
    }' >>"$work/$mode.runs"
    say "run $run of $runs, $mode: $(tail -n 1 "$work/$mode.runs" | cut -d ' ' -f 1) Gbit/s"
  done
done

# median MODE COLUMN
median() {
  cut -d ' ' -f "$2" "$work/$1.runs" | sort -g |
    awk '{ v[NR] = $1 } END { printf "%.2f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
declare -A label=([tcp]="plain TCP" [direct]="direct" [relay-dhxcp]="relay, encrypted end to end (dhxcp)" [relay-tls]="relay, encrypted end to end (tls)" [relay-none]="relay, not encrypted end to end (none)")
raw=
[ -f "$work/tcp.runs" ] && raw=$(median tcp 1)
printf '| | Gbit/s | of plain TCP | CPU-s/GB: source client | destination client | server | receiving program | sending program |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n'
for mode in "${modes[@]}"; do
  rate=$(median "$mode" 1)
  share=
  [ -n "$raw" ] && [ "$mode" != tcp ] && share=$(awk -v a="$rate" -v b="$raw" 'BEGIN { printf "%.1f %%", 100 * a / b }')
  if [ "$mode" = tcp ]; then
    printf '| %s | %s | %s | | | | %s | %s |\n' "${label[$mode]}" "$rate" "$share" "$(median "$mode" 2)" "$(median "$mode" 3)"
  else
    printf '| %s | %s | %s | %s | %s | %s | %s | %s |\n' "${label[$mode]}" "$rate" "$share" \
      "$(median "$mode" 6)" "$(median "$mode" 5)" "$(median "$mode" 4)" "$(median "$mode" 2)" "$(median "$mode" 3)"
  fi
done
