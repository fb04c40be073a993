//! Responsive repairs: report, decide, order, appoint, visit, complete, look back.

pub mod aftercare;
pub mod appointments;
mod declarations;
pub mod declared;
pub mod diagnosis;
mod evidence;
pub mod facts;
pub mod history;
pub mod ids;
pub mod orders;
pub mod permissions;
mod providers;
pub mod public;
pub mod rates;
pub mod repair;
pub mod reports;
pub mod tell;
pub mod visits;

use rooftree_frame::{Area, Find};
use rooftree_platform::lookups::{CaseDims, DimensionKind, Lookups, Names, Population};

/// What figures need to know of a repair.
const CASES: CaseDims = CaseDims {
    area: "repairs",
    dims: &["ward", "trade", "provider", "priority"],
    sql: "select id as case_id, home_id, reference, ward, trade, provider_id as provider, priority from repair",
};

/// By what the figures of repairs are broken down, beside the home's ward.
const DIMENSIONS: [DimensionKind; 3] = [
    DimensionKind { key: "trade", title: "Trade", names: Names::Words, only: None },
    DimensionKind {
        key: "provider",
        title: "Provider",
        names: Names::Select("select id::text as key, name from provider"),
        only: Some(|scope| scope.id(rooftree_kernel::scope::PROVIDER).map(|provider| provider.to_string())),
    },
    DimensionKind { key: "priority", title: "Priority", names: Names::Words, only: None },
];

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
        message_fields: tell::MESSAGE_FIELDS.to_vec(),
        lookups: Lookups {
            case_dims: vec![CASES],
            dimensions: DIMENSIONS.to_vec(),
            populations: vec![OPEN_REPAIRS],
            evidence: evidence::ALL.to_vec(),
            named: vec!["select id, reference from repair where id = any($1::uuid[]) or reference = $2::text"],
            linkable: vec![
                ("provider", "select id, name from provider where ended_at is null order by name limit 1000"),
                (
                    "operative",
                    "select o.id, o.name || ' (' || p.name || ')' as name from operative o join provider p on p.id = o.provider_id
                     where o.ended_at is null order by o.name limit 2000",
                ),
            ],
            paths: vec![("R-", "/repairs/", permissions::VIEW)],
            words: vec![|kind, key| declared::DECLARED.words(kind, key)],
            ..Lookups::default()
        },
        ..Area::default()
    };
    area.finds.extend([
        Find {
            title: "Operatives",
            words: "staff shifts absence sick leave",
            href: "/operatives",
            permission: permissions::PLAN,
        },
        Find {
            title: "Inspections",
            words: "post-inspection checks",
            href: "/inspections",
            permission: permissions::INSPECT,
        },
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
    appointments::add(&mut area);
    orders::add(&mut area);
    providers::add(&mut area);
    rates::add(&mut area);
    history::add(&mut area);
    reports::add(&mut area);
    visits::add(&mut area);
    aftercare::add(&mut area);
    area
}
