use std::time::Duration;

use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Interval, MissedTickBehavior, interval},
};

use super::Target;

/// Clients at once.
const CLIENTS: usize = 4;
/// How often each of them sends, at most. More than all of them send is for a proxy to stop.
const EVERY: Duration = Duration::from_millis(10);

pub fn pace() -> Interval {
    let mut pace = interval(EVERY);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}

/// Opens a connection for each client, and lets each send these bytes over and over, reading
/// whatever comes; opens another one where the server ends it, or where that was all.
pub async fn pour(target: Target, first: Vec<u8>, then: Vec<u8>) {
    target.in_place();
    let clients = (0..CLIENTS).map(async |_| {
        let mut pace = pace();
        while target.goes_on() {
            pace.tick().await;
            target.sent();
            let Ok(stream) = target.connect().await else { continue };
            let (mut reader, mut writer) = stream.into_split();
            let write = async {
                let _ = writer.write_all(&first).await;
                if then.is_empty() {
                    // It is to be read before the connection goes.
                    pace.tick().await;
                    return;
                }
                while target.goes_on() && writer.write_all(&then).await.is_ok() {
                    target.sent();
                    pace.tick().await;
                }
            };
            let read = async {
                let mut buffer = vec![0; 64 * 1024];
                while reader.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
            };
            tokio::select! {
                () = write => {}
                () = read => {}
                () = target.over() => {}
            }
        }
    });
    join_all(clients).await;
}
