#!/bin/sh
# Asks the advisories of PyPI and npm about every pinned package. Needs the network: where an audit cannot be made, it
# says so and the exit status is 2; 1 says that a package is known to be vulnerable.
set -u
cd "$(dirname "$0")/.."
environment=build/audit
status=0
mkdir -p build

note() { # EXIT-STATUS: vulnerable counts more than not audited
    [ "$status" = 1 ] || status=$1
}

if ! [ -x "$environment/bin/pip-audit" ]; then # apart, so that it is not among what it looks at
    "${PYTHON:-python3.11}" -m venv "$environment" &&
        "$environment/bin/pip" install --quiet --disable-pip-version-check -c constraints.txt pip-audit ||
        echo "audit: pip-audit cannot be installed." >&2
fi
printf 'audit: python ... '
if "$environment/bin/pip-audit" --strict --disable-pip --no-deps --progress-spinner off -r constraints.txt >build/pip-audit.txt 2>&1; then
    echo ok
elif grep -q '^Found [0-9]* known vulnerabilit' build/pip-audit.txt; then
    echo VULNERABLE
    cat build/pip-audit.txt
    note 1
else
    echo 'not made:' "$(tail -n 1 build/pip-audit.txt)"
    note 2
fi

printf 'audit: front end ... '
if (cd frontend && npm audit --json) >build/npm-audit.json 2>build/npm-audit.txt; then
    echo ok
elif grep -q '"auditReportVersion"' build/npm-audit.json; then
    echo VULNERABLE
    (cd frontend && npm audit)
    note 1
else
    echo 'not made:' "$(grep -m 1 -E 'message|error' build/npm-audit.json build/npm-audit.txt | cut -c 1-200)"
    note 2
fi
exit $status
