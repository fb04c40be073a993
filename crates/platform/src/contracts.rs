//! What one area offers to another below it, by a trait that the lower one declares in its `public.rs`: works asks the areas whose cases have
//! work, and names none of them.

use std::{any::Any, sync::Arc};

/// Implementations of such traits. Each is kept under its trait's type, so that an area asks for those of its own trait alone.
#[derive(Default)]
pub struct Contracts(Vec<Box<dyn Any + Send + Sync>>);

impl Contracts {
    /// Offers an implementation: `offer::<dyn Cases>(Arc::new(Repairs))`.
    pub fn offer<T: ?Sized + Send + Sync + 'static>(&mut self, one: Arc<T>) {
        self.0.push(Box::new(one));
    }

    /// The implementations of a trait, in the order of the areas.
    pub fn of<T: ?Sized + Send + Sync + 'static>(&self) -> impl Iterator<Item = &Arc<T>> {
        self.0.iter().filter_map(|one| one.downcast_ref::<Arc<T>>())
    }

    /// Takes in another area's.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    trait Greets: Send + Sync {
        fn word(&self) -> &'static str;
    }
    trait Counts: Send + Sync {}
    struct Hello;
    impl Greets for Hello {
        fn word(&self) -> &'static str {
            "hello"
        }
    }

    #[test]
    fn a_trait_gets_its_own_implementations() {
        let mut all = Contracts::default();
        let mut others = Contracts::default();
        others.offer::<dyn Greets>(Arc::new(Hello));
        all.merge(others);
        assert_eq!(all.of::<dyn Greets>().map(|one| one.word()).collect::<Vec<_>>(), ["hello"]);
        assert_eq!(all.of::<dyn Counts>().count(), 0);
    }
}
