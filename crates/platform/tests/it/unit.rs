//! The unit of work: who may do what in it.

use crate::bench::Bench;
use rooftree_kernel::{Actor, Channel, Permission, UserId};
use rooftree_platform::Error;
use std::sync::Arc;

#[tokio::test]
async fn whoever_put_a_thing_forward_does_not_decide_on_it() {
    let Some(bench) = Bench::new().await else { return };
    let (one, other) = (UserId::new(), UserId::new());
    let ctx = bench.platform.begin(&Actor { user: Some(one), ..Actor::system(Channel::Web) }).await.unwrap();
    let refused = ctx.require_another(Some(one), "this order");
    assert!(matches!(&refused, Err(Error::Conflict(why)) if why.contains("You put this order forward")), "{refused:?}");
    assert!(ctx.require_another(Some(other), "this order").is_ok());
    assert!(ctx.require_another(None, "this order").is_ok(), "what nobody known put forward");
    drop(ctx);
    let system = bench.platform.begin(&Actor::system(Channel::Job)).await.unwrap();
    assert!(system.require_another(None, "this order").is_ok());
    drop(system);
    bench.end().await;
}

#[tokio::test]
async fn one_of_several_permissions_is_enough() {
    let Some(bench) = Bench::new().await else { return };
    let (order, visit, other) =
        (Permission::new("test.order"), Permission::new("test.visit"), Permission::new("test.other"));
    let mut actor = Actor { role: "tester".into(), ..Actor::system(Channel::Web) };
    actor.permissions = Arc::new([visit.clone()].into());
    let ctx = bench.platform.begin(&actor).await.unwrap();
    assert!(ctx.require_any(&[order.clone(), visit]).is_ok());
    assert!(matches!(ctx.require_any(&[order.clone(), other]), Err(Error::Forbidden(first)) if first == order));
    drop(ctx);
    bench.end().await;
}
