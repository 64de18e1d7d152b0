//! The health of upstreams as rows: read, and replaced if nobody else has written since.
//! `domain::Health` decides what is written.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{Health, Lane, Target, Targets};
use entity::upstream::{Column, Entity, Model};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter,
    QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict, Query, SimpleExpr},
};

use super::{Rate, Store, StoreError, rate::SECOND};

/// How much later than its rate allows a next turn may be, in microseconds: another server may have a
/// lower rate, down to one turn in five minutes. A turn that is further ahead was written before a
/// clock was set back.
const TOLERATED_AHEAD: i64 = 300 * SECOND;

/// The health of an upstream when it was read.
#[derive(Clone, Debug)]
pub struct KnownHealth {
    pub target: Target,
    pub health: Health,
    /// By the clock that all replicas share.
    pub now: DateTime<Utc>,
    version: i64,
}

impl KnownHealth {
    /// The same at another time, for a statement that confirms it.
    #[must_use]
    pub fn at(&self, now: DateTime<Utc>) -> Self {
        Self { now, ..self.clone() }
    }
}

impl Store {
    /// The health of these upstreams, in their order.
    pub async fn health(&self, targets: Targets) -> Result<Vec<KnownHealth>, StoreError> {
        let backend = self.db.get_database_backend();
        let names: Vec<_> = targets.all().map(|target| target.to_string()).collect();
        let select = || {
            Entity::find()
                .expr_as(self.microseconds(backend), "now")
                .filter(Column::Name.is_in(&names))
                .into_model::<Row>()
        };
        let mut rows = select().all(&self.db).await?;
        if rows.len() < names.len() {
            let mut insert = Query::insert().into_table(Entity).columns([Column::Name]).to_owned();
            for name in &names {
                insert.values_panic([name.as_str().into()]);
            }
            insert.on_conflict(OnConflict::column(Column::Name).do_nothing().to_owned());
            self.db.execute(&insert).await?;
            rows = select().all(&self.db).await?;
        }
        Ok(targets
            .all()
            .filter_map(|target| {
                let name = target.to_string();
                let Row { row, now } = rows.iter().find(|row| row.row.name == name)?;
                Some(KnownHealth {
                    target,
                    health: health(row),
                    now: time(*now).unwrap_or_default(),
                    version: row.version,
                })
            })
            .collect())
    }

    /// Replaces what was read with `health`, and returns that. `None`: another replica has written
    /// in the meantime.
    pub async fn replace_health(
        &self,
        known: &KnownHealth,
        health: &Health,
    ) -> Result<Option<KnownHealth>, StoreError> {
        let mut update = Entity::update_many()
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .col_expr(Column::Failures, Expr::value(health.failures))
            .col_expr(Column::LastFailedConnection, Expr::value(health.last_failed))
            .col_expr(Column::Refusals, Expr::value(health.refusals))
            .col_expr(Column::UnusedEnded, Expr::value(health.unused_ended));
        for (column, at) in [
            (Column::FailingSince, health.failing_since),
            (Column::OpenUntil, health.paused_until),
            (Column::LastRefusedAt, health.last_refused_at),
            (Column::ProvenRefusedAt, health.proven_refused_at),
            (Column::RecoveredAt, health.recovered_at),
            (Column::StumbledAt, health.stumbled_at),
            (Column::LastSuccessAt, health.last_success_at),
            (Column::OutageSince, health.outage.map(|outage| outage.0)),
            (Column::OutageUntil, health.outage.map(|outage| outage.1)),
            (Column::HealthyProbeAt, health.probe_at[Lane::Healthy.index()]),
            (Column::InterruptedProbeAt, health.probe_at[Lane::Interrupted.index()]),
            (Column::SuspectProbeAt, health.probe_at[Lane::Suspect.index()]),
            (Column::AskedAt, health.asked_at),
        ] {
            update = update.col_expr(column, Expr::value(at.map(|at| at.timestamp_micros())));
        }
        let written = update
            .filter(Column::Name.eq(known.target.to_string()))
            .filter(Column::Version.eq(known.version))
            .exec(&self.db)
            .await?;
        let version = known.version + 1;
        Ok((written.rows_affected == 1).then(|| KnownHealth {
            health: health.clone(),
            version,
            ..known.clone()
        }))
    }

    /// Requests up to `wanted` calls at `rate`, which all replicas share. Callers that get fewer
    /// ask again later. `Err`: how long until the next call may be made.
    ///
    /// Connections that fail while others work only get a share of that, so that they can't use up
    /// the turns of the others.
    pub async fn pace(
        &self,
        target: Target,
        lane: Lane,
        wanted: u32,
        rate: Rate,
    ) -> Result<Result<u32, Duration>, StoreError> {
        let granted = self.take_turns(target, lane, wanted, rate, Condition::all()).await?;
        let intervals = limits(lane, rate).into_iter().map(|(_, _, interval)| interval);
        let interval = intervals.max().unwrap_or(SECOND);
        let wait = Duration::from_micros(interval.unsigned_abs());
        Ok(granted.filter(|granted| *granted > 0).ok_or(wait))
    }

