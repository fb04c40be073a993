//! Small line icons, drawn in the colour of the text. They are decoration: the words beside them carry the meaning.

use maud::{Markup, html};

/// The pictures there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named for what it shows")]
pub enum Icon {
    Search,
    Home,
    Person,
    Menu,
    Chevron,
    ArrowUp,
    ArrowDown,
    ArrowRight,
    ArrowLeft,
    Level,
    Check,
    Cross,
    Alert,
    Info,
    Clock,
    Calendar,
    Phone,
    Mail,
    Camera,
    Pen,
    Download,
    Plus,
    Filter,
    Pin,
    Tool,
    Copy,
    Shield,
    Key,
    Document,
    Folder,
    Pound,
    Chart,
    Heart,
    Tasks,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Search => "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16.2 16.2 21 21",
            Self::Home => "M3 11.5 12 4l9 7.5M5.5 9.8V20h13V9.8M10 20v-6h4v6",
            Self::Person => "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 21c.6-4 3.6-6 7.5-6s6.9 2 7.5 6",
            Self::Menu => "M4 7h16M4 12h16M4 17h16",
            Self::Chevron => "M6 9l6 6 6-6",
            Self::ArrowUp => "M12 20V5M6 11l6-6 6 6",
            Self::ArrowDown => "M12 4v15M6 13l6 6 6-6",
            Self::ArrowRight => "M4 12h15M13 6l6 6-6 6",
            Self::ArrowLeft => "M20 12H5M11 6l-6 6 6 6",
            Self::Level => "M5 9.5h14M5 14.5h14",
            Self::Check => "M5 12.5 10 17.5 19.5 7",
            Self::Cross => "M6 6l12 12M18 6 6 18",
            Self::Alert => "M12 3.5 22 20.5H2zM12 10v5M12 17.4v.6",
            Self::Info => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v6M12 7.2v.6",
            Self::Clock => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5.5l3.5 2",
            Self::Calendar => "M4 6h16v14H4zM4 10.5h16M8.5 3.5V8M15.5 3.5V8",
            Self::Phone => {
                "M6 3.5h3.5l1.5 5-2.2 1.6a12 12 0 0 0 5.1 5.1L15.5 13l5 1.5V18c0 1.4-1 2.5-2.4 2.5C10.5 20.5 3.5 13.5 3.5 6 3.5 4.6 4.6 3.5 6 3.5z"
            }
            Self::Mail => "M3.5 5.5h17v13h-17zM3.5 7l8.5 6.5L20.5 7",
            Self::Camera => "M3.5 7.5h4l1.5-2.5h6l1.5 2.5h4v12h-17zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
            Self::Pen => "M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5l3.5 3.5",
            Self::Download => "M12 4v11M7 10.5l5 5 5-5M4.5 20h15",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Filter => "M4 6h16M7 12h10M10 18h4",
            Self::Pin => {
                "M12 21.5c4.5-4.8 6.7-8.3 6.7-11.2a6.7 6.7 0 1 0-13.4 0c0 2.9 2.2 6.4 6.7 11.2zM12 8a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z"
            }
            Self::Tool => {
                "M14.5 6.5a4.5 4.5 0 0 1 5.7-2.6L17.5 6.6l1.9 1.9 2.7-2.7a4.5 4.5 0 0 1-6 5.7L8 19.6A2.2 2.2 0 0 1 4.9 16.5L13 8.4"
            }
            Self::Copy => "M8.5 8.5h11v11h-11zM15.5 8.5v-4h-11v11h4",
            Self::Shield => "M12 3.5l7.5 2.8v5.2c0 4.6-3 7.7-7.5 9.5-4.5-1.8-7.5-4.9-7.5-9.5V6.3z",
            Self::Key => "M8 10.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 12l8.5-8.5M16 7l3 3",
            Self::Folder => "M3.5 6h6l2 2.5h9V19h-17z",
            Self::Pound => "M17 7.5c-.6-2-2-3.2-4-3.2-2.6 0-4.2 1.7-4.2 4.4V20M6 12.5h8M6 20h12",
            Self::Chart => "M4 4v16h16M8 16v-4M12.5 16V8M17 16v-6",
            Self::Heart => {
                "M12 20C6 15.6 3.5 12.5 3.5 9.2a4.4 4.4 0 0 1 8.5-1.6 4.4 4.4 0 0 1 8.5 1.6c0 3.300-2.500 6.400-8.5 10.800z"
            }
            Self::Tasks => "M9.5 6.5H20M9.5 12H20M9.5 17.5H20M4 6.5l1 1 2-2M4 12l1 1 2-2M4 17.5l1 1 2-2",
            Self::Document => "M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5M9 13h6M9 16.5h6",
        }
    }
}

/// An icon at the size of the text around it.
pub fn icon(which: Icon) -> Markup {
    html! {
        svg.rt-icon viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false" {
            path d=(which.path()) fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"
                stroke-linejoin="round" {}
        }
    }
}

/// The mark: a roof that is the crown of a tree.
pub fn mark() -> Markup {
    html! {
        svg.rt-mark viewBox="0 0 40 40" width="36" height="36" aria-hidden="true" focusable="false" {
            path.rt-mark__leaf d="M20 3 37 19.5c.8.8.2 2-.9 2H31l4 4.6c.7.8.1 2-1 2H6c-1.1 0-1.7-1.2-1-2l4-4.6H3.9c-1.1 0-1.7-1.2-.9-2z" fill="currentColor" {}
            path.rt-mark__trunk d="M17 21h6v15.5a.5.5 0 0 1-.5.5h-5a.5.5 0 0 1-.5-.5z" {}
        }
    }
}
