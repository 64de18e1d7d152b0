use std::sync::Arc;

use tokio::time::Instant;

use super::{
    connection::{Connection, Protocol},
    exchange::Exchange,
    relief::Relief,
};
use crate::{config::Timeouts, metrics};

/// Checks all connections periodically, and ends those that have kept the server waiting too long.
/// Never returns.
pub async fn sweep(relief: Arc<Relief>, timeouts: Timeouts) {
    let mut tick = tokio::time::interval(timeouts.tick);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let now = Instant::now();
        for connection in relief.0.connections() {
            if let Some(reason) = overdue(&connection, now, &timeouts) {
                metrics::http_cut(reason);
                connection.cut.cancel();
                continue;
            }
            for exchange in connection.exchanges() {
                look_at(&exchange, now, &timeouts);
            }
        }
        relief.heads();
    }
}

/// Why to end the connection, if at all.
fn overdue(connection: &Connection, now: Instant, timeouts: &Timeouts) -> Option<&'static str> {
    let state = connection.state();
    if state.protocol == Protocol::WebSocket {
        return None;
    }
    if state.blocked_since.is_some_and(|since| now - since > timeouts.write) {
        return Some("unread");
    }
    if !state.exchanges.is_empty() {
        return None;
    }
    if state.protocol == Protocol::Unknown {
        return (now - state.accepted > timeouts.head).then_some("no_request");
    }
    if state.head_since.is_some_and(|since| now - since > timeouts.head) {
        return Some("no_request");
    }
    let idle = now - state.since;
    if idle > timeouts.idle {
        drop(state);
        // Over HTTP/2 this notifies the client first.
        connection.close.cancel();
        return (idle > timeouts.idle + timeouts.head).then_some("idle");
    }
    None
}

fn look_at(exchange: &Exchange, now: Instant, timeouts: &Timeouts) {
    if exchange.waits_for_body().is_some() && now - exchange.begun > timeouts.body {
        metrics::http_cut("slow_body");
        exchange.cut_body(true);
    }
    let stuck = exchange.answer_at_rest().is_some_and(|answer| {
        answer.as_ref().is_some_and(|answer| {
            let handed = answer.handed_at.is_some_and(|since| now - since > timeouts.write);
            let size = answer.size();
            handed || size.is_some_and(|size| now - answer.begun > timeouts.answer(size))
        })
    });
    if stuck {
        metrics::http_cut("unread");
        exchange.abandon();
    }
}
