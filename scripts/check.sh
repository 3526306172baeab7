#!/bin/sh
# Everything a machine can judge without running a test. All steps run; the failed ones are listed at the end.
# With a file name as argument, one line `passed NAME` or `failed NAME` is added to it for each step.
set -u
cd "$(dirname "$0")/.."
results=${1:-/dev/null}
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
export WINNOW_DATA_DIR="$temporary/data" OMP_NUM_THREADS=1
failed=''

step() { # NAME COMMAND...
    name=$1
    shift
    printf 'check: %s ... ' "$name"
    if "$@" >"$temporary/output" 2>&1; then
        echo ok
        echo "passed $name" >>"$results"
    else
        echo FAILED
        cat "$temporary/output"
        failed="$failed
  $name"
        echo "failed $name" >>"$results"
    fi
}

in_frontend() { (cd frontend && "$@"); }

schema_is_current() {
    .venv/bin/winnow manage openapi >"$temporary/openapi.json" || return 1
    in_frontend npx --no-install openapi-typescript "$temporary/openapi.json" -o "$temporary/schema.d.ts" || return 1
    cmp frontend/src/api/schema.d.ts "$temporary/schema.d.ts" || {
        echo 'The HTTP interface has changed: run `make schema` and commit the result.'
        return 1
    }
}

step 'python format' .venv/bin/ruff format --check --quiet .
step 'python lint' .venv/bin/ruff check --quiet .
step 'python types' .venv/bin/mypy
step 'import contracts' .venv/bin/lint-imports
step 'migrations' .venv/bin/winnow manage makemigrations --check --dry-run
step 'front-end lint' in_frontend npm run --silent lint
step 'front-end types' in_frontend npm run --silent types
step 'front-end schema' schema_is_current

[ -z "$failed" ] && exit 0
echo "failed:$failed"
exit 1
