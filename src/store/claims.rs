//! Claims: a statement takes rows for one worker, and returns them.

use std::time::Duration;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IdenStatic, Iterable, QueryFilter,
    QueryTrait, UpdateMany,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::{Store, StoreError};

/// When a row that can't be read is looked at again.
pub(super) const UNREADABLE_AGAIN: Duration = Duration::from_hours(24);

impl Store {
    /// Runs a claim, and returns the rows that were claimed. `id` and `due_at` are columns of the table.
    ///
    /// A row that can't be read is left out and put off. Otherwise the rows claimed with it would wait until
    /// the claim ends, and then be claimed together with it again.
    pub(super) async fn claimed<E: EntityTrait>(
        &self,
        claim: UpdateMany<E>,
        (id, due_at): (E::Column, E::Column),
    ) -> Result<Vec<E::Model>, StoreError> {
        let backend = self.db.get_database_backend();
        let columns = E::Column::iter();
        let mut claim = claim.into_query();
        claim
            .returning(Query::returning().exprs(
                columns.map(|column| column.select_as(column.into_returning_expr(backend))),
            ));
        let rows = self.db.query_all(&claim).await?;
        let (mut claimed, mut unreadable) = (Vec::new(), Vec::new());
        for row in &rows {
            match E::Model::from_query_result(row, "") {
                Ok(model) => claimed.push(model),
                Err(error) => {
                    let id: Uuid = row.try_get("", id.as_str())?;
                    tracing::error!(
                        %id,
                        table = E::default().as_str(),
                        cause = StoreError::from(error).causes(),
                        "a row can't be read and is skipped; it is put off for a day. If no newer release runs \
                         next to this one, check the row"
                    );
                    unreadable.push(id);
                }
            }
        }
        if !unreadable.is_empty() {
            let again_at = || self.now.plus(backend, UNREADABLE_AGAIN);
            let put_off = E::update_many()
                .col_expr(due_at, again_at())
                .filter(id.is_in(unreadable))
                .filter(Expr::col(due_at).lt(again_at()));
            if let Err(error) = put_off.exec(&self.db).await {
                let cause = StoreError::from(error).causes();
                tracing::warn!(cause, "a row that can't be read could not be put off");
            }
        }
        Ok(claimed)
    }
}
