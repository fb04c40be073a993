//! Answers that stay true as long as nothing in the database changes.
//!
//! Everybody's start page asks for the same counts, everybody's list of figures for the same cells. PostgreSQL's snapshot says whether any
//! transaction has ended since an answer was found: while none has, [`Platform::kept`] gives the answer again, and never an older one.

use crate::{Error, Platform, Result, boxed};
use futures_util::future::BoxFuture;
use std::{
    any::Any,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

/// What falls due with time alone is found again after so many seconds.
const SECONDS_MAX: i64 = 15;
/// More answers than this are not kept: then all are forgotten.
const ANSWERS_MAX: usize = 500;

/// The answers of a process.
#[derive(Default)]
pub struct Answers(Mutex<HashMap<(&'static str, String), Slot>>);

type Slot = Arc<tokio::sync::Mutex<Option<Answer>>>;

struct Answer {
    /// The state of the data in which it was found.
    state: String,
    /// When somebody began to look for it.
    begun: Instant,
    value: Arc<dyn Any + Send + Sync>,
}

impl Answers {
    fn slot(&self, name: &'static str, key: String) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= ANSWERS_MAX && !slots.contains_key(&(name, key.clone())) {
            slots.clear();
        }
        slots.entry((name, key)).or_default().clone()
    }
}

/// Somebody who looks for an answer.
type Ask<'a> = BoxFuture<'a, Result<Arc<dyn Any + Send + Sync>>>;

impl Platform {
    /// The answer to a question about the data, from memory where nothing has changed since it was found. `name` says which question,
    /// `key` everything that the answer depends on beside the data: whose rows, which filter, which rules. Of several who ask at one time
    /// one looks for it.
    pub fn kept<'a, T: Any + Send + Sync>(
        &'a self,
        name: &'static str,
        key: String,
        ask: impl Future<Output = Result<T>> + Send + 'a,
    ) -> BoxFuture<'a, Result<Arc<T>>> {
        let ask: Ask<'a> = Box::pin(async { Ok(Arc::new(ask.await?) as Arc<dyn Any + Send + Sync>) });
        Box::pin(async move {
            let found = self.found(name, key, ask).await?;
            found.downcast().map_err(|_| Error::Internal(format!("answers of two kinds are kept under {name}")))
        })
    }

    #[boxed]
    async fn found(&self, name: &'static str, key: String, ask: Ask<'_>) -> Result<Arc<dyn Any + Send + Sync>> {
        let arrived = Instant::now();
        let state = self.state_of_data().await?;
        let slot = self.answers().slot(name, key);
        let mut slot = slot.lock().await;
        if let Some(known) = slot.as_ref()
            && (known.state == state || known.begun >= arrived)
        {
            return Ok(known.value.clone());
        }
        let begun = Instant::now();
        let value = ask.await?;
        *slot = Some(Answer { state, begun, value: value.clone() });
        Ok(value)
    }

    /// Differs whenever a transaction has ended since, or some seconds have passed.
    async fn state_of_data(&self) -> Result<String> {
        let snapshot =
            sqlx::query_scalar!(r#"select pg_current_snapshot()::text as "snapshot!""#).fetch_one(self.reads()).await?;
        Ok(format!("{snapshot} {}", self.now().as_micros() / (SECONDS_MAX * 1_000_000)))
    }
}
