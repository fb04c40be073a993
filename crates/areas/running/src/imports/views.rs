//! What the import pages show.

use maud::{Markup, html};
use rooftree_frame::App;
use rooftree_kernel::FieldErrors;
use rooftree_platform::imports::{
    Column,
    batches::{BadRow, Batch, Fault, Status},
};
use rooftree_ui::{
    cards::{self, Count},
    forms::{self, Choice, Field},
    shell,
    summary::{self, Tone},
    tables::{self, Row, Table},
};
use std::collections::{BTreeMap, BTreeSet};

/// What a target is called.
pub fn target_title(app: &App, key: &str) -> String {
    app.platform.registry().imports.get(key).map_or_else(|| key.to_owned(), |target| target.title().to_owned())
}

/// A state as a tag.
pub fn status(status: Status) -> Markup {
    let (tone, words) = match status {
        Status::Staged => (Tone::Neutral, "Columns to confirm"),
        Status::Checked => (Tone::Info, "Dry run done"),
        Status::Running => (Tone::Info, "At work"),
        Status::Done => (Tone::Success, "Imported"),
        Status::Failed => (Tone::Danger, "Stopped half-way"),
        Status::Undone => (Tone::Neutral, "Taken back"),
    };
    summary::tag(tone, words)
}

/// The heading and what is known of the file.
pub fn head(app: &App, batch: &Batch) -> Markup {
    html! {
        (shell::heading(&batch.file_name, Some("Import"), None))
        (notes(batch))
        (summary::list(&[
            summary::Item::text("What", target_title(app, &batch.target)),
            summary::Item::text("From", &batch.source),
            summary::Item::text("Brought by", format!("{} on {}", batch.created_by, batch.created_at.long())),
        ]))
    }
}

/// Where it stands; the page polls this while it is at work. What comes by polling leads on to the whole page.
pub fn state(batch: &Batch, polled: bool) -> Markup {
    let poll = (batch.status == Status::Running).then(|| format!("/imports/{}/state", batch.id));
    let (done, total) = (i64::from(batch.good + batch.bad), i64::from(batch.total));
    html! {
        div.rt-import data-poll-url=[poll.as_deref()] data-poll-seconds=[poll.as_ref().map(|_| "2")] {
            @match batch.status {
                Status::Running => {
                    h2 { (batch.message.as_deref().unwrap_or("At work")) "…" }
                    (rooftree_ui::clocks::progress(done, total, "rows", "brand"))
                    p.rt-muted { "This page follows it. Without script, reload the page. You may also leave: it goes on." }
                }
                Status::Staged => (summary::banner(Tone::Info, html! { p { "Confirm the columns. Nothing is written to your records yet." } })),
                Status::Checked => (summary::banner(if batch.bad == 0 { Tone::Success } else { Tone::Warning }, html! {
                    p { strong { "Dry run: " (batch.good) " of " (batch.total) " rows can go in." } " Nothing is written yet." }
                })),
                Status::Done => (summary::banner(Tone::Success, html! {
                    p { strong { (batch.good) " of " (batch.total) " rows are in." } @if let Some(at) = batch.finished_at { " " (at.long()) } }
                })),
                Status::Failed => (summary::banner(Tone::Danger, html! { p { strong { "The import stopped half-way." } } })),
                Status::Undone => (summary::banner(Tone::Neutral, html! { p { strong { "This import was taken back." } } })),
            }
            @if let Some(message) = batch.message.as_ref().filter(|_| batch.status != Status::Running) {
                (summary::banner(Tone::Warning, html! { p { (message) } }))
            }
            @if !matches!(batch.status, Status::Staged | Status::Undone) {
                @let left = left_out(batch);
                @if !left.is_empty() { p { "Columns of your file that are not taken in: " strong { (left.join(", ")) } "." } }
                (counts(batch))
            }
            // Of what was taken back nothing is left to go on with.
            @if polled && poll.is_none() && batch.status != Status::Undone { div role="status" { (forms::button_link("Continue", &format!("/imports/{}", batch.id))) } }
        }
    }
}

