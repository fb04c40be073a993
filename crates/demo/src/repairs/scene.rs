//! What does not change while the history is told, and the choices that open a repair: where, who, what, how urgent.

use super::{demand::Demand, diary::Diary, rows::RecallOf, timeline::Timeline};
use crate::{
    Landlord,
    catalogue::{Catalogue, DiagnosisItem, Priority},
    providers::Team,
    streams::Dice,
    world::{PlaceKind, Tenure},
};
use rooftree_kernel::Moment;
use rooftree_repairs::diagnosis::rules::Decision;

/// A call to the repairs line, and what is already known about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub day: usize,
    pub at: Moment,
    pub wanted: Wanted,
}

/// Why the call is made.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted {
    /// Anything.
    Anything,
    /// An emergency in a home.
    Emergency,
    /// Anything in this home.
    At { home: u32 },
    /// Work that this operative does on that day.
    WorkFor { operative: u32, day: usize },
    /// The same fault again.
    Recall { of: RecallOf, site: Site, item: u32 },
}

/// Where a repair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    /// In a home: its position.
    Home(u32),
    /// In the common parts of a block, with the range of homes in it.
    Block { place: u32, homes: (u32, u32) },
}

/// Who reports it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reporter {
    pub tenancy: u32,
    pub person: u32,
}

