//! Responsive repairs: report, decide, order, appoint, visit, complete, look back.

pub mod aftercare;
mod declarations;
pub mod declared;
pub mod diagnosis;
mod evidence;
pub mod facts;
pub mod history;
pub mod ids;
pub mod permissions;
pub mod public;
pub mod repair;
pub mod reports;
pub mod tell;
pub mod work;

use rooftree_frame::{Area, Find};
use rooftree_platform::lookups::{CaseDims, Lookups, Population};
use rooftree_works::public::Cases;
use std::sync::Arc;

/// What figures need to know of a repair.
const CASES: CaseDims = CaseDims {
    area: "repairs",
    dims: &["ward", "trade", "provider", "priority"],
    sql: "select id as case_id, home_id, reference, ward, trade, provider_id as provider, priority from repair",
};

/// What shares and rates of repairs may be of.
const OPEN_REPAIRS: Population = Population {
    key: "open-repairs",
    title: "open repairs",
    dims: &["ward", "trade", "provider", "priority"],
    sql: "select ward, trade, provider_id as provider, priority, count(*) as members from repair
          where reported_day <= $1::date and (status = 'open' or completed_day > $1::date or cancelled_day > $1::date)
          group by ward, trade, provider_id, priority",
};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// What this area exports. Each module adds its pages, tasks and jobs.
pub fn area() -> Area {
    let mut area = Area {
        key: "repairs",
        migrations: Some(&MIGRATIONS),
        facts: facts::ALL.to_vec(),
        permissions: permissions::all(),
        standards: declarations::STANDARDS.to_vec(),
        measures: declarations::MEASURES.to_vec(),
        measure_sql: declarations::MEASURE_SQL.to_vec(),
        templates: declarations::LETTERS.to_vec(),
        quality: declarations::QUALITY.to_vec(),
        quality_sql: declarations::QUALITY_SQL.to_vec(),
        lookups: Lookups {
            case_dims: vec![CASES],
            populations: vec![OPEN_REPAIRS],
            evidence: evidence::ALL.to_vec(),
            named: vec!["select id, reference from repair where id = any($1::uuid[]) or reference = $2::text"],
            paths: vec![("R-", "/repairs/", permissions::VIEW)],
            ..Lookups::default()
        },
        ..Area::default()
    };
    area.contracts.offer::<dyn Cases>(Arc::new(work::Repairs));
    area.finds.extend([
        Find {
            title: "Draw of inspections",
            words: "sample 13 %",
            href: "/inspections/draw",
            permission: permissions::VIEW,
        },
        Find {
            title: "Right to Repair",
            words: "second contractor compensation",
            href: "/right-to-repair",
            permission: permissions::VIEW,
        },
        Find { title: "Raise a recharge", words: "damage bill", href: "/recharges", permission: permissions::RECHARGE },
    ]);
    repair::add(&mut area);
    history::add(&mut area);
    reports::add(&mut area);
    aftercare::add(&mut area);
    area
}
