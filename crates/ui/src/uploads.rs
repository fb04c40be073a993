//! What a form takes beyond text: files, photos and a signature.

use crate::forms::Field;
use maud::{Markup, html};

/// What may be uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upload {
    /// Photos: a phone opens its camera; with script they are previewed, made smaller and kept until they are sent.
    Photos,
    /// A CSV or XLSX file to import.
    Sheet,
    /// Any document.
    Document,
}

/// A file upload; `limit` says the greatest size in words, such as `10 MB each`.
pub fn upload(field: Field<'_>, kind: Upload, limit: &str) -> Markup {
    let accept = match kind {
        // Without HEIC in the list an iPhone makes a JPEG of what it took.
        Upload::Photos => Some("image/jpeg,image/png,image/webp"),
        Upload::Sheet => Some(".csv,.xlsx,text/csv"),
        Upload::Document => None,
    };
    let photos = kind == Upload::Photos;
    let id = field.id();
    let limit_id = format!("{id}-limit");
    html! {
        div class=(field.group_class()) data-photos=[photos.then_some("")] {
            (field.label_markup())
            (field.messages())
            p.govuk-hint id=(limit_id) { "Up to " (limit) }
            input.govuk-file-upload.rt-upload id=(id) name=(field.name) type="file" accept=[accept] multiple[photos]
                capture=[photos.then_some("environment")] aria-describedby=[field.described_by(Some(&limit_id))]
                disabled[field.disabled];
            @if photos { ul.rt-photos data-photo-list="" aria-live="polite" {} }
        }
    }
}

/// A signature: drawn with a finger into a hidden input as a PNG data URL, or, without script, the name typed.
pub fn signature(field: Field<'_>) -> Markup {
    let id = field.id();
    html! {
        div class={ "rt-signature " (field.group_class()) } data-signature="" {
            (field.label_markup())
            (field.messages())
            canvas.rt-signature__pad width="640" height="240" hidden {}
            button.govuk-button.govuk-button--secondary.rt-button--small type="button" data-signature-clear="" hidden { "Clear and draw again" }
            input.govuk-input.rt-signature__name id=(id) name=(field.name) type="text" value=(field.value)
                autocomplete="off" aria-describedby=[field.described_by(None)];
            input type="hidden" name={ (field.name) "_png" } data-signature-value="";
        }
    }
}
