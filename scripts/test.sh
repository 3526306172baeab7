#!/bin/sh
# Every test: pytest (browser tests included), Vitest, and each step of check.sh counted as one.
# The last line is always `N passed, N failed, N skipped`.
set -u
cd "$(dirname "$0")/.."
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
export WINNOW_DATA_DIR="$reports/data" OMP_NUM_THREADS=1

.venv/bin/pytest --junit-xml="$reports/pytest.xml"
echo $? >"$reports/pytest.exit"
(cd frontend && npx --no-install vitest run --reporter=default --reporter=json --outputFile.json="$reports/vitest.json")
echo $? >"$reports/vitest.exit"
sh scripts/check.sh "$reports/check.txt"

.venv/bin/python scripts/count_tests.py "$reports"
