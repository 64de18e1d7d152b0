//! Refresh tokens of another system become connections: each is proved by one refresh, none is used
//! twice, and none is lost or told.

mod command;
mod kills;
mod mutation;
mod outages;
mod readers;

use std::fs;

use nhost_auth_simulator::{Endpoint, GrantId, GrantScript, Provider};
use serde_json::{Value, json};

use crate::harness::{Binary, Cluster, Database, Ended, Member, Replica};

/// Another system's users, each with a refresh token of Google that it has got.
struct Move {
    cluster: Cluster,
    people: Vec<Person>,
}

struct Person {
    member: Member,
    grant: GrantId,
    token: String,
}

impl Move {
    async fn of(database: Database, people: usize, script: GrantScript) -> Self {
        Self::in_cluster(Cluster::over(database).await, people, script)
    }

    fn in_cluster(cluster: Cluster, people: usize, script: GrantScript) -> Self {
        let people = (1..=people).map(|number| person(&cluster, number, script)).collect();
        Self { cluster, people }
    }

    /// A line of JSON for each of them.
    fn lines(&self) -> String {
        self.people.iter().map(|person| line(person).to_string() + "\n").collect()
    }

    /// The command over this file, refreshing at Google itself.
    fn binary(&self, file: &str, arguments: &[&str]) -> Binary {
        self.with(self.cluster.binary_at_google("import"), file, arguments)
    }

    fn with(&self, binary: Binary, file: &str, arguments: &[&str]) -> Binary {
        let path = self.cluster.database.folder.path().join("rows");
        fs::write(&path, file).unwrap();
        let binary = binary.arg("connections").arg("import").arg(path.to_str().unwrap());
        let binary = binary.env("UPSTREAM_RATE", "10000").arg("--rate").arg("1000");
        arguments.iter().fold(binary, |binary, argument| binary.arg(argument))
    }

    async fn run(&self, arguments: &[&str]) -> Run {
        Run(self.binary(&self.lines(), arguments).run().await)
    }

    /// How often the provider was asked to refresh.
    fn calls(&self) -> usize {
        self.cluster.simulator.calls(Endpoint::ProviderToken)
            + self.cluster.simulator.calls(Endpoint::RefreshProviderToken)
    }

    fn is_alive(&self, person: &Person) -> bool {
        self.cluster.simulator.grant(person.grant).alive
    }

    /// Each of them finds a connection whose token works, now and after another refresh.
    async fn all_can_use_their_connections(&self) {
        let replica = Replica::start(self.cluster.binary_at_google("import")).await;
        for person in &self.people {
            person.member.working_token(&replica).await;
        }
        self.cluster.expire_tokens().await;
        for person in &self.people {
            person.member.working_token(&replica).await;
            assert!(self.is_alive(person));
        }
    }

    async fn connections(&self) -> i64 {
        self.cluster.database.number("SELECT COUNT(*) FROM provider_connection").await
    }
}

fn person(cluster: &Cluster, number: usize, script: GrantScript) -> Person {
    let member = cluster.member(&format!("person-{number}@example.com"));
    let grant = cluster.simulator.sign_in(member.id, Provider::Google, script);
    let token = cluster.simulator.grant(grant).current_refresh_token.unwrap();
    Person { member, grant, token }
}

fn line(person: &Person) -> Value {
    json!({ "userId": person.member.id, "provider": "google", "refreshToken": person.token })
}

/// A run that has ended.
struct Run(Ended);

impl Run {
    fn report(&self) -> Vec<Value> {
        self.0.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The outcome of each row and its code, in the order of the file.
    #[track_caller]
    fn says(&self, expected: &[&str]) {
        let said: Vec<_> = self
            .report()
            .iter()
            .map(|line| {
                let outcome = line["outcome"].as_str().unwrap();
                match line["code"].as_str() {
                    Some(code) => format!("{outcome} {code}"),
                    None => outcome.to_owned(),
                }
            })
            .collect();
        assert_eq!(said, expected, "{:?}", self.0);
    }

    #[track_caller]
    fn succeeded(&self) {
        assert_eq!(self.0.code, Some(0), "{:?}", self.0);
    }

    #[track_caller]
    fn left_rows(&self, words: &str) {
        assert_eq!(self.0.code, Some(3), "{:?}", self.0);
        assert!(self.0.stderr.contains(words), "{:?}", self.0);
    }

    #[track_caller]
    fn failed_with(&self, words: &str) {
        assert_eq!(self.0.code, Some(1), "{:?}", self.0);
        assert!(self.0.stderr.contains(words), "{:?}", self.0);
    }
}
