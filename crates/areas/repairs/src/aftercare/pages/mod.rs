//! The pages of aftercare.

mod contradictions;
mod draw;
mod recharges;
mod replies;
pub(super) mod right_to_repair;

use crate::permissions;
use maud::Markup;
use rooftree_frame::{
    Access, App, Area, Nav, Route, Section, Signed, TabOf, UploadForm, exports, forms::store_files, get, pages, post,
    upload,
};
use rooftree_kernel::Day;
use rooftree_platform::{Result, documents::Stored};
use uuid::Uuid;

/// Rows on a page of a list.
const PAGE_ROWS: i64 = 50;
/// Files of evidence that one form may carry.
const EVIDENCE_MAX: usize = 12;

pub(super) fn add(area: &mut Area) {
    area.nav.push(Nav {
        section: Section::Works,
        label: "Aftercare",
        href: "/contradictions",
        permission: permissions::INSPECT,
        order: 40,
        shortcut: Some("g c"),
    });
    area.nav.push(Nav {
        section: Section::Money,
        label: "Recharges",
        href: "/recharges",
        permission: permissions::RECHARGE,
        order: 45,
        shortcut: None,
    });
    let tab = |label, href, permission, order| TabOf { group: "Aftercare", label, href, permission, order };
    area.tabs.extend([
        tab("Not done", "/contradictions", permissions::INSPECT, 10),
        tab("The draw", "/inspections/draw", permissions::VIEW, 30),
        tab("Recharges", "/recharges", permissions::RECHARGE, 40),
        tab("Right to Repair", "/right-to-repair", permissions::VIEW, 50),
    ]);
    area.pages.extend(routes());
    replies::add(area);
}

fn routes() -> Vec<Route> {
    let inspect = || Access::Needs(permissions::INSPECT);
    let recharge = || Access::Needs(permissions::RECHARGE);
    let all = [
        get("/contradictions", inspect(), contradictions::index),
        get("/contradictions.csv", exports::access(permissions::INSPECT), contradictions::export),
        get("/contradictions.xlsx", exports::access(permissions::INSPECT), contradictions::export),
        get("/contradictions/{id}", inspect(), contradictions::show),
        upload("/contradictions/{id}", inspect(), contradictions::settle),
        get("/recharges", recharge(), recharges::index),
        get("/recharges.csv", exports::access(permissions::RECHARGE), recharges::export),
        get("/recharges.xlsx", exports::access(permissions::RECHARGE), recharges::export),
        get("/recharges/{id}", recharge(), recharges::show),
        post("/recharges/{id}", recharge(), recharges::decide),
        post("/recharges/{id}/objection", recharge(), recharges::object),
        post("/recharges/{id}/review", recharge(), recharges::review),
        post("/recharges/{id}/settled", recharge(), recharges::settle),
    ];
    let own = [
        get("/repairs/{reference}/not-done", Access::Needs(permissions::REPORT), contradictions::raise_form),
        post("/repairs/{reference}/not-done", Access::Needs(permissions::REPORT), contradictions::raise),
        get("/repairs/{reference}/recharge", recharge(), recharges::propose_form),
        post("/repairs/{reference}/recharge", recharge(), recharges::propose),
        get("/inspections/draw", Access::Needs(permissions::VIEW), draw::show),
        get("/inspections/draw.csv", exports::access(permissions::VIEW), draw::csv),
        get("/right-to-repair", Access::Needs(permissions::VIEW), right_to_repair::index),
        get("/right-to-repair.csv", exports::access(permissions::VIEW), right_to_repair::export),
        get("/right-to-repair.xlsx", exports::access(permissions::VIEW), right_to_repair::export),
        get("/repairs/{reference}/second-contractor", Access::Needs(permissions::PLAN), right_to_repair::second_form),
        post("/repairs/{reference}/second-contractor", Access::Needs(permissions::PLAN), right_to_repair::second),
    ];
    all.map(|route| route.scope("all repairs"))
        .into_iter()
        .chain(own.map(|route| route.scope("provider: own orders")))
        .collect()
}

fn page(app: &App, signed: &Signed, title: impl Into<String>, body: Markup) -> rooftree_ui::Page {
    pages::page(app, &signed.0, "/contradictions", title, body)
}

/// Where a page of a list begins: after the row of this day and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor {
    day: Day,
    id: Uuid,
}

impl Cursor {
    fn encode(self) -> String {
        format!("{}.{}", self.day, self.id)
    }

    fn decode(text: &str) -> Option<Self> {
        let (day, id) = text.split_once('.')?;
        Some(Self { day: day.parse().ok()?, id: id.parse().ok()? })
    }
}

/// Words looked for, made safe for a `like`.
fn like(text: &str) -> String {
    format!("%{}%", text.trim().to_lowercase().replace(['%', '_', '\\'], " "))
}

/// Stores the files of one field, photos and papers alike.
async fn evidence(app: &App, upload: &UploadForm, field: &str, shows: &str) -> Result<Vec<Stored>> {
    store_files(app, upload, field, EVIDENCE_MAX, |file| {
        Ok((format!("{shows} {}.jpg", file.number), if file.photo { "photo" } else { "other" }))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let cursor = Cursor { day: "2026-11-23".parse().unwrap(), id: Uuid::from_u128(7) };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        for text in ["", "2026-11-23", "x.y", "2026-11-23.7"] {
            assert_eq!(Cursor::decode(text), None, "{text}");
        }
    }
}
