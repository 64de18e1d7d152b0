//! Signals: messages in which providers report that a user revoked a grant or that an account was
//! closed. Each provider signs and words them differently; they are verified and read here. This
//! module knows no web framework and changes nothing: [`crate::connections::Connections::hear`]
//! does.

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
