use crate::home::{Home, run};
use serde_json::Value;

fn findings(home: &Home, settings: &[(&str, &str)]) -> (i32, Vec<Value>) {
    let said = home.run_with(settings, &["doctor", "--json"]);
    (said.code, serde_json::from_str(&said.out).unwrap())
}

fn one<'a>(findings: &'a [Value], what: &str) -> &'a Value {
    findings.iter().find(|finding| finding["what"] == what).unwrap_or_else(|| panic!("{what} in {findings:#?}"))
}

#[test]
fn a_sound_set_up_passes_and_each_fault_is_named_with_its_remedy() {
    let home = Home::durable();
    let (code, found) = findings(&home, &[]);
    assert_eq!(code, 1, "nothing is migrated yet");
    assert!(one(&found, "Migrations")["remedy"].as_str().unwrap().contains("rooftree migrate"));

    home.run(&["migrate"]).well();
    let text = home.run(&["doctor"]).well();
    for words in [
        "PostgreSQL",
        "Durability",
        "Append-only",
        "File store",
        "Clocks",
        "Second factor",
        "Journal's seals",
        "Disk of the database",
    ] {
        assert!(text.contains(words), "{words} in\n{text}");
    }

    home.sql("alter table fact disable trigger fact_is_append_only; grant update on seal to rooftree_app; grant update on sequence fact_seq to rooftree_app");
    let (code, found) = findings(&home, &[]);
    assert_eq!(code, 1);
    assert!(one(&found, "Append-only")["found"].as_str().unwrap().contains("fact_is_append_only on fact"));
    assert!(one(&found, "Application's role")["found"].as_str().unwrap().contains("seal"));
    home.sql("alter table fact enable trigger fact_is_append_only");
    home.run(&["migrate"]).well();
    assert_eq!(findings(&home, &[]).0, 0, "migrate takes the right away again");
    let settable = "select count(*) from pg_sequence where has_sequence_privilege('rooftree_app', seqrelid, 'update')";
    assert_eq!(home.number(settable), 0, "and that of setting numbers back");

    let part = "select count(*) from pg_inherits where inhparent = 'fact'::regclass";
    let parts = home.number(part);
    home.sql("do $$ declare p text; begin for p in select inhrelid::regclass::text from pg_inherits where inhparent = 'fact'::regclass loop execute 'drop table ' || p; end loop; end $$");
    assert!(parts > 0 && home.number(part) == 0);
    assert_eq!(one(&findings(&home, &[]).1, "Journal's months")["verdict"], "fault");
}

#[test]
fn an_empty_folder_is_left_empty() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_str().unwrap();
    let said = run(&["--home", home, "doctor"]).fails(1);
    for words in ["nothing to check here yet", "rooftree serve --demo-if-empty", "DATABASE_URL", "--home"] {
        assert!(said.contains(words), "{words} in\n{said}");
    }
    let said = run(&["--home", home, "doctor", "--json"]);
    let found: Vec<Value> = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &one(&found, "Database")["verdict"]), (1, &Value::from("fault")));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no database was made");
}

#[test]
fn work_and_people_that_want_attention_are_warnings_without_names() {
    let home = Home::durable();
    home.add_user("ann.secretname@example.org", "administrator");
    home.sql(
        "insert into job (kind, payload, run_at, created_at, dead_at, last_error) values ('message', '{}', now(), now(), now(), 'x');
         insert into job (kind, payload, run_at, created_at) values ('message', '{}', now() - interval '1 hour', now());
         update fact_unsealed set seq = seq",
    );
    let said = home.run(&["doctor"]);
    assert_eq!(said.code, 0, "warnings are no faults: {}", said.out);
    assert!(said.out.contains("1 of 1 should have been done"), "{}", said.out);
    assert!(said.out.contains("none was ever done") && said.out.contains("Start rooftree serve"), "{}", said.out);
    assert!(said.out.contains("Work given up") && said.out.contains("1 message"), "{}", said.out);
    assert!(said.out.contains("1 user in privileged roles"), "{}", said.out);
    assert!(!said.out.contains("secretname") && !said.out.contains("A Person"), "{}", said.out);
    home.sql(
        "insert into job (kind, payload, run_at, created_at, done_at) values ('message', '{}', now(), now(), now())",
    );
    let said = home.run(&["doctor"]);
    assert!(said.out.contains("the oldest has waited 6"), "{}", said.out);
    assert!(said.out.contains("It is being worked off") && !said.out.contains("Start rooftree serve"), "{}", said.out);
}

#[test]
fn what_is_configured_is_tried_and_its_secret_never_shown() {
    let home = Home::new();
    home.run(&["migrate"]).well();
    let settings = [
        ("ROOFTREE_SMTP_URL", "smtp://user:hunter2@127.0.0.1:1"),
        ("ROOFTREE_OIDC_ISSUER", "http://127.0.0.1:1"),
        ("ROOFTREE_OIDC_CLIENT_ID", "rooftree"),
        ("ROOFTREE_OIDC_CLIENT_SECRET", "hunter3"),
        ("ROOFTREE_NOTIFY_URL", "http://127.0.0.1:1"),
        ("ROOFTREE_NOTIFY_KEY", "key-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"),
        ("ROOFTREE_NOTIFY_TEXT_TEMPLATE", "26785a09-ab16-4eb0-8407-a37497a57506"),
        ("ROOFTREE_NOTIFY_LETTER_TEMPLATE", "26785a09-ab16-4eb0-8407-a37497a57506"),
        ("ROOFTREE_BASE_URL", "http://homes.example"),
    ];
    let (code, found) = findings(&home, &settings);
    assert_eq!(code, 1);
    for what in ["E-mail", "Single sign-on", "Texts and letters", "Address"] {
        assert_eq!(one(&found, what)["verdict"], "fault", "{what}");
    }
    let said = home.run_with(&settings, &["doctor"]).fails(1);
    assert!(!said.contains("hunter") && !said.contains("3d844edf"), "{said}");
    let half = home.run_with(&settings[1..2], &["doctor"]).fails(1);
    assert!(half.contains("ROOFTREE_OIDC_CLIENT_ID"), "{half}");
}

#[test]
fn settings_that_risk_data_are_a_fault() {
    let home = Home::new();
    home.run(&["migrate"]).well();
    let (code, found) = findings(&home, &[]);
    assert_eq!((code, &one(&found, "Durability")["verdict"]), (1, &Value::from("fault")));
}

#[test]
fn where_reading_goes_is_looked_at() {
    let home = Home::durable();
    home.run(&["migrate"]).well();
    let url = home.url();
    let (code, found) = findings(&home, &[("DATABASE_READ_URL", &url)]);
    assert_eq!((code, &one(&found, "Replica")["verdict"]), (0, &Value::from("note")), "{found:#?}");
    assert!(one(&found, "Replica")["found"].as_str().unwrap().contains("follows no other"));

    let away = [("DATABASE_READ_URL", "postgres://nobody@127.0.0.1:1/rooftree")];
    let (code, found) = findings(&home, &away);
    assert_eq!((code, &one(&found, "Replica")["verdict"]), (1, &Value::from("fault")), "{found:#?}");
    let said = home.run_with(&away, &["demo", "sign-ins"]).fails(1);
    assert!(said.contains("DATABASE_READ_URL"), "{said}");
}
