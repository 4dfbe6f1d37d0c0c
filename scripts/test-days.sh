#!/bin/sh
# Run the tests of rows once more at moments and in time zones where dates go wrong. Settings: JOBS (moments at a time).
# Arguments: moments, in place of all; `--gate` stands for the three that `make test` walks through, on SQLite alone and without
# the tests that have nothing to do with dates.
# One moment is one process: what it loads and makes ready is loaded once.
set -u

gate="
2026-12-31T23:59:59+09:00
2026-06-13T10:00:00+09:00
2028-02-29T10:00:00+09:00/TZ=America/New_York
"
# An ordinary day's first and last second; a Saturday; a substitute holiday; a holiday between two others; the closing at
# the year's end; the end of a month; the leap day and its eve; the end of a term; time zones far from Japan's; no locale.
all="
2026-06-10T00:00:00+09:00
2026-06-10T23:59:59+09:00
2026-06-13T10:00:00+09:00
2026-05-06T10:00:00+09:00
2026-09-22T10:00:00+09:00
2026-12-28T10:00:00+09:00
2026-12-31T23:59:59+09:00
2027-01-04T10:00:00+09:00
2026-07-31T18:30:00+09:00
2028-02-28T10:00:00+09:00
2028-02-29T10:00:00+09:00/TZ=America/New_York
2027-03-31T23:59:59+09:00
2027-04-01T00:00:00+09:00
2026-06-10T10:00:00+09:00/TZ=America/New_York
2026-06-10T10:00:00+09:00/TZ=Pacific/Auckland
2026-06-10T10:00:00+09:00/LANG=C
"
. scripts/twice.sh
logs=$cache/days

# At one moment, written `moment` or `moment/SETTING=value`, with the tests that carry these marks.
run_moment() {
    moment=${1%%/*}
    setting=${1#"$moment"}
    setting=${setting#/}
    name=$(echo "$1" | tr -c 'A-Za-z0-9\n' _)
    export DESK_TEST_NOW="$moment"
    [ -z "$setting" ] || export "$setting"
    cache=$cache/at_$name
    flaky=$logs/$name.flaky
    JOBS=0
    twice -q -m "$2" >"$logs/$name.log" 2>&1
    if [ "$code" = 0 ]; then
        echo "ok     $moment $setting: $(tail -n 1 "$logs/$name.log")"
    else
        echo "FAILED $moment $setting"
        touch "$logs/$name.failed"
    fi
}

marks=rows
case "${1:-}" in
--one)
    run_moment "$2" "$3"
    exit 0
    ;;
"") moments=$all ;;
--gate) moments=$gate marks="rows and sqlite and not dateless" ;;
*) moments=$* ;;
esac

[ "${1:-}" = --gate ] || rm -f "$flaky"
rm -rf "$logs"
mkdir -p "$logs"
echo "== The tests of rows at other moments"
printf '%s\n' $moments | xargs -P "${JOBS:-2}" -I '{}' sh scripts/test-days.sh --one '{}' "$marks"
code=$?
for failed in "$logs"/*.failed; do
    [ ! -e "$failed" ] || { code=1 && cat "${failed%.failed}.log"; }
done
cat "$logs"/*.flaky >>"$flaky" 2>/dev/null
[ "${1:-}" = --gate ] || [ ! -s "$flaky" ] || cat "$flaky"
exit "$code"
