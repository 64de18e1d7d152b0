//! The search for deleted users: which of the users with connections still exist is asked in pages,
//! by one server at a time, and those that are missing are remembered until they are asked about
//! again.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Disbelief, State};
use entity::{
    missing_user, provider_connection,
    user_search::{Column, Entity, Model},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Order, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, UpdateMany,
    sea_query::{Expr, ExprTrait, Func, OnConflict, Query, SelectStatement},
};
use uuid::Uuid;

use super::{Store, StoreError};

/// The only row.
const NAME: &str = "deleted_users";

/// How long a search belongs to its holder, who renews it before each step. Longer than a step
/// takes, including the calls that revoke a user's grants.
const LEASE: Duration = Duration::from_mins(2);

/// A search that this server holds.
#[derive(Clone, Debug)]
pub struct UserSearch {
    owner: Uuid,
    pub started_at: DateTime<Utc>,
    /// The last user that was asked about.
    pub position: Option<Uuid>,
    pub known: u64,
    pub missing: u64,
    /// One of the known.
    pub witness: Option<Uuid>,
}

/// Whether there is something to search now.
#[derive(Clone, Debug)]
pub enum SearchTurn {
    Begun(UserSearch),
    /// Another server is searching, or it is too early.
    Wait {
        /// Why the last search removed nobody.
        refused: Option<Disbelief>,
    },
}

/// The search for people.
#[derive(Clone, Debug)]
pub struct UserSearchStatus {
    pub is_running: bool,
    pub ended_at: Option<DateTime<Utc>>,
    /// Users who are removed if the next search does not find them either.
    pub missing: u64,
    pub refused: Option<Disbelief>,
}

impl Store {
    /// Takes the search, if it is due: in progress and held by nobody, or ended `every` ago.
    /// `again`: or not believed the last time, however recently.
    pub async fn take_user_search(
        &self,
        owner: Uuid,
        every: TimeDelta,
        again: bool,
    ) -> Result<SearchTurn, StoreError> {
        if let Some(search) = self.claim_user_search(owner, every, again).await? {
            return Ok(SearchTurn::Begun(search));
        }
        if let Some(row) = Entity::find_by_id(NAME).one(&self.db).await? {
            return Ok(SearchTurn::Wait { refused: refused(&row) });
        }
        let insert = Query::insert()
            .into_table(Entity)
            .columns([Column::Name])
            .values_panic([NAME.into()])
            .on_conflict(OnConflict::column(Column::Name).do_nothing().to_owned())
            .to_owned();
        self.db.execute(&insert).await?;
        let search = self.claim_user_search(owner, every, again).await?;
        Ok(search.map_or(SearchTurn::Wait { refused: None }, SearchTurn::Begun))
    }

    async fn claim_user_search(
        &self,
        owner: Uuid,
        every: TimeDelta,
        again: bool,
    ) -> Result<Option<UserSearch>, StoreError> {
        let backend = self.db.get_database_backend();
        let now = || self.now.expression(backend);
        let mut due = Condition::any()
            .add(Column::StartedAt.is_not_null())
            .add(Column::EndedAt.is_null())
            .add(Expr::col(Column::EndedAt).lte(self.now.minus(backend, every)));
        if again {
            due = due.add(Column::Refused.is_not_null());
        }
        let started_at = Func::coalesce([Expr::col(Column::StartedAt), now()]);
        let taken = Entity::update_many()
            .col_expr(Column::LeaseOwner, Expr::value(owner))
            .col_expr(Column::LeaseUntil, self.now.plus(backend, LEASE))
            .col_expr(Column::StartedAt, started_at.into())
            .filter(Column::Name.eq(NAME))
            .filter(
                Condition::any()
                    .add(Column::LeaseOwner.is_null())
                    .add(Expr::col(Column::LeaseUntil).lte(now())),
            )
            .filter(due)
            .exec_with_returning(&self.db)
            .await?;
        Ok(taken.into_iter().next().and_then(|row| {
            Some(UserSearch {
                owner,
                started_at: row.started_at?,
                position: row.position,
                known: u64::try_from(row.known).unwrap_or_default(),
                missing: u64::try_from(row.missing).unwrap_or_default(),
                witness: row.witness,
            })
        }))
    }

