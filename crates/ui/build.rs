//! Bundles the stylesheet, the scripts and the fonts into files under `OUT_DIR`, each with the hash of its content in its
//! name, so that a browser may keep them for ever. The packages come from npm, pinned by `web/package-lock.json`.

use flate2::{Compression, write::GzEncoder};
use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

mod npm;

/// Where the pages fetch the files from.
const PREFIX: &str = "/assets/";
/// The package that the styles and the behaviour of forms come from.
const GOVUK: &str = "node_modules/govuk-frontend";
/// The typeface: made for legibility by the Braille Institute, SIL Open Font License.
const FONT: &str = "node_modules/@fontsource/atkinson-hyperlegible-next";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("rooftree-ui: {message}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(|error| error.to_string())?);
    let mut bundle = Bundle::new(PathBuf::from(env::var("OUT_DIR").map_err(|error| error.to_string())?));
    let web = root.join("web");
    npm::install(&web, &[GOVUK, FONT])?;

    let fonts = add_fonts(&web, &mut bundle)?;
    let css = govuk_css(&web)? + &fonts + &concatenate(&root.join("css"), "css", plain_css)?;
    bundle.add("rooftree.css", "text/css; charset=utf-8", css.as_bytes())?;

    let govuk_js = read(&web.join(GOVUK).join("dist/govuk/govuk-frontend.min.js"))?;
    let govuk_js = govuk_js.split("//# sourceMappingURL").next().unwrap_or_default();
    let govuk_path = bundle.add("govuk.js", "text/javascript; charset=utf-8", govuk_js.as_bytes())?;
    let ours = concatenate(&root.join("js"), "js", module_block)?;
    let js = format!("import {{ initAll }} from \"{govuk_path}\";\n{ours}");
    bundle.add("rooftree.js", "text/javascript; charset=utf-8", js.as_bytes())?;
    bundle.add("mark.svg", "image/svg+xml", &fs::read(root.join("css/mark.svg")).map_err(|e| e.to_string())?)?;
    // GOV.UK Frontend's package does not carry its licence's text, so that a copy stands beside package.json.
    let licences = format!(
        "GOV.UK Frontend\n\n{}\n\nAtkinson Hyperlegible Next\n\n{}",
        read(&web.join("govuk-frontend-licence.txt"))?,
        read(&web.join(FONT).join("LICENSE"))?
    );
    bundle.add("licences.txt", "text/plain; charset=utf-8", licences.as_bytes())?;
    bundle.write_index()?;

    for watched in [
        "build.rs",
        "npm.rs",
        "css",
        "js",
        "web/package.json",
        "web/package-lock.json",
        "web/govuk-frontend-licence.txt",
    ] {
        println!("cargo:rerun-if-changed={watched}");
    }
    println!("cargo:rerun-if-changed=web/{GOVUK}/package.json");
    Ok(())
}

/// GOV.UK Frontend's styles without its typeface (only gov.uk services may serve it) and without its crest.
fn govuk_css(web: &Path) -> Result<String, String> {
    let mut css = read(&web.join(GOVUK).join("dist/govuk/govuk-frontend.min.css"))?;
    while let Some(start) = css.find("@font-face{") {
        let end = css[start..].find('}').ok_or("an unfinished @font-face in govuk-frontend")? + start + 1;
        css.replace_range(start..end, "");
    }
    while let Some(start) = css.find("/*!") {
        let end = css[start..].find("*/").ok_or("an unfinished comment in govuk-frontend")? + start + 2;
        css.replace_range(start..end, "");
    }
    let css = css
        .split("/*# sourceMappingURL")
        .next()
        .unwrap_or_default()
        .replace("GDS Transport,arial,sans-serif", "var(--rt-font)")
        .replace("url(/assets/images/govuk-crest.svg)", "none");
    match ["GDS Transport", "url("].iter().find(|text| css.contains(*text)) {
        Some(left) => Err(format!("govuk-frontend's stylesheet has changed: ‘{left}’ is still in it; update build.rs")),
        None => Ok(css + "\n"),
    }
}

