//! What a role may do in running the house.

use rooftree_kernel::Permission;

/// Those that the modules do not declare themselves (figures and standards do), with the words an administrator reads.
pub fn all() -> Vec<(Permission, &'static str)> {
    [
        ("journal.view", "Read the journal of facts and the record of sensitive reads"),
        ("journal.verify", "Prove that the journal was not altered"),
        ("messages.view", "See texts, e-mails and letters"),
        ("messages.retry", "Send held messages again, retry or drop failed jobs"),
        ("messages.write", "Write letters, print them and note that they were posted"),
        ("users.manage", "Add, change and disable users"),
        ("tokens.manage", "Make and revoke API tokens"),
        ("webhooks.manage", "Connect other systems by webhook"),
        ("imports.run", "Import files and undo imports"),
        ("exports.run", "Take lists out as files"),
    ]
    .into_iter()
    .map(|(name, words)| (Permission::new(name), words))
    .collect()
}
