//! The unit of work: who may do what in it.

use crate::bench::Bench;
use rooftree_kernel::{Actor, Channel, UserId};
use rooftree_platform::Error;

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
