//! The arrows point down: each crate stands on a floor and depends on lower floors only. What is heavy or external lives in an adapter.

use super::Breach;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

/// The floors, lowest first. Crates of one floor do not depend on each other, but for areas.
const FLOORS: &[(&str, Floor)] = &[
    // The outside dependencies with one set of features; it holds no code.
    ("rooftree-unify", Floor::Outside),
    ("rooftree-boxed", Floor::Outside),
    ("rooftree-kernel", Floor::Kernel),
    ("rooftree-promises", Floor::Promises),
    ("rooftree-platform", Floor::Platform),
    ("rooftree-ui", Floor::Platform),
    ("rooftree-frame", Floor::Frame),
    ("rooftree-app", Floor::App),
    ("rooftree-demo", Floor::Demo),
    ("rooftree-testkit", Floor::Testkit),
    ("rooftree-cli", Floor::Cli),
    ("rooftree-bench", Floor::Cli),
    ("xtask", Floor::Chores),
];

/// Dependencies that are heavy or reach outside: adapters alone have them, so that working on an area never builds them.
const ADAPTERS_ONLY: [&str; 10] = [
    "calamine",
    "krilla",
    "lettre",
    "object_store",
    "openidconnect",
    "parley",
    "reqwest",
    "rust_xlsxwriter",
    "typst",
    "vrp-pragmatic",
];

/// Where a crate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Floor {
    Outside,
    Kernel,
    Promises,
    Platform,
    Frame,
    Area,
    Adapter,
    App,
    Demo,
    Testkit,
    Cli,
    Chores,
}

impl Floor {
    /// Whether a crate here may depend on one there. Development dependencies may reach the test kit as well.
    fn may_use(self, other: Self, for_tests: bool) -> bool {
        match (self, other) {
            (_, Self::Testkit) if for_tests => self != Self::Chores,
            (Self::Testkit, _) => other < Self::Testkit,
            (Self::Cli, _) => other < Self::Testkit,
            (Self::Chores, _) => other == Self::Adapter || other <= Self::Kernel,
            // Adapters implement the platform's ports and know nothing else; only those who wire them name them.
            (Self::Adapter, _) => other <= Self::Platform,
            (_, Self::Adapter) => false,
            (Self::Area, Self::Area) => true,
            _ => other < self,
        }
    }
}

/// A crate of the workspace.
#[derive(Debug)]
struct Member {
    name: String,
    floor: Option<Floor>,
    /// Each dependency and whether it is for tests only.
    uses: Vec<(String, bool)>,
}

/// All crates of the workspace with what they use.
#[derive(Debug)]
pub struct House(Vec<Member>);

impl House {
    /// Asks cargo.
    pub fn load(root: &Path) -> Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
            .current_dir(root)
            .output()
            .context("running cargo metadata")?;
        ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        Self::read(&serde_json::from_slice(&output.stdout)?).context("cargo metadata said something unexpected")
    }

    fn read(metadata: &Value) -> Option<Self> {
        let mut members = Vec::new();
        for package in metadata["packages"].as_array()? {
            let name = package["name"].as_str()?.to_owned();
            let path = package["manifest_path"].as_str()?.replace('\\', "/");
            let floor = if path.contains("/crates/areas/") {
                Some(Floor::Area)
            } else if path.contains("/crates/adapters/") {
                Some(Floor::Adapter)
            } else {
                FLOORS.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor)
            };
            let uses = package["dependencies"].as_array()?.iter().filter_map(|dependency| {
                Some((dependency["name"].as_str()?.to_owned(), dependency["kind"].as_str() == Some("dev")))
            });
            let uses = uses.collect();
            members.push(Member { name, floor, uses });
        }
        Some(Self(members))
    }

    /// How many crates there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Dependencies that point upwards or outside.
    pub fn breaches(&self) -> Vec<Breach> {
        let floors: BTreeMap<&str, Floor> =
            self.0.iter().filter_map(|member| Some((member.name.as_str(), member.floor?))).collect();
        let mut breaches = Vec::new();
        for member in &self.0 {
            let Some(floor) = member.floor else {
                breaches.push(Breach::new(
                    &member.name,
                    "this crate stands on no floor: add it to FLOORS in crates/xtask/src/arch/arrows.rs",
                ));
                continue;
            };
            for (used, for_tests) in &member.uses {
                if let Some(other) = floors.get(used.as_str())
                    && !floor.may_use(*other, *for_tests)
                {
                    let what = format!("{} may not depend on {used}: {}", member.name, why(floor, *other));
                    breaches.push(Breach::new(&member.name, what));
                }
                if (Floor::Kernel..Floor::Adapter).contains(&floor)
                    && !for_tests
                    && ADAPTERS_ONLY.contains(&used.as_str())
                {
                    let what = format!(
                        "{used} is heavy or reaches outside: put it behind a port of the platform, in an adapter"
                    );
                    breaches.push(Breach::new(&member.name, what));
                }
            }
        }
        breaches
    }

    /// The areas, each after those that it depends on. Cargo refuses circles, so there is always such an order.
    pub fn order(&self) -> Vec<String> {
        let areas: BTreeMap<&str, &Member> = self
            .0
            .iter()
            .filter(|member| member.floor == Some(Floor::Area))
            .map(|area| (area.name.as_str(), area))
            .collect();
        let (mut order, mut placed): (Vec<String>, BTreeSet<&str>) = (Vec::new(), BTreeSet::new());
        while placed.len() < areas.len() {
            let next = areas.iter().find(|(name, area)| {
                let ready = |used: &str| !areas.contains_key(used) || placed.contains(used);
                !placed.contains(*name) && area.uses.iter().all(|(used, for_tests)| *for_tests || ready(used))
            });
            let Some((name, _)) = next else { break };
            placed.insert(name);
            order.push(name.trim_start_matches("rooftree-").to_owned());
        }
        order
    }

    /// The areas' crates as code names them: `rooftree_homes`.
    pub fn area_crates(&self) -> BTreeSet<String> {
        let areas = self.0.iter().filter(|member| member.floor == Some(Floor::Area));
        areas.map(|area| area.name.replace('-', "_")).collect()
    }
}