/// Adds the regular and the bold cut (Latin and extended Latin, for names) and gives the rules that load them.
fn add_fonts(web: &Path, bundle: &mut Bundle) -> Result<String, String> {
    let mut rules = String::new();
    for weight in ["400", "700"] {
        for block in read(&web.join(FONT).join(format!("{weight}.css")))?.split("@font-face").skip(1) {
            let file = block.split("url(./").nth(1).and_then(|rest| rest.split(')').next());
            let file = file.ok_or("a @font-face without a file in @fontsource")?;
            let range = block.split("unicode-range:").nth(1).and_then(|rest| rest.split(';').next());
            let bytes = fs::read(web.join(FONT).join(file)).map_err(|error| format!("{file}: {error}"))?;
            let name = Path::new(file).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let path = bundle.add(&name, "font/woff2", &bytes)?;
            let range = range.map(|range| format!("unicode-range:{};", range.trim())).unwrap_or_default();
            rules += &format!(
                "@font-face{{font-family:\"Atkinson Hyperlegible Next\";font-style:normal;font-weight:{weight};\
                 font-display:swap;{range}src:url({path}) format(\"woff2\")}}\n"
            );
        }
    }
    Ok(rules)
}

/// All files of a folder with that extension, in the order of their names, each passed through `shape`.
fn concatenate(folder: &Path, extension: &str, shape: fn(&str) -> String) -> Result<String, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    files.iter().map(|path| Ok(shape(&read(path)?))).collect()
}

/// A stylesheet without its comments and indentation.
fn plain_css(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        out += before;
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out += rest;
    let lines = out.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// A module as a block of the one script: `core.js` (first by name) stays open and is shared; the others import from it, so
/// their import lines fall away and each keeps its own names in a block.
fn module_block(text: &str) -> String {
    let shared = text.contains("export ");
    let body: Vec<&str> = text.lines().filter(|line| !line.starts_with("import ")).collect();
    let body = body.join("\n").replace("export ", "");
    if shared { body + "\n" } else { format!("{{\n{body}\n}}\n") }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The files made so far.
struct Bundle {
    out: PathBuf,
    index: String,
}

impl Bundle {
    fn new(out: PathBuf) -> Self {
        Self { out, index: String::new() }
    }

    /// Writes a file and its compressed copy under a name with its hash; gives the path that pages use.
    fn add(&mut self, name: &str, media_type: &str, bytes: &[u8]) -> Result<String, String> {
        let (stem, extension) = name.rsplit_once('.').ok_or("a file without an extension")?;
        let file = format!("{stem}-{:016x}.{extension}", fnv1a(bytes));
        let write =
            |file: &str, bytes: &[u8]| fs::write(self.out.join(file), bytes).map_err(|e| format!("{file}: {e}"));
        write(&file, bytes)?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).map_err(|error| error.to_string())?;
        let zipped = encoder.finish().map_err(|error| error.to_string())?;
        let worthwhile = zipped.len() * 10 < bytes.len() * 9;
        if worthwhile {
            write(&format!("{file}.gz"), &zipped)?;
        }
        let include = |suffix: &str| format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}{suffix}\"))");
        let gzip = if worthwhile { format!("Some({})", include(".gz")) } else { "None".to_owned() };
        self.index += &format!(
            "    Asset {{ name: {name:?}, path: \"{PREFIX}{file}\", media_type: {media_type:?}, bytes: {}, gzip: {gzip} }},\n",
            include("")
        );
        Ok(format!("{PREFIX}{file}"))
    }

    fn write_index(&self) -> Result<(), String> {
        let text = format!("&[\n{}]\n", self.index);
        fs::write(self.out.join("assets.in"), text).map_err(|error| error.to_string())
    }
}

/// FNV-1a: the name needs a stable digest, not a secret one.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