/// Everything the tellers look up.
pub(super) struct Scene<'a> {
    pub land: &'a Landlord,
    pub catalogue: &'a Catalogue,
    pub items: &'a [DiagnosisItem],
    pub timeline: Timeline,
    pub demand: Demand,
    pub handlers: Vec<u32>,
    pub planners: Vec<u32>,
    pub officers: Vec<u32>,
    rented: Vec<u32>,
    blocks: Vec<(u32, (u32, u32))>,
    skills: Vec<Team>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(land: &'a Landlord, catalogue: &'a Catalogue) -> Self {
        let timeline = Timeline::new(&land.config);
        let demand = Demand::new(&land.config, &timeline, catalogue);
        let homes = (0_u32..).zip(&land.world.homes);
        Self {
            land,
            catalogue,
            items: &catalogue.items,
            timeline,
            demand,
            handlers: land.providers.with_role("call-handler"),
            planners: land.providers.with_role("planner"),
            officers: land.providers.with_role("client-officer"),
            rented: homes.filter(|(_, home)| home.tenure == Tenure::Council).map(|(position, _)| position).collect(),
            blocks: blocks(land),
            skills: catalogue.items.iter().map(|entry| Team::of_trade(&entry.outcome.trade)).collect(),
        }
    }

    /// What the call is about and where.
    pub(super) fn subject(&self, dice: &mut Dice, call: &Call) -> (u32, Site) {
        match call.wanted {
            Wanted::Recall { site, item, .. } => (item, site),
            Wanted::WorkFor { operative, .. } => self.work_for(dice, operative, call.day),
            Wanted::At { home } => (self.in_a_home(dice, call.day), Site::Home(home)),
            Wanted::Emergency => {
                let item =
                    self.demand.emergency(dice).unwrap_or_else(|| self.demand.item(dice, &self.timeline, call.day));
                (item, self.site(dice, item, call.day))
            }
            Wanted::Anything => {
                let item = self.demand.item(dice, &self.timeline, call.day);
                (item, self.site(dice, item, call.day))
            }
        }
    }

    /// Something that is reported inside homes.
    fn in_a_home(&self, dice: &mut Dice, day: usize) -> u32 {
        let mut item = self.demand.item(dice, &self.timeline, day);
        for _ in 0..20 {
            if !self.items[item as usize].item.communal {
                break;
            }
            item = self.demand.item(dice, &self.timeline, day);
        }
        item
    }

    /// The homes of the residents who can sign in.
    pub(super) fn residents(&self) -> Vec<u32> {
        let people = &self.land.people;
        let persons = self.land.providers.users.iter().filter_map(|user| user.person);
        let home = |person: u32| {
            let lead = |tenancy: &&crate::people::Tenancy| {
                tenancy.ended.is_none() && tenancy.members.first().is_some_and(|(lead, _)| *lead == person)
            };
            people.tenancies.iter().find(lead).map(|tenancy| tenancy.home)
        };
        persons.filter_map(home).collect()
    }

    fn site(&self, dice: &mut Dice, item: u32, day: usize) -> Site {
        if self.items[item as usize].item.communal && !self.blocks.is_empty() {
            let (place, homes) = *dice.pick(&self.blocks);
            return Site::Block { place, homes };
        }
        Site::Home(self.occupied_home(dice, day, None))
    }

    /// A rented home with a tenant on that day; in one of the wards, if that is asked and soon found.
    fn occupied_home(&self, dice: &mut Dice, day: usize, wards: Option<&[u8]>) -> u32 {
        let date = self.timeline.date(day);
        let mut home = *dice.pick(&self.rented);
        for attempt in 0..40 {
            let wanted =
                attempt >= 30 || wards.is_none_or(|wards| wards.contains(&self.land.world.homes[home as usize].ward));
            if wanted && self.land.people.tenancy_on(home, date).is_some() {
                break;
            }
            home = *dice.pick(&self.rented);
        }
        home
    }

    fn work_for(&self, dice: &mut Dice, operative: u32, day: usize) -> (u32, Site) {
        let operative = &self.land.providers.operatives[operative as usize];
        let can_wait = |entry: &DiagnosisItem| entry.outcome.priority != Priority::Emergency && !entry.item.communal;
        let mut candidates: Vec<u32> = self.doable(operative, &can_wait);
        if candidates.is_empty() {
            candidates = self.doable(operative, &|_| true);
        }
        let item = *dice.pick(&candidates);
        if self.items[item as usize].item.communal {
            return (item, self.site(dice, item, day));
        }
        (item, Site::Home(self.occupied_home(dice, day, Some(&operative.patch))))
    }

    fn doable(&self, operative: &crate::providers::Operative, wanted: &dyn Fn(&DiagnosisItem) -> bool) -> Vec<u32> {
        (0_u32..)
            .zip(self.items)
            .filter(|(_, entry)| operative.trades.contains(&entry.outcome.trade) && wanted(entry))
            .map(|(position, _)| position)
            .collect()
    }

    /// Who reports it: the tenant of the home, or of a home in the block.
    pub(super) fn reporter(&self, dice: &mut Dice, site: Site, day: usize) -> Option<Reporter> {
        let date = self.timeline.date(day);
        let home = match site {
            Site::Home(home) => home,
            Site::Block { homes: (from, to), .. } => from + dice.index((to - from) as usize) as u32,
        };
        let (tenancy, held) = self.land.people.tenancy_on(home, date)?;
        let second = held.members.get(1).filter(|(_, role)| *role != crate::people::MemberRole::Child);
        let (person, _) = if dice.chance(2_500) { second.unwrap_or(&held.members[0]) } else { &held.members[0] };
        Some(Reporter { tenancy, person: *person })
    }

    /// The team that will do it.
    pub(super) fn team(&self, dice: &mut Dice, item: u32, diary: &Diary) -> Team {
        match self.skills[item as usize] {
            Team::Gas if !diary.has(Team::Gas) || dice.chance(3_500) && diary.has(Team::GasSubcontractor) => {
                Team::GasSubcontractor
            }
            team => team,
        }
    }

    /// The priority from the work and the household, with the rules that applied.
    pub(super) fn decide(&self, item: u32, reporter: Option<Reporter>, day: usize) -> Decision {
        let date = self.timeline.date(day);
        let household = reporter.filter(|_| !self.items[item as usize].item.communal);
        let needs: Vec<String> = household.map_or_else(Vec::new, |reporter| {
            let tenancy = &self.land.people.tenancies[reporter.tenancy as usize];
            self.land.people.household_needs(tenancy).into_iter().map(str::to_owned).collect()
        });
        self.catalogue.decide(item, &needs, date)
    }

    /// The Right to Repair period, if the right covers the tenancy and the estimate.
    pub(super) fn right_to_repair(&self, item: u32, reporter: Option<Reporter>, day: usize) -> Option<String> {
        let entry = &self.items[item as usize];
        let kind = reporter.map(|reporter| self.land.people.tenancies[reporter.tenancy as usize].kind.key());
        let kind = kind.filter(|_| !entry.item.communal);
        entry.outcome.right_to_repair_on(self.timeline.date(day), kind, entry.pence)
    }

    /// The ward of a site.
    pub(super) fn ward(&self, site: Site) -> u8 {
        match site {
            Site::Home(home) => self.land.world.homes[home as usize].ward,
            Site::Block { place, .. } => self.land.world.places[place as usize].ward,
        }
    }
}

/// The blocks with the ranges of homes in them; homes of a block stand together.
fn blocks(land: &Landlord) -> Vec<(u32, (u32, u32))> {
    let mut blocks: Vec<(u32, (u32, u32))> = Vec::new();
    let originals = land.world.homes.len() - crate::errors::DUPLICATE_HOMES as usize;
    for (position, home) in (0_u32..).zip(&land.world.homes[..originals]) {
        let kind = land.world.places[home.parent as usize].kind;
        if !matches!(kind, PlaceKind::Block | PlaceKind::ShelteredScheme) {
            continue;
        }
        match blocks.last_mut() {
            Some((place, (_, to))) if *place == home.parent => *to = position + 1,
            _ => blocks.push((home.parent, (position, position + 1))),
        }
    }
    blocks
}
