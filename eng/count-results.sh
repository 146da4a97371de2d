#!/usr/bin/env bash
# usage: count-results.sh FOLDER
# Each folder below FOLDER is one run of `dotnet test`: its .trx files, and in `expected` how many there must be.
# Prints the tests that did not pass, with the beginning of what they say, and "N passed, N failed, N skipped" over all runs. Exits 1 if a test failed or never finished, a result file is missing or has no counters,
# or no test ran.
set -euo pipefail

root=${1:?usage: count-results.sh FOLDER}
bad=0
files=()
for run in "$root"/*/; do
    [[ -d $run ]] || continue
    expected=$(<"${run}expected")
    mapfile -t found < <(find "$run" -name '*.trx' | sort)
    if ((${#found[@]} != expected)); then
        echo "${run}: ${#found[@]} result files, $expected expected" >&2
        bad=1
    fi
    files+=("${found[@]}")
done

if ((${#files[@]} > 0)); then
    awk -f "$(dirname "${BASH_SOURCE[0]}")/list-failures.awk" "${files[@]}"
    echo
fi

# The <Counters> element says how many tests there are, were executed and passed. Its other numbers are not reliable (a skipped test is
# notExecuted="0"), so what was executed and did not pass counts as failed, whatever it is called.
for file in "${files[@]}"; do
    grep -o '<Counters [^>]*>' "$file" || echo "<Counters missing=\"$file\">"
done | awk -v bad="$bad" '
    function value(name,   text) {
        if (!match($0, " " name "=\"[0-9]+\"")) { return -1 }
        text = substr($0, RSTART, RLENGTH)
        gsub(/[^0-9]/, "", text)
        return text + 0
    }
    {
        total = value("total"); executed = value("executed"); ok = value("passed")
        if (total < 0 || executed < 0 || ok < 0) { print "no counters: " $0 > "/dev/stderr"; bad = 1; next }
        passed += ok; failed += executed - ok; skipped += total - executed
    }
    END {
        if (passed + failed == 0) { print "no test was executed" > "/dev/stderr"; bad = 1 }
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
        exit (bad || failed > 0) ? 1 : 0
    }'
