#!/usr/bin/env bash
# Builds, tests and packs everything. Fails on the first stage that fails; test failures are counted and reported at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# A build server must not keep the output pipe open after the script has ended. The compiler's is worth it, a compiler that is started for each
# project takes twice as long; it is ended here.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=true
trap 'timeout 30 dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1 || true' EXIT

results=artifacts/test-results
rm -rf artifacts
mkdir -p "$results"
failed_stages=()

# stage NAME COMMAND...: ends the run if the command fails.
stage() {
    local name=$1 started=$SECONDS
    shift
    printf '\n==> %s\n' "$name"
    if ! "$@"; then
        printf '==> %s FAILED after %d s\n' "$name" $((SECONDS - started))
        exit 1
    fi
    printf '==> %s: %d s\n' "$name" $((SECONDS - started))
}

# test_stage NAME PROJECTS COMMAND...: goes on after a failure, so that the count at the end is complete.
# The command is a `dotnet test`; one result file is expected for each of the PROJECTS.
test_stage() {
    local name=$1 projects=$2 started=$SECONDS outcome=passed
    shift 2
    printf '\n==> %s\n' "$name"
    mkdir -p "$results/$name"
    echo "$projects" >"$results/$name/expected"
    if ! "$@" --logger trx --results-directory "$results/$name"; then
        outcome=FAILED
        failed_stages+=("$name")
    fi
    printf '==> %s %s: %d s\n' "$name" "$outcome" $((SECONDS - started))
}

# The test projects of the solution whose name matches the pattern.
test_projects() { dotnet sln Connet.sln list | tr '\\' '/' | grep -E '^tests/.*\.Tests\.csproj$' | grep -E "$1" || true; }

samples() {
    local line project
    local -a words
    while read -r line; do
        [[ -z $line || $line == \#* ]] && continue
        read -r -a words <<<"$line"
        project=${words[0]}
        printf -- '--> %s\n' "$line"
        timeout 120 dotnet run --project "$project" -c Release --no-build -- "${words[@]:1}" </dev/null || return 1
    done <eng/samples.txt
}

# The benchmark of the tunnel must run to its end; what so short a run says about speed means nothing.
tunnel_benchmark() {
    if [ "$(id -u)" != 0 ]; then
        if [[ ${CI:-} == true ]]; then
            echo "the tunnel benchmark needs network namespaces, and those need root: with CI=true it must not be left out"
            return 1
        fi
        echo "left out: network namespaces need root"
        return
    fi
    timeout 120 bash eng/bench.sh --no-build --bytes 2000000 --runs 1
}

# The command as users get it: installed from its package, which needs no other. Nothing is fetched.
tool() {
    local package version temporary status=0
    package=$(find artifacts/packages -name 'Connet.Cli.*.nupkg') || return 1
    version=$(basename "$package" .nupkg)
    version=${version#Connet.Cli.}
    temporary=$(mktemp -d) || return 1
    tool_at "$temporary" "$version" || status=1
    rm -rf "$temporary"
    return "$status"
}

tool_at() {
    local folder=$1 version=$2 printed

    # The launcher looks for the runtime by itself, and not where PATH finds `dotnet`. The folder of packages keeps this one out of the machine's
    # own, where it would stand in for the next build of the same version.
    local -x DOTNET_ROOT NUGET_PACKAGES=$folder/packages
    DOTNET_ROOT=$(dirname "$(readlink -f "$(command -v dotnet)")")
    cat >"$folder/nuget.config" <<CONFIG || return 1
<configuration>
  <packageSources>
    <clear />
    <add key="built here" value="$PWD/artifacts/packages" />
  </packageSources>
</configuration>
CONFIG
    timeout 120 dotnet tool install Connet.Cli --version "$version" --tool-path "$folder/tools" --configfile "$folder/nuget.config" || return 1
    printed=$(timeout 60 "$folder/tools/connet" version) || return 1
    if [[ $printed != "$version" && $printed != "$version+"* ]]; then
        echo "the installed command says that it has version $printed, and its package has $version"
        return 1
    fi
    timeout 60 "$folder/tools/connet" demo --once
}

# An application that takes what a trimmer leaves must still run, on the fast paths and on the fallbacks.
trimmed() {
    local out=artifacts/aot-smoke
    dotnet publish tests/Connet.AotSmoke --use-current-runtime --self-contained -p:PublishTrimmed=true -o "$out" || return 1
    timeout 60 "$out/Connet.AotSmoke" && CONNET_QUIC_IO=portable CONNET_QUIC_CRYPTO=platform timeout 60 "$out/Connet.AotSmoke"
}

for installer in eng/install-system.sh eng/install-peers.sh; do
    if [[ -f $installer ]]; then
        stage "$(basename "$installer" .sh)" bash "$installer"
    fi
done

# A copy without its git history has no version of its own, which is fine for a check.
stage build dotnet build Connet.sln -c Release -warnaserror -warnNotAsError:MINVER1001

# README's command, told that this is the build machine: the integration categories run too, and a missing program is a failure.
test_stage all "$(test_projects . | wc -l)" env CI=true dotnet test

# The transport once more with each of its fallbacks forced.
transport=tests/Connet.Quic.Tests
test_stage portable-sockets 1 env CONNET_QUIC_IO=portable dotnet test "$transport" --no-build
test_stage platform-crypto 1 env CONNET_QUIC_CRYPTO=platform dotnet test "$transport" --no-build

# Allocations of the data path against benchmarks/budgets.json.
stage budgets timeout 60 dotnet run --project benchmarks/Connet.Benchmarks -c Release --no-build -- check

stage tunnel-benchmark tunnel_benchmark

stage pack dotnet pack Connet.sln -c Release --no-build -o artifacts/packages
stage tool tool
stage samples samples
stage trimmed trimmed

printf '\n%d s in all\n' "$SECONDS"
if ((${#failed_stages[@]} > 0)); then
    printf 'failed: %s\n' "${failed_stages[@]}"
fi

counted=0
bash eng/count-results.sh "$results" || counted=$?
((counted == 0 && ${#failed_stages[@]} == 0))
