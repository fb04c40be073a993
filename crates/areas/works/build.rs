//! A new migration is noticed: `sqlx::migrate!` follows only the files that were there when it was compiled.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
