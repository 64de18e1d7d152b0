use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::{
    faults, flatness,
    harness::{Cluster, Database, Replica, happens},
    log,
    report::Report,
    samples::Sampler,
    strangers, subscribers,
    tally::Tally,
    users,
};

/// So many users: what the server remembers of each is no leak.
const USERS: usize = 24;
/// The pool of the database, the listeners, and connections to upstreams that are kept for a while.
const SPARE_DESCRIPTORS: u64 = 48;

/// Where the soak happens: a server, its upstreams, and what is seen of it.
pub struct Field {
    pub cluster: Cluster,
    pub server: Replica,
    pub users: Vec<Uuid>,
    pub tally: Tally,
    ends: Instant,
    dice: AtomicU64,
}

impl Field {
    async fn over(database: Database, seconds: u64) -> Self {
        let cluster = Cluster::over(database).await;
        let mut binary = cluster.binary_at_google("soaked");
        for provider in users::PROVIDERS {
            // Nobody asks the real ones whose a token is.
            let path = format!("providers/{provider}/userinfo");
            let userinfo = cluster.simulator.origin().join(&path).unwrap();
            let name = format!("PROVIDER_{}_USERINFO_URL", provider.as_str().to_uppercase());
            binary = binary.env(&name, userinfo.as_str());
        }
        let binary = binary.env("REFRESH_CONCURRENCY", "4").env("LOG_FORMAT", "json");
        let server = Replica::start(binary).await;
        let users = (0..USERS).map(|number| cluster.simulator.add_user(&email(number))).collect();
        let dice = AtomicU64::new(number("SOAK_SEED", 1));
        let ends = Instant::now() + Duration::from_secs(seconds);
        Self { cluster, server, users, tally: Tally::default(), ends, dice }
    }

    /// A number below `sides`: splitmix64, so that a seed makes the same choices.
    pub fn roll(&self, sides: usize) -> usize {
        let seed = self.dice.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap()
    }

    pub fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len())]
    }

    pub fn url(&self) -> &str {
        &self.server.url
    }

    /// Of now, so that it does not expire in a long run.
    pub fn jwt(&self, user: Uuid) -> String {
        self.cluster.simulator.jwt(user)
    }

    pub fn goes_on(&self) -> bool {
        Instant::now() < self.ends
    }

    /// Does it over and over, no faster than this, until the end.
    pub async fn repeat(&self, every: Duration, act: impl AsyncFn()) {
        let mut pace = interval(every);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.goes_on() {
            pace.tick().await;
            act().await;
        }
    }
}

fn email(number: usize) -> String {
    format!("user-{number}@example.com")
}

/// A setting of the soak.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

/// Runs it, leaves the report, and fails where something is not as it should be.
pub async fn soak(name: &str, database: Database) {
    let seconds = number("SOAK_SECONDS", 45);
    let field = Field::over(database, seconds).await;
    let watch = Sampler::of(field.server.process.id());
    let descriptors_before = watch.take().descriptors;

    let ((), (), (), (), samples) = tokio::join!(
        users::all(&field),
        subscribers::all(&field),
        strangers::all(&field),
        faults::all(&field),
        watch.until(|| field.goes_on()),
    );

    // Nobody calls any more: all that is open belongs to the server itself.
    let allowed = descriptors_before + SPARE_DESCRIPTORS;
    let are_closed = happens(async || watch.take().descriptors <= allowed).await;
    let descriptors_after = watch.take().descriptors;

    let Field { server, tally, .. } = field;
    let ended = server.stop().await;
    let log = log::read(&ended.stderr);
    let growth = flatness::growth(&samples);
    let report = Report {
        name,
        seconds,
        tally: &tally,
        log: &log,
        lines: &ended.stderr,
        samples: &samples,
        growth,
    };
    report.write();

    let mut wrong = tally.wrong();
    wrong.extend(log.wrong());
    wrong.extend(growth.wrong());
    if !are_closed {
        let change = format!("{descriptors_before} before, {descriptors_after} after");
        wrong.push(format!("descriptors stay open though nobody calls any more: {change}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(ended.code, Some(0), "it did not stop as it should");
}
