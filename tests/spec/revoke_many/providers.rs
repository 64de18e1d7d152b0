//! What providers say to it, and those that can't be told.

use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider};

use super::{Theft, UNFINISHED, all_are, command, finals, lines};
use crate::harness::on_both_empty_databases;

on_both_empty_databases! {
    async fn what_a_provider_that_is_down_was_not_told_is_pending_until_it_is_back(database: Database) {
        let theft = Theft::of(database, 3).await;
        theft.cluster.simulator.provider_outage(Provider::Google, true);
        let ended = theft.revoke("--provider google --yes").await;
        assert_eq!(ended.code, UNFINISHED, "{ended:?}");
        let receipts = lines(&ended.stdout);
        assert!(receipts.len() == 3 && finals(&receipts).is_empty(), "{receipts:#?}");
        assert!(receipts.iter().all(|of| of["result"] == "pending"), "{receipts:#?}");
        // They are removed here all the same.
        assert_eq!((theft.alive(), theft.left().await), (3, [0, 3, 3]));

        theft.cluster.simulator.provider_outage(Provider::Google, false);
        theft.cluster.make_revocations_due().await;
        let ended = theft.revoke("--provider google --yes").await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let finals = finals(&lines(&ended.stdout));
        assert!(finals.len() == 3 && all_are(&finals, "revoked"), "{ended:?}");
        assert_eq!((theft.alive(), theft.left().await), (0, [0, 0, 0]));
    }

    async fn a_provider_that_fails_for_everybody_is_left_to_the_servers_soon(database: Database) {
        let theft = Theft::of(database, 20).await;
        theft.cluster.simulator.provider_outage(Provider::Google, true);
        let ended = theft.revoke("--provider google --yes").await;
        assert_eq!((ended.code, lines(&ended.stdout).len()), (UNFINISHED, 20), "{ended:?}");
        assert!(ended.stderr.contains("Running servers try again"), "{ended:?}");
        assert!(theft.told() < 20, "{} calls", theft.told());
    }

    async fn a_refusal_has_its_status_and_becomes_final_when_it_is_given_up(database: Database) {
        let theft = Theft::of(database, 1).await;
        let simulator = &theft.cluster.simulator;
        let refuses = Fault::OauthError("invalid_client".to_owned());
        simulator.fail_always(Endpoint::ProviderRevoke, Some(Provider::Google), refuses);
        let ended = theft.revoke("--provider google --yes").await;
        let receipt = &lines(&ended.stdout)[0];
        assert_eq!((ended.code, &receipt["result"]), (UNFINISHED, &"refused".into()), "{ended:?}");
        assert_eq!((&receipt["status"], &receipt["final"]), (&401.into(), &false.into()));
        assert!(receipt["detail"].as_str().unwrap().contains("invalid_client"), "{receipt}");
        let last = "UPDATE provider_connection_revocation SET attempts = 23";
        theft.cluster.database.execute(last).await;
        theft.cluster.make_revocations_due().await;
        let ended = theft.revoke("--provider google --yes").await;
        let receipt = &lines(&ended.stdout)[0];
        assert_eq!((&receipt["result"], &receipt["status"]), (&"refused".into(), &401.into()));
        assert_eq!((ended.code, &receipt["final"]), (Some(0), &true.into()), "{ended:?}");
        assert!(receipt["whatToDo"].as_str().unwrap().contains("docs/incident.md"), "{receipt}");
        assert_eq!(theft.left().await, [0, 0, 0]);
    }

    async fn a_user_who_connects_anew_first_supersedes_what_is_pending(database: Database) {
        let theft = Theft::of(database, 1).await;
        theft.cluster.simulator.provider_outage(Provider::Google, true);
        let moment = "--connected-before 2999-01-01T00:00:00Z";
        assert_eq!(theft.revoke("--provider google --yes").await.code, UNFINISHED);
        theft.cluster.simulator.provider_outage(Provider::Google, false);
        let (ada, _) = &theft.victims[0];
        theft.sign_in(ada);
        ada.connect(theft.server.as_ref().unwrap()).await.data("/connectProvider/id");
        assert_eq!(theft.left().await, [1, 0, 1]);
        let ended = theft.revoke(&format!("--provider google --dry-run {moment}")).await;
        assert_eq!(lines(&ended.stdout).len(), 1, "the new one: {ended:?}");
        let ended = theft.revoke(&format!("--provider google --yes {moment}")).await;
        let mut results: Vec<_> =
            lines(&ended.stdout).iter().map(|of| of["result"].to_string()).collect();
        results.sort();
        assert_eq!(results, ["\"revoked\"", "\"superseded\""], "{ended:?}");
    }

    async fn grants_that_could_be_ended_with_credentials_are_not_dropped_silently(database: Database) {
        let theft = Theft::of(database, 1).await;
        let without = || theft.cluster.binary("operator");
        let ended = command(without(), "revoke --provider google --yes").run().await;
        assert_eq!((ended.code, theft.left().await), (Some(1), [1, 0, 0]), "{ended:?}");
        assert!(ended.stderr.contains("PROVIDER_GOOGLE_CLIENT_ID"), "{ended:?}");
        let ended =
            command(without(), "revoke --provider google --yes --allow-unrevoked").run().await;
        let receipt = &lines(&ended.stdout)[0];
        assert_eq!((ended.code, &receipt["result"]), (Some(0), &"unsupported".into()), "{ended:?}");
        assert_eq!((theft.alive(), theft.left().await), (1, [0, 0, 0]));
    }

    async fn a_provider_without_a_revocation_endpoint_is_in_the_receipts(database: Database) {
        let theft = Theft::of(database, 1).await;
        let (ada, _) = &theft.victims[0];
        theft.cluster.simulator.sign_in(ada.id, Provider::Spotify, GrantScript::stable());
        let connect = "mutation { connectProvider(provider: spotify) { id } }";
        let server = theft.server.as_ref().unwrap();
        ada.ask(server, connect).await.unwrap().data("/connectProvider/id");
        let ended = theft.revoke("--all-providers --yes").await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let of = |provider: &str| {
            let mut receipts = lines(&ended.stdout).into_iter();
            receipts.find(|receipt| receipt["provider"] == provider).unwrap()
        };
        assert_eq!(of("google")["result"], "revoked");
        assert_eq!((&of("spotify")["result"], &of("spotify")["final"]), (&"unsupported".into(), &true.into()));
        assert!(of("spotify")["whatToDo"].as_str().unwrap().contains("docs/incident.md"));
        assert_eq!(theft.left().await, [0, 0, 0]);
    }
}
