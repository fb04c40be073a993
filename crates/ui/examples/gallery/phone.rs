//! The operative's pages, the resident's, and the sign-in.

use rooftree_kernel::FieldErrors;
use rooftree_ui::{
    Markup, Page,
    forms::{self, Choice, Field, Upload},
    html,
    icons::Icon,
    operative::{self, Job},
    shell::{Audience, NavItem, Width},
    summary::{self, Alert, Item, Tone},
};

fn operative_page(title: &str, body: Markup) -> Page {
    Page::new(title, body).landlord("Isis Vale Council").user("Sam Doyle", "Operative").csrf("t").nav(vec![
        NavItem::new("Today", "phone-today.html").current(true).count(5),
        NavItem::new("Later", "#"),
        NavItem::new("Find", "#"),
    ])
}

pub fn today() -> Markup {
    let job = |time: &str, state: &str, tone, address: &str, work: &str, alerts: &[(Tone, &str)]| {
        operative::job(&Job {
            href: "phone-visit.html".into(),
            time: time.into(),
            state: state.into(),
            tone,
            address: address.into(),
            work: work.into(),
            alerts: alerts.iter().map(|(tone, text)| (*tone, (*text).to_owned())).collect(),
        })
    };
    let body = html! {
        (job("8:00–10:00", "Done", Tone::Success, "2 Swift Close, OX4 7QT", "Front door will not lock", &[]))
        (job("10:00–12:00", "Emergency", Tone::Danger, "14 Magdalen Crescent, OX4 1AB", "No heating or hot water", &[(Tone::Danger, "Asbestos"), (Tone::Warning, "Child under 5")]))
        (job("13:00–15:00", "", Tone::Info, "Flat 6, Weir Court, OX1 4DD", "Leak under kitchen sink", &[(Tone::Warning, "Two people visit")]))
        (job("15:00–17:00", "", Tone::Info, "71 Hinksey Rise, OX1 5RU", "Replace bath taps", &[]))
    };
    operative_page("Today, Fri 18 Dec", body).operative()
}

pub fn visit() -> Markup {
    let body = html! {
        (operative::steps(&["On my way", "Arrived", "Work", "Done"], 1))
        (summary::alerts(&[Alert {
            tone: Tone::Danger, title: "Asbestos: artex ceiling".into(), detail: "Hall and kitchen. Do not drill.".into(),
            acknowledged: None, action: Some(forms::action("#", "t", "I have read this", &[])),
        }]))
        h2 { "14 Magdalen Crescent" }
        (operative::quick(&[(Icon::Phone, "Call", "tel:07700900123"), (Icon::Pin, "Map", "#")]))
        (summary::panel("The job", None, summary::list(&[
            Item::text("Work", "No heating or hot water: investigate and repair boiler"), Item::text("Tenant", "Mrs Okonkwo, speaks Igbo and English"), Item::text("Access", "Ring top bell"),
        ])))
        (forms::upload_form("#", "t", html! {
            (forms::radios(Field::new("result", "How did it go?").value("done"), &[Choice::new("done", "Completed"), Choice::new("safe", "Made safe, more to do"), Choice::new("no", "No access")]))
            (forms::upload(Field::new("photo", "Photos"), Upload::Photos, "10 MB each"))
            (forms::signature(Field::new("signed", "Resident’s signature").hint("Or type the resident’s name")))
            (forms::buttons(&[forms::submit("Finish job"), forms::secondary("Save for later", None)]))
        }))
    };
    operative_page("R-104233", body).crumb("Today", "phone-today.html").operative()
}

pub fn report() -> Markup {
    let body = html! {
        (forms::form("#", "t", html! {
            (forms::radios(Field::new("room", "Where is the problem?").heading().hint("Choose the room or place that fits best."), &[
                Choice::new("k", "Kitchen"), Choice::new("b", "Bathroom or toilet"), Choice::new("h", "Heating and hot water").hint("Radiators, boiler, storage heaters"),
                Choice::new("s", "Stairs, lift or outside the home"),
            ]))
            (forms::buttons(&[forms::submit("Continue"), forms::cancel("#")]))
        }))
        (summary::panel("Is it an emergency?", None, html! { p { "If you smell gas, leave and call 0800 111 999. For water near electrics call us now on " a href="tel:01865" { "01865 249811" } "." } }))
    };
    Page::new("Report a repair", body)
        .landlord("Isis Vale Council")
        .audience(Audience::Public)
        .width(Width::Narrow)
        .crumb("My home", "#")
        .render()
}

pub fn sign_in() -> Markup {
    let errors = FieldErrors::one("email", "We do not know this e-mail address and password together");
    let body = html! {
        h1 { "Sign in" }
        (forms::error_summary(&errors))
        form action="#" method="post" {
            (forms::email(Field::new("email", "E-mail address").value("amara@example.org").autocomplete("username").errors(&errors)))
            (forms::password(Field::new("password", "Password").autocomplete("current-password")))
            (forms::submit("Sign in"))
        }
        p { a href="#" { "Sign in with your council account" } }
    };
    Page::new("Sign in", body).landlord("Isis Vale Council").bare()
}

pub fn outcome() -> Markup {
    let body = html! {
        (summary::outcome("Your repair is booked", Some("R-104233"), html! { p { "Sam will come on Friday 18 December between 8:00 and 12:00." } }))
        h2 { "What happens next" }
        ul { li { "We have sent a text to 07700 900123." } li { "We text again when Sam is on the way." } }
        p { a href="#" { "See all your repairs" } }
    };
    Page::new("Booked", body)
        .landlord("Isis Vale Council")
        .user("Ngozi Okonkwo", "Resident")
        .csrf("t")
        .audience(Audience::Public)
        .width(Width::Narrow)
        .render()
}
