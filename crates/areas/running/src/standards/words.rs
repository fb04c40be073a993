//! A declaration in words.

use maud::{Markup, html};
use rooftree_platform::Platform;
use rooftree_promises::{
    due::{Due, DueRule, Quantity, Roll, Step},
    standards::{Condition, Scalar, Standard, Subject, Test, Trigger},
};
use rooftree_ui::summary::Item;

/// A list joined as people speak: `a, b or c`.
fn or(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn scalar(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Text(text) => format!("‘{text}’"),
        Scalar::Number(number) => number.to_string(),
        Scalar::Flag(true) => "yes".to_owned(),
        Scalar::Flag(false) => "no".to_owned(),
    }
}

fn field(path: &str) -> String {
    path.replace(['_', '-'], " ").replace('.', ", ")
}

fn condition(condition: &Condition) -> String {
    let name = field(&condition.field);
    let list = |scalars: &[Scalar]| or(&scalars.iter().map(scalar).collect::<Vec<_>>());
    match &condition.test {
        Test::AnyOf(wanted) => format!("{name} is {}", list(wanted)),
        Test::NoneOf(unwanted) => format!("{name} is not {}", list(unwanted)),
        Test::Range { min: Some(min), max: Some(max) } => format!("{name} is {min} to {max}"),
        Test::Range { min: Some(min), max: None } => format!("{name} is at least {min}"),
        Test::Range { min: None, max: Some(max) } => format!("{name} is at most {max}"),
        Test::Range { min: None, max: None } => format!("{name} is a number"),
        Test::Exists(true) => format!("{name} is given"),
        Test::Exists(false) => format!("{name} is not given"),
    }
}

/// A fact's title, or its name where no area records it yet.
fn fact(platform: &Platform, name: &str) -> String {
    platform.registry().facts.get(name).map_or_else(|| name.replace(['.', '-'], " "), |kind| kind.title.to_owned())
}

/// What a trigger waits for: `Repair prioritised, when priority is ‘emergency’, counted from reported at`.
fn trigger(platform: &Platform, trigger: &Trigger) -> String {
    let conditions: Vec<String> = trigger.when.0.iter().map(condition).collect();
    let mut text = fact(platform, &trigger.fact);
    if !conditions.is_empty() {
        text.push_str(&format!(", when {}", conditions.join(" and ")));
    }
    if let Some(at) = &trigger.at {
        text.push_str(&format!(", taken at its ‘{}’", field(at)));
    }
    text
}

/// A count in words: `10 working days (England and Wales) after the trigger's day, which is day 0`.
pub fn rule(rule: &DueRule, calendar: &str) -> String {
    let side = if rule.before { "before" } else { "after" };
    let quantity = match &rule.quantity {
        Quantity::OnField(path) => {
            return format!("on the date, or at the moment, that the starting fact names as its ‘{}’", field(path));
        }
        Quantity::Hours(_) => return format!("{} {side} the trigger, nights and weekends included", rule.quantity),
        Quantity::On { .. } if rule.before => format!("the last {} on or before", rule.quantity),
        Quantity::On { .. } => format!("the next {} on or after", rule.quantity),
        Quantity::WorkingDays(_) => format!("{} ({calendar}) {side}", rule.quantity),
        _ => format!("{} {side}", rule.quantity),
    };
    let zero = match (rule.inclusive, &rule.quantity) {
        (_, Quantity::On { .. }) => "the trigger's day",
        (true, _) => "the trigger, whose day is counted as day 1",
        (false, _) => "the trigger, whose day is day 0",
    };
    let roll = match rule.roll {
        Roll::None => "",
        Roll::NextWorkingDay => "; a due date that nobody works moves to the nearest working day",
    };
    format!("{quantity} {zero}{roll}")
}

