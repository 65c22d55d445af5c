# What the scripts share. To be sourced from the root of the repository.

export CARGO_INCREMENTAL=0 # nothing here is built twice with a small change in between

# Python with what test-vectors/delegation/check.py needs.
delegation_venv=target/venv/delegation
# Python with libraries of others for lists of blocked cards, and what interop/status/check.py needs.
status_venv=target/venv/status

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# The oldest Rust that the manifest promises.
msrv() {
    sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml
}

# need_packages COMMAND:PACKAGE...: Debian packages, for commands that are missing.
need_packages() {
    local pair missing=()
    for pair; do
        command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
    done
    ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

install_packages() {
    local sudo=()
    command -v apt-get >/dev/null || fail "please install $*"
    ((EUID == 0)) || sudo=(sudo)
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@"
}

# need_components TOOLCHAIN COMPONENT...: TOOLCHAIN is "" for the default one.
need_components() {
    local toolchain=${1:+--toolchain=$1} component installed
    shift
    installed=$(rustup component list --installed ${toolchain:+"$toolchain"})
    for component; do
        grep -q "^$component\b" <<<"$installed" ||
            rustup component add "$component" ${toolchain:+"$toolchain"}
    done
}

# need_toolchain NAME PROFILE
need_toolchain() {
    local installed
    installed=$(rustup toolchain list)
    grep -q "^$1[.-]" <<<"$installed" || rustup toolchain install "$1" --profile "$2"
}

# need_target TARGET [TOOLCHAIN]
need_target() {
    local toolchain=${2:+--toolchain=$2} installed
    installed=$(rustup target list --installed ${toolchain:+"$toolchain"})
    grep -qx "$1" <<<"$installed" || rustup target add "$1" ${toolchain:+"$toolchain"}
}

# need_command NAME VERSION: a tool from crates.io. Any version that is already there will do.
need_command() {
    command -v "$1" >/dev/null || cargo install --locked "$1@$2"
}

# need_venv FOLDER REQUIREMENTS: a Python environment with exactly these packages. It is made anew
# when they change, and when its Python is gone.
need_venv() {
    if cmp -s "$2" "$1/requirements.txt" && "$1/bin/python" -c ""; then
        return
    fi
    rm -rf "$1"
    python3 -m venv "$1"
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$2"
    cp "$2" "$1/requirements.txt"
}

# step TITLE COMMAND...: runs it, and says how long it took.
step() {
    local title=$1 start=$SECONDS status=0
    shift
    echo "=== $title"
    # A subshell with errexit of its own: inside of `if` or `||` bash would ignore it.
    set +e
    (
        set -e
        "$@"
    )
    status=$?
    set -e
    if ((status)); then
        echo "=== $title: FAILED after $((SECONDS - start)) s" >&2
        exit 1
    fi
    echo "=== $title: $((SECONDS - start)) s"
}
