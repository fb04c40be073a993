//! A new module: its folder with every file of the anatomy, each small but real, so that it compiles, answers and can be tested before
//! anything of its own is written. Its rows are cases with a promise about them, so that a clock, its page and a figure are there at once.

use anyhow::{Context, Result, bail, ensure};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

/// The files of a module.
const FILES: [(&str, &str); 10] = [
    ("mod.rs", include_str!("../templates/mod.rs.txt")),
    ("model.rs", include_str!("../templates/model.rs.txt")),
    ("rules.rs", include_str!("../templates/rules.rs.txt")),
    ("commands.rs", include_str!("../templates/commands.rs.txt")),
    ("store.rs", include_str!("../templates/store.rs.txt")),
    ("queries.rs", include_str!("../templates/queries.rs.txt")),
    ("forms.rs", include_str!("../templates/forms.rs.txt")),
    ("views.rs", include_str!("../templates/views.rs.txt")),
    ("web.rs", include_str!("../templates/web.rs.txt")),
    ("list.rs", include_str!("../templates/list.rs.txt")),
];
/// Its table.
const MIGRATION: &str = include_str!("../templates/migration.sql.txt");
/// Its promise.
const STANDARD: &str = include_str!("../templates/standard.toml.txt");

/// Words that no module of Rust can be called by, those that the language keeps for later among them.
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if impl \
    in let loop macro match mod move mut override priv pub ref return self static struct super trait true try type typeof unsafe unsized \
    use virtual where while yield";

/// The forms of a module's name, and its area's.
struct Names {
    /// `homes`
    area: String,
    /// `void_lettings`
    snake: String,
    /// `void-lettings`
    dash: String,
    /// `void lettings`
    words: String,
    /// `Void lettings`
    title: String,
    /// `VoidLettings`
    camel: String,
    /// What its references begin with: `VL`
    letters: String,
}

impl Names {
    fn of(area: &str, name: &str) -> Result<Self> {
        let snake = name.trim().to_lowercase().replace([' ', '-'], "_");
        let sound = snake
            .split('_')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
        ensure!(
            sound && snake.starts_with(|c: char| c.is_ascii_lowercase()),
            "‘{name}’ is not a module's name: use one or two words of the trade in letters, such as lettings"
        );
        ensure!(
            !KEYWORDS.split_whitespace().any(|keyword| keyword == snake),
            "‘{snake}’ is a word of Rust, so no module can have it for its name: use another word of the trade"
        );
        let words = snake.replace('_', " ");
        let capital = |word: &str| {
            word.chars().next().map(|first| first.to_uppercase().to_string() + &word[1..]).unwrap_or_default()
        };
        let letter = |c: &char| c.is_ascii_alphabetic();
        let initials: String = snake.split('_').filter_map(|part| part.chars().next().filter(letter)).collect();
        let letters = if initials.len() > 1 { initials } else { snake.chars().filter(letter).take(2).collect() };
        Ok(Self {
            area: area.to_owned(),
            letters: letters.to_uppercase(),
            dash: snake.replace('_', "-"),
            title: capital(&words),
            camel: snake.split('_').map(capital).collect(),
            words,
            snake,
        })
    }

    fn fill(&self, template: &str) -> String {
        template
            .replace("@name@", &self.snake)
            .replace("@dash@", &self.dash)
            .replace("@words@", &self.words)
            .replace("@Title@", &self.title)
            .replace("@Camel@", &self.camel)
            .replace("@LETTERS@", &self.letters)
            .replace("@area@", &self.area)
    }
}

