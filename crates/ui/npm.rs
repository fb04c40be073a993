//! Packages from npm that a build script embeds, pinned by the `package-lock.json` beside them.

use std::{fs, path::Path, process::Command};

/// Runs `npm ci` in this folder when one of these packages (`node_modules/…`) is absent or not the pinned one.
pub fn install(web: &Path, packages: &[&str]) -> Result<(), String> {
    let wanted = web.join("package.json");
    let wanted = fs::read_to_string(&wanted).map_err(|error| format!("{}: {error}", wanted.display()))?;
    let pinned = |package: &&str| {
        let manifest = fs::read_to_string(web.join(package).join("package.json")).unwrap_or_default();
        let version = quoted_after(&manifest, "\"version\"");
        let name = package.trim_start_matches("node_modules/");
        version.is_some() && version == quoted_after(&wanted, &format!("\"{name}\""))
    };
    if packages.iter().all(pinned) {
        return Ok(());
    }
    let status = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(web)
        .status()
        .map_err(|error| {
            format!(
                "the packages are missing and npm could not be started ({error}). Install Node.js 20 or later \
                 with npm, then build again; or run `npm ci --ignore-scripts` in {} on a machine that has it.",
                web.display()
            )
        })?;
    if !status.success() {
        return Err(format!("`npm ci --ignore-scripts` failed in {}: see its message above", web.display()));
    }
    Ok(())
}

/// The quoted text that follows a key in a JSON file of ours or of a package.
fn quoted_after<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let rest = &text[text.find(key)? + key.len()..];
    rest.split('"').nth(1)
}
