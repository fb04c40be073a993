//! Who writes a letter, and where on the page its address stands.

use super::Picture;
use crate::config::Config;

/// As wide as the name would be.
const LOGO_WIDTH_MM: u16 = 60;

/// The head of a letter: who writes, and how they are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letterhead {
    /// The landlord's name.
    pub name: String,
    /// Their postal address, line by line; letters that nobody could deliver come back to it.
    pub address: Vec<String>,
    /// The number to ring.
    pub phone: String,
    /// When it is answered.
    pub hours: String,
    /// A logo instead of the name in large letters.
    pub logo: Option<Picture>,
}

impl Letterhead {
    /// The landlord's letterhead: the one place where it comes from.
    pub fn of(config: &Config) -> Self {
        Self {
            name: config.landlord.clone(),
            address: config.landlord_address.clone(),
            phone: config.phone.clone(),
            hours: config.hours.clone(),
            logo: config.logo.as_ref().map(|bytes| Picture {
                bytes: bytes.clone().into(),
                shows: config.landlord.clone(),
                width_mm: LOGO_WIDTH_MM,
            }),
        }
    }
}

/// Where the address stands so that the window of the envelope shows it, in millimetres from the left and the upper edge of the sheet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// From the left edge.
    pub left: f32,
    /// From the upper edge.
    pub top: f32,
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
}

impl Window {
    /// An envelope of 110 × 220 mm for a sheet folded twice: its window of 35 × 90 mm lies 20 mm from the left and 18 mm from the lower
    /// edge, and the folded sheet, 99 mm high, rests on the lower edge. Four millimetres are left at the sides and above.
    pub const DL: Self = Self { left: 24.0, top: 50.0, width: 82.0, height: 30.0 };
    /// An envelope of 162 × 229 mm for a sheet folded once: a window of 35 × 90 mm, 20 mm from the left and 60 mm from the lower edge;
    /// the folded sheet is 148.5 mm high.
    pub const C5: Self = Self { left: 24.0, top: 57.5, width: 82.0, height: 30.0 };
    /// Where GOV.UK Notify looks for the address of a letter that comes to it as a PDF.
    pub const NOTIFY: Self = Self { left: 24.6, top: 39.5, width: 95.4, height: 26.8 };

    /// By its name in the settings: `dl` or `c5`.
    pub fn named(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "dl" => Some(Self::DL),
            "c5" => Some(Self::C5),
            _ => None,
        }
    }
}