/// Writes the folder, the promise and the migration, and adds the module to the area's `lib.rs`.
pub fn new_module(root: &Path, area: &str, name: &str) -> Result<()> {
    let names = Names::of(area, name)?;
    let home = home_of(root, area)?;
    let folder = home.join("src").join(&names.snake);
    ensure!(
        !folder.exists() && !folder.with_extension("rs").exists(),
        "{} is there already: choose another name",
        folder.display()
    );
    let library = home.join("src/lib.rs");
    let text = std::fs::read_to_string(&library)?;
    ensure!(
        text.contains("MIGRATIONS"),
        "the area {area} has no MIGRATIONS, so its table would never be made: declare them in its lib.rs as people does"
    );
    let before = Migrations::of(root)?;
    ensure!(!before.makes_table(&names.snake), "there is a table ‘{}’ already: choose another name", names.snake);
    let declared = declare(&text, &names.snake);
    std::fs::create_dir_all(&folder)?;
    for (file, template) in FILES {
        std::fs::write(folder.join(file), names.fill(template)).with_context(|| format!("writing {file}"))?;
    }
    let migration = format!("migrations/{}_{area}_create_{}.sql", before.next_number(), names.snake);
    let standard = format!("standards/{}.toml", names.snake);
    for folder in ["migrations", "standards"] {
        std::fs::create_dir_all(home.join(folder))?;
    }
    std::fs::write(home.join(&standard), names.fill(STANDARD))?;
    std::fs::write(home.join(&migration), names.fill(MIGRATION))?;
    std::fs::write(&library, declared)?;
    tidy(&folder);
    println!("Made in crates/areas/{area}: src/{}, {standard} and {migration}.", names.snake);
    println!("Next:\n{}", next_steps(area, &names));
    Ok(())
}

/// The folder of an area that there is.
fn home_of(root: &Path, area: &str) -> Result<PathBuf> {
    let areas = root.join("crates/areas");
    let home = areas.join(area);
    if !home.join("src/lib.rs").is_file() {
        let known: BTreeSet<String> = std::fs::read_dir(&areas)?
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        bail!("there is no area ‘{area}’ in crates/areas: it has {}", known.into_iter().collect::<Vec<_>>().join(", "));
    }
    Ok(home)
}

fn next_steps(area: &str, names: &Names) -> String {
    format!(
        "  1. in crates/areas/{area}/src/lib.rs, where area() builds its Area:  {0}::add(&mut area);\n  \
           2. in crates/app/roles.toml, grant {1}.view and {1}.edit to the roles that need them\n  \
           3. cargo xtask db migrate     makes the table, so that the queries compile\n  \
           4. cargo check -p rooftree-{area}\n  \
           5. write what the module is for: rules first, with their tests; the promise in standards/{0}.toml\n  \
           6. cargo xtask prepare        and commit .sqlx with the code",
        names.snake, names.dash
    )
}

/// The library with `pub mod NAME;` among its modules, in the order of names.
fn declare(library: &str, name: &str) -> String {
    let line = format!("pub mod {name};");
    let is_module = |text: &str| text.starts_with("pub mod ") && text.ends_with(';');
    let lines: Vec<&str> = library.lines().collect();
    let modules: Vec<usize> = (0..lines.len()).filter(|index| is_module(lines[*index])).collect();
    let at = match modules.iter().find(|index| lines[**index] > line.as_str()) {
        Some(index) => *index,
        // After the last module, else after the head of documentation.
        None => match modules.last() {
            Some(last) => last + 1,
            None => lines.iter().position(|text| !text.starts_with("//!")).unwrap_or(lines.len()),
        },
    };
    let mut out: Vec<&str> = lines[..at].to_vec();
    out.push(&line);
    out.extend(&lines[at..]);
    out.join("\n") + "\n"
}

/// Lines break differently with names of another length. Where rustfmt is not installed, `./test format` will say so later.
fn tidy(folder: &Path) {
    // Of a module's file it formats those of the modules in it as well.
    let done = Command::new("rustfmt").args(["--edition", "2024"]).arg(folder.join("mod.rs")).output();
    if !done.is_ok_and(|output| output.status.success()) {
        println!("rustfmt did not run: format the new files before you commit them.");
    }
}

/// The migrations of all areas.
struct Migrations {
    newest: i64,
    /// Their SQL, in small letters.
    text: String,
}

impl Migrations {
    fn of(root: &Path) -> Result<Self> {
        let mut all = Self { newest: 0, text: String::new() };
        for path in crate::files::ending(&root.join("crates"), ".sql")? {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let number = name.split('_').next().and_then(|digits| digits.parse::<i64>().ok());
            // Migrations are numbered like 20261122093000; SQL of measures is not.
            if let Some(number) = number.filter(|number| *number > 20_000_000_000_000) {
                all.newest = all.newest.max(number);
                all.text.push_str(&std::fs::read_to_string(&path)?.to_lowercase());
            }
        }
        Ok(all)
    }

