#!/bin/sh
# What must be on the machine before anything can be built: `system.sh runtime` or `system.sh test`.
# As root on Debian what is missing is installed; anybody else is told what to install.
set -eu
purpose=${1:-runtime}
python=${PYTHON:-python3.11}

missing() { # prints the Debian packages whose program is not there (or too old)
    "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || echo python3.11 python3.11-venv
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' 2>/dev/null || echo nodejs
    command -v npm >/dev/null || echo npm
    command -v tesseract >/dev/null || echo tesseract-ocr
    if [ "$purpose" = test ]; then
        command -v chromium >/dev/null || echo chromium
    fi
}

packages=$(missing | tr '\n' ' ')
if [ -n "$packages" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing: $packages"
    # shellcheck disable=SC2086  # a list of names
    install() { apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $packages >/dev/null; }
    install 2>/dev/null || { apt-get -o DPkg::Lock::Timeout=600 update >/dev/null && install; } || true
    packages=$(missing | tr '\n' ' ')
fi

needed=''
for package in $packages; do
    case $package in
    chromium)
        if [ "${CI:-}" = true ]; then
            echo "chromium is missing: the browser tests need it." >&2
            exit 1
        fi
        echo "warning: chromium is missing, so the browser tests will be skipped." >&2
        ;;
    tesseract-ocr)
        if [ "$purpose" = test ] && [ "${CI:-}" = true ]; then
            echo "tesseract is missing: the tests of burned-in text need it." >&2
            exit 1
        fi
        echo "warning: tesseract is missing, so text that is burned into pixels cannot be found: images that are likely" >&2
        echo "to hold some are kept in quarantine. Debian's package is tesseract-ocr." >&2
        ;;
    *) needed="$needed $package" ;;
    esac
done
if [ -n "$needed" ]; then
    echo "Winnow needs Python 3.11 with venv, Node.js 20 or newer and npm; the browser tests need Chromium." >&2
    echo "Missing or too old (by Debian's package names):$needed" >&2
    exit 1
fi
