//! New migration files must make the crate be built again.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
