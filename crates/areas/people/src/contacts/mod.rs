//! Contacts: every conversation, whoever had it. Half of all calls are about something already said.

pub mod commands;
pub mod queries;
pub mod web;

/// Ways a conversation can go.
pub const CHANNELS: &[(&str, &str)] = &[
    ("phone", "Phone"),
    ("in-person", "In person"),
    ("text", "Text"),
    ("email", "E-mail"),
    ("letter", "Letter"),
    ("web", "Web"),
];

/// The words of a channel.
pub fn channel_words(key: &str) -> &str {
    CHANNELS.iter().find(|channel| channel.0 == key).map_or(key, |channel| channel.1)
}