/// The declaration of one version as lines of a list.
pub fn declaration(platform: &Platform, standard: &Standard) -> Vec<Item> {
    let calendar = platform.rules().calendars.get(&standard.due.calendar).map_or("", |calendar| calendar.title());
    let any = |triggers: &[Trigger]| {
        let lines: Vec<String> = triggers.iter().map(|one| trigger(platform, one)).collect();
        html! { @if lines.len() == 1 { (lines[0]) } @else { ul { @for line in &lines { li { (line) } } } } }
    };
    let mut items = vec![
        Item::text("One clock for each", subject(&standard.subject)),
        Item::new("Starts when", any(&standard.start)),
        Item::text("Due", rule(&standard.due, calendar)),
    ];
    if let Some(earliest) = &standard.earliest {
        items.push(Item::text("Not before", rule(earliest, calendar)));
    }
    items.push(Item::new("Kept when", any(&standard.stop)));
    for (label, triggers) in [
        ("Broken when", &standard.fail),
        ("Called off when", &standard.cancel),
        ("Paused when", &standard.pause),
        ("Runs on when", &standard.resume),
    ] {
        if !triggers.is_empty() {
            items.push(Item::new(label, any(triggers)));
        }
    }
    for extend in &standard.extend {
        let most = extend.most.as_ref().map(|most| format!(", by {most} at most")).unwrap_or_default();
        let times = extend
            .max_times
            .map(|times| format!(", {times} time{} at most", if times == 1 { "" } else { "s" }))
            .unwrap_or_default();
        items.push(Item::text("Extended when", format!("{}{most}{times}", trigger(platform, &extend.trigger))));
    }
    if standard.repeat {
        items.push(Item::text("Afterwards", "The next one starts when this one is met"));
    }
    items
}

fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Case => "case".to_owned(),
        Subject::Home => "home".to_owned(),
        Subject::Person => "person".to_owned(),
        Subject::Payload(path) => field(path),
    }
}

/// A due moment as people say it: the day, or the instant for promises in hours.
pub fn due(due: &Due) -> String {
    due.day.map_or_else(|| due.at.long(), |day| format!("by the end of {}", day.short()))
}

/// The steps of a count. A plain table on every screen: as cards, four weeks of days would fill ten phone screens.
pub fn steps(steps: &[Step]) -> Markup {
    html! {
        div.rt-table-wrap {
            table.rt-table.rt-table--plain {
                caption.rt-table__caption { "How it is counted" }
                thead { tr { th scope="col" { "Day" } th.rt-table__number scope="col" { "Counts as" } th scope="col" { "Remark" } } }
                tbody {
                    @for step in steps {
                        tr class=[step.number.is_none().then_some("rt-table__row--faint")] {
                            th scope="row" { (step.day.short()) }
                            td.rt-table__number { @if let Some(number) = step.number { (number) } }
                            td { (step.note.as_deref().unwrap_or_default()) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_read_as_sentences() {
        let plain = DueRule::new(Quantity::WorkingDays(10));
        assert_eq!(
            rule(&plain, "England and Wales"),
            "10 working days (England and Wales) after the trigger, whose day is day 0"
        );
        let papers = DueRule { before: true, ..DueRule::new(Quantity::WorkingDays(3)) };
        assert!(rule(&papers, "England and Wales").contains("before the trigger"));
        assert_eq!(
            rule(&DueRule::new(Quantity::Hours(24)), ""),
            "24 hours after the trigger, nights and weekends included"
        );
        assert_eq!(
            rule(&DueRule::new(Quantity::OnField("agreed_for".to_owned())), ""),
            "on the date, or at the moment, that the starting fact names as its ‘agreed for’"
        );
    }

    #[test]
    fn conditions_read_as_clauses() {
        let of = |test| condition(&Condition { field: "access.attempts_made".to_owned(), test });
        assert_eq!(of(Test::Range { min: Some(3.0), max: None }), "access, attempts made is at least 3");
        let two = vec![Scalar::Text("a".to_owned()), Scalar::Text("b".to_owned())];
        assert_eq!(of(Test::AnyOf(two)), "access, attempts made is ‘a’ or ‘b’");
    }
}