    fn makes_table(&self, name: &str) -> bool {
        let apart = self.text.split(|c: char| c.is_whitespace() || c == '(');
        let words: Vec<&str> = apart.filter(|word| !word.is_empty()).collect();
        words.windows(3).any(|words| words == ["create", "table", name])
    }

    /// The present time in UTC, such as 20261122093000, but after the newest migration: one that came before another was run is refused.
    fn next_number(&self) -> i64 {
        let now = Command::new("date").args(["-u", "+%Y%m%d%H%M%S"]).output().ok();
        let now: i64 = now.and_then(|output| String::from_utf8(output.stdout).ok()?.trim().parse().ok()).unwrap_or(0);
        now.max(self.newest + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_forms() {
        let names = Names::of("homes", "Void lettings").unwrap();
        assert_eq!(
            names.fill("@area@ @name@ @dash@ @words@ @Title@ @Camel@ @LETTERS@"),
            "homes void_lettings void-lettings void lettings Void lettings VoidLettings VL"
        );
        for (name, letters) in [("fobs", "FO"), ("plan_2", "PL"), ("key_fobs_lost", "KFL")] {
            assert_eq!(Names::of("homes", name).unwrap().letters, letters);
        }
        for wrong in ["", "1st", "a/b", "../x", "é", "a__b", "Match", "type"] {
            assert!(Names::of("homes", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_module_is_declared_in_its_place() {
        let library = "//! Head.\n\npub mod alerts;\npub mod facts;\n\nuse x;\n";
        assert_eq!(declare(library, "beds"), "//! Head.\n\npub mod alerts;\npub mod beds;\npub mod facts;\n\nuse x;\n");
        assert_eq!(
            declare(library, "voids"),
            "//! Head.\n\npub mod alerts;\npub mod facts;\npub mod voids;\n\nuse x;\n"
        );
        assert_eq!(declare("//! Head.\nuse x;\n", "voids"), "//! Head.\npub mod voids;\nuse x;\n");
    }

    #[test]
    fn every_file_is_written_and_no_placeholder_is_left() {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("crates/areas/homes");
        std::fs::create_dir_all(home.join("src")).unwrap();
        std::fs::write(home.join("src/lib.rs"), "//! Homes.\n\npub mod places;\n\nstatic MIGRATIONS: () = ();\n")
            .unwrap();
        new_module(root.path(), "homes", "lettings").unwrap();
        let files = FILES.map(|(file, _)| home.join("src/lettings").join(file));
        for file in files.into_iter().chain([home.join("standards/lettings.toml")]) {
            let text = std::fs::read_to_string(&file).unwrap();
            let left = ["@name@", "@dash@", "@words@", "@Title@", "@Camel@", "@LETTERS@", "@area@"];
            assert!(!left.iter().any(|placeholder| text.contains(placeholder)), "{}", file.display());
        }
        assert!(
            std::fs::read_to_string(home.join("src/lib.rs")).unwrap().contains("pub mod lettings;\npub mod places;")
        );
        assert!(new_module(root.path(), "homes", "lettings").unwrap_err().to_string().contains("already"));
        assert!(new_module(root.path(), "attic", "x").unwrap_err().to_string().contains("it has homes"));
        // The module is gone, its table is not.
        std::fs::remove_dir_all(home.join("src/lettings")).unwrap();
        assert!(new_module(root.path(), "homes", "lettings").unwrap_err().to_string().contains("a table ‘lettings’"));
        std::fs::write(home.join("src/lib.rs"), "//! Homes.\n").unwrap();
        assert!(new_module(root.path(), "homes", "beds").unwrap_err().to_string().contains("no MIGRATIONS"));
    }

    #[test]
    fn a_migration_has_the_present_time_and_comes_after_all_others() {
        let number = |newest: i64| Migrations { newest, text: String::new() }.next_number();
        assert!(number(0) > 20_260_000_000_000, "{}", number(0));
        assert_eq!(number(99_990_101_000_000), 99_990_101_000_001);
    }
}
