#!/bin/sh
# What must be on the machine before anything can be built: `system.sh runtime` or `system.sh test`.
# As root on Debian what is missing is installed; anybody else is told what to install.
set -eu
purpose=${1:-runtime}
root=${SYSTEM_ROOT:-} # where the system begins; a test puts another one in its place
plugin=$root/usr/share/orthanc/plugins/libOrthancDicomWeb.so
python=${PYTHON:-python3.11}

missing() { # prints the Debian packages whose program is not there (or too old)
    "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || echo python3.11 python3.11-venv
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' 2>/dev/null || echo nodejs
    command -v npm >/dev/null || echo npm
    command -v tesseract >/dev/null || echo tesseract-ocr
    if [ "$purpose" = test ]; then
        command -v chromium >/dev/null || echo chromium
        command -v Orthanc >/dev/null || [ -x "$root/usr/sbin/Orthanc" ] || echo orthanc
        [ -e "$plugin" ] || echo orthanc-dicomweb
    fi
}

packages=$(missing | tr '\n' ' ')
if [ -n "$packages" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing: $packages"
    # shellcheck disable=SC2086  # a list of names
    install() { apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $packages >/dev/null; }
    install 2>/dev/null || { apt-get -o DPkg::Lock::Timeout=600 update >/dev/null && install; } || true
    # Debian starts a PACS for everybody who installs it; the tests start one of their own
    case $packages in *'orthanc '*) systemctl disable --now orthanc >/dev/null 2>&1 || true ;; esac
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
    orthanc | orthanc-dicomweb)
        if [ "${CI:-}" = true ]; then
            echo "$package is missing: the tests of the PACS need it." >&2
            exit 1
        fi
        echo "warning: $package is missing, so the tests that need a real PACS will be skipped." >&2
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
