//! Writes the seeds of every target and the world that they are judged in. Keys are made anew each time and never
//! stored: whatever verifies afterwards is a seed, or a forgery.
#![allow(
    unfulfilled_lint_expectations,
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::pedantic,
    reason = "forge, authority, responder and scene are test support of the crates"
)]
#[path = "../../crates/ades/tests/authority/mod.rs"]
mod authority;
mod documents;
#[path = "../../crates/pki/tests/forge/mod.rs"]
mod forge;
mod key_files;
mod messages;
mod objects;
#[path = "../../crates/pki/tests/responder/mod.rs"]
mod responder;
#[path = "../../crates/jades/tests/validation/scene.rs"]
mod scene;

use procura_fuzz::world::folder;
use std::fs;

fn main() {
    remove();
    let scene = scene::Scene::new();
    let plain = documents::write(&scene);
    objects::write(&scene, &plain);
    messages::write(&scene);
    key_files::write();
}

/// All but the findings.
fn remove() {
    let folders = fs::read_dir(folder()).into_iter().flatten();
    for file in folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap()) {
        let path = file.unwrap().path();
        if !path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("finding-")
        {
            fs::remove_file(path).unwrap();
        }
    }
}

/// One seed.
fn write(target: &str, name: &str, content: impl AsRef<[u8]>) {
    let folder = folder().join(target);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), content).unwrap();
}