/// The headings of the file that no column was found for: nobody should believe them to be in.
fn left_out(batch: &Batch) -> Vec<&str> {
    let taken: Vec<usize> = batch.mapping.columns.values().copied().collect();
    let headings = batch.mapping.headings.iter().enumerate();
    headings
        .filter(|(index, name)| !taken.contains(index) && !name.trim().is_empty())
        .map(|(_, name)| name.as_str())
        .collect()
}

fn counts(batch: &Batch) -> Markup {
    let number = |count: i32| u64::try_from(count).unwrap_or_default();
    let href = format!("/imports/{}", batch.id);
    let refused = format!("{href}#refused");
    cards::counts(&[
        Count::new("New", number(batch.created), &href, Tone::Success),
        Count::new("Changed", number(batch.updated), &href, Tone::Info),
        Count::new("Already so", number(batch.unchanged), &href, Tone::Neutral),
        Count::new("Refused", number(batch.bad), &refused, Tone::Danger),
    ])
}

/// What can be done with it now.
pub fn actions(batch: &Batch, csrf: &str) -> Markup {
    let at = |step: &str| format!("/imports/{}/{step}", batch.id);
    let go = |step: &str, label: &str| html! { form action=(at(step)) method="post" { (forms::csrf(csrf)) (forms::submit(label)) } };
    let undo = html! {
        (summary::details("Take this import back", html! {
            p { "Removes what the import added and restores what it changed, all of it or nothing. It is refused when later work builds on it." }
            form action=(at("undo")) method="post" { (forms::csrf(csrf)) (forms::warning("Take it back", None)) }
        }))
    };
    html! {
        @match batch.status {
            Status::Staged => (forms::buttons(&[forms::button_link("Confirm the columns", &at("columns"))])),
            Status::Checked => {
                (forms::buttons(&[
                    if batch.good > 0 { go("run", &format!("Import {} rows", batch.good)) } else { html! {} },
                    forms::secondary_link("Change the columns", &at("columns")),
                ]))
            }
            Status::Failed => { (forms::buttons(&[go("run", "Go on with the import")])) (undo) }
            Status::Done => (undo),
            Status::Running | Status::Undone => {}
        }
    }
}

/// The refused rows: first what is wrong how often, then row by row. Once the import is taken back they are no longer all that is missing.
pub fn refused(batch: &Batch, columns: &[Column], faults: &[(String, String, i64)], bad: &[BadRow]) -> Markup {
    if bad.is_empty() || batch.status == Status::Undone {
        return html! {};
    }
    let summary_rows = faults.iter().map(|(field, message, rows)| {
        Row::new(vec![html! { (title(columns, field)) }, html! { (message) }, html! { (rows) }])
    });
    let rows = bad.iter().map(|row| {
        Row::new(vec![
            html! { (row.number) },
            html! { @if row.came_in { p { "Came in, without:" } } @for fault in &row.faults { p { strong { (title(columns, &fault.field)) } @if let Some(cell) = cell(batch, row, &fault.field) { " ‘" (cell) "’" } ": " (fault.message) } } },
            html! { span.rt-muted { @if row.cells.is_empty() { "Deleted after 90 days" } @else { (excerpt(&row.cells)) } } },
        ])
    });
    html! {
        h2 #refused { @if batch.bad > 0 { "Refused rows" } @else { "Cells that were left out" } }
        p { a href={ "/imports/" (batch.id) "/bad-rows" } { "Download the refused rows" }
            " with what is wrong with each: mend that file and import it, the rest need not be sent again." }
        @if faults.len() > 1 {
            (Table::new("What is wrong how often", vec![tables::Column::new("Column"), tables::Column::new("What is wrong"), tables::Column::number("Rows")])
                .rows(summary_rows.collect()).render())
        }
        (Table::new("Row by row", vec![tables::Column::number("Row"), tables::Column::new("What is wrong"), tables::Column::new("The row").desk_only()])
            .rows(rows.collect()).render())
    }
}

fn title<'a>(columns: &'a [Column], field: &'a str) -> &'a str {
    match columns.iter().find(|column| column.key == field) {
        Some(column) => column.title,
        None if field == "row" => "The row",
        None => field,
    }
}

