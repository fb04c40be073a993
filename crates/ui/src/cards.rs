//! A landing page's cards: figures with their direction, and the day's work with one click to act.

use crate::{
    charts,
    icons::{Icon, icon},
    summary::Tone,
};
use maud::{Markup, html};

/// Which way a figure moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It rose.
    Up,
    /// It fell.
    Down,
    /// It stayed.
    Level,
}

/// How a figure compares with the period before.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which way.
    pub direction: Direction,
    /// Whether that is good; `None` when it is neither.
    pub good: Option<bool>,
    /// In words, such as `1.2 points on February`.
    pub text: String,
}

/// A figure on a card.
#[derive(Clone, Debug, Default)]
pub struct Figure {
    /// What it is.
    pub label: String,
    /// The value as it is read: `97.4 %`.
    pub value: String,
    /// The target as it is read: `Target 99.6 %`.
    pub target: Option<String>,
    /// Whether the target is met.
    pub met: Option<bool>,
    /// The change on the period before.
    pub change: Option<Change>,
    /// The recent values, oldest first.
    pub spark: Vec<f64>,
    /// The page of the figure.
    pub href: Option<String>,
}

/// A card for one figure.
pub fn figure(figure: &Figure) -> Markup {
    let state = match figure.met {
        Some(true) => " rt-figure--met",
        Some(false) => " rt-figure--missed",
        None => "",
    };
    html! {
        article class={ "rt-figure" (state) } {
            h3.rt-figure__label {
                @if let Some(href) = &figure.href { a href=(href) { (figure.label) } } @else { (figure.label) }
            }
            div.rt-figure__main {
                p.rt-figure__value { (figure.value) }
                @if figure.spark.len() > 1 { (charts::sparkline(&figure.spark, &figure.label)) }
            }
            p.rt-figure__foot {
                @if let Some(target) = &figure.target {
                    span.rt-figure__target {
                        @if let Some(met) = figure.met {
                            (icon(if met { Icon::Check } else { Icon::Alert }))
                            span.govuk-visually-hidden { @if met { "Met: " } @else { "Missed: " } }
                        }
                        (target)
                    }
                }
                @if let Some(change) = &figure.change { (change_words(change)) }
            }
        }
    }
}

fn change_words(change: &Change) -> Markup {
    let class = match change.good {
        Some(true) => "rt-change rt-change--good",
        Some(false) => "rt-change rt-change--bad",
        None => "rt-change",
    };
    let (picture, word) = match change.direction {
        Direction::Up => (Icon::ArrowUp, "Up "),
        Direction::Down => (Icon::ArrowDown, "Down "),
        Direction::Level => (Icon::Level, "Unchanged "),
    };
    html! { span class=(class) { (icon(picture)) span { (word) (change.text) } } }
}

/// A count that leads to its list: overdue, today, next.
#[derive(Clone, Debug)]
pub struct Count {
    /// What is counted.
    pub label: String,
    /// How many.
    pub count: u64,
    /// The list.
    pub href: String,
    /// The colour when there are any.
    pub tone: Tone,
}

impl Count {
    /// A count by its words, number, list and tone.
    pub fn new(label: impl Into<String>, count: u64, href: impl Into<String>, tone: Tone) -> Self {
        Self { label: label.into(), count, href: href.into(), tone }
    }
}

/// A row of counts.
pub fn counts(counts: &[Count]) -> Markup {
    html! {
        ul.rt-counts {
            @for count in counts {
                @let tone = if count.count == 0 { Tone::Neutral } else { count.tone };
                li {
                    a class={ "rt-counts__link rt-counts__link--" (tone.suffix()) } href=(count.href) {
                        span.rt-counts__number { (thousands(count.count)) } " "
                        span.rt-counts__label { (count.label) }
                    }
                }
            }
        }
    }
}

/// A number with its thousands apart: `12,345`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Something to do.
#[derive(Clone, Debug, Default)]
pub struct Task {
    /// What: the reference and a few words.
    pub title: String,
    /// Where and who.
    pub detail: String,
    /// The page to do it on.
    pub href: String,
    /// A clock's pill or a tag.
    pub state: Option<Markup>,
    /// A button that does it at once.
    pub action: Option<Markup>,
}

impl Task {
    /// A task by its title, detail and page.
    pub fn new(title: impl Into<String>, detail: impl Into<String>, href: impl Into<String>) -> Self {
        Self { title: title.into(), detail: detail.into(), href: href.into(), state: None, action: None }
    }

    /// Shows a clock's pill or a tag.
    #[must_use]
    pub fn state(mut self, state: Markup) -> Self {
        self.state = Some(state);
        self
    }

    /// Offers to do it at once.
    #[must_use]
    pub fn action(mut self, action: Markup) -> Self {
        self.action = Some(action);
        self
    }
}

/// Tasks under a heading.
#[derive(Clone, Debug)]
pub struct TaskGroup {
    /// The heading: `Overdue`, `Due today`, `Next`.
    pub heading: String,
    /// Its colour.
    pub tone: Tone,
    /// How many there are in all; the list may show fewer.
    pub count: u64,
    /// The whole list.
    pub href: Option<String>,
    /// The first of them.
    pub tasks: Vec<Task>,
    /// What stands there when there are none.
    pub empty: String,
}

/// A role's work in groups.
pub fn tasks(groups: &[TaskGroup]) -> Markup {
    html! {
        div.rt-tasks {
            @for group in groups {
                section class={ "rt-tasks__group rt-tasks__group--" (group.tone.suffix()) } {
                    h2.rt-tasks__heading {
                        (group.heading) " " span.rt-count.rt-count--quiet { (thousands(group.count)) }
                    }
                    @if group.tasks.is_empty() { p.rt-tasks__empty { (group.empty) } }
                    @else { ul.rt-tasks__list { @for task in &group.tasks { (one(task)) } } }
                    @if let Some(href) = group.href.as_ref().filter(|_| group.count > group.tasks.len() as u64) {
                        p.rt-tasks__more {
                            a href=(href) { "See all " (thousands(group.count)) span.govuk-visually-hidden { ": " (group.heading) } }
                        }
                    }
                }
            }
        }
    }
}

fn one(task: &Task) -> Markup {
    html! {
        li.rt-task {
            div.rt-task__words {
                a.rt-task__title href=(task.href) { (task.title) }
                @if !task.detail.is_empty() { p.rt-task__detail { (task.detail) } }
            }
            @if let Some(state) = &task.state { div.rt-task__state { (state) } }
            @if let Some(action) = &task.action { div.rt-task__action { (action) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn a_missed_target_is_said_in_words() {
        let html = figure(&Figure {
            label: "Emergencies <24 h".into(),
            value: "97.4 %".into(),
            target: Some("Target 99.6 %".into()),
            met: Some(false),
            change: Some(Change { direction: Direction::Down, good: Some(false), text: "1 point".into() }),
            ..Figure::default()
        })
        .into_string();
        assert!(html.contains("Missed: ") && html.contains("Emergencies &lt;24 h") && html.contains("Down 1 point"));
    }

    #[test]
    fn the_whole_list_is_offered_only_when_some_are_left_out() {
        let mut group = TaskGroup {
            heading: "Overdue".into(),
            tone: Tone::Danger,
            count: 2,
            href: Some("/due".into()),
            tasks: vec![Task::new("R-1", "1 High Street", "/repairs/R-1")],
            empty: "None".into(),
        };
        assert!(tasks(std::slice::from_ref(&group)).into_string().contains("See all 2<span"));
        group.count = 1;
        assert!(!tasks(&[group]).into_string().contains("See all"));
    }
}
