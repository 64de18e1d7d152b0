use chrono::{DateTime, Utc};
use domain::{ActorKind, ConnectionKey, Kind};
use entity::event::{Column, Entity};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, FromQueryResult, IdenStatic, Iterable, Order,
    sea_query::{Asterisk, Expr, ExprTrait, Query, SelectStatement, SubQueryStatement, UnionType},
};
use uuid::Uuid;

use super::{Store, StoreError};

/// The maximum number of pages that one statement reads.
const PAGES: usize = 32;

/// Some events of a connection, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    pub connection_id: Uuid,
    pub key: ConnectionKey,
    /// The maximum number of events.
    pub first: u32,
    /// Only events before this event of the connection.
    pub after: Option<i64>,
    /// `None`: of every kind.
    pub kinds: Option<Vec<Kind>>,
}

/// Something that happened to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub id: i64,
    pub kind: Kind,
    pub actor: ActorKind,
    /// The client that caused it, or that it is about.
    pub client_id: Option<String>,
    pub at: DateTime<Utc>,
    /// The error code of a failure.
    pub detail: Option<String>,
    /// Details of a failure.
    pub evidence: Option<String>,
    pub times: i32,
}

impl Store {
    /// The events of each of these pages, in their order: one statement for every 32 pages, with
    /// first and later pages separate. A page after an event that is gone is empty.
    pub async fn events(&self, pages: &[EventPage]) -> Result<Vec<Vec<Event>>, StoreError> {
        let mut events = vec![Vec::new(); pages.len()];
        let (first, following): (Vec<_>, Vec<_>) =
            pages.iter().enumerate().partition(|(_, page)| page.after.is_none());
        for pages in first.chunks(PAGES).chain(following.chunks(PAGES)) {
            let Some(statement) = of_pages(pages) else { continue };
            for row in self.db.query_all(&statement).await? {
                let page: i32 = row.try_get("", "page")?;
                let page = usize::try_from(page).ok().and_then(|page| pages.get(page));
                if let Some(events) = page.and_then(|(index, _)| events.get_mut(*index)) {
                    events.push(Event::from_query_result(&row, "")?);
                }
            }
        }
        Ok(events)
    }
}

/// Each page reads only its own events, from the index; a window function over all of them would
/// not. As for users, there is one statement for each power of two, so that few are prepared; the
/// pages that fill it up are empty.
fn of_pages(pages: &[(usize, &EventPage)]) -> Option<SelectStatement> {
    let last = pages.last()?.1;
    let fill = EventPage { first: 0, ..last.clone() };
    let pages = pages.iter().map(|(_, page)| (*page).clone());
    let number = pages.len().next_power_of_two();
    let mut pages = pages.chain(std::iter::repeat(fill)).take(number).zip(0..);
    let mut statement = pages.next().map(|(page, index)| of_page(page, index))?;
    for (page, index) in pages {
        statement.union(UnionType::All, of_page(page, index));
    }
    statement
        .order_by("page", Order::Asc)
        .order_by(Column::At, Order::Desc)
        .order_by(Column::Id, Order::Desc);
    Some(statement)
}

fn of_page(page: EventPage, index: i32) -> SelectStatement {
    let mut events = Query::select();
    events
        .expr_as(Expr::value(index), "page")
        .columns([
            Column::Id,
            Column::Kind,
            Column::Actor,
            Column::ClientId,
            Column::At,
            Column::Detail,
            Column::Evidence,
            Column::Times,
        ])
        .from(Entity)
        .and_where(Column::UserId.eq(page.key.user_id))
        .and_where(Column::Provider.eq(page.key.provider))
        .and_where(Column::ConnectionId.eq(page.connection_id))
        .and_where(Expr::cust(known(Column::Actor, ActorKind::iter())))
        .order_by(Column::At, Order::Desc)
        .order_by(Column::Id, Order::Desc)
        .limit(page.first.into());
    match page.kinds {
        Some(kinds) => events.and_where(Column::Kind.is_in(kinds)),
        None => events.and_where(Expr::cust(known(Column::Kind, Kind::iter()))),
    };
    if let Some(after) = page.after {
        // The times are compared in the database: SQLite stores text, which can be written in
        // several ways.
        let its_time = || {
            let event = Query::select()
                .column(Column::At)
                .from(Entity)
                .and_where(Column::Id.eq(after))
                .and_where(Column::ConnectionId.eq(page.connection_id))
                .to_owned();
            Expr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(event)))
        };
        events
            .and_where(Expr::col(Column::At).lte(its_time()))
            .and_where(Expr::col(Column::At).lt(its_time()).or(Expr::col(Column::Id).lt(after)));
    }
    // SQLite accepts a limit within a union only in a subquery.
    Query::select().column(Asterisk).from_subquery(events, "events").to_owned()
}

/// A newer release that runs alongside this one may write event kinds that this one doesn't know:
/// they are skipped. The known kinds are literals in the statement, which is always the same.
pub(super) fn known<E>(column: Column, words: impl Iterator<Item = E>) -> String
where
    E: ActiveEnum<Value = String>,
{
    let words: Vec<_> = words.map(|word| format!("'{}'", word.to_value())).collect();
    format!("{} IN ({})", column.as_str(), words.join(", "))
}

impl Event {
    /// The name of its kind: `TOKEN_READ`.
    pub fn kind_word(&self) -> String {
        self.kind.to_value().to_uppercase()
    }
}

impl FromQueryResult for Event {
    fn from_query_result(row: &sea_orm::QueryResult, prefix: &str) -> Result<Self, sea_orm::DbErr> {
        Ok(Self {
            id: row.try_get(prefix, "id")?,
            kind: row.try_get(prefix, "kind")?,
            actor: row.try_get(prefix, "actor")?,
            client_id: row.try_get(prefix, "client_id")?,
            at: row.try_get(prefix, "at")?,
            detail: row.try_get(prefix, "detail")?,
            evidence: row.try_get(prefix, "evidence")?,
            times: row.try_get(prefix, "times")?,
        })
    }
}
