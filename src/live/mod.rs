//! Live changes: who wants to hear of whose connections, and how the events of all replicas come
//! to them. The event table is the source of truth; whatever else is told only says where to look.
//! Nobody subscribed: nothing is listened to and nothing is polled.

mod change;
mod follow;
mod hub;
mod session;
mod subscription;
mod tail;
mod waiting;

pub use change::{Change, End, Refused};
pub use hub::{Live, PER_USER, Parts};
pub use session::{SESSIONS_PER_USER, Session, Waiting};
pub use subscription::Subscription;
