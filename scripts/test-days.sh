#!/bin/sh
# Run the tests of rows once more at moments and in time zones where dates go wrong. Settings: JOBS (processes).
# Arguments: moments, in place of all; `--gate` stands for the three that `make test` walks through,
# on SQLite alone.
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
marks=rows
case "${1:-}" in
"") moments=$all ;;
--gate) moments=$gate marks="rows and sqlite" ;;
*) moments=$* ;;
esac

. scripts/twice.sh
[ "${1:-}" = --gate ] || rm -f "$flaky"
failed=0
summary=""
for entry in $moments; do
    moment=${entry%%/*}
    setting=${entry#"$moment"}
    setting=${setting#/}
    echo "== $moment $setting"
    (
        export DESK_TEST_NOW="$moment"
        [ -z "$setting" ] || export "$setting"
        twice -q -m "$marks"
        exit "$code"
    )
    case $? in
    0) verdict="ok    " ;;
    *) verdict=FAILED failed=1 ;;
    esac
    summary="$summary$verdict $moment $setting
"
done
printf '\n%s' "$summary"
[ "${1:-}" = --gate ] || [ ! -s "$flaky" ] || cat "$flaky"
exit "$failed"
