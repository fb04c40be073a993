//! Who does the work and who signs in: the works company and four subcontractors, their operatives, and a user for every role.

use crate::{
    catalogue::{Catalogue, Season},
    config::Config,
    people::{People, names},
    streams::{Dice, Kind},
    world::{WARDS, World, register_moment},
};
use rooftree_works::declared::DECLARED;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The password of every demo user. The loader stores its hash; nobody should run a landlord with it.
pub const DEMO_PASSWORD: &str = "rooftree demo landlord";

/// Operatives for 8,700 homes.
const OPERATIVES_AT_8700: u32 = 30;

/// A company that does work.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Provider {
    /// Its id.
    pub id: Uuid,
    /// A short key.
    pub key: &'static str,
    /// Its name.
    pub name: &'static str,
    /// True for the council's own works company, false for a subcontractor.
    pub works_company: bool,
    /// The trades it offers: those of its operatives.
    pub trades: Vec<String>,
    /// An e-mail address at an example domain.
    pub email: String,
    /// A telephone number in a range for drama.
    pub phone: &'static str,
}

const PROVIDERS: [(&str, &str, &str); 5] = [
    ("works", "Two Rivers Works Ltd", "01632 960100"),
    ("roofing", "Hathercroft Roofing Ltd", "01632 960120"),
    ("gas", "Clearflame Gas Services Ltd", "01632 960140"),
    ("drainage", "Linden Drainage Ltd", "01632 960160"),
    ("damp", "Drywell Damp and Timber Ltd", "01632 960180"),
];

/// A group of operatives who do the same trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Team {
    /// Pipes, taps, toilets.
    Plumbing,
    /// Boilers and gas, the works company's own engineers.
    Gas,
    /// Boilers and gas, the subcontractor's engineers.
    GasSubcontractor,
    /// Electrics and electric heating.
    Electrical,
    /// Doors, windows, locks, kitchens.
    Joinery,
    /// Walls, floors, decoration, paths and fences.
    Building,
    /// Small jobs of all kinds.
    MultiSkilled,
    /// Lifts, fire safety, door entry and the like.
    Specialist,
    /// Roofs and gutters.
    Roofing,
    /// Drains.
    Drainage,
    /// Damp and mould.
    Damp,
}

impl Team {
    /// Every team.
    pub const ALL: [Self; 11] = [
        Self::Plumbing,
        Self::Gas,
        Self::GasSubcontractor,
        Self::Electrical,
        Self::Joinery,
        Self::Building,
        Self::MultiSkilled,
        Self::Specialist,
        Self::Roofing,
        Self::Drainage,
        Self::Damp,
    ];

    /// The team that does a trade, by the words in its key; gas work is shared with the subcontractor.
    pub fn of_trade(trade: &str) -> Self {
        const WORDS: [(Team, &[&str]); 9] = [
            (Team::Gas, &["gas", "boiler"]),
            (Team::Drainage, &["drain"]),
            (Team::Roofing, &["roof", "gutter", "scaffold"]),
            (Team::Damp, &["damp", "mould"]),
            (Team::Plumbing, &["plumb"]),
            (Team::Electrical, &["electric", "heating", "light"]),
            (Team::Joinery, &["carpent", "join", "glaz", "upvc", "lock"]),
            (Team::Building, &["brick", "plaster", "decorat", "paint", "floor", "til", "fenc", "ground", "build"]),
            (Team::MultiSkilled, &["multi", "handy", "clean", "garden", "survey", "general"]),
        ];
        let found = WORDS.iter().find(|(_, words)| words.iter().any(|word| trade.contains(word)));
        found.map_or(Self::Specialist, |(team, _)| *team)
    }

    fn provider(self) -> u8 {
        match self {
            Self::Roofing => 1,
            Self::GasSubcontractor => 2,
            Self::Drainage => 3,
            Self::Damp => 4,
            _ => 0,
        }
    }

    /// The team whose trades it has.
    fn skill(self) -> Self {
        if self == Self::GasSubcontractor { Self::Gas } else { self }
    }
}

/// Someone who visits homes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Operative {
    /// Their id.
    pub id: Uuid,
    /// The employer, as a position in [`Providers::providers`].
    pub provider: u8,
    /// Their team.
    pub team: Team,
    /// Their name.
    pub name: String,
    /// The trades they do, as keys of the catalogue; the first is their main one.
    pub trades: Vec<String>,
    /// The wards they normally work in, as positions in [`WARDS`].
    pub patch: Vec<u8>,
    /// Minutes after midnight at which they begin, Monday to Friday.
    pub shift_starts: u16,
    /// Minutes after midnight at which they finish.
    pub shift_ends: u16,
    /// Minutes after midnight at which their half hour of lunch begins.
    pub lunch_starts: u16,
    /// A mobile number in the range for drama.
    pub mobile: String,
    /// Their sign-in, as a position in [`Providers::users`].
    pub user: u32,
}

