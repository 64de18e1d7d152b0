use secrecy::ExposeSecret;

use crate::{random::Random, upstream::WebhookSecrets};

/// Prints a new secret.
pub fn run() {
    println!("{}", WebhookSecrets::generate(Random::system().bytes()).expose_secret());
}
