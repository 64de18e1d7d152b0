use std::{
    net::IpAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::*;

#[test]
fn what_is_large_or_reads_the_schema_is_heavy() {
    for (bytes, document, heavy) in [
        (100, "{ providerConnections { __typename accessToken } }", false),
        (3_000, "{ providerConnections { id } }", true),
        (100, "{ __schema { types { name } } }", true),
        (100, "{ __typename __type(name: \"Query\") { name } }", true),
        (100, "{ __type", true),
        (100, "{ __ }", false),
    ] {
        assert_eq!(is_heavy(bytes, document), heavy, "{document}");
    }
}

fn stranger(last: u8) -> Who {
    Who::Stranger(IpAddr::from([198, 51, 100, last]))
}

/// How many of these run at once at most, when each works and waits in turn.
async fn at_once(heavy: &Arc<Heavy>, callers: impl Iterator<Item = Who>) -> usize {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let tasks: Vec<_> = callers
        .map(|who| {
            let (heavy, running, most) = (heavy.clone(), running.clone(), most.clone());
            tokio::spawn(async move {
                let work = || async {
                    for _ in 0..20 {
                        let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                        most.fetch_max(now, Ordering::SeqCst);
                        std::thread::yield_now();
                        running.fetch_sub(1, Ordering::SeqCst);
                        tokio::task::yield_now().await;
                    }
                };
                // As many as may wait, and then again.
                loop {
                    if let Ok(run) = heavy.run(who, 1, work()) {
                        break run.await;
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    most.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn so_many_processors_are_shared_and_a_caller_has_one_of_them() {
    let heavy = Arc::new(Heavy::on(2));
    assert_eq!(at_once(&heavy, (0..40).map(|_| stranger(1))).await, 1);
    assert!(at_once(&heavy, (0..40).map(stranger)).await <= 2);
}

#[tokio::test]
async fn while_it_waits_it_has_none() {
    let heavy = Heavy::on(1);
    let (done, waits) = tokio::sync::oneshot::channel::<()>();
    let mut waiting = Box::pin(heavy.run(stranger(1), 1, waits).unwrap());
    assert!(futures_util::poll!(waiting.as_mut()).is_pending());
    heavy.run(stranger(1), 1, async {}).unwrap().await;
    done.send(()).unwrap();
    waiting.await.unwrap();
}

#[tokio::test]
async fn what_has_begun_and_waits_for_something_else_takes_no_room_of_others() {
    let heavy = Heavy::on(1);
    let begin = || heavy.run(stranger(1), 1024 * 1024, std::future::pending::<()>());
    let mut all = Vec::new();
    for _ in 0..LINE * 2 {
        let mut request = Box::pin(begin().unwrap());
        assert!(futures_util::poll!(request.as_mut()).is_pending());
        all.push(request);
    }
}

#[tokio::test]
async fn what_waits_is_bounded_for_a_caller_and_in_all() {
    let heavy = Heavy::on(1);
    let run = |who, bytes| heavy.run(who, bytes, std::future::pending::<()>());
    let mut waiting: Vec<_> = (0..LINE).map(|_| run(stranger(1), 1).unwrap()).collect();
    assert_eq!(run(stranger(1), 1).err(), Some(Full::Share));
    for number in 2..9 {
        waiting.push(run(stranger(number), 1024 * 1024).unwrap());
    }
    assert_eq!(run(stranger(9), 1024 * 1024).err(), Some(Full::Everything));
    // Users have room of their own.
    waiting.push(run(Who::User(uuid::Uuid::nil()), 1024 * 1024).unwrap());
    drop(waiting);
    assert!(run(stranger(9), 1024 * 1024).is_ok());
}

#[test]
fn callers_that_are_gone_are_forgotten() {
    let heavy = Heavy::on(1);
    for number in 0..10_000_u32 {
        heavy.line(Who::Stranger(IpAddr::from(number.to_be_bytes())));
    }
    assert!(heavy.lines.lock().unwrap().len() <= REMEMBERED);
}
