use std::{cmp::Reverse, collections::HashMap, net::IpAddr, sync::Arc};

use super::{
    connection::Connection,
    exchange::Exchange,
    table::{Table, Totals},
};
use crate::metrics;

/// Cuts off clients that use too much here while the server waits for them: a quarter of it at
/// once, so that this search is rare.
pub struct Relief(pub Arc<Table>);

impl Relief {
    fn exchanges(&self) -> impl Iterator<Item = Arc<Exchange>> {
        self.0.connections().into_iter().flat_map(|connection| connection.exchanges())
    }

    /// Bodies that the server waits for: first those of the address with the most bytes, and of
    /// these the oldest.
    pub fn bodies(&self) {
        let (limits, totals) = (&self.0.limits, &self.0.totals);
        let number = || Totals::read(&totals.bodies);
        let bytes = || Totals::read(&totals.body_bytes);
        if number() <= limits.bodies && bytes() <= limits.body_bytes {
            return;
        }
        let read: Vec<_> =
            self.exchanges().filter_map(|of| Some((of.waits_for_body()?, of))).collect();
        let too_many = number() > limits.bodies;
        let weight = |bytes: usize| if too_many { 1 } else { bytes };
        let mut of_network: HashMap<Option<IpAddr>, usize> = HashMap::new();
        for (bytes, exchange) in &read {
            *of_network.entry(exchange.connection.network).or_default() += weight(*bytes);
        }
        let mut by_weight = read;
        by_weight.sort_by_key(|(_, exchange)| {
            let weight = of_network.get(&exchange.connection.network).copied();
            (Reverse(weight.unwrap_or(0)), exchange.begun)
        });
        let total: usize = by_weight.iter().map(|(bytes, _)| weight(*bytes)).sum();
        let limit = if too_many { limits.bodies } else { limits.body_bytes };
        let mut surplus = total.saturating_sub(limit / 4 * 3);
        for (bytes, exchange) in by_weight {
            if surplus == 0 {
                break;
            }
            surplus = surplus.saturating_sub(weight(bytes));
            metrics::http_cut("room_needed");
            exchange.cut_body(false);
        }
    }

    /// Unread responses, oldest first.
    pub fn answers(&self) {
        let (limit, total) = (self.0.limits.answer_bytes, &self.0.totals.answer_bytes);
        if Totals::read(total) <= limit {
            return;
        }
        let mut stuck: Vec<_> = self
            .exchanges()
            .filter_map(|exchange| {
                let begun = {
                    let answer = exchange.answer_at_rest()?;
                    answer.as_ref().filter(|of| of.handed_at.is_some())?.begun
                };
                Some((begun, exchange))
            })
            .collect();
        stuck.sort_by_key(|(begun, _)| *begun);
        for (_, exchange) in stuck {
            if Totals::read(total) <= limit / 4 * 3 {
                break;
            }
            metrics::http_cut("room_needed");
            exchange.abandon();
        }
    }

    /// Incomplete heads, oldest first.
    pub fn heads(&self) {
        let (limit, total) = (self.0.limits.head_bytes, Totals::read(&self.0.totals.head_bytes));
        if total <= limit {
            return;
        }
        let begun = |connection: Arc<Connection>| {
            let (since, bytes) = {
                let state = connection.state();
                (state.head_since?, state.head_bytes)
            };
            Some((since, bytes, connection))
        };
        let mut begun: Vec<_> = self.0.connections().into_iter().filter_map(begun).collect();
        begun.sort_by_key(|(since, ..)| *since);
        let mut surplus = total - limit / 4 * 3;
        for (_, bytes, connection) in begun {
            if surplus == 0 {
                break;
            }
            surplus = surplus.saturating_sub(bytes);
            metrics::http_cut("room_needed");
            connection.cut.cancel();
        }
    }
}
