//! No circle of files: whoever reads one file of a crate must not have to read all of those that read it. A `mod.rs` (or `lib.rs`) is the
//! table of contents of its folder: that it names its own files makes no circle, that they use what stands in it counts.

use super::{Breach, File};
use crate::rust::Token;
use std::collections::{BTreeMap, BTreeSet};

/// Circles that stood when the check came, each as its files in order. A circle may get smaller or go; none is added.
const KNOWN: [(&str, &[&str]); 10] = [
    ("crates/kernel/src", &["time", "typed"]),
    ("crates/areas/people/src", &["public", "tell"]),
    ("crates/areas/running/src", &["users::edit", "users::one"]),
    ("crates/areas/running/src", &["figures::breakdown", "figures::frozen", "figures::page"]),
    ("crates/platform/src", &["figures::compute", "figures::fresh"]),
    ("crates/platform/src", &["imports::engine", "imports::job"]),
    ("crates/promises/src", &["clocks", "measures", "shelf", "standards::read", "standards::set"]),
    ("crates/ui/src", &["choices", "forms", "uploads"]),
    ("crates/ui/src", &["cards", "charts", "summary"]),
    ("crates/demo/src", &["errors", "people", "world"]),
];
/// `Platform` and `App` hold what every module of their crate declares, and every module takes them: each of these two crates has one circle
/// about them, which whoever adds a module there joins.
const HUBS: [(&str, &str); 2] = [("crates/platform/src", "unit"), ("crates/frame/src", "app")];

type Module = Vec<String>;

/// The files of a crate: each module with what it names and what it passes on.
#[derive(Default)]
struct Crate {
    modules: BTreeMap<Module, Named>,
}

#[derive(Default)]
struct Named {
    is_face: bool,
    uses: Vec<Module>,
    passes_on: Vec<Module>,
}

/// The circles of all crates.
pub fn check(files: &[File]) -> Vec<Breach> {
    let mut crates: BTreeMap<&str, Crate> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.product.is_empty()) {
        let Some((root, module, is_face)) = module(&file.name) else { continue };
        let (uses, passes_on) = named(&file.product, &module);
        crates.entry(root).or_default().modules.insert(module, Named { is_face, uses, passes_on });
    }
    let mut breaches = Vec::new();
    for (root, all) in &crates {
        for circle in circles(&all.arrows()) {
            let names: Vec<String> = circle.iter().map(|module| module.join("::")).collect();
            let within = |known: &[&str]| names.iter().all(|name| known.contains(&name.as_str()));
            let known = KNOWN.iter().any(|(of, known)| of == root && within(known))
                || HUBS.iter().any(|(of, hub)| of == root && names.iter().any(|name| name == hub));
            if !known {
                let what = format!(
                    "{} use each other in a circle: move what they share into a file below them",
                    names.join(", ")
                );
                breaches.push(Breach::new(*root, what));
            }
        }
    }
    breaches
}

/// `crates/areas/works/src`, the module's path in it, and whether the file is a folder's face.
fn module(name: &str) -> Option<(&str, Module, bool)> {
    let at = name.find("/src/")? + "/src".len();
    let (root, path) = (&name[..at], name[at + 1..].strip_suffix(".rs")?);
    let mut module: Module = path.split('/').map(str::to_owned).collect();
    let is_face = module.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main"));
    if is_face {
        module.pop();
    }
    Some((root, module, is_face))
}

/// The paths below `crate`, `super` and `self` that a file names, and those that it passes on by `pub use`.
fn named(tokens: &[Token], module: &[String]) -> (Vec<Module>, Vec<Module>) {
    let (mut uses, mut passes_on) = (Vec::new(), Vec::new());
    let mut index = 0;
    while index < tokens.len() {
        let word = tokens[index].word().unwrap_or_default();
        if word == "use" && begins_with_pub(tokens, index) {
            let from = index + 1;
            let (start, base) = base_of(tokens, from, module).unwrap_or((from, module.to_vec()));
            paths(tokens, start, base, &mut passes_on);
        }
        let after_path = index > 0 && tokens[index - 1].is(':');
        match base_of(tokens, index, module).filter(|_| !after_path) {
            Some((start, base)) => index = paths(tokens, start, base, &mut uses).max(index + 1),
            None => index += 1,
        }
    }
    (uses, passes_on)
}

/// `pub use`, `pub(crate) use`.
fn begins_with_pub(tokens: &[Token], at: usize) -> bool {
    let back = tokens[..at].iter().rev();
    back.take(5).find_map(|token| token.word().filter(|word| !matches!(*word, "crate" | "super" | "in"))) == Some("pub")
}

