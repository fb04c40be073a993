//! Adding, changing and ending providers.

use crate::{facts, permissions};
use rooftree_kernel::{FieldErrors, ProviderId};
use rooftree_platform::{Ctx, Error, Result};

/// The longest name, in characters.
pub(super) const NAME_MAX: usize = 120;
/// What a provider can be, with the words people read.
pub(super) const KINDS: [(&str, &str); 2] = [("works-company", "Works company"), ("subcontractor", "Subcontractor")];

/// What a form says of a provider.
#[derive(Clone, Debug, Default)]
pub(super) struct Details {
    pub name: String,
    pub kind: String,
    /// The works company that subcontracts to it.
    pub parent: Option<ProviderId>,
    pub email: String,
    /// The version that was shown, of one that is changed.
    pub version: i32,
}

fn check(details: &Details, id: ProviderId) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::default();
    match details.name.chars().count() {
        0 => errors.add("name", "give the name as it stands on orders"),
        long if long > NAME_MAX => errors.add("name", format!("use at most {NAME_MAX} characters")),
        _ => {}
    }
    if !KINDS.iter().any(|(key, _)| *key == details.kind) {
        errors.add("kind", "choose what it is");
    }
    if details.kind == "works-company" && details.parent.is_some() {
        errors.add("parent", "a works company works for the landlord itself: choose none");
    }
    if details.parent == Some(id) {
        errors.add("parent", "it cannot subcontract to itself");
    }
    if !details.email.is_empty() && !details.email.contains('@') {
        errors.add("email", "enter an e-mail address, like orders@example.org");
    }
    errors.into_result(())
}

/// Adds a provider (an id that is not there yet) or changes one.
pub(super) async fn save(ctx: &mut Ctx, id: ProviderId, details: &Details) -> Result<()> {
    ctx.require(&permissions::PROVIDERS)?;
    check(details, id)?;
    let before = sqlx::query!("select version from provider where id = $1 for update", id as _)
        .fetch_optional(ctx.conn())
        .await?;
    if before.as_ref().is_some_and(|before| before.version != details.version) {
        return Err(Error::overtaken("this provider"));
    }
    let saved = sqlx::query!(
        "insert into provider (id, name, kind, parent_id, email) values ($1, $2, $3, $4, $5)
         on conflict (id) do update set name = excluded.name, kind = excluded.kind, parent_id = excluded.parent_id, email = excluded.email,
             version = provider.version + 1",
        id as _,
        details.name,
        details.kind,
        details.parent as _,
        details.email
    )
    .execute(ctx.conn())
    .await
    .map_err(Error::from);
    match saved {
        Ok(_) => {}
        Err(error) if error.constraint() == Some("provider_name_key") => {
            return Err(Error::field("name", "another provider has this name: people tell them apart by it"));
        }
        Err(error) if error.constraint() == Some("provider_parent_id_fkey") => {
            return Err(Error::field("parent", "choose a works company from the list"));
        }
        Err(other) => return Err(other),
    }
    let now = ctx.now;
    ctx.record(facts::PROVIDER_CHANGED.at(now).with("provider", id).with("what", "details")).await?;
    Ok(())
}

/// Ends a provider: no operative and no order may be left with it.
pub(super) async fn end(ctx: &mut Ctx, id: ProviderId) -> Result<()> {
    ctx.require(&permissions::PROVIDERS)?;
    let left = sqlx::query!(
        r#"select (select count(*) from operative where provider_id = p.id and ended_at is null) as "operatives!",
                  (select count(*) from works_order where provider_id = p.id and status in ('awaiting-approval', 'issued', 'accepted')) as "orders!"
           from provider p where p.id = $1 and p.ended_at is null for update"#,
        id as _
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the provider"))?;
    if left.operatives > 0 || left.orders > 0 {
        return Err(Error::conflict(format!(
            "{} operatives and {} open orders are still with it. Move or end those first.",
            left.operatives, left.orders
        )));
    }
    let now = ctx.now;
    sqlx::query!("update provider set ended_at = $2 where id = $1", id as _, now as _).execute(ctx.conn()).await?;
    ctx.record(facts::PROVIDER_CHANGED.at(now).with("provider", id).with("what", "ended")).await?;
    Ok(())
}