/// Whoever signs in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct User {
    /// Their id.
    pub id: Uuid,
    /// What they sign in with.
    pub email: String,
    /// Their name.
    pub name: String,
    /// The key of their role.
    pub role: &'static str,
    /// Their company, for people of a provider.
    pub provider: Option<u8>,
    /// Their own work, for an operative.
    pub operative: Option<u32>,
    /// Themselves, for a resident: a position in [`People::persons`].
    pub person: Option<u32>,
    /// Their patch, for a housing officer: a position in [`World::patches`].
    pub patch: Option<u16>,
}

/// Providers, operatives and users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Providers {
    /// The works company first, then the subcontractors.
    pub providers: Vec<Provider>,
    /// The operatives, team by team.
    pub operatives: Vec<Operative>,
    /// Everybody who signs in. The first of each role has the address `role@example.org`.
    pub users: Vec<User>,
}

impl Providers {
    /// Hires enough operatives for the catalogue's trades and gives everybody a sign-in.
    pub fn generate(config: &Config, world: &World, people: &People, catalogue: &Catalogue) -> Self {
        let mut dice = Dice::new(config.seed, Kind::Staff, 0);
        let providers = PROVIDERS.map(|(key, name, phone)| Provider {
            id: dice.id_at(register_moment(0)),
            key,
            name,
            works_company: key == "works",
            trades: Vec::new(),
            email: format!("{key}@example.com"),
            phone,
        });
        let mut staff = Self { providers: providers.into(), operatives: Vec::new(), users: Vec::new() };
        for (team, count) in head_counts(config, catalogue) {
            staff.hire(&mut dice, team, count);
        }
        for provider in 0..staff.providers.len() {
            let trades = staff.operatives.iter().filter(|operative| usize::from(operative.provider) == provider);
            let mut trades: Vec<String> = trades.flat_map(|operative| operative.trades.iter().cloned()).collect();
            trades.sort();
            trades.dedup();
            staff.providers[provider].trades = trades;
        }
        staff.office(&mut dice, config, world, people);
        staff
    }

    /// The users with a role, as positions.
    pub fn with_role(&self, role: &str) -> Vec<u32> {
        (0_u32..).zip(&self.users).filter(|(_, user)| user.role == role).map(|(position, _)| position).collect()
    }

    fn hire(&mut self, dice: &mut Dice, team: Team, count: u32) {
        let mut trades: Vec<&str> =
            DECLARED.trades.keys().map(String::as_str).filter(|trade| Team::of_trade(trade) == team.skill()).collect();
        trades.sort_unstable();
        trades.dedup();
        for number in 0..count {
            let name = worker(dice);
            let wards = WARDS.len() as u32;
            let patch = (0..wards).filter(|ward| ward * count / wards == number || count == 1).map(|ward| ward as u8);
            let shift_starts = *dice.pick(&[450, 480, 480, 480, 510]);
            let main = number as usize % trades.len().max(1);
            let mut own: Vec<String> = trades.iter().map(|trade| (*trade).to_owned()).collect();
            own.rotate_left(main);
            let operative = self.operatives.len() as u32;
            let user = self.user(dice, "operative", name.clone());
            self.users[user as usize].provider = Some(team.provider());
            self.users[user as usize].operative = Some(operative);
            self.operatives.push(Operative {
                id: dice.id_at(register_moment(0)),
                provider: team.provider(),
                team,
                name,
                trades: own,
                patch: patch.collect(),
                shift_starts,
                shift_ends: shift_starts + 510,
                lunch_starts: if dice.chance(5_000) { 720 } else { 750 },
                mobile: crate::people::mobile(dice),
                user,
            });
        }
    }

    /// Adds a user; the first of a role gets the address that the demo prints.
    fn user(&mut self, dice: &mut Dice, role: &'static str, name: String) -> u32 {
        let position = self.users.len();
        let first = !self.users.iter().any(|user| user.role == role);
        let local = if first { role.to_owned() } else { format!("{}.{position}", address(&name)) };
        self.users.push(User {
            id: dice.id_at(register_moment(0)),
            email: format!("{local}@example.org"),
            name,
            role,
            provider: None,
            operative: None,
            person: None,
            patch: None,
        });
        position as u32
    }