/// Where the path behind `crate::`, `self::` or `super::super::` begins, and the module that it begins in.
fn base_of(tokens: &[Token], at: usize, module: &[String]) -> Option<(usize, Module)> {
    let joins = |at: usize| tokens.get(at).is_some_and(|t| t.is(':')) && tokens.get(at + 1).is_some_and(|t| t.is(':'));
    let word = tokens.get(at)?.word()?;
    if !joins(at + 1) {
        return None;
    }
    let up = |module: &[String]| module[..module.len().saturating_sub(1)].to_vec();
    match word {
        "crate" => Some((at + 3, Vec::new())),
        "self" => Some((at + 3, module.to_vec())),
        "super" => {
            let (mut at, mut base) = (at + 3, up(module));
            while tokens.get(at).and_then(Token::word) == Some("super") && joins(at + 1) {
                (at, base) = (at + 3, up(&base));
            }
            Some((at, base))
        }
        _ => None,
    }
}

/// Collects the paths of `a::b`, `a::{b, c::d}` and gives the place behind them.
fn paths(tokens: &[Token], mut at: usize, mut path: Module, found: &mut Vec<Module>) -> usize {
    loop {
        match tokens.get(at) {
            Some(token) if token.is('{') => {
                at += 1;
                while let Some(token) = tokens.get(at).filter(|token| !token.is('}')) {
                    at = match token {
                        token if token.is(',') => at + 1,
                        token if token.word() == Some("as") => at + 2,
                        _ => paths(tokens, at, path.clone(), found),
                    };
                }
                return at + 1;
            }
            Some(token) if token.word().is_some() => {
                path.extend(token.word().map(str::to_owned));
                at += 1;
                let joins = tokens.get(at).is_some_and(|t| t.is(':')) && tokens.get(at + 1).is_some_and(|t| t.is(':'));
                if !joins {
                    found.push(path);
                    return at;
                }
                at += 2;
            }
            _ => {
                found.push(path);
                return at + 1;
            }
        }
    }
}

impl Crate {
    /// Which file uses which.
    fn arrows(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let mut arrows: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (module, named) in &self.modules {
            for path in &named.uses {
                let Some(used) = self.owner(path, 0) else { continue };
                let own = named.is_face && used.starts_with(module);
                if used != *module && !own {
                    arrows.entry(module.clone()).or_default().insert(used);
                }
            }
        }
        arrows
    }

    /// The file that a path leads into: through what faces pass on to where it stands.
    fn owner(&self, path: &[String], depth: usize) -> Option<Module> {
        for length in (0..=path.len()).rev() {
            let Some(named) = self.modules.get(&path[..length]) else { continue };
            if let Some(item) = path.get(length)
                && depth < 6
                && let Some(passed) =
                    named.passes_on.iter().find(|passed| passed.last() == Some(item) && *passed != path)
            {
                return self.owner(passed, depth + 1);
            }
            return Some(path[..length].to_vec());
        }
        None
    }
}

/// The groups of files of which each reaches each.
fn circles(arrows: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<Module>> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        arrows.keys().map(|module| (module, reach(arrows, module))).collect();
    let mut circles: Vec<Vec<Module>> = Vec::new();
    for (module, to) in &reached {
        if !to.contains(module) || circles.iter().any(|circle| circle.contains(module)) {
            continue;
        }
        let members = to.iter().filter(|other| reached.get(**other).is_some_and(|back| back.contains(module)));
        circles.push(members.map(|member| (*member).clone()).collect());
    }
    circles
}

/// All files that one leads to.
fn reach<'a>(arrows: &'a BTreeMap<Module, BTreeSet<Module>>, from: &'a Module) -> BTreeSet<&'a Module> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(module) = next.pop() {
        next.extend(arrows.get(module).into_iter().flatten().filter(|to| seen.insert(*to)));
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<File> =
            files.iter().map(|(name, source)| File::read(format!("crates/areas/works/src/{name}"), source)).collect();
        check(&files).into_iter().map(|breach| breach.what).collect()
    }

    #[test]
    fn files_that_use_each_other_are_named() {
        let straight = [
            ("lib.rs", "mod a; mod b; fn f() { a::g(); b::h(); }"),
            ("a.rs", "use crate::b::h;"),
            ("b.rs", "pub fn h() {} #[cfg(test)] mod tests { use crate::a::g; }"),
        ];
        assert_eq!(found(&straight), Vec::<String>::new());
        let circle =
            [("a.rs", "use crate::b::h;"), ("b.rs", "fn f() { crate::c::g() }"), ("c.rs", "use super::{a::{g}};")];
        let said = found(&circle);
        assert!(said.len() == 1 && said[0].starts_with("a, b, c use each other"), "{said:?}");
    }

    #[test]
    fn a_face_is_a_table_of_contents_and_what_it_passes_on_leads_through() {
        let folder = [
            ("a/mod.rs", "mod web; pub const SCOPE: u8 = 1; pub fn add() { web::add() }"),
            ("a/web.rs", "use super::SCOPE; pub fn add() {}"),
        ];
        assert_eq!(found(&folder), Vec::<String>::new());
        let through = [
            ("a/mod.rs", "mod web; pub use web::add;"),
            ("a/web.rs", "use crate::b; pub fn add() {}"),
            ("b.rs", "use crate::a::add;"),
        ];
        assert_eq!(found(&through).len(), 1);
    }
}