    /// The next users with connections, ordered by id, whose last sign-in is not after `settled`: an
    /// answer about a newer one might be older than the user.
    pub async fn users_with_connections(
        &self,
        after: Option<Uuid>,
        settled: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<Uuid>, StoreError> {
        use provider_connection::Column as C;
        let mut users = Query::select();
        users
            .column(C::UserId)
            .from(provider_connection::Entity)
            .group_by_col(C::UserId)
            .and_having(Expr::col(C::ConnectedAt).max().lte(settled))
            .order_by(C::UserId, Order::Asc)
            .limit(limit);
        if let Some(after) = after {
            users.and_where(C::UserId.gt(after));
        }
        let rows = self.db.query_all(&users).await?;
        Ok(rows.iter().map(|row| row.try_get("", "user_id")).collect::<Result<_, _>>()?)
    }

    /// Records the answer about a page of users that ends with `last`, in one transaction. `false`:
    /// another server has taken the search, and nothing was recorded.
    pub async fn note_users(
        &self,
        search: &mut UserSearch,
        last: Uuid,
        known: &[Uuid],
        missing: &[Uuid],
    ) -> Result<bool, StoreError> {
        use missing_user::Column as M;
        let count = |before: u64, of: &[Uuid]| before.saturating_add(of.len() as u64);
        let after = UserSearch {
            position: Some(last),
            known: count(search.known, known),
            missing: count(search.missing, missing),
            witness: known.last().copied().or(search.witness),
            ..search.clone()
        };
        let backend = self.db.get_database_backend();
        let number = |of: u64| Expr::value(i64::try_from(of).unwrap_or(i64::MAX));
        let transaction = self.db.begin().await?;
        let noted = self
            .renewed(search)
            .col_expr(Column::Position, Expr::value(after.position))
            .col_expr(Column::Known, number(after.known))
            .col_expr(Column::Missing, number(after.missing))
            .col_expr(Column::Witness, Expr::value(after.witness))
            .exec(&transaction)
            .await?;
        if noted.rows_affected == 0 {
            return Ok(false);
        }
        if !known.is_empty() {
            missing_user::Entity::delete_many()
                .filter(M::UserId.is_in(known.iter().copied()))
                .exec(&transaction)
                .await?;
        }
        if !missing.is_empty() {
            let mut insert = Query::insert();
            insert.into_table(missing_user::Entity).columns([M::UserId, M::MissingSince]);
            for user in missing {
                insert.values_panic([(*user).into(), self.now.expression(backend)]);
            }
            insert.on_conflict(OnConflict::column(M::UserId).do_nothing().to_owned());
            transaction.execute(&insert).await?;
        }
        transaction.commit().await?;
        *search = after;
        Ok(true)
    }

    /// Keeps the search for another step. `false`: another server has taken it.
    pub async fn renew_user_search(&self, search: &UserSearch) -> Result<bool, StoreError> {
        Ok(self.renewed(search).exec(&self.db).await?.rows_affected == 1)
    }

    fn renewed(&self, search: &UserSearch) -> UpdateMany<Entity> {
        let until = self.now.plus(self.db.get_database_backend(), LEASE);
        Entity::update_many()
            .col_expr(Column::LeaseUntil, until)
            .filter(Column::Name.eq(NAME))
            .filter(Column::LeaseOwner.eq(search.owner))
    }

    /// A user who signed in after they were found missing.
    pub async fn missing_who_signed_in(&self) -> Result<Option<Uuid>, StoreError> {
        use missing_user::Column as M;
        use provider_connection::Column as C;
        let mut signed_in = connections_of_the_missing();
        signed_in
            .and_where(
                Expr::col((provider_connection::Entity, C::ConnectedAt))
                    .gt(Expr::col((missing_user::Entity, M::MissingSince))),
            )
            // Not a row without tokens: a JWT outlives its user for some minutes.
            .and_where(C::State.ne(State::Connecting));
        Ok(missing_user::Entity::find()
            .select_only()
            .column(M::UserId)
            .filter(Expr::exists(signed_in))
            .into_tuple()
            .one(&self.db)
            .await?)
    }

    /// Users, ordered by id, who have been missing for at least this long, and have not signed in
    /// for as long.
    pub async fn missing_users(
        &self,
        after: Option<Uuid>,
        longer_than: TimeDelta,
        limit: u64,
    ) -> Result<Vec<Uuid>, StoreError> {
        use missing_user::Column as M;
        use provider_connection::Column as C;
        let long_ago = self.now.minus(self.db.get_database_backend(), longer_than);
        let mut recent = connections_of_the_missing();
        recent.and_where(
            Expr::col((provider_connection::Entity, C::ConnectedAt)).gt(long_ago.clone()),
        );
        Ok(missing_user::Entity::find()
            .select_only()
            .column(M::UserId)
            .filter(Expr::col(M::MissingSince).lte(long_ago))
            .filter(Condition::all().add_option(after.map(|after| M::UserId.gt(after))))
            .filter(Expr::exists(recent).not())
            .order_by_asc(M::UserId)
            .limit(limit)
            .into_tuple()
            .all(&self.db)
            .await?)
    }

    /// They were removed, or exist after all.
    pub async fn forget_missing(&self, users: &[Uuid]) -> Result<(), StoreError> {
        missing_user::Entity::delete_many()
            .filter(missing_user::Column::UserId.is_in(users.iter().copied()))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// They were removed by the hook or a trigger, or have disconnected.
    pub async fn forget_missing_without_connections(&self) -> Result<(), StoreError> {
        let gone = Query::delete()
            .from_table(missing_user::Entity)
            .and_where(Expr::exists(connections_of_the_missing()).not())
            .to_owned();
        self.db.execute(&gone).await?;
        Ok(())
    }

    /// Ends a search.
    pub async fn end_user_search(
        &self,
        search: &UserSearch,
        refused: Option<Disbelief>,
    ) -> Result<(), StoreError> {
        let none = || Expr::value(None::<Uuid>);
        Entity::update_many()
            .col_expr(Column::LeaseOwner, none())
            .col_expr(Column::StartedAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::Position, none())
            .col_expr(Column::Known, Expr::value(0_i64))
            .col_expr(Column::Missing, Expr::value(0_i64))
            .col_expr(Column::Witness, none())
            .col_expr(Column::EndedAt, self.now.expression(self.db.get_database_backend()))
            .col_expr(Column::Refused, Expr::value(refused.map(Disbelief::as_str)))
            .filter(Column::Name.eq(NAME))
            .filter(Column::LeaseOwner.eq(search.owner))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Leaves the rest of a search to the next server that takes it.
    pub async fn leave_user_search(&self, search: &UserSearch) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::LeaseOwner, Expr::value(None::<Uuid>))
            .filter(Column::Name.eq(NAME))
            .filter(Column::LeaseOwner.eq(search.owner))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// `None`: there has been no search yet.
    pub async fn user_search_status(&self) -> Result<Option<UserSearchStatus>, StoreError> {
        let Some(row) = Entity::find_by_id(NAME).one(&self.db).await? else { return Ok(None) };
        Ok(Some(UserSearchStatus {
            is_running: row.started_at.is_some(),
            ended_at: row.ended_at,
            missing: missing_user::Entity::find().count(&self.db).await?,
            refused: refused(&row),
        }))
    }
}

fn refused(row: &Model) -> Option<Disbelief> {
    row.refused.as_ref().and_then(|refused| refused.parse().ok())
}

/// A subquery within a statement about missing users: the connections of the user of its row.
fn connections_of_the_missing() -> SelectStatement {
    use missing_user::Column as M;
    use provider_connection::Column as C;
    Query::select()
        .column(C::Id)
        .from(provider_connection::Entity)
        .and_where(
            Expr::col((provider_connection::Entity, C::UserId))
                .eq(Expr::col((missing_user::Entity, M::UserId))),
        )
        .to_owned()
}