    /// Requests a call to the first of these upstreams for a healthy connection, if the health of
    /// all of them is still what is known: one statement for both. `false`: it has changed, or the
    /// next call must wait.
    pub async fn pace_if_unchanged(
        &self,
        known: &[KnownHealth],
        rate: Rate,
    ) -> Result<bool, StoreError> {
        let Some((called, others)) = known.split_first() else { return Ok(false) };
        let mut still = Condition::all().add(Column::Version.eq(called.version));
        for other in others {
            let same = Query::select()
                .column(Column::Name)
                .from(Entity)
                .and_where(Column::Name.eq(other.target.to_string()))
                .and_where(Column::Version.eq(other.version))
                .to_owned();
            still = still.add(Expr::exists(same));
        }
        let granted = self.take_turns(called.target, Lane::Healthy, 1, rate, still).await?;
        Ok(granted.is_some_and(|granted| granted > 0))
    }

    /// Takes up to `wanted` turns, and returns how many. `None`: the row doesn't meet the condition.
    async fn take_turns(
        &self,
        target: Target,
        lane: Lane,
        wanted: u32,
        rate: Rate,
        condition: Condition,
    ) -> Result<Option<u32>, StoreError> {
        let backend = self.db.get_database_backend();
        let (greatest, least) =
            if backend == DbBackend::Postgres { ("GREATEST", "LEAST") } else { ("MAX", "MIN") };
        let now = self.microseconds_text(backend);
        let limits = limits(lane, rate);
        // Otherwise nobody would have a turn until a clock that was set back has caught up.
        let next_turn = |name: &str, interval: i64| {
            let latest = interval + TOLERATED_AHEAD;
            format!("CASE WHEN {name} > {now} + {latest} THEN {now} ELSE {name} END")
        };
        // Unused turns accumulate for a while, and may then be used at once.
        let from = |name: &str, interval: i64| {
            let next = next_turn(name, interval);
            format!("{greatest}({next}, {now} - {})", rate.window - interval)
        };
        let mut granted = wanted.to_string();
        for (_, name, interval) in &limits {
            let left = format!("({now} - {}) / {interval} + 1", from(name, *interval));
            let next = next_turn(name, *interval);
            granted =
                format!("CASE WHEN {next} > {now} THEN 0 ELSE {least}({granted}, {left}) END");
        }
        let mut update =
            Entity::update_many().col_expr(Column::Granted, Expr::cust(granted.clone()));
        for (column, name, interval) in &limits {
            let moved = format!("{} + {interval} * ({granted})", from(name, *interval));
            update = update.col_expr(*column, Expr::cust(moved));
        }
        let rows = update
            .filter(Column::Name.eq(target.to_string()))
            .filter(condition)
            .exec_with_returning(&self.db)
            .await?;
        Ok(rows.first().map(|row| u32::try_from(row.granted).unwrap_or_default()))
    }

    /// Returns turns that were not used.
    pub async fn give_back_turns(
        &self,
        target: Target,
        lane: Lane,
        unused: u32,
        rate: Rate,
    ) -> Result<(), StoreError> {
        let mut update = Entity::update_many();
        for (column, _, interval) in limits(lane, rate) {
            let back = interval * i64::from(unused);
            update = update.col_expr(column, Expr::col(column).sub(back));
        }
        update.filter(Column::Name.eq(target.to_string())).exec(&self.db).await?;
        Ok(())
    }

    fn microseconds(&self, backend: DbBackend) -> SimpleExpr {
        Expr::cust(self.microseconds_text(backend))
    }

    fn microseconds_text(&self, backend: DbBackend) -> String {
        match (&self.now, backend) {
            (super::Now::Injected(clock), _) => clock.now().timestamp_micros().to_string(),
            (super::Now::Database, DbBackend::Postgres) => {
                "CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS bigint)".to_owned()
            }
            (super::Now::Database, _) => {
                "CAST(unixepoch('now', 'subsec') * 1000000 AS integer)".to_owned()
            }
        }
    }
}

/// The columns with a lane's next turn and the microseconds between two turns.
fn limits(lane: Lane, rate: Rate) -> Vec<(Column, &'static str, i64)> {
    let mut limits = vec![(Column::NextCallAt, "next_call_at", rate.interval)];
    if lane == Lane::Suspect {
        let interval = rate.suspects_interval;
        limits.push((Column::SuspectsNextCallAt, "suspects_next_call_at", interval));
    }
    limits
}

pub(super) fn health(row: &Model) -> Health {
    let at = |microseconds: Option<i64>| microseconds.and_then(time);
    Health {
        failures: row.failures,
        last_failed: row.last_failed_connection,
        failing_since: at(row.failing_since),
        paused_until: at(row.open_until),
        refusals: row.refusals,
        last_refused_at: at(row.last_refused_at),
        proven_refused_at: at(row.proven_refused_at),
        recovered_at: at(row.recovered_at),
        stumbled_at: at(row.stumbled_at),
        unused_ended: row.unused_ended,
        last_success_at: at(row.last_success_at),
        outage: at(row.outage_since).zip(at(row.outage_until)),
        probe_at: [
            at(row.healthy_probe_at),
            at(row.interrupted_probe_at),
            at(row.suspect_probe_at),
        ],
        asked_at: at(row.asked_at),
    }
}

fn time(microseconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(microseconds)
}

struct Row {
    row: Model,
    now: i64,
}

impl FromQueryResult for Row {
    fn from_query_result(row: &sea_orm::QueryResult, prefix: &str) -> Result<Self, sea_orm::DbErr> {
        Ok(Self { row: Model::from_query_result(row, prefix)?, now: row.try_get(prefix, "now")? })
    }
}
