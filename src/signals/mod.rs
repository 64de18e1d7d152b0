//! What providers say by themselves: that a user has taken a grant back, that an account is closed.
//! Each provider has its own way to sign and to word it; here it is verified and read. Knows no web
//! framework, and changes nothing: [`crate::connections::Connections::hear`] does.

mod discord;
mod facebook;
mod github;
mod google;
mod received;
mod settings;
mod signature;
mod strava;
mod twitch;

pub use discord::Discord;
pub use facebook::Facebook;
pub use github::Github;
pub use google::Google;
pub use received::{Means, Received, Refused, Signal, SignalId, Subject, TokenIdentifier};
pub use settings::{GoogleSettings, SignalSettings, StravaSettings};
pub use signature::{Ed25519Key, SigningSecrets};
pub use strava::{Challenged, Strava};
pub use twitch::Twitch;
