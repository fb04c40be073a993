//! Writes a page of every kind, with invented content, into a folder, to be looked at in a browser:
//! `cargo run -p rooftree-ui --example gallery -- /tmp/gallery && python3 -m http.server -d /tmp/gallery 8099`.

mod desk;
mod figures;
mod phone;

use rooftree_kernel::Moment;
use rooftree_ui::{Page, assets, html, shell::NavItem};
use std::{fs, path::Path};

/// The moment that every page of the gallery is seen at.
fn now() -> Moment {
    at("2026-12-18T11:20")
}

/// A moment by its London wall clock; the gallery's own are all well formed.
fn at(text: &str) -> Moment {
    text.parse().unwrap_or(Moment::from_micros(0))
}

/// A staff page dressed as it would be in the product.
fn staff(page: Page, section: &str) -> Page {
    let items = [
        ("Today", "index.html", 0),
        ("Repairs", "list.html", 0),
        ("Works orders", "orders.html", 0),
        ("Planning", "board.html", 12),
        ("Homes", "record.html", 0),
        ("People", "people.html", 0),
        ("Measures", "figures.html", 0),
        ("Data quality", "quality.html", 37),
    ];
    let nav =
        items.iter().map(|(label, href, count)| NavItem::new(*label, *href).count(*count).current(*label == section));
    page.landlord("Isis Vale Council").user("Amara Nwosu-Clarke", "Repairs manager").csrf("token").nav(nav.collect())
}

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "/tmp/gallery".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("assets"))?;
    for asset in assets() {
        fs::write(folder.join(asset.path.trim_start_matches('/')), asset.bytes)?;
    }
    let pages = [
        ("index", desk::landing()),
        ("list", desk::list()),
        ("record", desk::record()),
        ("form", desk::form()),
        ("board", desk::board()),
        ("figures", figures::page()),
        ("phone-today", phone::today()),
        ("phone-visit", phone::visit()),
        ("public", phone::report()),
        ("sign-in", phone::sign_in()),
        ("outcome", phone::outcome()),
        ("conflict", desk::conflict()),
    ];
    let links = html! { ul { @for (name, _) in &pages { li { a href={ (name) ".html" } { (name) } } } } };
    fs::write(folder.join("all.html"), Page::new("All", links).render().into_string())?;
    for (name, page) in pages {
        fs::write(folder.join(format!("{name}.html")), page.into_string())?;
    }
    println!("{}", folder.join("all.html").display());
    Ok(())
}
