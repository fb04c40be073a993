use super::*;
use serde_json::json;

fn holds(when: &str, payload: &Value) -> bool {
    Conditions::read(&when.parse().unwrap()).unwrap().hold(payload)
}

#[test]
fn values_lists_and_negations() {
    let payload = json!({"priority": "urgent", "stage": 1, "recall": false, "work": {"trade": "gas"}, "note": null});
    for (when, expected) in [
        ("", true),
        ("priority = 'urgent'", true),
        ("priority = 'routine'", false),
        ("priority = ['emergency', 'urgent']", true),
        ("stage = 1", true),
        ("stage = 1.0", true),
        ("stage = '1'", false),
        ("recall = false", true),
        ("recall = true", false),
        ("'work.trade' = 'gas'", true),
        ("priority = { not = 'emergency' }", true),
        ("priority = { not = ['emergency', 'urgent'] }", false),
        ("missing = { not = 'anything' }", true),
        ("missing = 'anything'", false),
        ("priority = 'urgent'\nstage = 2", false),
    ] {
        assert_eq!(holds(when, &payload), expected, "{when}");
    }
}

#[test]
fn ranges_and_existence() {
    let payload = json!({"pence": 25_000, "when": "2026-01-05", "gone": null});
    for (when, expected) in [
        ("pence = { min = 25000 }", true),
        ("pence = { max = 25000 }", true),
        ("pence = { min = 25001 }", false),
        ("pence = { min = 1, max = 24999.5 }", false),
        ("when = { min = 1 }", false),
        ("missing = { max = 1 }", false),
        ("when = { exists = true }", true),
        ("gone = { exists = true }", false),
        ("gone = { exists = false }", true),
    ] {
        assert_eq!(holds(when, &payload), expected, "{when}");
    }
}

#[test]
fn what_is_no_condition_is_named() {
    for (when, key) in [
        ("a = []", "a"),
        ("a = {}", "a"),
        ("a = { nto = 1 }", "a.nto"),
        ("a = { min = 'x' }", "a.min"),
        ("a = { exists = 'yes' }", "a.exists"),
        ("a = { not = 1, min = 2 }", "a.not"),
        ("a = 2026-01-05", "a"),
        ("a = nan", "a"),
        ("a = [[1]]", "a"),
        // A bare dotted key is a table in TOML; it must be refused, not silently never hold.
        ("work.trade = 'gas'", "work.trade"),
    ] {
        assert_eq!(Conditions::read(&when.parse().unwrap()).unwrap_err().0, key, "{when}");
    }
}
