//! How many lines of LLVM a line of an area becomes. A generic function of a large library that areas call, or a public asynchronous one
//! without `#[boxed]`, is compiled again in each of them: nothing breaks, the build only grows slower (bench/BUILD.md). This notices.
//!
//! The area alone is compiled as for a release (what is generic is compiled in it, arithmetic is not checked), but not optimised; all below
//! it is the development build that the tests use.

use crate::{db::root, files};
use anyhow::{Context, Result, bail, ensure};
use std::{path::Path, process::Command};

/// What an area may come to: twice the 158 that `homes` came to, counted in this way, on 30 November 2026.
const LLVM_A_LINE_MAX: u64 = 316;

/// Weighs an area; fails when it is too heavy.
pub fn weigh(area: &str) -> Result<()> {
    let root = root();
    let folder = root.join("crates/areas").join(area).join("src");
    ensure!(folder.is_dir(), "there is no area {area} in crates/areas");
    let written = lines(&folder)?;
    let (functions, made) = functions(&llvm(&root, area)?);
    let each = made / written.max(1);
    println!("{area}: {written} lines of Rust, {made} lines of LLVM in {functions} functions, {each} for one");
    if each <= LLVM_A_LINE_MAX {
        return Ok(());
    }
    bail!(
        "more than {LLVM_A_LINE_MAX} lines of LLVM for a line of {area}: something generic or unboxed is compiled there that belongs elsewhere. \
         `cargo llvm-lines -p rooftree-{area} --release` names it, bench/BUILD.md says what helps"
    )
}

/// Compiles the area and returns its LLVM. Its level of optimisation makes it a build of its own beside that of the tests.
fn llvm(root: &Path, area: &str) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("area.ll");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let as_released = ["opt-level=2", "debug-assertions=false", "overflow-checks=false"];
    let settings = as_released.map(|setting| format!("profile.dev.package.rooftree-{area}.{setting}"));
    let status = Command::new(cargo)
        .args(["rustc", "--quiet", "--locked", "--lib", "--package", &format!("rooftree-{area}")])
        .args(settings.iter().flat_map(|setting| ["--config", setting]))
        .args(["--", "-Cno-prepopulate-passes", "-Ccodegen-units=1", "-Cdebuginfo=0"])
        .arg(format!("--emit=llvm-ir={}", file.display()))
        // Nothing is taken over from the last time, for then nothing would be written.
        .arg(format!("-Cincremental={}", folder.path().display()))
        .env("SQLX_OFFLINE", "true")
        .current_dir(root)
        .status()
        .context("running cargo rustc")?;
    ensure!(status.success(), "the area {area} does not build");
    std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))
}

/// Lines of Rust that the library is built of: without those of tests.
fn lines(folder: &Path) -> Result<u64> {
    let mut lines = 0;
    for file in files::ending(folder, ".rs")? {
        let name = file.to_string_lossy();
        if !name.ends_with("/tests.rs") && !name.ends_with("_tests.rs") {
            lines += std::fs::read_to_string(&file)?.lines().count() as u64;
        }
    }
    Ok(lines)
}

/// How many functions there are, and the lines of their bodies.
fn functions(llvm: &str) -> (u64, u64) {
    let (mut functions, mut lines, mut inside) = (0, 0, false);
    for line in llvm.lines() {
        if line.starts_with("define ") {
            (functions, inside) = (functions + 1, true);
        } else if line == "}" {
            inside = false;
        } else if inside && !line.trim().is_empty() {
            lines += 1;
        }
    }
    (functions, lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_counted() {
        let llvm = "@x = constant i8 1\n\ndefine i32 @a() {\nstart:\n  ret i32 1\n}\n\ndeclare void @b()\n\ndefine void @c() {\n  ret void\n}\n";
        assert_eq!(functions(llvm), (2, 3));
    }
}
