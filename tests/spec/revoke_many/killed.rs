//! A run that dies anywhere, and the same command again.

use std::collections::HashSet;

use super::{Theft, all_are, finals, lines};
use crate::harness::on_both_empty_databases;

/// Where a run dies. Four users each, so that some are done by then and some are not.
const POINTS: [&str; 9] = [
    "revoke_many.removed",
    "revoke_many.removed#3",
    "revoke.claimed",
    "revoke.claimed#3",
    "revoke.answered",
    "revoke.answered#4",
    "revoke_many.told",
    "revoke_many.settled",
    "revoke_many.written",
];

on_both_empty_databases! {
    async fn a_run_that_is_killed_anywhere_forgets_no_grant_and_no_receipt(database: Database) {
        let mut theft = Theft::of(database, 0).await;
        for point in POINTS {
            println!("{point}");
            theft.victims.clear();
            theft.more_victims(point, 4).await;
            let file = theft.cluster.database.folder.path().join(format!("{point}.jsonl"));
            let run = |theft: &Theft| {
                let command = theft.command("--provider google --yes --receipts");
                command.arg(file.to_str().unwrap())
            };
            let killed = run(&theft).env("CRASH_AT", point).run().await;
            assert_eq!(killed.code, None, "{point}: a signal ends it: {killed:?}");
            // As torn as a power cut leaves it.
            let mut written = std::fs::read_to_string(&file).unwrap();
            written += "{\"connectionId\":\"torn";
            std::fs::write(&file, written).unwrap();
            theft.cluster.make_revocations_due().await;
            let again = run(&theft).run().await;
            assert_eq!(again.code, Some(0), "{point}: {again:?}");

            let receipts = lines(&std::fs::read_to_string(&file).unwrap());
            let finals = finals(&receipts);
            assert!(all_are(&finals, "revoked"), "{point}: {receipts:#?}");
            let users: HashSet<_> =
                finals.values().map(|of| of["userId"].as_str().unwrap().to_owned()).collect();
            let victims: HashSet<_> =
                theft.victims.iter().map(|(member, _)| member.id.to_string()).collect();
            assert_eq!(users, victims, "{point}");
            assert_eq!((theft.alive(), theft.left().await), (0, [0, 0, 0]), "{point}");
        }
    }

    async fn what_a_killed_run_left_to_a_server_is_in_the_receipts_of_the_next(database: Database) {
        let theft = Theft::of(database, 3).await;
        let killed = theft.command("--provider google --yes").env("CRASH_AT", "revoke_many.removed#3");
        assert_eq!(killed.run().await.code, None);
        assert_eq!((theft.alive(), theft.left().await), (3, [0, 3, 3]));
        // The job `revoke` of a server.
        let worker = theft.cluster.binary_at_google("worker").env("REFRESH_CONCURRENCY", "1");
        let worker = crate::harness::Replica::start(worker).await;
        theft.cluster.until_all_is_revoked().await;
        drop(worker);
        assert_eq!((theft.alive(), theft.told(), theft.left().await), (0, 6, [0, 0, 3]));
        let ended = theft.revoke("--provider google --yes").await;
        let finals = finals(&lines(&ended.stdout));
        assert!(finals.len() == 3 && all_are(&finals, "revoked"), "{ended:?}");
        assert_eq!((theft.told(), theft.left().await), (6, [0, 0, 0]));
    }

    async fn what_a_server_of_the_version_before_revoked_is_told_by_its_events(database: Database) {
        let theft = Theft::of(database, 1).await;
        let killed = theft.command("--provider google --yes").env("CRASH_AT", "revoke_many.removed");
        assert_eq!(killed.run().await.code, None);
        // It knows of no receipts.
        theft
            .cluster
            .database
            .execute(
                "INSERT INTO provider_connection_event
                 (connection_id, user_id, provider, kind, actor, at)
                 SELECT connection_id, user_id, provider, 'revoked', 'worker', created_at
                 FROM provider_connection_revocation;
                 DELETE FROM provider_connection_revocation",
            )
            .await;
        let ended = theft.revoke("--provider google --yes").await;
        let finals = finals(&lines(&ended.stdout));
        assert!(finals.len() == 1 && all_are(&finals, "revoked"), "{ended:?}");
    }
}
