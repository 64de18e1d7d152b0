//! The two servers in `src/bin`: what one would write without this project.

use std::{path::Path, process::Command};

use super::{ROWS, Simulator};
use crate::{
    Result,
    load::{self, Target},
    process::{Program, Says},
};

/// An axum handler by hand.
pub const HANDWRITTEN: &str = "bench-handwritten";
/// async-graphql and SeaORM, as their documentation shows them.
pub const PLAIN_GRAPHQL: &str = "bench-plain-graphql";

pub struct Peer {
    program: Program,
    /// Without a slash at the end.
    pub origin: String,
}

impl Peer {
    pub fn start(
        programs: &Path,
        name: &str,
        simulator: &Simulator,
        database_url: &str,
    ) -> Result<Self> {
        let mut command = Command::new(programs.join(name));
        command
            .env_clear()
            .env("DATABASE_URL", database_url)
            .env("DATABASE_MAX_CONNECTIONS", load::CONNECTIONS.to_string())
            .env("JWT_KEY", simulator.jwt_key()?);
        let address = |line: &str| line.starts_with("http://").then(|| line.to_owned());
        let (program, origin) = Program::start(&mut command, Says::OnOutput, address)?;
        Ok(Self { program, origin })
    }

    /// The list of the hand-written server.
    pub fn list(&self, jwt: &str) -> Target {
        Target {
            url: format!("{}/connections", self.origin),
            method: "GET",
            headers: vec![("authorization", format!("Bearer {jwt}"))],
            body: String::new(),
            users: Vec::new(),
            expects: ROWS,
        }
    }

    pub fn id(&self) -> u32 {
        self.program.id()
    }
}
