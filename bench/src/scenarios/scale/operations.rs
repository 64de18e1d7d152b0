//! What is done on both sides.

use std::time::{Duration, Instant};

use super::{PIECES, side::Side, statements::Statements};
use crate::{
    Result,
    contestants::{LIST, PROVIDERS, ROWS},
    load::Target,
    scenarios::{
        Stand,
        closed_loop::{Entry, measure},
    },
};

const TOKEN: &str = "{ providerConnection(provider: google) { accessToken } }";
const EVENTS: &str =
    "{ providerConnection(provider: google) { events(first: 20) { id kind actor at } } }";

#[derive(Clone, Copy)]
pub enum Operation {
    List,
    Token,
    Events,
    Refresh,
    Claim,
    NextDue,
    Retention,
}

impl Operation {
    pub const ALL: [Self; 7] = [
        Self::List,
        Self::Token,
        Self::Events,
        Self::Refresh,
        Self::Claim,
        Self::NextDue,
        Self::Retention,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list, 64 users",
            Self::Token => "access token, 64 users",
            Self::Events => "a page of events, 64 users",
            Self::Refresh => "refresh on demand, one at a time",
            Self::Claim => "claim of 32, all rows due",
            Self::NextDue => "when the next is due",
            Self::Retention => "retention, a batch of 1,000 events",
        }
    }

    /// How long it takes, in milliseconds: one or more times.
    pub async fn piece(
        self,
        stand: &Stand,
        side: &mut Side,
        statements: &Statements,
        piece: u32,
    ) -> Result<Vec<f64>> {
        let database = &mut side.database;
        match self {
            Self::List => requests(stand, side, LIST, ROWS).await,
            Self::Token => requests(stand, side, TOKEN, ("\"accessToken\":\"sim-at-", 1)).await,
            Self::Events => requests(stand, side, EVENTS, ("\"events\":[{", 1)).await,
            Self::Refresh => refreshes(side, piece).await,
            Self::Claim => statements.claim.milliseconds(database).await,
            Self::NextDue => statements.next_due.milliseconds(database).await,
            Self::Retention => statements.retention.milliseconds(database).await,
        }
    }
}

/// Before the first round: connections are opened, statements prepared, pages of memory touched.
pub async fn warm_up(stand: &Stand, side: &mut Side, statements: &Statements) -> Result<()> {
    for operation in [Operation::List, Operation::Token, Operation::Events] {
        operation.piece(stand, side, statements, 0).await?;
    }
    Ok(())
}

/// The time for each answer while 16 requests are in progress.
async fn requests(
    stand: &Stand,
    side: &Side,
    query: &str,
    expects: (&'static str, usize),
) -> Result<Vec<f64>> {
    let jwts = side.jwts();
    let first = jwts.first().ok_or("there are no readers")?;
    let target = Target::graphql(side.server.url(), first, query, expects).as_users(&jwts);
    target.check().await?;
    // There are many operations in pieces: each has a fifth of the time of a contestant elsewhere.
    let duration = Duration::from_secs(stand.duration.as_secs().div_ceil(5));
    let round = measure(stand, &Entry::http("", &target, side.server.id()), duration)?;
    target.check().await?;
    Ok(vec![1e3 / round.per_second])
}

/// Each connection of the readers whose turn it is in this piece, one after the other.
async fn refreshes(side: &mut Side, piece: u32) -> Result<Vec<f64>> {
    let generations = "SELECT SUM(generation)::bigint FROM provider_connection \
        JOIN bench_connected USING (id)";
    let before = side.database.number(generations).await?;
    let mut milliseconds = Vec::new();
    for user in side.readers.iter().skip(usize::try_from(piece)?).step_by(usize::try_from(PIECES)?)
    {
        for provider in PROVIDERS {
            let begin = Instant::now();
            side.server.refresh(user, provider).await?;
            milliseconds.push(begin.elapsed().as_secs_f64() * 1e3);
        }
    }
    let refreshed = side.database.number(generations).await? - before;
    if refreshed < i64::try_from(milliseconds.len())? {
        // A refresh is not repeated within five seconds.
        return Err(format!(
            "only {refreshed} of {} refreshes called the provider. Measure longer rounds (--seconds).",
            milliseconds.len()
        )
        .into());
    }
    Ok(milliseconds)
}