    fn office(&mut self, dice: &mut Dice, config: &Config, world: &World, people: &People) {
        for (role, at_8700) in [
            ("call-handler", 6),
            ("planner", 3),
            ("client-officer", 3),
            ("client-manager", 1),
            ("finance", 2),
            ("performance", 1),
            ("complaints", 2),
            ("auditor", 1),
            ("councillor", 3),
            ("administrator", 1),
        ] {
            for _ in 0..config.scaled(at_8700) {
                let name = worker(dice);
                let user = self.user(dice, role, name);
                if role == "planner" {
                    self.users[user as usize].provider = Some(0);
                }
            }
        }
        for provider in 0..self.providers.len() {
            let name = worker(dice);
            let user = self.user(dice, "repairs-manager", name);
            self.users[user as usize].provider = Some(provider as u8);
        }
        for patch in 0..world.patches.len() {
            let name = worker(dice);
            let user = self.user(dice, "housing-officer", name);
            self.users[user as usize].patch = Some(patch as u16);
        }
        self.residents(dice, people);
    }

    /// Three tenants who can sign in.
    fn residents(&mut self, dice: &mut Dice, people: &People) {
        let running: Vec<u32> = people
            .tenancies
            .iter()
            .filter(|tenancy| tenancy.ended.is_none() && tenancy.kind == crate::people::TenancyKind::Secure)
            .filter_map(|tenancy| tenancy.members.first().map(|(person, _)| *person))
            .collect();
        for _ in 0..3.min(running.len()) {
            let person = *dice.pick(&running);
            let name = people.persons[person as usize].name();
            let user = self.user(dice, "resident", name);
            self.users[user as usize].person = Some(person);
        }
    }
}

/// How many operatives each team has, by the minutes that the catalogue's repairs take.
fn head_counts(config: &Config, catalogue: &Catalogue) -> Vec<(Team, u32)> {
    let mut minutes: BTreeMap<Team, u64> = BTreeMap::new();
    for (entry, weight) in catalogue.items.iter().zip(catalogue.weights()) {
        let yearly: u32 = (1..=12).map(|month| Season::of(entry).factor(month, false)).sum();
        // Storms add two fifths to a year's roof work.
        let yearly = if Season::of(entry) == Season::Roof { yearly * 7 / 5 } else { yearly };
        let demand = u64::from(weight) * u64::from(yearly / 12) * u64::from(entry.visit_minutes());
        *minutes.entry(Team::of_trade(&entry.outcome.trade)).or_default() += demand;
    }
    let weight = |team: &Team| {
        let minutes = minutes.get(&team.skill()).copied().unwrap_or(0);
        match team {
            Team::Gas => minutes * 65 / 100,
            Team::GasSubcontractor => minutes * 35 / 100,
            _ => minutes,
        }
    };
    let mut teams: Vec<(Team, u64, u32)> =
        Team::ALL.into_iter().map(|team| (team, weight(&team), 1)).filter(|(_, minutes, _)| *minutes > 0).collect();
    // One each, and every further operative to the team that has most to do.
    for _ in teams.len()..config.scaled(OPERATIVES_AT_8700) as usize {
        let busiest = teams.iter_mut().max_by_key(|(_, minutes, count)| minutes / u64::from(*count));
        if let Some((_, _, count)) = busiest {
            *count += 1;
        }
    }
    teams.into_iter().map(|(team, _, count)| (team, count)).collect()
}

fn worker(dice: &mut Dice) -> String {
    let origin = &names::ORIGINS[dice.weighted(&names::ORIGINS.map(|origin| origin.weight))];
    let given = if dice.chance(4_000) { dice.pick(origin.female) } else { dice.pick(origin.male) };
    format!("{given} {}", dice.pick(origin.family))
}

fn address(name: &str) -> String {
    let words: Vec<String> = name.split(' ').map(names::plain).filter(|word| !word.is_empty()).collect();
    words.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trades_find_their_team() {
        for (trade, team) in [
            ("plumber", Team::Plumbing),
            ("gas-engineer", Team::Gas),
            ("heating-engineer", Team::Electrical),
            ("flat-roofer", Team::Roofing),
            ("damp-specialist", Team::Damp),
            ("tiler", Team::Building),
            ("lift-engineer", Team::Specialist),
            ("handyperson", Team::MultiSkilled),
        ] {
            assert_eq!(Team::of_trade(trade), team, "{trade}");
        }
    }
}
