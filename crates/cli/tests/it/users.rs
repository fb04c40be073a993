use crate::home::Home;

#[test]
fn users_are_added_listed_and_disabled() {
    let home = Home::new();
    let roles = home.run(&["user", "roles"]).well();
    assert!(roles.contains("call-handler") && roles.contains("administrator"), "{roles}");
    home.add_user("ann@example.org", "administrator");
    let again = home.run(&["user", "add", "--email", "Ann@Example.org", "--name", "A", "--role", "planner"]);
    assert!(again.fails(2).contains("email: there is already a user"));
    let wrong = home.run(&["user", "add", "--email", "bo", "--name", "B", "--role", "clerk"]).fails(2);
    assert!(wrong.contains("email:") && wrong.contains("role:"), "every field is told: {wrong}");
    let weak = ["user", "add", "--email", "bo@example.org", "--name", "B", "--role", "planner", "--password-stdin"];
    assert!(home.run_typing("password", &weak).fails(2).contains("password:"));
    let unlinked =
        home.run(&["user", "add", "--email", "op@example.org", "--name", "O", "--role", "operative"]).fails(2);
    assert!(unlinked.contains("operative:"), "{unlinked}");
    let made = home.run(&["user", "add", "--email", "bo@example.org", "--name", "B", "--role", "administrator"]).well();
    assert!(made.contains("Password, shown once: "), "{made}");

    let list = home.run(&["user", "list"]).well();
    assert!(list.contains("ann@example.org") && list.contains("administrator"), "{list}");
    let typed = ["user", "set-password", "--email", "ann@example.org", "--password-stdin"];
    assert!(home.run_typing("another long password here", &typed).well().contains("signed out"));
    assert!(home.run(&["user", "set-password", "--email", "ann@example.org"]).well().contains("shown once: "));
    home.run(&["user", "reset-second-factor", "--email", "ann@example.org"]).well();
    home.run(&["user", "disable", "--email", "ann@example.org"]).well();
    assert!(home.run(&["user", "list"]).well().contains("disabled"));
    home.run(&["user", "enable", "--email", "ann@example.org"]).well();
    assert!(home.run(&["user", "disable", "--email", "nobody@example.org"]).fails(1).contains("user list"));
    home.run(&["user", "disable", "--email", "bo@example.org"]).well();
    let last = home.run(&["user", "disable", "--email", "ann@example.org"]).fails(1);
    assert!(last.contains("last user"), "{last}");
    // Each step is in the journal, as done on the command line.
    assert!(
        home.number("select count(*) from fact where name in ('user.added', 'user.changed') and channel = 'cli'") >= 8
    );
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    let home = Home::new();
    home.add_user("ann@example.org", "administrator");
    let made = home
        .run(&[
            "token",
            "make",
            "--email",
            "ann@example.org",
            "--name",
            "Finance feed",
            "--scope",
            "repairs.view",
            "--days",
            "30",
        ])
        .well();
    let secret =
        made.lines().find(|line| line.starts_with("rt_")).expect("the secret stands on a line of its own").to_owned();
    let list = home.run(&["token", "list"]).well();
    assert!(list.contains("Finance feed") && list.contains("repairs.view") && !list.contains(&secret), "{list}");
    let wrong =
        home.run(&["token", "make", "--email", "ann@example.org", "--name", "x", "--scope", "nothing.such"]).fails(2);
    assert!(wrong.contains("nothing.such"), "{wrong}");
    let id = list
        .lines()
        .find(|line| line.contains("Finance feed"))
        .and_then(|line| line.split_whitespace().next())
        .unwrap()
        .to_owned();
    home.run(&["token", "revoke", &id]).well();
    assert!(home.run(&["token", "list"]).well().contains("revoked"));
    assert!(home.run(&["token", "revoke", &id]).fails(1).contains("token list"));
}
