//! Photos of what operatives found, for variations: drawn for the demo, of no home in the world.

use crate::providers::Team;
use anyhow::Result;
use rooftree_platform::{
    Platform,
    documents::{self, Upload},
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use uuid::Uuid;

/// What the bytes are.
pub(super) const MEDIA_TYPE: &str = "image/png";
/// The kind of document.
pub(super) const KIND: &str = "photo";

const FILES: [(&str, &[u8]); 3] = [
    ("pipe.png", include_bytes!("photos/pipe.png")),
    ("damp.png", include_bytes!("photos/damp.png")),
    ("wall.png", include_bytes!("photos/wall.png")),
];

static PHOTOS: LazyLock<[Photo; 3]> = LazyLock::new(|| {
    FILES.map(|(name, bytes)| Photo { name, bytes: bytes.len() as i64, sha256: Sha256::digest(bytes).into() })
});

/// A file in the store, as rows and facts name it.
pub(super) struct Photo {
    pub name: &'static str,
    pub bytes: i64,
    pub sha256: [u8; 32],
}

impl Photo {
    /// What the fact says that adds it as this document.
    pub(super) fn payload(&self, document: Uuid) -> Map<String, Value> {
        let sha256: String = self.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        let fields = [
            ("document", json!(document)),
            ("kind", json!(KIND)),
            ("media_type", json!(MEDIA_TYPE)),
            ("sha256", json!(sha256)),
            ("bytes", json!(self.bytes)),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// Puts the files and their small copies into the store.
pub(super) async fn store(platform: &Platform) -> Result<()> {
    for (name, bytes) in FILES {
        documents::store(platform, Upload { name: name.to_owned(), bytes: bytes.into(), kind: KIND }).await?;
    }
    Ok(())
}

/// The photo that suits a trade.
pub(super) fn of(trade: &str) -> &'static Photo {
    let [pipe, damp, wall] = &*PHOTOS;
    match Team::of_trade(trade) {
        Team::Plumbing | Team::Gas | Team::GasSubcontractor | Team::Drainage => pipe,
        Team::Damp | Team::Roofing | Team::Building => damp,
        _ => wall,
    }
}
