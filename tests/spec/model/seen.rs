//! What is there between two steps: the rows of the database, and the grants at the providers.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{Sealed, State};
use entity::provider_connection::{Column, Entity};
use nhost_auth_simulator::{GrantId, GrantView};
use proptest::test_runner::TestCaseError;
use provider_connections::{
    random::Random,
    upstream::Profile,
    vault::{Binding, Field, KeyRing, Vault},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Statement};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::{story::Slot, universe::Stage};
use crate::harness::KEYS;

/// A user of the app, for one story.
pub struct Person {
    pub id: Uuid,
    /// At each provider: the first one and the second one.
    pub accounts: [String; 2],
}

/// The grants of a slot, each with all refresh tokens that it was seen with.
pub type Grants = Vec<(GrantId, Vec<String>)>;

pub struct Seen {
    pub now: DateTime<Utc>,
    pub slots: Vec<SeenSlot>,
}

#[derive(Clone, Debug, Default)]
pub struct SeenSlot {
    /// `None` also while there are no tokens yet.
    pub row: Option<Row>,
    /// The grant behind the row, if it can be told.
    pub grant: Option<GrantView>,
    /// Refreshes that the provider has made, and those of which there is an event.
    pub made: u64,
    pub told: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub id: Uuid,
    pub generation: i64,
    pub state: State,
    pub sealed: [Option<Vec<u8>>; 2],
    pub access_token: String,
    /// `None`: a sign-in brought none, and the one before was not of its account.
    pub refresh_token: Option<String>,
    /// It is of an earlier sign-in than the access token.
    pub is_unproven: bool,
    /// The provider's id of the account that is shown with it.
    pub profile: Option<String>,
    pub expires_at: DateTime<Utc>,
}

impl SeenSlot {
    /// The provider takes what the row has as its newest.
    pub fn is_whole(&self) -> bool {
        let current = self.grant.as_ref().and_then(|grant| grant.current_refresh_token.as_ref());
        self.row.as_ref().is_some_and(|row| row.refresh_token.as_ref() == current)
    }

    pub fn is_alive(&self) -> bool {
        self.grant.as_ref().is_some_and(|grant| grant.alive)
    }
}

impl Seen {
    pub async fn look(
        stage: &Stage,
        people: &[Person],
        grants: &mut [Grants],
    ) -> Result<Self, TestCaseError> {
        let simulator = &stage.world.simulator;
        let mut slots = vec![SeenSlot::default(); grants.len()];
        for (slot, grants) in slots.iter_mut().zip(grants.iter_mut()) {
            for (id, tokens) in grants {
                let view = simulator.grant(*id);
                slot.made += view.generation;
                if let Some(current) = view.current_refresh_token
                    && !tokens.contains(&current)
                {
                    tokens.push(current);
                }
            }
        }
        let told = refreshes_told(stage).await;
        let ids = people.iter().map(|person| person.id);
        let rows = Entity::find().filter(Column::UserId.is_in(ids)).all(&stage.db).await.unwrap();
        let vault = Vault::new(KeyRing::parse(KEYS).unwrap(), Random::system());
        for slot in Slot::all() {
            let (user_id, name) = (people[slot.user].id, slot.provider().as_str());
            let seen = &mut slots[slot.index()];
            seen.told = told.get(&(user_id, name.to_owned())).copied().unwrap_or_default();
            let row =
                rows.iter().find(|row| row.user_id == user_id && row.provider.as_str() == name);
            let Some(row) = row.filter(|row| row.state != State::Connecting) else { continue };
            let binding = Binding { user_id, provider: name };
            let open = |field, sealed: &[u8]| {
                let opened = vault.open(binding, field, &Sealed::from_bytes(sealed.to_vec()));
                opened.map_err(|error| TestCaseError::fail(format!("{slot:?}: {error}")))
            };
            let opened = |field, sealed: &Option<Vec<u8>>| {
                let sealed = sealed.as_ref().map(|sealed| open(field, sealed)).transpose()?;
                Ok::<_, TestCaseError>(sealed.map(|token| token.expose_secret().to_owned()))
            };
            let access_token = opened(Field::AccessToken, &row.access_token)?.unwrap_or_default();
            let refresh_token = opened(Field::RefreshToken, &row.refresh_token)?;
            let profile = match &row.profile {
                Some(sealed) if row.profile_connected_at == Some(row.connected_at) => {
                    Profile::of_json(&open(Field::Profile, sealed)?).map(|profile| profile.id)
                }
                _ => None,
            };
            let grant = refresh_token.as_ref().and_then(|token| {
                grants[slot.index()].iter().find(|(_, tokens)| tokens.contains(token))
            });
            seen.grant = grant.map(|(id, _)| simulator.grant(*id));
            seen.row = Some(Row {
                id: row.id,
                generation: row.generation,
                state: row.state,
                sealed: [row.access_token.clone(), row.refresh_token.clone()],
                access_token,
                refresh_token,
                is_unproven: row.refresh_token_unproven,
                profile,
                expires_at: row.access_token_expires_at.unwrap(),
            });
        }
        Ok(Self { now: stage.world.now(), slots })
    }

    pub fn at(&self, slot: Slot) -> &SeenSlot {
        &self.slots[slot.index()]
    }
}

/// How many refreshes of whose connection to what there are events of.
async fn refreshes_told(stage: &Stage) -> HashMap<(Uuid, String), u64> {
    use sea_orm::ConnectionTrait;
    let sql = "SELECT user_id, provider, COUNT(*) AS number FROM provider_connection_event \
               WHERE kind IN ('refreshed', 'rotated') GROUP BY user_id, provider";
    let select = Statement::from_string(stage.db.get_database_backend(), sql);
    let rows = stage.db.query_all_raw(select).await.unwrap();
    let of = |row: sea_orm::QueryResult| {
        let number: i64 = row.try_get("", "number").unwrap();
        let key = (row.try_get("", "user_id").unwrap(), row.try_get("", "provider").unwrap());
        (key, number.unsigned_abs())
    };
    rows.into_iter().map(of).collect()
}
