//! The stylesheet, scripts, fonts and mark, embedded in the program. A path holds the hash of the content, so a server may
//! let browsers keep it for a year.

/// One embedded file.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// The name without its hash, such as `rooftree.css`.
    pub name: &'static str,
    /// The path that pages ask for, such as `/assets/rooftree-0123456789abcdef.css`.
    pub path: &'static str,
    /// The media type to serve it with.
    pub media_type: &'static str,
    /// The content.
    pub bytes: &'static [u8],
    /// The content compressed with gzip, where that makes it at least a tenth smaller.
    pub gzip: Option<&'static [u8]>,
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.in"));

/// Every embedded file.
pub fn assets() -> &'static [Asset] {
    ASSETS
}

/// The file behind a path, if there is one.
pub fn asset_at(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

/// The path of a file by its name without hash. An unknown name gives `/assets/missing`, which a server answers with 404.
pub fn asset_url(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("/assets/missing", |asset| asset.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_there_and_named_by_their_content() {
        for name in ["rooftree.css", "rooftree.js", "govuk.js", "mark.svg", "licences.txt"] {
            let asset = asset_at(asset_url(name)).unwrap_or_else(|| panic!("{name} is missing"));
            assert!(!asset.bytes.is_empty());
        }
        assert_eq!(asset_url("nothing.css"), "/assets/missing");
    }

    #[test]
    fn nothing_of_the_crown_is_served() {
        let css = String::from_utf8_lossy(asset_at(asset_url("rooftree.css")).unwrap().bytes);
        assert!(!css.contains("GDS Transport") && !css.contains("crest.svg"));
        for url in css.split("url(").skip(1) {
            let path = url.split(')').next().unwrap();
            assert!(path.starts_with("\"data:") || asset_at(path).is_some(), "{path} is not embedded");
        }
    }
}
