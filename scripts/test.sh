#!/bin/sh
# Run the tests, look at each failure a second time, and hold the share of lines and branches that must be covered.
# Settings: JOBS (processes), COVERAGE (per cent), CACHE (a folder); the tests as arguments: without any, all of them.
set -u
export COVERAGE_FILE="${COVERAGE_FILE:-.coverage}"
cache=${CACHE:-.pytest_cache}
flaky=$cache/flaky
most=30 # failures looked at twice; where more fail, it is no matter of chance
run() { .venv/bin/python -m pytest -o cache_dir="$cache" --cov --cov-report= "$@"; }

run -n "${JOBS:-2}" --dist loadfile --no-loadscope-reorder --durations=20 --cache-clear "$@"
code=$?
rm -f "$flaky"
failures=$(grep -c ': true' "$cache/v/cache/lastfailed" 2>/dev/null)
if [ "$code" = 1 ] && [ "${failures:-0}" -le "$most" ]; then
    echo "== What failed, once more, alone"
    DESK_TEST_AGAIN=$flaky run -n 0 --cov-append --last-failed --last-failed-no-failures none "$@"
    code=$?
fi
if [ "$#" = 0 ] && [ "$code" = 0 ]; then
    .venv/bin/coverage report --skip-covered --fail-under="${COVERAGE:-90}" || code=$?
fi
if [ -s "$flaky" ]; then cat "$flaky"; fi
exit "$code"
