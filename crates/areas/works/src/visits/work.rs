//! What was used and done at a visit: materials, extra rate lines, photos, the signature.

use super::store::Visit;
use crate::orders::commands::request_variation;
use rooftree_kernel::{DocumentId, FieldErrors, Pence};
use rooftree_platform::{
    Ctx, Error, Result,
    documents::{Owner, Stored},
};
use uuid::Uuid;

/// Lines of materials, and of extra rates, that one visit may record.
pub const LINES_MAX: usize = 20;
/// Characters of a note.
pub const NOTE_MAX: usize = 2000;

/// Something taken from the van.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Material {
    /// What.
    pub description: String,
    /// How many.
    pub quantity: i32,
    /// What all of them cost, in pence; for information, since the schedule's rates include materials.
    pub cost: Pence,
}

/// Work beyond the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    /// A code of the schedule of rates.
    pub rate: String,
    /// In hundredths.
    pub quantity_hundredths: i64,
}

/// What the operative hands in with the outcome.
#[derive(Default)]
pub struct Work {
    /// What was done, in their words.
    pub note: String,
    /// Materials used.
    pub materials: Vec<Material>,
    /// Extra rate lines.
    pub extra: Vec<Extra>,
    /// Why: a key of the reasons list `variation`.
    pub extra_reason: String,
    /// And in words.
    pub extra_note: String,
    /// Photos whose bytes are stored; their names say whether they show before or after.
    pub photos: Vec<Stored>,
    /// The resident's signature, drawn or typed.
    pub signature: Option<Stored>,
}

impl Work {
    /// Refuses what cannot be recorded.
    pub fn check(&self, errors: &mut FieldErrors) {
        if self.note.chars().count() > NOTE_MAX {
            errors.add("note", format!("use at most {NOTE_MAX} characters"));
        }
        if self.materials.len() > LINES_MAX || self.extra.len() > LINES_MAX {
            errors.add("material_1", format!("record at most {LINES_MAX} lines at one visit"));
        }
        for (index, material) in self.materials.iter().enumerate() {
            if material.description.trim().is_empty() || material.description.chars().count() > 200 {
                errors.add(format!("material_{}", index + 1), "say in up to 200 characters what was used");
            }
            if !(1..=999).contains(&material.quantity) {
                errors.add(format!("material_quantity_{}", index + 1), "enter a number from 1 to 999");
            }
            if material.cost.0 < 0 {
                errors.add(format!("material_cost_{}", index + 1), "enter the cost in pounds, or nothing");
            }
        }
    }
}

/// Records it all, in the visit's unit of work. Returns the ids of the photos.
pub async fn record(ctx: &mut Ctx, visit: &Visit, work: Work) -> Result<Vec<DocumentId>> {
    let mut errors = FieldErrors::default();
    work.check(&mut errors);
    errors.into_result(())?;
    materials(ctx, visit, &work.materials).await?;
    extra(ctx, visit, &work).await?;
    let mut photos = attach(ctx, visit, work.photos).await?;
    if let Some(signature) = work.signature {
        photos.extend(attach(ctx, visit, vec![signature]).await?);
    }
    Ok(photos)
}

/// Hangs stored files on the case and its home.
pub async fn attach(ctx: &mut Ctx, visit: &Visit, files: Vec<Stored>) -> Result<Vec<DocumentId>> {
    let owner = Owner { home: Some(visit.case.place), person: None, case: Some(visit.case.id) };
    let mut ids = Vec::with_capacity(files.len());
    for file in files {
        ids.push(ctx.attach(file, owner).await?);
    }
    Ok(ids)
}

async fn materials(ctx: &mut Ctx, visit: &Visit, materials: &[Material]) -> Result<()> {
    if materials.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = materials.iter().map(|_| Uuid::now_v7()).collect();
    let words: Vec<String> = materials.iter().map(|m| m.description.trim().to_owned()).collect();
    let quantities: Vec<i32> = materials.iter().map(|m| m.quantity).collect();
    let costs: Vec<i64> = materials.iter().map(|m| m.cost.0).collect();
    sqlx::query!(
        "insert into material_used (id, appointment_id, description, quantity, cost_pence)
         select m.id, $1, m.words, m.quantity, m.cost from unnest($2::uuid[], $3::text[], $4::int[], $5::bigint[]) as m(id, words, quantity, cost)",
        visit.id as _,
        &ids,
        &words,
        &quantities,
        &costs
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// Extra work is a variation of the order, and the client decides on every one. What is wrong with a line is said at its field.
async fn extra(ctx: &mut Ctx, visit: &Visit, work: &Work) -> Result<()> {
    if work.extra.is_empty() {
        return Ok(());
    }
    let order =
        visit.order.as_ref().ok_or_else(|| Error::field("extra_rate_1", "there is no works order to add work to"))?;
    let lines: Vec<(String, i64)> =
        work.extra.iter().map(|line| (line.rate.trim().to_uppercase(), line.quantity_hundredths)).collect();
    let asked = request_variation(ctx, &order.reference, &work.extra_reason, &work.extra_note, &lines).await;
    match asked {
        Ok(_) => Ok(()),
        Err(Error::Invalid(errors)) => Err(Error::Invalid(our_names(errors))),
        Err(other) => Err(other),
    }
}

/// The fields of a variation as they are called on the visit's page.
fn our_names(errors: FieldErrors) -> FieldErrors {
    let mut ours = FieldErrors::default();
    for error in errors.0 {
        let line = |row: &str| row.parse::<usize>().map_or(1, |row| row + 1);
        let field = match error.field.split_once('-') {
            Some(("rate", row)) => format!("extra_rate_{}", line(row)),
            Some(("quantity", row)) => format!("extra_quantity_{}", line(row)),
            _ => format!("extra_{}", error.field),
        };
        ours.add(field, error.message);
    }
    ours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_name_their_line() {
        let work = Work {
            materials: vec![Material { description: String::new(), quantity: 0, cost: Pence(-1) }],
            ..Work::default()
        };
        let mut errors = FieldErrors::default();
        work.check(&mut errors);
        for field in ["material_1", "material_quantity_1", "material_cost_1"] {
            assert!(errors.get(field).is_some(), "{field}");
        }
    }

    #[test]
    fn a_variation_that_is_refused_is_said_at_the_fields_of_the_page() {
        let mut theirs = FieldErrors::one("rate-0", "not in the schedule");
        theirs.add("quantity-2", "too much");
        theirs.add("reason", "choose a reason");
        let ours = our_names(theirs);
        for field in ["extra_rate_1", "extra_quantity_3", "extra_reason"] {
            assert!(ours.get(field).is_some(), "{field}");
        }
    }
}
