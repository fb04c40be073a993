//! Single sign-on: whom the identity provider's word stands for. Nobody is added by it: an administrator adds a user, and the first
//! sign-in with the same, verified e-mail address ties the two together for good.

use super::users::USER_CHANGED;
use crate::{Platform, Result, boxed, ports::Identity};
use rooftree_kernel::{Actor, Channel, UserId};

/// The user behind an identity, tied by its subject, or tied now by its verified e-mail address. A user who is already tied to another
/// subject is not taken over by a second one with the same address.
#[boxed]
pub async fn user_of(platform: &Platform, identity: &Identity) -> Result<Option<UserId>> {
    let known = sqlx::query_scalar!(
        r#"select id as "id: UserId" from app_user where oidc_subject = $1 and disabled_at is null"#,
        identity.subject
    )
    .fetch_optional(platform.writes())
    .await?;
    if known.is_some() {
        return Ok(known);
    }
    let Some(email) = &identity.email else { return Ok(None) };
    let mut ctx = platform.begin(&Actor::system(Channel::Web)).await?;
    let now = ctx.now;
    let tied = sqlx::query_scalar!(
        r#"update app_user set oidc_subject = $1
           where lower(email) = lower($2) and oidc_subject is null and disabled_at is null
             and not exists (select from app_user where oidc_subject = $1)
           returning id as "id: UserId""#,
        identity.subject,
        email
    )
    .fetch_optional(ctx.conn())
    .await?;
    if let Some(user) = tied {
        ctx.record(USER_CHANGED.at(now).with("user", user).with("what", "tied to single sign-on")).await?;
    }
    ctx.commit().await?;
    Ok(tied)
}
