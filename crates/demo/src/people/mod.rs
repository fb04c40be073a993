//! People, the tenancies and leases that bind them to homes, and who speaks for whom.

mod household;
#[cfg(test)]
pub(crate) use household::LANDLINES;
pub(crate) use household::mobile;
pub(crate) mod names;

use crate::{config::Config, world::World};
use rooftree_kernel::Day;
use uuid::Uuid;

/// How a person wants to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Contact {
    /// Text message.
    Text,
    /// E-mail.
    Email,
    /// A call.
    Phone,
    /// A letter.
    Letter,
}

impl Contact {
    /// The key used in tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Letter => "letter",
        }
    }
}

/// The needs that a household can have; they raise a repair's priority or change how people are met. The keys are those of
/// the repairs area's `needs.toml`.
pub mod needs {
    /// A baby under one lives there.
    pub const UNDER_1: &str = "under-1";
    /// A child under five lives there.
    pub const UNDER_5: &str = "under-5";
    /// Aged 65 or more.
    pub const AGE_65_PLUS: &str = "age-65-plus";
    /// Aged 80 or more.
    pub const AGE_80_PLUS: &str = "age-80-plus";
    /// Asthma, COPD or another illness of the lungs.
    pub const RESPIRATORY: &str = "respiratory";
    /// Illness of the heart, or a stroke.
    pub const HEART: &str = "heart-condition";
    /// Diabetes.
    pub const DIABETES: &str = "diabetes";
    /// Difficulty in walking or standing.
    pub const MOBILITY: &str = "mobility";
    /// Uses a wheelchair.
    pub const WHEELCHAIR: &str = "wheelchair";
    /// Hard of hearing.
    pub const HEARING: &str = "hearing";
    /// Sees little.
    pub const SIGHT: &str = "sight";
    /// A learning disability.
    pub const LEARNING: &str = "learning-disability";
    /// Mental ill health.
    pub const MENTAL_HEALTH: &str = "mental-health";
    /// Dementia.
    pub const DEMENTIA: &str = "dementia";
    /// Depends on electricity or water for treatment at home.
    pub const TREATMENT_AT_HOME: &str = "dialysis-home-oxygen";
    /// Pregnant.
    pub const PREGNANT: &str = "pregnant";
    /// Needs an interpreter.
    pub const INTERPRETER: &str = "needs-interpreter";
    /// Every key above.
    pub const ALL: [&str; 17] = [
        UNDER_1,
        UNDER_5,
        AGE_65_PLUS,
        AGE_80_PLUS,
        RESPIRATORY,
        HEART,
        DIABETES,
        MOBILITY,
        WHEELCHAIR,
        HEARING,
        SIGHT,
        LEARNING,
        MENTAL_HEALTH,
        DEMENTIA,
        TREATMENT_AT_HOME,
        PREGNANT,
        INTERPRETER,
    ];
}

/// A person known to the landlord.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Person {
    /// Their id.
    pub id: Uuid,
    /// The reference read aloud, `N-50001`.
    pub reference: String,
    /// Given name.
    pub given: &'static str,
    /// Family name.
    pub family: &'static str,
    /// Date of birth, where it is known.
    pub born: Option<Day>,
    /// Mobile number, in Ofcom's range for drama.
    pub mobile: Option<String>,
    /// Landline number, in Ofcom's ranges for drama.
    pub landline: Option<String>,
    /// E-mail address at an example domain.
    pub email: Option<String>,
    /// How they want to be reached.
    pub contact: Contact,
    /// First language, as a code; `en` for English.
    pub language: &'static str,
    /// Their own needs, as keys of [`needs`].
    pub needs: Vec<&'static str>,
}

impl Person {
    /// The given name is a woman's.
    pub(crate) fn is_woman(&self) -> bool {
        names::ORIGINS.iter().any(|origin| origin.female.contains(&self.given))
    }

    /// Given and family name.
    pub fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }
}

/// On what terms a household lives in a home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TenancyKind {
    /// A secure tenancy.
    Secure,
    /// The first twelve months, on trial.
    Introductory,
    /// For a fixed term.
    Flexible,
    /// A long lease.
    Leasehold,
    /// Owned outright; services are charged.
    Freehold,
}

impl TenancyKind {
    /// The key used in tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Secure => "secure",
            Self::Introductory => "introductory",
            Self::Flexible => "flexible",
            Self::Leasehold => "leasehold",
            Self::Freehold => "freehold",
        }
    }
}

/// What someone is in a household.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberRole {
    /// The first named tenant or owner.
    Lead,
    /// A joint tenant or owner.
    Joint,
    /// An adult who lives there.
    Adult,
    /// A child.
    Child,
}

impl MemberRole {
    /// The key used in tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Joint => "joint",
            Self::Adult => "adult",
            Self::Child => "child",
        }
    }
}

/// A tenancy, lease or freehold and its household.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tenancy {
    /// Its id.
    pub id: Uuid,
    /// The reference read aloud, `T-30001`.
    pub reference: String,
    /// The home, as a position in [`World::homes`].
    pub home: u32,
    /// Its terms.
    pub kind: TenancyKind,
    /// First day.
    pub started: Day,
    /// Last day; `None` while it runs.
    pub ended: Option<Day>,
    /// The household: positions in [`People::persons`], the lead first.
    pub members: Vec<(u32, MemberRole)>,
}

impl Tenancy {
    /// True when it ran on that day.
    pub fn covers(&self, day: Day) -> bool {
        self.started <= day && self.ended.is_none_or(|ended| day <= ended)
    }
}

/// Someone who may speak for a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Representation {
    /// Who speaks, as a position in [`People::persons`].
    pub representative: u32,
    /// For whom.
    pub person: u32,
    /// In what capacity.
    pub capacity: &'static str,
    /// Since when.
    pub since: Day,
}

/// Everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People {
    /// The people.
    pub persons: Vec<Person>,
    /// Tenancies, leases and freeholds; those of one home stand together, the oldest first (seeded errors apart).
    pub tenancies: Vec<Tenancy>,
    /// Who speaks for whom.
    pub representations: Vec<Representation>,
    /// For each home, its tenancies as positions in `tenancies`: from, to (exclusive).
    pub of_home: Vec<(u32, u32)>,
}

impl People {
    /// Makes the people who live, lived or own there.
    pub fn generate(config: &Config, world: &World) -> Self {
        household::generate(config, world)
    }

    /// The tenancy of a home on a day, if there was one.
    pub fn tenancy_on(&self, home: u32, day: Day) -> Option<(u32, &Tenancy)> {
        let (from, to) = self.of_home[home as usize];
        (from..to)
            .map(|position| (position, &self.tenancies[position as usize]))
            .find(|(_, tenancy)| tenancy.covers(day))
    }

    /// The needs of everybody in a household, each once.
    pub fn household_needs(&self, tenancy: &Tenancy) -> Vec<&'static str> {
        let mut found = Vec::new();
        for (person, _) in &tenancy.members {
            for need in &self.persons[*person as usize].needs {
                if !found.contains(need) {
                    found.push(*need);
                }
            }
        }
        found
    }
}
