//! `--shred`: keys that nothing needs any more, and that no server seals with again.

use super::{Theft, lines};
use crate::harness::{Binary, KEYS, Replica, on_both_empty_databases};

/// A key that comes before the one that everything was sealed with.
const NEW: &str = "new:HRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEAHx4=";

impl Theft {
    fn shred(&self, arguments: &str) -> Binary {
        self.command(arguments).env("ENCRYPTION_KEYS", &format!("{NEW},{KEYS}"))
    }
}

on_both_empty_databases! {
    async fn no_server_starts_with_a_shredded_key_in_front(database: Database) {
        let theft = Theft::of(database, 2).await;
        let ended = theft.shred("--all-providers --yes --shred spec").run().await;
        assert_eq!((ended.code, lines(&ended.stdout).len()), (Some(0), 2), "{ended:?}");
        assert!(ended.stderr.contains("destroy every copy of these entries"), "{ended:?}");
        assert_eq!((theft.alive(), theft.left().await), (0, [0, 0, 0]));
        let refused = theft.cluster.binary("late").run().await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains("the first key in ENCRYPTION_KEYS, spec, was shredded"), "{refused:?}");
        let both = theft.cluster.binary("both").env("ENCRYPTION_KEYS", &format!("{NEW},{KEYS}"));
        let mut both = Replica::start(both).await;
        both.logged(&["ERROR", "spec", "remove it"]).await;
    }

    async fn a_server_starts_without_the_shredded_key(database: Database) {
        let theft = Theft::of(database, 1).await;
        let ended = theft.shred("--all-providers --yes --shred spec").run().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let alone = theft.cluster.binary("alone").env("ENCRYPTION_KEYS", NEW);
        let alone = Replica::start(alone).await;
        let (ada, _) = &theft.victims[0];
        theft.sign_in(ada);
        ada.connect(&alone).await.data("/connectProvider/id");
        let retired = "SELECT COUNT(*) FROM provider_connection_key WHERE retired_at IS NOT NULL";
        assert_eq!(theft.cluster.database.number(retired).await, 1);
    }

    async fn a_key_that_something_stored_needs_is_not_shredded(database: Database) {
        let theft = Theft::of(database, 2).await;
        let (ada, _) = &theft.victims[0];
        let one = format!("--provider google --user {} --yes --shred spec", ada.id);
        let ended = theft.shred(&one).run().await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("stored tokens are encrypted with spec"), "{ended:?}");
        assert_eq!((theft.alive(), theft.rows("provider_connection_shredded_key").await), (1, 0));
    }

    async fn a_key_that_seals_is_not_shredded_and_nothing_is_revoked(database: Database) {
        let theft = Theft::of(database, 1).await;
        for (arguments, says) in [
            ("--all-providers --yes --shred new", "servers encrypt with this key"),
            ("--all-providers --shred spec", "can't be undone"),
            ("--all-providers --yes --shred spec:AAEC", "is not a key name"),
        ] {
            let ended = theft.shred(arguments).run().await;
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
            assert!(ended.stderr.contains(says), "{ended:?}");
        }
        assert_eq!((theft.alive(), theft.left().await), (1, [1, 0, 0]));
        assert_eq!(theft.rows("provider_connection_shredded_key").await, 0);
    }
}
