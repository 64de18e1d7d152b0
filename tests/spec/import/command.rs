use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider};

use super::{Move, Run, line};
use crate::harness::{DISCONNECT, Replica, on_both_empty_databases};

on_both_empty_databases! {
    async fn a_refresh_token_becomes_a_connection_that_works(database: Database) {
        let scene = Move::of(database, 3, GrantScript::rotating_single_use()).await;
        let run = scene.run(&[]).await;
        run.says(&["lives", "lives", "lives"]);
        run.succeeded();
        assert_eq!(scene.calls(), 3, "one refresh proves one token");
        assert!(run.0.stderr.contains("3 rows: 3 live"), "{:?}", run.0);
        assert_eq!(run.report()[1]["userId"], scene.people[1].member.id.to_string());
        assert_eq!(scene.cluster.events("connected").await, 3);
        scene.all_can_use_their_connections().await;
    }

    async fn it_goes_through_nhost_auth_where_there_are_no_client_credentials(database: Database) {
        let scene = Move::of(database, 2, GrantScript::rotating_single_use()).await;
        let binary = scene.cluster.binary("import");
        let run = Run(scene.with(binary, &scene.lines(), &[]).run().await);
        run.says(&["lives", "lives"]);
        assert_eq!(scene.cluster.simulator.calls(Endpoint::RefreshProviderToken), 2);
        scene.all_can_use_their_connections().await;
    }

    async fn the_same_file_again_calls_nobody(database: Database) {
        let scene = Move::of(database, 2, GrantScript::rotating_single_use()).await;
        scene.run(&[]).await.succeeded();
        let again = scene.run(&[]).await;
        again.says(&["already", "already"]);
        again.succeeded();
        assert_eq!(scene.calls(), 2);
        // Nor twice in one file.
        let twice = scene.lines() + &scene.lines();
        let run = Run(scene.binary(&twice, &[]).run().await);
        run.says(&["already"; 4]);
        assert_eq!(scene.calls(), 2);
        scene.all_can_use_their_connections().await;
        // Also with the key of the ring no longer its first.
        let calls = scene.calls();
        let again = scene.run(&["--encryption-keys", NEW_KEYS]).await;
        again.says(&["already", "already"]);
        again.succeeded();
        assert_eq!(scene.calls(), calls);
    }

    async fn a_token_that_is_in_the_file_twice_is_sent_once(database: Database) {
        let scene = Move::of(database, 1, GrantScript::rotating_single_use()).await;
        let twice = scene.lines() + &scene.lines();
        let run = Run(scene.binary(&twice, &[]).run().await);
        let mut outcomes: Vec<_> =
            run.report().iter().map(|line| line["outcome"].to_string()).collect();
        outcomes.sort();
        assert_eq!(outcomes, ["\"already\"", "\"lives\""]);
        assert_eq!(scene.calls(), 1);
        assert!(scene.is_alive(&scene.people[0]));
    }

    async fn a_revoked_token_is_dead_with_the_reason_and_not_sent_again(database: Database) {
        let scene = Move::of(database, 3, GrantScript::stable()).await;
        scene.cluster.simulator.revoke(scene.people[1].grant);
        let run = scene.run(&[]).await;
        run.says(&["lives", "dead REAUTHENTICATION_REQUIRED", "lives"]);
        run.succeeded();
        let dead = &run.report()[1];
        assert!(dead["evidence"].as_str().unwrap().contains("invalid_grant"), "{dead}");
        assert!(dead["message"].as_str().unwrap().contains("Ask the user to sign in"), "{dead}");
        assert_eq!(scene.connections().await, 2, "no row is left of it");
        scene.run(&[]).await.says(&["already", "dead REAUTHENTICATION_REQUIRED", "already"]);
        assert_eq!(scene.calls(), 3);
        scene.run(&["--retry-dead"]).await;
        assert_eq!(scene.calls(), 4);
    }

    async fn a_dry_run_calls_nobody_and_writes_nothing(database: Database) {
        let scene = Move::of(database, 2, GrantScript::stable()).await;
        let without_tables = if scene.cluster.database.is_sqlite() { "DATABASE_URL" } else { "provider-connections migrate" };
        scene.run(&["--dry-run"]).await.failed_with(without_tables);
        let first = scene.binary(&format!("{}\n", line(&scene.people[0])), &[]).run().await;
        Run(first).says(&["lives"]);
        let before = scene.calls();
        let run = scene.run(&["--dry-run"]).await;
        run.says(&["already", "would-import"]);
        run.succeeded();
        assert_eq!((scene.calls(), scene.connections().await), (before, 1));
        let noted = "SELECT COUNT(*) FROM provider_connection_import";
        assert_eq!(scene.cluster.database.number(noted).await, 1);
        scene.run(&[]).await.says(&["already", "lives"]);
    }

    async fn bad_lines_are_named_by_their_number_and_never_by_content(database: Database) {
        let scene = Move::of(database, 1, GrantScript::stable()).await;
        let needle = "a-secret-in-the-wrong-place";
        let file = [
            format!("{{\"userId\": \"{needle}\""),
            format!("{{\"userId\":\"{needle}\",\"provider\":\"google\",\"refreshToken\":\"{needle}\"}}"),
            line(&scene.people[0]).to_string(),
            String::new(),
            format!("[\"{needle}\"]"),
            format!("{{\"provider\":\"google\",\"refreshToken\":\"{needle}\"}}"),
            format!("{{\"userId\":\"{needle}\",\"refreshToken\":\"{needle}\"}}"),
            format!("{{\"userId\":\"{needle}\",\"provider\":\"{needle}\",\"refreshToken\":\"x\"}}"),
            format!("{{\"userId\":\"{needle}\",\"provider\":\"google\"}}"),
            format!(
                "{{\"userId\":\"{}\",\"provider\":\"google\",\"refreshToken\":\"{needle} \"}}",
                scene.people[0].member.id
            ),
            "x".repeat(2 * 1024 * 1024),
            line(&scene.people[0]).to_string(),
        ];
        let run = Run(scene.binary(&file.join("\n"), &[]).env("RUST_LOG", "trace").run().await);
        run.says(&[
            "skipped NOT_JSON",
            "skipped UNMAPPED_USER",
            "lives",
            "skipped NOT_JSON",
            "skipped NO_USER",
            "skipped NO_PROVIDER",
            "skipped UNKNOWN_PROVIDER",
            "skipped NO_REFRESH_TOKEN",
            "skipped BAD_USER_INPUT",
            "skipped TOO_LONG",
            "already",
        ]);
        let lines: Vec<_> =
            run.report().iter().map(|line| line["line"].as_u64().unwrap()).collect();
        assert_eq!(lines, [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]);
        run.failed_with("can't be read or have no user");
        let all = format!("{}{}", run.0.stdout, run.0.stderr);
        assert!(!all.contains(needle));
    }

    async fn a_sign_in_stands_unless_it_is_to_be_replaced(database: Database) {
        let scene = Move::of(database, 1, GrantScript::stable()).await;
        let ada = &scene.people[0];
        let replica = Replica::start(scene.cluster.binary_at_google("server")).await;
        let newer =
            scene.cluster.simulator.sign_in(ada.member.id, Provider::Google, GrantScript::stable());
        ada.member.connect(&replica).await.data("/connectProvider/id");
        let run = scene.run(&[]).await;
        run.says(&["skipped ALREADY_CONNECTED"]);
        run.succeeded();
        assert_eq!(scene.calls(), 0);
        scene.run(&["--replace"]).await.says(&["lives"]);
        assert_eq!(scene.calls(), 1);
        scene.cluster.simulator.revoke(newer);
        ada.member.working_token(&replica).await;
    }

    async fn who_has_disconnected_stays_so_unless_it_is_said(database: Database) {
        let scene = Move::of(database, 1, GrantScript::stable()).await;
        let ada = &scene.people[0];
        let replica = Replica::start(scene.cluster.binary("server")).await;
        scene.cluster.simulator.sign_in(ada.member.id, Provider::Google, GrantScript::stable());
        ada.member.connect(&replica).await.data("/connectProvider/id");
        ada.member.ask(&replica, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
        scene.run(&[]).await.says(&["skipped DISCONNECTED"]);
        assert_eq!((scene.calls(), scene.connections().await), (0, 0));
        scene.run(&["--reconnect"]).await.says(&["lives"]);
        ada.member.working_token(&replica).await;
        // What was imported and then disconnected is used up.
        ada.member.ask(&replica, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
        scene.run(&["--reconnect"]).await.says(&["skipped USED_UP"]);
        assert_eq!(scene.calls(), 1);
    }

    async fn nothing_is_imported_for_a_user_who_was_deleted(database: Database) {
        let scene = Move::of(database, 1, GrantScript::stable()).await;
        scene.run(&["--patience", "0s"]).await.says(&["lives"]);
        let ada = &scene.people[0];
        let sql = if scene.cluster.database.is_sqlite() {
            format!("x'{}'", ada.member.id.simple())
        } else {
            format!("'{}'", ada.member.id)
        };
        for statement in [
            "DELETE FROM provider_connection".to_owned(),
            "DELETE FROM provider_connection_import".to_owned(),
            format!(
                "INSERT INTO provider_connection_tombstone (user_id, provider, at) \
                 VALUES ({sql}, '', CURRENT_TIMESTAMP)"
            ),
        ] {
            scene.cluster.database.execute(&statement).await;
        }
        scene.run(&["--reconnect", "--replace"]).await.says(&["skipped USER_DELETED"]);
        assert_eq!((scene.calls(), scene.connections().await), (1, 0));
    }

    async fn no_token_is_in_any_output_or_in_the_notes(database: Database) {
        let scene = Move::of(database, 4, GrantScript::rotating()).await;
        let simulator = &scene.cluster.simulator;
        simulator.revoke(scene.people[1].grant);
        simulator.block(scene.people[2].grant, Fault::Html(403));
        let report = scene.cluster.database.folder.path().join("report");
        let report = report.to_str().unwrap();
        let binary = scene.binary(&scene.lines(), &["--report", report]).env("RUST_LOG", "trace");
        let ended = binary.run().await;
        assert_eq!(ended.stdout, "", "the report is in its file");
        let written = std::fs::read_to_string(report).unwrap();
        assert_eq!(written.lines().count(), 4);
        let rights = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(report).unwrap().permissions(),
        );
        assert_eq!(rights & 0o777, 0o600);
        for secret in simulator.secrets() {
            assert!(!written.contains(&secret), "{written}");
            assert!(!ended.stderr.contains(&secret), "{}", ended.stderr);
        }
        if scene.cluster.database.is_sqlite() {
            let path = scene.cluster.database.url.trim_start_matches("sqlite://");
            let bytes = std::fs::read(path).unwrap();
            for person in &scene.people {
                let token = person.token.as_bytes();
                assert!(!bytes.windows(token.len()).any(|window| window == token));
            }
        }
    }
}

/// Another key in front of the one that all tests have.
const NEW_KEYS: &str = concat!(
    "new:HxweHRscGRoYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=,",
    "spec:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
);