fn why(floor: Floor, other: Floor) -> &'static str {
    match (floor, other) {
        (Floor::Adapter, _) => "an adapter knows the platform's ports and nothing above",
        (_, Floor::Adapter) => "adapters are reached through the platform's ports; the command line wires them",
        (_, Floor::Testkit) => "the test kit is for tests: make it a development dependency",
        _ => "the arrows point down: cli → app → areas → frame → (platform, ui) → promises → kernel",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Name, folder, and dependencies with their kinds.
    type Package<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

    fn house(packages: &[Package<'_>]) -> House {
        let packages: Vec<Value> = packages
            .iter()
            .map(|(name, path, uses)| {
                let uses: Vec<Value> = uses.iter().map(|(used, kind)| json!({ "name": used, "kind": kind })).collect();
                json!({ "name": name, "manifest_path": format!("/w/crates/{path}/Cargo.toml"), "dependencies": uses })
            })
            .collect();
        House::read(&json!({ "packages": packages })).unwrap()
    }

    #[test]
    fn arrows_that_point_up_are_named() {
        let sound = house(&[
            ("rooftree-kernel", "kernel", &[]),
            ("rooftree-platform", "platform", &[("rooftree-kernel", ""), ("rooftree-testkit", "dev")]),
            ("rooftree-homes", "areas/homes", &[("rooftree-platform", "")]),
            ("rooftree-people", "areas/people", &[("rooftree-homes", "")]),
            ("rooftree-mail", "adapters/mail", &[("rooftree-platform", ""), ("lettre", "")]),
            ("rooftree-testkit", "testkit", &[("rooftree-mail", "")]),
        ]);
        assert_eq!(sound.breaches(), []);
        assert_eq!(sound.order(), ["homes", "people"]);

        let broken = house(&[
            ("rooftree-platform", "platform", &[("rooftree-homes", ""), ("rooftree-ui", "")]),
            ("rooftree-ui", "ui", &[]),
            ("rooftree-homes", "areas/homes", &[("rooftree-mail", ""), ("reqwest", ""), ("rooftree-testkit", "")]),
            ("rooftree-mail", "adapters/mail", &[("rooftree-homes", "")]),
            ("rooftree-testkit", "testkit", &[]),
            ("rooftree-attic", "attic", &[]),
        ]);
        let breaches: Vec<String> = broken.breaches().iter().map(ToString::to_string).collect();
        assert_eq!(breaches.len(), 7, "{breaches:#?}");
        assert!(breaches.iter().any(|breach| breach.starts_with("rooftree-attic: this crate stands on no floor")));
        assert!(breaches.iter().any(|breach| breach.contains("reqwest is heavy")));
    }
}
