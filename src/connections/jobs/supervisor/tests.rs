use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::stream;
use tokio::{sync::Notify, time::Instant};

use super::*;
use crate::connections::jobs::{JobState, JobStatus};

/// Runs for a second, each time.
const STEADY: Job = job("steady", Some(10));
const BAD: Job = job("bad", Some(10));

const fn job(name: &'static str, deadline: Option<u64>) -> Job {
    Job {
        name,
        every: Duration::from_mins(1),
        deadline: match deadline {
            Some(seconds) => Some(Duration::from_secs(seconds)),
            None => None,
        },
        backoff: Backoff { first: Duration::from_secs(2), longest: Duration::from_secs(16) },
    }
}

/// Without jitter: pauses are as short as they may be.
fn supervisor() -> Supervisor {
    let clock = Clock::from_fn(|| chrono::DateTime::UNIX_EPOCH);
    Supervisor::new(clock, Random::from_fn(|bytes| bytes.fill(0)))
}

fn never() -> BoxStream<'static, ()> {
    stream::pending().boxed()
}

/// Counts its runs.
#[derive(Clone, Default)]
struct Runs(Arc<AtomicUsize>);

impl Runs {
    fn begin(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn number(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

fn start_steady(supervisor: &mut Supervisor) -> Runs {
    let runs = Runs::default();
    let counted = runs.clone();
    supervisor.start(STEADY, never(), move || {
        counted.begin();
        async {
            sleep(Duration::from_secs(1)).await;
            Ok(None)
        }
    });
    runs
}

fn of(supervisor: &Supervisor, name: &str) -> JobStatus {
    supervisor.board().all().into_iter().find(|of| of.name == name).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_job_runs_at_once_and_then_at_its_interval() {
    let mut supervisor = supervisor();
    let runs = start_steady(&mut supervisor);
    assert_eq!(of(&supervisor, "steady").last_success, None);
    // Every 55 s: a second of work, and 54 s, a minute less a tenth.
    sleep(Duration::from_secs(5 * 55 + 2)).await;
    assert_eq!(runs.number(), 6);
    let status = of(&supervisor, "steady");
    assert_eq!((status.state, status.failures_in_a_row), (JobState::Ok, 0));
    assert_eq!(status.last_success, Some(chrono::DateTime::UNIX_EPOCH));
}

#[tokio::test(start_paused = true)]
async fn one_that_panics_is_started_again_and_the_others_go_on() {
    let mut supervisor = supervisor();
    let steady = start_steady(&mut supervisor);
    let runs = Runs::default();
    let counted = runs.clone();
    supervisor.start(BAD, never(), move || {
        // In its future, or before there is one.
        assert!(counted.begin() != 1, "a secret");
        let number = counted.number();
        async move {
            assert!(number > 3, "a secret");
            Ok(None)
        }
    });
    sleep(Duration::from_millis(500)).await;
    let status = of(&supervisor, "bad");
    assert_eq!((status.state, status.failures_in_a_row), (JobState::Failing, 1));
    // Pauses of 1 s, 2 s and 4 s, which are half of 2, 4 and 8.
    sleep(Duration::from_secs(7)).await;
    let status = of(&supervisor, "bad");
    assert_eq!((runs.number(), status.state, status.failures_in_a_row), (4, JobState::Ok, 0));
    sleep(Duration::from_mins(10)).await;
    assert_eq!((steady.number(), runs.number()), (12, 15));
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_is_cut_off_at_its_deadline_and_the_others_go_on() {
    let mut supervisor = supervisor();
    let steady = start_steady(&mut supervisor);
    let under_way = Arc::new(());
    let held = under_way.clone();
    supervisor.start(BAD, never(), move || {
        let held = held.clone();
        async move {
            let () = std::future::pending().await;
            drop(held);
            Ok(None)
        }
    });
    sleep(Duration::from_secs(9)).await;
    assert_eq!(of(&supervisor, "bad").state, JobState::Ok);
    assert_eq!(Arc::strong_count(&under_way), 3);
    sleep(Duration::from_millis(1500)).await;
    let status = of(&supervisor, "bad");
    assert_eq!((status.state, status.failures_in_a_row), (JobState::Stuck, 1));
    assert_eq!(Arc::strong_count(&under_way), 2, "nothing of it is left");
    // Pauses of 1, 2, 4 and 8 s between runs of 10 s, and of 8 s from then on.
    sleep(Duration::from_mins(10)).await;
    assert_eq!(of(&supervisor, "bad").failures_in_a_row, 35);
    assert_eq!(steady.number(), 12);
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_pauses_longer_and_longer_and_is_not_hurried() {
    let mut supervisor = supervisor();
    let runs = Runs::default();
    let counted = runs.clone();
    let wake = stream::unfold((), async |()| Some(((), ())));
    supervisor.start(BAD, wake.boxed(), move || {
        counted.begin();
        async { Err(Failed("the database is away".to_owned())) }
    });
    sleep(Duration::from_mins(1)).await;
    // After 0, 1, 3, 7, 15, 23, 31, 39, 47 and 55 s.
    assert_eq!((runs.number(), of(&supervisor, "bad").failures_in_a_row), (10, 10));
}

#[tokio::test(start_paused = true)]
async fn one_runs_sooner_when_it_is_woken_or_says_so() {
    let mut supervisor = supervisor();
    let begun = Instant::now();
    let (runs, times) = (Runs::default(), Arc::new(std::sync::Mutex::new(Vec::new())));
    let (counted, noted) = (runs.clone(), times.clone());
    let wakes = Arc::new(Notify::new());
    let wake = stream::unfold(wakes.clone(), async |wakes| {
        wakes.notified().await;
        Some(((), wakes))
    });
    supervisor.start(STEADY, wake.boxed(), move || {
        noted.lock().unwrap().push(begun.elapsed().as_secs());
        let next = (counted.begin() == 1).then_some(Duration::from_secs(3));
        async move { Ok(next) }
    });
    sleep(Duration::from_secs(10)).await;
    wakes.notify_one();
    sleep(Duration::from_mins(1)).await;
    assert_eq!(*times.lock().unwrap(), [0, 3, 10, 64]);
    assert_eq!(runs.number(), 4);
}

#[tokio::test(start_paused = true)]
async fn one_that_never_ends_is_well_while_it_goes_on() {
    let mut supervisor = supervisor();
    let runs = Runs::default();
    let counted = runs.clone();
    supervisor.start(job("lasting", None), never(), move || {
        let number = counted.begin();
        async move {
            sleep(Duration::from_secs(150)).await;
            assert!(number != 1, "a secret");
            std::future::pending().await
        }
    });
    sleep(Duration::from_secs(100)).await;
    assert!(of(&supervisor, "lasting").last_success.is_some());
    sleep(Duration::from_secs(52)).await;
    assert_eq!(of(&supervisor, "lasting").state, JobState::Failing);
    sleep(Duration::from_hours(1)).await;
    assert_eq!((runs.number(), of(&supervisor, "lasting").state), (2, JobState::Ok));
}

#[tokio::test(start_paused = true)]
async fn all_end_when_they_are_stopped() {
    let mut supervisor = supervisor();
    let steady = start_steady(&mut supervisor);
    supervisor.start(BAD, never(), std::future::pending);
    supervisor.start(job("lasting", None), never(), std::future::pending);
    let (runs, ended) = (Runs::default(), Runs::default());
    let (begins, ends) = (runs.clone(), ended.clone());
    supervisor.start(job("short", Some(10)), never(), move || {
        begins.begin();
        let ends = ends.clone();
        async move {
            sleep(Duration::from_millis(500)).await;
            ends.begin();
            Ok(None)
        }
    });
    tokio::task::yield_now().await;
    let stopped = Instant::now();
    supervisor.stop().await;
    assert_eq!(stopped.elapsed(), GRACE);
    assert_eq!((runs.number(), ended.number()), (1, 1), "what ends soon may end");
    sleep(Duration::from_mins(10)).await;
    assert_eq!((steady.number(), runs.number()), (1, 1));
}
