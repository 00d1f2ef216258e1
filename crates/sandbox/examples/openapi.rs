//! Writes the descriptions of the interfaces: `cargo run -p procura-sandbox --example openapi`.
use procura_sandbox::{ecosystem, portal};
use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi");
    fs::write(
        folder.join("portal.json"),
        portal::openapi().map_err(io::Error::other)?,
    )?;
    fs::write(
        folder.join("ecosystem.json"),
        ecosystem::openapi().map_err(io::Error::other)?,
    )
}