fn cell<'a>(batch: &Batch, row: &'a BadRow, field: &str) -> Option<&'a str> {
    let text = row.cells.get(*batch.mapping.columns.get(field)?)?.trim();
    (!text.is_empty()).then_some(text)
}

/// Enough of a row to recognise it.
fn excerpt(cells: &[String]) -> String {
    let joined = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" · ");
    match joined.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", &joined[..end]),
        None => joined,
    }
}

/// All that is wrong with a row in one cell of a file.
pub fn faults_in_words(columns: &[Column], faults: &[Fault]) -> String {
    faults
        .iter()
        .map(|fault| format!("{}: {}", title(columns, &fault.field), fault.message))
        .collect::<Vec<_>>()
        .join("; ")
}

/// How much of the file is understood, counted by its own columns.
fn recognised(batch: &Batch, chosen: &BTreeMap<String, usize>) -> String {
    let headings = &batch.mapping.headings;
    let named = |place: &usize| headings.get(*place).is_some_and(|name| !name.trim().is_empty());
    let all = (0..headings.len()).filter(named).count();
    let known: BTreeSet<usize> = chosen.values().copied().filter(named).collect();
    format!("{} of the {all} columns of your file were recognised", known.len())
}

/// The file's headings, each with what stands below it and what it becomes.
pub fn columns(
    app: &App,
    batch: &Batch,
    columns: &[Column],
    chosen: &BTreeMap<String, usize>,
    samples: &[Vec<String>],
    csrf: &str,
    errors: &FieldErrors,
) -> Markup {
    let needed = |column: &Column| if column.required { " (needed)" } else { "" };
    let labels: Vec<String> = columns.iter().map(|column| format!("{}{}", column.title, needed(column))).collect();
    let choices: Vec<Choice<'_>> =
        columns.iter().zip(&labels).map(|(column, label)| Choice::new(column.key, label.as_str())).collect();
    let row = |(place, heading): (usize, &String)| {
        let value = chosen.iter().find(|(_, at)| **at == place).map_or("", |(key, _)| key.as_str());
        let field = Field::new(format!("heading-{place}"), format!("{heading} becomes"));
        let field = field.label_hidden().value(value).errors(errors);
        Row::new(vec![
            html! { strong { (heading) } },
            html! { span.rt-muted { (sample(samples, place)) } },
            forms::select(field, Some("Not taken in"), &choices),
        ])
    };
    let missing: Vec<&str> = columns
        .iter()
        .filter(|column| column.required && !chosen.contains_key(column.key))
        .filter(|column| !column.instead.is_some_and(|other| chosen.contains_key(other)))
        .map(|column| column.title)
        .collect();
    html! {
        (forms::error_summary(errors))
        (shell::heading("Which column is which?", Some(&format!("Import of {}", batch.file_name)), None))
        p { (target_title(app, &batch.target)) " from " (batch.source) ", " (batch.total) " rows. "
            (recognised(batch, chosen)) "; your choice is remembered for " (batch.source) "." }
        (notes(batch))
        @if !missing.is_empty() { (summary::banner(Tone::Warning, html! { p { "Still needed: " strong { (missing.join(", ")) } "." } })) }
        (forms::form(&format!("/imports/{}/columns", batch.id), csrf, html! {
            (Table::new("The file’s columns", vec![tables::Column::new("In your file"), tables::Column::new("Like"), tables::Column::new("Becomes")])
                .caption_hidden().rows(batch.mapping.headings.iter().enumerate().map(row).collect()).render())
            (forms::buttons(&[forms::submit("Check the rows"), forms::cancel("/imports")]))
        }))
    }
}

