use crate::home::run;

#[test]
fn help_shows_every_command() {
    let help = run(&["--help"]).well();
    let commands = [
        "demo", "serve", "work", "migrate", "import", "export", "measures", "due", "letters", "verify", "user",
        "token", "backup", "restore", "doctor",
    ];
    for command in commands {
        assert!(help.lines().any(|line| line.trim_start().starts_with(&format!("{command} "))), "{command} in\n{help}");
        assert!(run(&[command, "--help"]).well().contains("Usage: rooftree"), "{command}");
    }
    insta::assert_snapshot!(help);
}

#[test]
fn wrong_words_are_told_apart_from_failures() {
    assert!(run(&["migrat"]).fails(2).contains("'migrate'"), "a likely word is offered");
    assert!(run(&["--version"]).well().starts_with("rooftree "));
}

#[test]
fn a_database_that_does_not_answer_is_told_with_the_remedy() {
    let said = run(&["--database-url", "postgres://nobody:secret-word@127.0.0.1:1/none", "migrate"]).fails(1);
    assert!(said.contains("DATABASE_URL") && !said.contains("secret-word"), "{said}");
}
