//! The scopes of a connection: three columns, and the event for their change.

use domain::{
    Actor, BroughtScopes, Kind, KnownScopes, SaidScopes, Scopes, ScopesChange, ScopesSource,
};
use entity::provider_connection::{Column, Entity};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, UpdateMany,
    sea_query::{Expr, ExprTrait},
};

use super::{ConnectionRecord, Store, StoreError, Transaction, events::Happening, now::is_at};

/// How often a write is retried after a conflict.
const TRIES: usize = 5;

/// What is stored. An unreadable value counts as unknown.
pub(super) fn known(
    said: Option<&str>,
    source: Option<&str>,
    requested: Option<&str>,
) -> KnownScopes {
    let source = match source.and_then(|source| source.parse().ok()) {
        Some(ScopesSource::Answer) => ScopesSource::Answer,
        _ => ScopesSource::Provider,
    };
    KnownScopes {
        said: said.and_then(Scopes::parse).map(|scopes| SaidScopes { scopes, source }),
        requested: requested.and_then(Scopes::parse),
    }
}

/// The scopes of a sign-in whose response names none: those that it requested. If scopes are stored
/// already, [`Store::write_brought_scopes`] replaces them, because it must see the old ones.
pub(super) fn begin_with(
    update: UpdateMany<Entity>,
    brought: &BroughtScopes,
) -> UpdateMany<Entity> {
    match brought {
        BroughtScopes::Requested(Some(asked)) => update.col_expr(
            Column::ScopesRequested,
            Expr::col(Column::ScopesRequested).if_null(asked.to_text()),
        ),
        _ => update,
    }
}

/// The sign-in was with another account whose scopes nobody has named: the stored ones belong to
/// the account before.
pub(super) fn forget_another_accounts(update: UpdateMany<Entity>) -> UpdateMany<Entity> {
    [Column::Scopes, Column::ScopesSource].into_iter().fold(update, |update, column| {
        let unsaid = Condition::all().add(Column::ScopesRequested.is_not_null());
        let kept = Expr::case(unsaid, Expr::value(None::<String>)).finally(Expr::col(column));
        update.col_expr(column, kept.into())
    })
}

impl Store {
    /// Writes the scopes of new tokens, in the transaction that writes the tokens and has locked
    /// their row. Costs a statement only if something changes.
    pub(super) async fn write_brought_scopes(
        &self,
        transaction: &Transaction,
        record: &mut ConnectionRecord,
        brought: &BroughtScopes,
        actor: &Actor,
    ) -> Result<(), StoreError> {
        let (known, change) = record.scopes.after(record.provider, brought);
        if known != record.scopes {
            let columns = columns_of(&known);
            set(columns).filter(Column::Id.eq(record.id)).exec(transaction).await?;
            record.scopes = known;
        }
        if let Some(change) = change {
            self.append_scopes_changed(transaction, record, &change, actor).await?;
        }
        Ok(())
    }

    /// Stores the scopes that the provider returned for the tokens, unless these belong to another
    /// sign-in by now, or a newer response has named them. `of` is the connection as it was read
    /// before the provider was asked.
    pub async fn note_scopes(
        &self,
        of: &ConnectionRecord,
        scopes: &Scopes,
        actor: &Actor,
    ) -> Result<(), StoreError> {
        let said = SaidScopes { scopes: scopes.clone(), source: ScopesSource::Provider };
        let brought = BroughtScopes::Said(said);
        for _ in 0..TRIES {
            let Some(row) = self.find(of.key()).await? else { return Ok(()) };
            if row.id != of.id || row.connected_at != of.connected_at {
                return Ok(());
            }
            let named = row.scopes.requested.is_none()
                && row.scopes.said.as_ref().is_some_and(|said| said.source == ScopesSource::Answer);
            let (known, change) = row.scopes.after(row.provider, &brought);
            if (row.generation > of.generation && named) || known == row.scopes {
                return Ok(());
            }
            let transaction = self.db.begin().await?;
            let written = set(columns_of(&known))
                .filter(Column::Id.eq(row.id))
                .filter(is_at(Column::ConnectedAt, row.connected_at))
                .filter(Column::Generation.eq(row.generation))
                .filter(as_read(&row.scopes))
                .exec(&transaction)
                .await?;
            if written.rows_affected == 0 {
                continue;
            }
            if let Some(change) = change {
                self.append_scopes_changed(&transaction, &row, &change, actor).await?;
            }
            transaction.commit().await?;
            self.tell_of_events();
            return Ok(());
        }
        tracing::debug!(connection = %of.id, "the provider's answer about the scopes is outdated");
        Ok(())
    }

    async fn append_scopes_changed(
        &self,
        transaction: &Transaction,
        record: &ConnectionRecord,
        change: &ScopesChange,
        actor: &Actor,
    ) -> Result<(), StoreError> {
        let evidence = change.evidence();
        let happening =
            Happening { evidence: Some(&evidence), ..Happening::new(Kind::ScopesChanged, actor) };
        self.append_event(transaction, record.id, record.key(), &happening).await
    }
}

pub(super) type ScopeColumns = [(Column, Option<String>); 3];

pub(super) fn columns_of(known: &KnownScopes) -> ScopeColumns {
    let source = known.said.as_ref().map(|said| <&str>::from(said.source).to_owned());
    [
        (Column::Scopes, known.said.as_ref().map(|said| said.scopes.to_text())),
        (Column::ScopesSource, source),
        (Column::ScopesRequested, known.requested.as_ref().map(Scopes::to_text)),
    ]
}

fn set(columns: ScopeColumns) -> UpdateMany<Entity> {
    let update = Entity::update_many();
    columns
        .into_iter()
        .fold(update, |update, (column, text)| update.col_expr(column, Expr::value(text)))
}

/// Whether the row is unchanged.
fn as_read(known: &KnownScopes) -> Condition {
    let is = |(column, text): (Column, Option<String>)| match text {
        Some(text) => Expr::col(column).eq(text),
        None => Expr::col(column).is_null(),
    };
    columns_of(known).into_iter().map(is).fold(Condition::all(), Condition::add)
}
