//! What a role may do in running the house.

use rooftree_kernel::Permission;

/// All of them, with the words an administrator reads.
pub fn all() -> Vec<(Permission, &'static str)> {
    [
        ("figures.view", "See measures, their figures and the rows behind them"),
        ("figures.freeze", "Freeze a figure as published"),
        ("standards.view", "See the standards and how clocks are counted"),
        ("journal.view", "Read the journal of facts and the record of sensitive reads"),
        ("journal.verify", "Prove that the journal was not altered"),
        ("messages.view", "See texts, e-mails and letters"),
        ("messages.retry", "Send held messages again, retry or drop failed jobs"),
        ("users.manage", "Add, change and disable users"),
        ("tokens.manage", "Make and revoke API tokens"),
        ("webhooks.manage", "Connect other systems by webhook"),
        ("imports.run", "Import files and undo imports"),
        ("exports.run", "Take lists out as files"),
        ("quality.view", "See the data-quality findings"),
        ("quality.resolve", "Resolve data-quality findings"),
    ]
    .into_iter()
    .map(|(name, words)| (Permission::new(name), words))
    .collect()
}
