//! Routes: a file, its thumbnail, adding files to a place, taking one off.

use super::commands;
use crate::{EDIT, VIEW, places::queries::whole_register, places::store, public};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rooftree_frame::{App, Caller, Form, PageResult, Signed, UploadForm, cases, forms::store_files, pages};
use rooftree_kernel::{CaseId, DocumentId, Permission};
use rooftree_platform::{
    Error, Result,
    documents::{self, Document, Owner},
};
use rooftree_ui::{
    Markup,
    forms::{self, Field, Size},
    html, summary,
};

/// Named here because a higher area declares it: who may see documents that concern a person alone.
const PEOPLE_VIEW: Permission = Permission::new("people.view");

/// Likewise: who may see messages.
const MESSAGES_VIEW: Permission = Permission::new("messages.view");

/// Files that one form may carry.
const FILES_MAX: usize = 20;

/// How browsers keep documents.
const KEPT: &str = "private, no-cache";

/// GET `/documents/{id}`
pub async fn file(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<DocumentId>,
) -> PageResult {
    send(&app, &caller, &headers, id, false).await
}

/// GET `/documents/{id}/thumbnail`
pub async fn thumbnail(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<DocumentId>,
) -> PageResult {
    send(&app, &caller, &headers, id, true).await
}

async fn send(app: &App, caller: &Caller, headers: &HeaderMap, id: DocumentId, small: bool) -> PageResult {
    let document = documents::get(&app.platform, id).await?;
    if !may_have(app, caller, &document).await? || (small && !document.has_thumbnail) {
        return Err(Error::NotFound("the document").into());
    }
    // A document never changes. A browser may keep it, and asks each time whether whoever looks may still see it.
    let tag = format!("\"{id}{}\"", if small { "-small" } else { "" });
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok(
            (StatusCode::NOT_MODIFIED, [(header::ETAG, tag), (header::CACHE_CONTROL, KEPT.to_owned())]).into_response()
        );
    }
    let bytes = documents::bytes(&app.platform, id, small).await?;
    let picture = document.media_type.starts_with("image/");
    let media_type = if small { "image/jpeg" } else { document.media_type.as_str() };
    // Only pictures are shown in place; all else is handed over as a file, so that nothing of ours can run it.
    let manner = if picture { "inline" } else { "attachment" };
    let disposition =
        format!("{manner}; filename=\"{}\"; filename*=UTF-8''{}", ascii(&document.name), percent(&document.name));
    let mut response = bytes.into_response();
    let set = response.headers_mut();
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            set.insert(name, value);
        }
    };
    put(header::CONTENT_TYPE, media_type);
    put(header::CONTENT_DISPOSITION, &disposition);
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox");
    put(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    put(header::CACHE_CONTROL, KEPT);
    put(header::ETAG, &tag);
    Ok(response)
}

async fn may_have(app: &App, caller: &Caller, document: &Document) -> Result<bool> {
    if caller.scope().no_personal_data {
        return Ok(false);
    }
    match document.kind.as_str() {
        documents::PRINT_FILE => return Ok(false),
        documents::SENT_LETTER if !caller.actor.may(&MESSAGES_VIEW) || whole_register(caller.scope()).is_err() => {
            return Ok(false);
        }
        _ => {}
    }
    if let Some(case) = document.case_id {
        return cases::may_see(app, caller, CaseId(case)).await;
    }
    let needed = if document.home_id.is_some() { VIEW } else { PEOPLE_VIEW };
    Ok(caller.actor.may(&needed) && whole_register(caller.scope()).is_ok())
}

/// A file name as old clients read it.
fn ascii(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_graphic() && !"\"\\;%".contains(c) || c == ' ' { c } else { '_' }).collect()
}

