//! Writes the description of the interface: `cargo run -p procura-verifier --example openapi > verifier/openapi.json`.
use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let description = procura_verifier::openapi().map_err(std::io::Error::other)?;
    std::io::stdout().write_all(description.as_bytes())
}
