//! Rows that a test needs, in one line each.

use crate::TestApp;
use rooftree_kernel::{OperativeId, PersonId, PlaceId, ProviderId};
use uuid::Uuid;

/// A home with a secure tenant.
#[derive(Clone, Debug)]
pub struct Home {
    /// The place.
    pub id: PlaceId,
    /// `H-…`.
    pub reference: String,
    /// The tenant.
    pub tenant: PersonId,
    /// `N-…`.
    pub tenant_reference: String,
}

/// An operative of a provider of their own.
#[derive(Clone, Copy, Debug)]
pub struct Operative {
    /// The operative.
    pub id: OperativeId,
    /// The provider.
    pub provider: ProviderId,
}

impl TestApp {
    /// A council home at an address in Littlemore with a tenant who takes texts.
    pub async fn home(&self, address: &str) -> Home {
        let (id, tenant) = (PlaceId::new(), PersonId::new());
        let reference: String = sqlx::query_scalar(
            "insert into place (id, reference, kind, address, postcode, ward, tenure, bedrooms)
             values ($1, 'H-' || nextval('place_ref_seq'), 'home', $2, 'OX4 9ZZ', 'Littlemore', 'council', 2) returning reference",
        )
        .bind(id)
        .bind(address)
        .fetch_one(self.pool())
        .await
        .expect("a home");
        let tenant_reference: String = sqlx::query_scalar(
            "insert into person (id, reference, title, given_name, family_name, birth_day, preferred_channel)
             values ($1, 'N-' || nextval('person_ref_seq'), 'Ms', 'Amina', 'Yusuf', '1986-05-04', 'text') returning reference",
        )
        .bind(tenant)
        .fetch_one(self.pool())
        .await
        .expect("a tenant");
        sqlx::query(
            "insert into contact_point (id, person_id, kind, value, normal, preferred) values ($1, $2, 'phone', '07700 900123', '447700900123', true)",
        )
        .bind(Uuid::now_v7())
        .bind(tenant)
        .execute(self.pool())
        .await
        .expect("a phone");
        let tenancy = Uuid::now_v7();
        sqlx::query("insert into tenancy (id, reference, place_id, kind, start_day) values ($1, 'T-' || nextval('tenancy_ref_seq'), $2, 'secure', '2015-04-06')")
            .bind(tenancy)
            .bind(id)
            .execute(self.pool())
            .await
            .expect("a tenancy");
        sqlx::query("insert into tenancy_person (tenancy_id, person_id, role, from_day) values ($1, $2, 'tenant', '2015-04-06')")
            .bind(tenancy)
            .bind(tenant)
            .execute(self.pool())
            .await
            .expect("a tenant of the tenancy");
        Home { id, reference, tenant, tenant_reference }
    }

    /// An operative with these trades, Monday to Friday 8 to 17, in Littlemore, and the company they work for.
    pub async fn operative(&self, name: &str, trades: &[&str]) -> Operative {
        let (id, provider) = (OperativeId::new(), ProviderId::new());
        sqlx::query("insert into provider (id, name, kind) values ($1, $2, 'works-company')")
            .bind(provider)
            .bind(format!("Works company of {name}"))
            .execute(self.pool())
            .await
            .expect("a provider");
        self.operative_of(provider, id, name, trades).await;
        Operative { id, provider }
    }

    /// A further operative of a provider.
    pub async fn operative_of(&self, provider: ProviderId, id: OperativeId, name: &str, trades: &[&str]) {
        sqlx::query(
            "with o as (insert into operative (id, provider_id, name, phone) values ($1, $2, $3, '07700 900200')),
                  w as (insert into operative_ward (operative_id, ward) values ($1, 'Littlemore')),
                  s as (insert into shift (operative_id, weekday, from_time, until_time) select $1, d, '08:00', '17:00' from generate_series(1, 5) d)
             insert into operative_trade (operative_id, trade) select $1, unnest($4::text[])",
        )
        .bind(id)
        .bind(provider)
        .bind(name)
        .bind(trades.iter().map(|trade| (*trade).to_owned()).collect::<Vec<_>>())
        .execute(self.pool())
        .await
        .expect("an operative");
    }
}