/// A file name in UTF-8, as RFC 8187 writes it.
fn percent(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// POST `/homes/{reference}/documents`
pub async fn add(
    State(app): State<App>,
    Signed(session): Signed,
    Path(reference): Path<String>,
    upload: UploadForm,
) -> PageResult {
    let place = store::by_reference(app.platform.reads(), &reference).await?;
    let certificate = upload.form.get("kind") == "certificate";
    let stored = store_files(&app, &upload, "file", FILES_MAX, |file| {
        let kind = match file.photo {
            _ if certificate => "certificate",
            true => "photo",
            false => "other",
        };
        Ok((file.name.to_owned(), kind))
    })
    .await?;
    if stored.is_empty() {
        return Err(Error::field("file", "choose at least one photo or document").into());
    }
    let mut ctx = app.platform.begin(&session.actor).await?;
    ctx.require(&EDIT)?;
    let count = stored.len();
    for file in stored {
        ctx.attach(file, Owner { home: Some(place.id), ..Owner::default() }).await?;
    }
    ctx.commit().await?;
    let said = if count == 1 { "The document is kept.".to_owned() } else { format!("{count} documents are kept.") };
    Ok(pages::done(&format!("/homes/{}#panel-documents", place.reference), &said))
}

/// POST `/documents/{id}/remove`
pub async fn remove(
    State(app): State<App>,
    Signed(session): Signed,
    Path(id): Path<DocumentId>,
    form: Form,
) -> PageResult<Response> {
    let mut ctx = app.platform.begin(&session.actor).await?;
    // Each document's field has a name of its own, because ids on a page must differ.
    let reason =
        form.fields().iter().find(|(name, _)| name.starts_with("reason")).map_or("", |(name, _)| form.get(name));
    let home = commands::remove(&mut ctx, id, reason).await?;
    let place = public::place(ctx.conn(), home).await?;
    ctx.commit().await?;
    Ok(pages::done(&format!("/homes/{}", place.reference), "The document was taken off the page. Its history stays."))
}

/// The block of a place's page: what hangs on it, and a way to add more.
pub fn panel(reference: &str, csrf: &str, found: &[Document], may_edit: bool) -> Markup {
    let body = html! {
        @if found.is_empty() { p.rt-muted { "No documents yet." } }
        @else { (tiles(found, csrf, may_edit)) }
        @if may_edit {
            (summary::details("Add photos or documents", forms::upload_form(&format!("/homes/{reference}/documents"), csrf, html! {
                (forms::upload(Field::new("file", "Files").hint("Photos, PDF, Word, Excel or plain text"), forms::Upload::Document, "20 MB each"))
                (forms::select(Field::new("kind", "Kind").value("").size(Size::Chars20), None, &[
                    forms::Choice::new("", "Photo or document"), forms::Choice::new("certificate", "Certificate"),
                ]))
                (forms::submit("Add"))
            })))
        }
    };
    summary::panel("Documents", None, body)
}

fn tiles(found: &[Document], csrf: &str, may_edit: bool) -> Markup {
    let pictures: Vec<&Document> = found.iter().filter(|document| document.has_thumbnail).collect();
    html! {
        @if !pictures.is_empty() {
            ul.rt-photos {
                @for picture in pictures {
                    li {
                        a href={ "/documents/" (picture.id) } {
                            img src={ "/documents/" (picture.id) "/thumbnail" } alt=(picture.name) loading="lazy";
                        }
                    }
                }
            }
        }
        ul {
            @for document in found {
                li {
                    a href={ "/documents/" (document.id) } { (document.name) }
                    " " span.rt-muted { (document.kind) ", " (size(document.bytes)) ", " (document.added_at.day().short()) ", " (document.added_by) }
                    @if may_edit && document.case_id.is_none() {
                        (summary::details("Remove", forms::form(&format!("/documents/{}/remove", document.id), csrf, html! {
                            (forms::text(Field::new(format!("reason-{}", document.id), "Why is it removed?").size(Size::Chars30)))
                            (forms::secondary("Remove", None))
                        })))
                    }
                }
            }
        }
    }
}

/// A size as people read it.
fn size(bytes: i64) -> String {
    if bytes >= 1_048_576 {
        format!("{:.1} MB", bytes as f64 / 1_048_576.0)
    } else {
        format!("{} kB", (bytes + 1023) / 1024)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_break_out_of_its_header() {
        assert_eq!(ascii("a\"; b\r\n.pdf"), "a__ b__.pdf");
        assert_eq!(percent("Küche 1.jpg"), "K%C3%BCche%201.jpg");
    }

    #[test]
    fn sizes_are_rounded_up() {
        assert_eq!(size(1), "1 kB");
        assert_eq!(size(3_565_158), "3.4 MB");
    }
}
