//! The frame every area hangs on: the shape of an [`Area`], routes with their permission, the guard that enforces it, sessions and
//! forms in handlers, pages, exports, search and panels. Areas export an `Area`; `app` merges them; nothing here knows any of them.

pub mod api;
pub mod app;
pub mod area;
pub mod asked;
pub mod cases;
pub mod errors;
pub mod exports;
pub mod forms;
pub mod guard;
pub mod history;
pub mod kept;
pub mod lists;
pub mod pages;
pub mod promise;
pub mod routes;
pub mod turn;
mod twice;

pub use app::App;
pub use area::{Area, CaseSource, Find, Hit, Nav, Panel, SearchSource, Section, TabOf, Task, TaskSource, Tick};
pub use asked::Asked;
pub use errors::{PageError, PageResult};
pub use forms::{Form, UploadForm};
pub use guard::{Caller, Signed};
pub use pages::{done, flash};
pub use routes::{Access, Route, delete, get, post, put, upload};
pub use turn::{Done, Turn};
