# Sourced: `twice ARGUMENTS…` runs pytest, then what failed once more, alone. It leaves the outcome in `code`, and in the file
# `$flaky` what fails now and then.
cache=${CACHE:-.pytest_cache}
flaky=$cache/flaky
# In memory, where there is room: thousands of small databases that flush every commit take a quarter of the time on a disk.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')" -gt 4000000 ]; then
    export TMPDIR=/dev/shm
fi
most=30 # failures looked at twice; where more fail, it is no matter of chance

twice() {
    .venv/bin/python -m pytest -o cache_dir="$cache" -n "${JOBS:-2}" --dist loadfile --no-loadscope-reorder --cache-clear "$@"
    code=$?
    failures=$(grep -c ': true' "$cache/v/cache/lastfailed" 2>/dev/null)
    if [ "$code" = 1 ] && [ "${failures:-0}" -le "$most" ]; then
        echo "== What failed, once more, alone"
        DESK_TEST_AGAIN=$flaky.now .venv/bin/python -m pytest -o cache_dir="$cache" -n 0 \
            --last-failed --last-failed-no-failures none "$@" ${again:-}
        code=$?
        cat "$flaky.now" >>"$flaky" 2>/dev/null
    fi
}
