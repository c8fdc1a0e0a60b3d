# Everything CI runs.
ci:
    .ci/run

# The tests alone.
test:
    cargo test --workspace

# Format and lint in place.
tidy:
    cargo fmt --all
    cargo clippy --workspace --all-targets --fix --allow-dirty

# The first run a new user makes.
demo:
    cargo run --release -- run ml-100k
