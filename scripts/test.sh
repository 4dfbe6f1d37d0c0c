#!/bin/sh
# Run the tests, look at each failure a second time, repeat the tests of rows at three moments where dates go wrong, and hold
# the share of lines and branches that must be covered. Settings: JOBS (processes), COVERAGE (per cent), CACHE (a folder).
# Arguments: tests; then these alone are run.
set -u
. scripts/twice.sh
export COVERAGE_FILE="${COVERAGE_FILE:-.coverage}"

rm -f "$flaky"
again=--cov-append
twice --durations=20 --cov --cov-report= "$@"
if [ "$#" = 0 ] && [ "$code" = 0 ]; then
    sh scripts/test-days.sh --gate || code=$?
    .venv/bin/coverage report --skip-covered --fail-under="${COVERAGE:-90}" || code=$?
fi
if [ -s "$flaky" ]; then cat "$flaky"; fi
exit "$code"
