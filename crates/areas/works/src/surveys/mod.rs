//! How did we do: one short survey after a finished case, by the question set of its area, through a link that only the person has. The
//! link's secret is kept as its hash; the page behind it names nobody. What an answer means for the case its area says
//! ([`crate::cases::Cases::answered`]).

pub mod commands;
mod page;
pub mod questions;

use rooftree_frame::{Access, Area, get, post};

pub(crate) fn add(area: &mut Area) {
    let routes =
        [get("/survey/{token}", Access::Public, page::show), post("/survey/{token}", Access::Public, page::answer)];
    area.pages.extend(routes.map(|route| route.scope("whoever holds the link: that survey")));
}
