# Names for the scripts, nothing more.

# What CI runs, or only the steps named: `just check fmt clippy`
check *steps:
    scripts/check {{steps}}

# The tools that `check` needs
setup:
    scripts/setup

# The long checks, or only the steps named
deep *steps:
    scripts/deep {{steps}}

# The no-panic proof
proof:
    scripts/proof

# The instructions of the main operations are what they are now: writes benches/instructions/baseline.txt
bless:
    scripts/instructions bless

# Every fuzz target for `seconds`
fuzz seconds="10":
    FUZZ_SECONDS={{seconds}} scripts/fuzz-smoke
