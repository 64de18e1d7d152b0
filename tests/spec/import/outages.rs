//! An outage marks nobody dead, and a token whose answer was lost is not sent again.

use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider};

use super::{Move, Run};
use crate::harness::on_both_empty_databases;

on_both_empty_databases! {
    async fn an_outage_marks_nobody_dead_and_the_next_run_goes_on(database: Database) {
        let scene = Move::of(database, 6, GrantScript::rotating_single_use()).await;
        let simulator = &scene.cluster.simulator;
        for fault in [Fault::Html(503), Fault::RateLimited, Fault::Html(500)] {
            simulator.fail_always(Endpoint::ProviderToken, None, fault.clone());
            let run = scene.run(&["--patience", "0s"]).await;
            run.says(&["unclear UPSTREAM_UNAVAILABLE"; 6]);
            run.left_rows("The result of 6 rows is unclear");
            assert_eq!(scene.connections().await, 0, "{fault:?}");
            simulator.heal_all();
        }
        scene.run(&[]).await.says(&["lives"; 6]);
        scene.all_can_use_their_connections().await;
    }

    async fn a_short_outage_is_waited_for(database: Database) {
        let scene = Move::of(database, 1, GrantScript::rotating_single_use()).await;
        scene.cluster.simulator.fail_next(Endpoint::ProviderToken, Fault::Html(503));
        let run = scene.run(&[]).await;
        run.says(&["lives"]);
        assert_eq!(scene.calls(), 2);
    }

    async fn through_nhost_auth_an_outage_of_the_provider_marks_nobody_dead(database: Database) {
        let scene = Move::of(database, 4, GrantScript::stable()).await;
        scene.cluster.simulator.provider_outage(Provider::Google, true);
        let binary = scene.cluster.binary("import");
        let run = Run(scene.with(binary, &scene.lines(), &["--patience", "0s"]).run().await);
        run.says(&["unclear UPSTREAM_UNAVAILABLE"; 4]);
        assert_eq!(scene.connections().await, 0);
    }

    async fn wrong_client_credentials_mark_nobody_dead(database: Database) {
        let scene = Move::of(database, 3, GrantScript::stable()).await;
        scene.cluster.simulator.set_client(Provider::Google, "another-client", "another-secret");
        let run = scene.run(&["--patience", "0s"]).await;
        run.says(&["unclear UPSTREAM_UNAVAILABLE"; 3]);
        let message = run.report()[0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("PROVIDER_GOOGLE_CLIENT_ID"), "{message}");
        scene.cluster.simulator.set_client(
            Provider::Google,
            "simulator-client",
            "simulator-secret",
        );
        scene.run(&[]).await.says(&["lives"; 3]);
    }

    async fn a_token_whose_answer_was_lost_is_not_sent_again(database: Database) {
        let scene = Move::of(database, 1, GrantScript::rotating_single_use()).await;
        scene.cluster.simulator.fail_next(Endpoint::ProviderToken, Fault::LostAfterWork);
        scene.run(&[]).await.says(&["unclear INTERRUPTED"]);
        scene.run(&[]).await.says(&["unclear INTERRUPTED"]);
        assert_eq!(scene.calls(), 1);
        assert!(scene.is_alive(&scene.people[0]));
        // Whoever sends it all the same learns that it was used up.
        scene.run(&["--retry-interrupted"]).await.says(&["dead REAUTHENTICATION_REQUIRED"]);
    }
}