/// What stands below a heading in the first rows, each value once.
fn sample(samples: &[Vec<String>], place: usize) -> String {
    let mut shown: Vec<String> = Vec::new();
    for cell in samples.iter().filter_map(|row| row.get(place)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    {
        let short: String = cell.chars().take(40).collect();
        if !shown.contains(&short) {
            shown.push(short);
        }
    }
    if shown.is_empty() { "empty in the first rows".to_owned() } else { shown.join(" · ") }
}

/// How the file was read, where that is not what its sender may think.
fn notes(batch: &Batch) -> Markup {
    html! { @if !batch.notes.is_empty() { (summary::banner(Tone::Info, html! { p { (batch.notes) } })) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rooftree_platform::imports::mapping::Mapping;

    const COLUMNS: &[Column] =
        &[Column { key: "uprn", title: "UPRN", required: true, example: "100", aliases: &[], instead: None }];

    fn batch(status: Status) -> Batch {
        Batch {
            id: uuid::Uuid::nil(),
            target: "homes".into(),
            source: "Capita".into(),
            file_name: "x<script>.csv".into(),
            mapping: Mapping { headings: vec!["uprn".into()], columns: BTreeMap::from([("uprn".into(), 0)]) },
            status,
            total: 10,
            good: 7,
            bad: 3,
            created: 7,
            updated: 0,
            unchanged: 0,
            message: None,
            created_at: rooftree_kernel::Moment::from_micros(0),
            created_by: "Ada".into(),
            finished_at: None,
            notes: String::new(),
            lease_until: Some(rooftree_kernel::Moment::from_micros(i64::MAX)),
            run: 1,
            work: None,
        }
    }

    #[test]
    fn the_page_polls_only_while_it_is_at_work() {
        assert!(state(&batch(Status::Running), true).into_string().contains("data-poll-url"));
        for resting in [Status::Staged, Status::Checked, Status::Done, Status::Failed, Status::Undone] {
            assert!(!state(&batch(resting), true).into_string().contains("data-poll-url"), "{resting:?}");
        }
    }

    #[test]
    fn only_what_makes_sense_is_offered() {
        let offered = |status| actions(&batch(status), "t").into_string();
        assert!(offered(Status::Checked).contains("Import 7 rows") && !offered(Status::Checked).contains("/undo"));
        assert!(offered(Status::Done).contains("/undo") && !offered(Status::Done).contains("/run\""));
        assert!(!offered(Status::Undone).contains("<form"));
    }

    #[test]
    fn a_column_that_is_not_taken_in_is_named() {
        let mut batch = batch(Status::Checked);
        batch.mapping.headings = vec!["uprn".into(), "Colour of the door".into(), " ".into()];
        assert_eq!(left_out(&batch), ["Colour of the door"]);
        assert!(state(&batch, false).into_string().contains("not taken in: <strong>Colour of the door"));
    }

    #[test]
    fn what_was_taken_back_shows_nothing_to_go_on_with() {
        let shown = |status| state(&batch(status), true).into_string();
        assert!(shown(Status::Done).contains("New") && shown(Status::Done).contains("Continue"));
        let undone = shown(Status::Undone);
        assert!(undone.contains("taken back") && !undone.contains("New") && !undone.contains("Continue"), "{undone}");
        let bad = BadRow { number: 4, cells: Vec::new(), faults: Vec::new(), came_in: false };
        assert!(refused(&batch(Status::Undone), COLUMNS, &[], &[bad]).into_string().is_empty());
    }

    #[test]
    fn columns_are_counted_as_the_file_has_them() {
        let mut batch = batch(Status::Staged);
        batch.mapping.headings = vec!["uprn".into(), "Colour of the door".into(), " ".into()];
        assert_eq!(recognised(&batch, &batch.mapping.columns), "1 of the 2 columns of your file were recognised");
    }

    #[test]
    fn faults_name_the_column_as_people_know_it() {
        let faults = [
            Fault { field: "uprn".into(), message: "enter digits".into() },
            Fault { field: "row".into(), message: "no".into() },
        ];
        assert_eq!(faults_in_words(COLUMNS, &faults), "UPRN: enter digits; The row: no");
        let bad = BadRow { number: 4, cells: vec!["abc".into()], faults: faults.to_vec(), came_in: false };
        let html = refused(&batch(Status::Checked), COLUMNS, &[], &[bad]).into_string();
        assert!(html.contains("‘abc’") && html.contains("enter digits"));
    }
}
