//! Words and rules of tenancies. Pure.

use rooftree_kernel::Day;

/// Kinds of tenancy and lease.
pub const KINDS: &[(&str, &str)] = &[
    ("introductory", "Introductory tenancy"),
    ("secure", "Secure tenancy"),
    ("flexible", "Flexible tenancy"),
    ("licence", "Licence"),
    ("leasehold", "Lease"),
    ("shared-ownership", "Shared ownership lease"),
    ("freehold", "Freehold"),
    ("temporary", "Temporary accommodation"),
];
/// What somebody is in a tenancy.
pub const ROLES: &[(&str, &str)] = &[
    ("tenant", "Tenant"),
    ("joint-tenant", "Joint tenant"),
    ("leaseholder", "Leaseholder"),
    ("owner", "Owner"),
    ("household", "Household member"),
    ("lodger", "Lodger"),
];
/// Why tenancies end.
pub const END_REASONS: &[&str] = &[
    "Notice by the tenant",
    "Death",
    "Transfer to another home",
    "Mutual exchange",
    "Succession",
    "Possession order",
    "Abandoned",
    "Right to Buy",
    "Sold",
    "Other",
];

/// The words of a kind.
pub fn kind_words(key: &str) -> &str {
    KINDS.iter().find(|kind| kind.0 == key).map_or(key, |kind| kind.1)
}

/// The words of a role.
pub fn role_words(key: &str) -> &str {
    ROLES.iter().find(|role| role.0 == key).map_or(key, |role| role.1)
}

/// True for those who hold the tenancy, as against those who live there with them.
pub fn holds(role: &str) -> bool {
    !matches!(role, "household" | "lodger")
}

/// The role of somebody who holds a tenancy of this kind, as the first or a further one.
pub fn holder_role(kind: &str, first: bool) -> &'static str {
    match kind {
        "leasehold" | "shared-ownership" => "leaseholder",
        "freehold" => "owner",
        _ if first => "tenant",
        _ => "joint-tenant",
    }
}

/// The last day of an introductory trial: twelve months from the start (Housing Act 1996, s.125(2)).
pub fn trial_end(start: Day) -> Day {
    start.plus_months(12).plus_days(-1)
}

/// The last day of an extended trial: six months more (s.125A(1)).
pub fn extended_trial_end(start: Day) -> Day {
    start.plus_months(18).plus_days(-1)
}

/// The last day on which the notice of an extension may be served: eight weeks before the trial would have ended (s.125A(2)).
pub fn last_day_to_extend(start: Day) -> Day {
    trial_end(start).plus_days(1 - 8 * 7)
}

/// Whether a trial has been extended: it ends later than twelve months after the start, whichever day the source counts as its last.
pub fn is_extended(start: Day, trial: Day) -> bool {
    trial > start.plus_months(12)
}

/// Whether a trial may be extended on a day, or why not.
pub fn may_extend(kind: &str, start: Day, end: Option<Day>, trial: Option<Day>, today: Day) -> Result<Day, String> {
    if kind != "introductory" {
        return Err("only an introductory tenancy has a trial".to_owned());
    }
    if end.is_some() {
        return Err("the tenancy has an end already".to_owned());
    }
    if trial.is_some_and(|trial| is_extended(start, trial)) {
        return Err("the trial has been extended already: it can be extended once".to_owned());
    }
    let last = last_day_to_extend(start);
    if today > last {
        return Err(format!(
            "the notice had to be served by {}, eight weeks before the trial ends (Housing Act 1996, s.125A)",
            last.long()
        ));
    }
    Ok(extended_trial_end(start))
}

/// Whether two spans of days share a day; an open end is for ever.
pub fn overlap(a: (Day, Option<Day>), b: (Day, Option<Day>)) -> bool {
    a.1.is_none_or(|end| end >= b.0) && b.1.is_none_or(|end| end >= a.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_trial_is_twelve_months_and_once_six_more() {
        let start = day("2026-03-02");
        assert_eq!(trial_end(start), day("2027-03-01"));
        assert_eq!(extended_trial_end(start), day("2027-09-01"));
        assert_eq!(last_day_to_extend(start), day("2027-01-05"));
        let ask = |trial, today| may_extend("introductory", start, None, Some(trial), today);
        assert_eq!(ask(trial_end(start), day("2027-01-05")), Ok(day("2027-09-01")));
        assert!(ask(trial_end(start), day("2027-01-06")).is_err());
        assert!(!is_extended(start, day("2027-03-02")));
        assert!(ask(extended_trial_end(start), day("2027-01-05")).is_err());
        assert!(may_extend("secure", start, None, None, day("2026-04-01")).is_err());
    }

    #[test]
    fn spans_that_share_a_day_overlap() {
        let (a, b) = (day("2026-01-01"), day("2026-06-30"));
        assert!(overlap((a, Some(b)), (b, None)));
        assert!(!overlap((a, Some(b)), (day("2026-07-01"), None)));
        assert!(overlap((a, None), (day("2030-01-01"), None)));
    }
}
