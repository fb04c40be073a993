//! Reading what the phone sends.

use super::{
    commands::Door,
    work::{Extra, LINES_MAX, Material, Work},
};
use axum::body::Bytes;
use base64::{Engine, engine::general_purpose::STANDARD};
use rooftree_frame::{
    App, Form, UploadForm,
    forms::{of_field, store_files},
};
use rooftree_kernel::{FieldErrors, Moment, Pence, typed};
use rooftree_platform::{
    Error, Result,
    documents::{self, Stored, Upload},
};

/// Photos that one form may carry.
const PHOTOS_MAX: usize = 12;
/// What a drawn signature begins with.
const PNG_URL: &str = "data:image/png;base64,";

/// What every form from the door carries.
pub fn door(form: &Form, errors: &mut FieldErrors) -> Door {
    Door {
        occurred_at: form.parse_optional::<Moment>("occurred_at", "the phone sent a time that cannot be read", errors),
        seen: form.all("seen").iter().filter_map(|id| id.parse().ok()).collect(),
        late_reason: form.get("late_reason").to_owned(),
        early_agreed: form.get("early_agreed") == "yes",
    }
}

/// Materials, extra lines and words; files come apart, in [`photos`] and [`signature`].
pub fn work(form: &Form, errors: &mut FieldErrors) -> Work {
    let mut work = Work {
        note: form.lines("note").to_owned(),
        extra_reason: form.get("extra_reason").to_owned(),
        extra_note: form.get("extra_note").to_owned(),
        ..Work::default()
    };
    for row in 1..=LINES_MAX {
        let name = |field: &str| format!("{field}_{row}");
        let (what, cost) = (form.get(&name("material")), form.get(&name("material_cost")));
        if !what.is_empty() || !cost.is_empty() {
            let quantity = match form.get(&name("material_quantity")) {
                "" => Some(1),
                text => text.parse().ok(),
            };
            let cost = if cost.is_empty() { Some(Pence::ZERO) } else { Pence::parse(cost).ok() };
            if cost.is_none() {
                errors.add(name("material_cost"), "enter an amount in pounds, like 12 or 4.50");
            }
            work.materials.push(Material {
                description: what.to_owned(),
                quantity: quantity.unwrap_or_default(),
                cost: cost.unwrap_or_default(),
            });
        }
        let rate = form.get(&name("extra_rate"));
        if !rate.is_empty() {
            work.extra.push(Extra {
                rate: code(rate),
                quantity_hundredths: hundredths(form.get(&name("extra_quantity"))).unwrap_or_default(),
            });
        }
    }
    work
}

/// The code of a rate chosen from the list, which shows `PL-014 Renew tap washer`.
pub fn code(chosen: &str) -> String {
    chosen.split_whitespace().next().unwrap_or_default().to_uppercase()
}

/// A quantity in hundredths; nothing typed means one.
pub fn hundredths(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(100);
    }
    typed::hundredths(text).ok().filter(|hundredths| *hundredths > 0)
}

/// A day and time as the office types it: `08/12/2026 10:15`, or as a browser sends it.
pub fn day_and_time(text: &str) -> Option<Moment> {
    text.contains(':').then(|| typed::moment(text).ok()).flatten()
}

/// Stores the photos of one field. Their name says what they show, since a phone calls all of them `image.jpg`.
pub async fn photos(app: &App, upload: &UploadForm, field: &str, shows: &str) -> Result<Vec<Stored>> {
    store_files(app, upload, field, PHOTOS_MAX, |file| match file.photo {
        true => Ok((format!("{shows} {}.jpg", file.number), "photo")),
        false => Err("this is no photo that can be kept: send a JPEG, PNG or WebP"),
    })
    .await
}

/// The signature: drawn with a finger, or else the name typed.
pub async fn signature(app: &App, form: &Form) -> Result<Option<Stored>> {
    let (drawn, typed) = (form.get("signature_png"), form.get("signature"));
    let upload = if let Some(data) = drawn.strip_prefix(PNG_URL) {
        let bytes = STANDARD
            .decode(data)
            .map_err(|_| Error::field("signature", "the drawing could not be read: clear it and sign again"))?;
        if documents::sniff(&bytes) != Ok("image/png") {
            return Err(Error::field("signature", "the drawing could not be read: clear it and sign again"));
        }
        let name = if typed.is_empty() { "Signature.png".to_owned() } else { format!("Signature of {typed}.png") };
        Upload { name, bytes: bytes.into(), kind: "signature" }
    } else if !typed.is_empty() {
        if typed.chars().count() > 100 {
            return Err(Error::field("signature", "use at most 100 characters"));
        }
        Upload {
            name: "Signature.txt".to_owned(),
            bytes: Bytes::from(format!("Signed by typing the name: {typed}\n")),
            kind: "signature",
        }
    } else {
        return Ok(None);
    };
    Ok(Some(documents::store(&app.platform, upload).await.map_err(|error| of_field(error, "signature"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Form {
        Form::of(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn empty_rows_are_no_materials() {
        let mut errors = FieldErrors::default();
        let read = work(
            &form(&[
                ("material_1", "Washer"),
                ("material_2", ""),
                ("extra_rate_1", "pl-014 Renew washer"),
                ("note", " ok "),
            ]),
            &mut errors,
        );
        assert!(errors.is_empty());
        assert_eq!(read.materials, [Material { description: "Washer".into(), quantity: 1, cost: Pence::ZERO }]);
        assert_eq!(read.extra, [Extra { rate: "PL-014".into(), quantity_hundredths: 100 }]);
        assert_eq!(read.note, "ok");
    }

    #[test]
    fn what_cannot_be_read_is_refused_at_its_field() {
        let mut errors = FieldErrors::default();
        let read = work(
            &form(&[("material_1", "Tap"), ("material_cost_1", "a lot"), ("material_quantity_1", "two")]),
            &mut errors,
        );
        assert!(errors.get("material_cost_1").is_some());
        assert_eq!(read.materials[0].quantity, 0, "which the command refuses");
        assert_eq!(hundredths("2.5"), Some(250));
        assert_eq!(hundredths("-1"), None);
        door(&form(&[("occurred_at", "yesterday")]), &mut errors);
        assert!(errors.get("occurred_at").is_some());
    }

    #[test]
    fn the_office_types_day_and_time() {
        let expected: Moment = "2026-12-08T10:15".parse().unwrap();
        assert_eq!(day_and_time("08/12/2026 10:15"), Some(expected));
        assert_eq!(day_and_time("2026-12-08T10:15"), Some(expected));
        for text in ["", "08/12/2026", "08/12/2026 25:00", "10:15"] {
            assert_eq!(day_and_time(text), None, "{text}");
        }
    }
}
