//! Work, whatever case it is for: who does it, what it costs, when somebody comes.

mod board;
pub mod booking;
pub mod cases;
mod declarations;
pub mod declared;
pub mod facts;
pub mod ids;
pub mod inspections;
pub mod orders;
pub mod permissions;
pub mod priority;
pub mod providers;
pub mod public;
pub mod rates;
pub mod surveys;
pub mod tell;
pub mod visits;
pub mod words;
pub mod workforce;

use declared::DECLARED;
use rooftree_frame::{Area, Find};
use rooftree_platform::lookups::{DimensionKind, Lookups, Names};

/// By what figures of work are broken down, beside the home's ward.
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

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// What this area exports. Each module adds its pages, tasks and jobs.
pub fn area() -> Area {
    let mut area = Area {
        key: "works",
        migrations: Some(&MIGRATIONS),
        facts: facts::ALL.to_vec(),
        permissions: permissions::all(),
        templates: declarations::LETTERS.to_vec(),
        quality: declarations::QUALITY.to_vec(),
        quality_sql: declarations::QUALITY_SQL.to_vec(),
        message_fields: tell::MESSAGE_FIELDS.to_vec(),
        lookups: Lookups {
            dimensions: DIMENSIONS.to_vec(),
            linkable: vec![
                ("provider", "select id, name from provider where ended_at is null order by name limit 1000"),
                (
                    "operative",
                    "select o.id, o.name || ' (' || p.name || ')' as name from operative o join provider p on p.id = o.provider_id
                     where o.ended_at is null order by o.name limit 2000",
                ),
            ],
            words: vec![|kind, key| DECLARED.words(kind, key)],
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
    ]);
    providers::add(&mut area);
    rates::add(&mut area);
    workforce::add(&mut area);
    orders::add(&mut area);
    booking::add(&mut area);
    board::add(&mut area);
    visits::add(&mut area);
    surveys::add(&mut area);
    inspections::add(&mut area);
    area
}
