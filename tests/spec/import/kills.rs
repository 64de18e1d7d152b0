//! The command is killed at every point: run again, it uses no token twice.

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, GrantScript};

use super::{Move, Run};
use crate::harness::{Outage, on_both_empty_databases};

/// Where it dies, what the next run says, how often the provider was called by then, and what a run
/// that may send the token again says.
const DEATHS: [(&str, &str, usize); 4] = [
    ("import.leased", "lives", 1),
    ("import.noted", "unclear INTERRUPTED", 0),
    ("import.answered", "unclear INTERRUPTED", 1),
    ("import.committed", "already", 1),
];

on_both_empty_databases! {
    async fn no_token_is_used_twice_wherever_it_is_killed(database: Database) {
        let mut scene = Move::of(database, 0, GrantScript::stable()).await;
        for (number, (point, next, calls)) in (1..).zip(DEATHS) {
            let script = GrantScript::rotating_single_use();
            scene.people = vec![super::person(&scene.cluster, number, script)];
            scene.cluster.simulator.reset_calls();
            let doomed = scene.binary(&scene.lines(), &[]).env("CRASH_AT", point).run().await;
            assert_eq!(doomed.code, None, "{point}: a signal ended it: {doomed:?}");
            scene.cluster.end_leases().await;
            let run = scene.run(&[]).await;
            println!("{point}");
            run.says(&[next]);
            // However often.
            let again = scene.run(&[]).await;
            again.says(&[if next == "lives" { "already" } else { next }]);
            assert_eq!(scene.calls(), calls, "{point}");
            let grant = scene.cluster.simulator.grant(scene.people[0].grant);
            assert!(grant.alive, "{point}: {:?}", grant.revoked_reason);
            if next.starts_with("unclear") {
                run.left_rows("Run the same command again");
            } else {
                scene.all_can_use_their_connections().await;
            }
        }
    }

    async fn an_interrupted_token_is_sent_once_more_where_that_is_wanted(database: Database) {
        let mut scene = Move::of(database, 0, GrantScript::stable()).await;
        let grace = GrantScript::rotating_with_grace(TimeDelta::minutes(5));
        for (number, script) in (1..).zip([GrantScript::stable(), grace]) {
            scene.people = vec![super::person(&scene.cluster, number, script)];
            let doomed = scene.binary(&scene.lines(), &[]).env("CRASH_AT", "import.answered");
            assert_eq!(doomed.run().await.code, None);
            scene.cluster.end_leases().await;
            scene.run(&["--retry-interrupted"]).await.says(&["lives"]);
            scene.all_can_use_their_connections().await;
        }
    }

    async fn an_answer_in_the_spool_is_found_by_the_next_run(database: Database) {
        let mut outage = Outage::over(database).await;
        let people = vec![super::person(&outage.cluster, 1, GrantScript::rotating_single_use())];
        let script = super::line(&people[0]).to_string();
        let path = outage.cluster.database.folder.path().join("rows");
        std::fs::write(&path, script).unwrap();
        let binary = outage.cluster.binary_at_google("import");
        let binary = binary.arg("connections").arg("import").arg(path.to_str().unwrap());
        let gate = outage.cluster.simulator.gate_answers(Endpoint::ProviderToken);
        let mut process = binary.start();
        gate.arrived(1).await;
        outage.begin().await;
        gate.release();
        process.logged("safe in the spool").await;
        process.kill().await;
        outage.end().await;
        outage.cluster.end_leases().await;
        let scene = Move { cluster: outage.cluster, people };
        Run(scene.binary(&scene.lines(), &[]).run().await).says(&["already"]);
        assert_eq!(scene.calls(), 1);
        scene.all_can_use_their_connections().await;
    }
}
