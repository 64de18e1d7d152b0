//! Live changes: who is notified of whose connections, and how the events of all replicas reach
//! them. The event table is the source of truth; a notification only says where to look. Without
//! subscribers, the server neither listens nor polls.

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
