//! `rooftree letters`

use crate::{output, setup};
use anyhow::{Context, Result, anyhow, bail};
use clap::Subcommand;
use rooftree_kernel::Moment;
use rooftree_letters::Press;
use rooftree_platform::{
    config::Config,
    letters::{languages, written},
    messages::{Medium, Reader},
    ports::LetterPrinter,
};
use std::path::PathBuf;

/// What is asked of the letters.
#[derive(Subcommand)]
#[command(after_help = "Examples:
  rooftree letters list
  rooftree letters sample repairs.right-to-repair-notice --out notice.pdf --large-print --language Somali")]
pub enum Letters {
    /// All letters, with what they must say
    List,
    /// Print a letter with invented values, as a PDF
    Sample {
        /// Its key, such as repairs.recharge-notice; `list` shows all
        key: String,
        /// The file to write
        #[arg(long)]
        out: PathBuf,
        /// In type of 18 points
        #[arg(long)]
        large_print: bool,
        /// In plainer words, where a part has them
        #[arg(long)]
        plain: bool,
        /// With a line in the language that the reader speaks best, by its English name
        #[arg(long)]
        language: Option<String>,
    },
}

/// Answers from the declarations alone.
pub fn run(asked: &Letters) -> Result<()> {
    let (_, rules) = rooftree_app::declared(&mut rooftree_app::areas(), setup::calendars()?)
        .map_err(|errors| anyhow!("the declarations do not hold:\n  {}", errors.join("\n  ")))?;
    let today = Moment::now().day();
    let mut templates = rules.templates.values().filter(|template| template.channels.contains(&Medium::Letter));
    match asked {
        Letters::List => {
            let mut text = String::new();
            for template in templates {
                text += &format!("{}  {}\n", template.key, template.title);
                for part in template.parts_on(today).iter().filter(|part| part.required && !template.parts.is_empty()) {
                    text += &format!("    must say: {}\n", part.name);
                }
            }
            output::print(&text)
        }
        Letters::Sample { key, out, large_print, plain, language } => {
            if let Some(unknown) = language.as_deref().filter(|name| languages::line(name, "").is_none()) {
                let known: Vec<&str> = languages::all().collect();
                bail!("there is no line in ‘{unknown}’: choose one of {}", known.join(", "));
            }
            let template = templates.find(|template| template.key == *key);
            let template =
                template.with_context(|| format!("there is no letter ‘{key}’: `rooftree letters list` shows all"))?;
            let reader = Reader { language: language.clone(), large_print: *large_print, plain_words: *plain };
            let letter = written::sample(&Config::from_env(), template, today, &reader)?;
            let pdf = Press::new().print(&letter.into_iter().collect::<Vec<_>>())?;
            std::fs::write(out, pdf).with_context(|| format!("{} cannot be written", out.display()))?;
            output::print(&format!("{} is written.\n", out.display()))
        }
    }
}
