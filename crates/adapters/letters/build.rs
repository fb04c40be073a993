//! Unpacks the typefaces of printed letters into `OUT_DIR`, from packages of npm that `web/package-lock.json` pins, and lists them for
//! `src/typefaces.rs`. All are under the SIL Open Font License, which lets them be embedded.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

#[path = "../../ui/npm.rs"]
mod npm;

/// Package, and those of its alphabets that are taken, regular and bold. The order is that in which a character's typeface is looked for:
/// Atkinson Hyperlegible Next, made for legibility by the Braille Institute and that of the pages, then Noto for what it lacks.
const FONTSOURCE: [(&str, &[&str]); 8] = [
    ("atkinson-hyperlegible-next", &["latin", "latin-ext"]),
    ("noto-sans", &["latin", "latin-ext", "vietnamese", "cyrillic", "cyrillic-ext", "greek"]),
    ("noto-sans-arabic", &["arabic"]),
    ("noto-sans-bengali", &["bengali"]),
    ("noto-sans-devanagari", &["devanagari"]),
    ("noto-sans-ethiopic", &["ethiopic"]),
    ("noto-sans-gujarati", &["gujarati"]),
    ("noto-sans-gurmukhi", &["gurmukhi"]),
];
/// Chinese, simplified and traditional; one weight, for it is larger than all others together.
const CHINESE: &str = "node_modules/@embedpdf/fonts-sc";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("rooftree-letters: {message}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(|error| error.to_string())?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(|error| error.to_string())?);
    let web = root.join("web");
    let packages: Vec<String> =
        FONTSOURCE.iter().map(|(package, _)| format!("node_modules/@fontsource/{package}")).collect();
    let mut wanted: Vec<&str> = packages.iter().map(String::as_str).collect();
    wanted.push(CHINESE);
    npm::install(&web, &wanted)?;

    let mut index = String::new();
    for ((name, alphabets), package) in FONTSOURCE.iter().zip(&packages) {
        for alphabet in *alphabets {
            for weight in [400, 700] {
                let file = format!("{name}-{alphabet}-{weight}-normal");
                let packed = read(&web.join(package).join(format!("files/{file}.woff")))?;
                let unpacked = wuff::decompress_woff1(&packed).map_err(|error| format!("{file}.woff: {error:?}"))?;
                fs::write(out.join(format!("{file}.ttf")), unpacked).map_err(|error| format!("{file}.ttf: {error}"))?;
                let bytes = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}.ttf\"))");
                index +=
                    &format!("    Face {{ family: \"{name}-{alphabet}\", weight: {weight}.0, bytes: {bytes} }},\n");
            }
        }
    }
    let chinese = web.join(CHINESE).join("fonts/NotoSansHans-Regular.otf");
    let bytes = format!("include_bytes!({:?})", chinese.display().to_string());
    index += &format!("    Face {{ family: \"noto-sans-sc\", weight: 400.0, bytes: {bytes} }},\n");
    fs::write(out.join("faces.in"), format!("&[\n{index}]\n")).map_err(|error| error.to_string())?;

    for watched in ["build.rs", "../../ui/npm.rs", "web/package.json", "web/package-lock.json"] {
        println!("cargo:rerun-if-changed={watched}");
    }
    println!("cargo:rerun-if-changed=web/{CHINESE}/package.json");
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}
