//! The two names that the reference's dashboards know. The second is called microseconds and has always held
//! seconds; quantiles are estimated from buckets.

use super::latency::Latency;
use std::fmt::Write as _;

const COUNT: &str = "bootstrap_api_request_count";
const LATENCY: &str = "bootstrap_api_request_latency_microseconds";

/// The reference's word for each operation, and the routes that are one.
const OPERATIONS: [(&str, &str, &str); 15] = [
    ("add", "POST", "/{domain}/clients/configs"),
    ("view", "GET", "/{domain}/clients/configs/{client}"),
    ("update", "PUT", "/{domain}/clients/configs/{client}"),
    ("update_cert", "PATCH", "/{domain}/clients/configs/certs/{client}"),
    ("update_connections", "PUT", "/{domain}/clients/configs/connections/{client}"),
    ("list", "GET", "/{domain}/clients/configs"),
    ("remove", "DELETE", "/{domain}/clients/configs/{client}"),
    ("bootstrap", "GET", "/clients/bootstrap/{external_id}"),
    ("bootstrap", "GET", "/clients/bootstrap/secure/{external_id}"),
    ("bootstrap", "GET", "/things/bootstrap/{external_id}"),
    ("bootstrap", "GET", "/things/bootstrap/secure/{external_id}"),
    ("change_state", "PUT", "/{domain}/clients/state/{client}"),
    ("update", "PATCH", "/{domain}/clients/configs/{client}"),
    ("update", "POST", "/{domain}/clients/configs/{client}/enable"),
    ("update", "POST", "/{domain}/clients/configs/{client}/disable"),
];

/// Times by the reference's words.
#[derive(Default)]
pub(super) struct Legacy {
    times: [Latency; OPERATIONS.len()],
}

impl Legacy {
    /// Where a route's times go, if the reference has such a route.
    pub(super) fn of(&self, method: &str, route: &str) -> Option<Latency> {
        let (word, ..) = OPERATIONS.iter().find(|(_, m, r)| (*m, *r) == (method, route))?;
        // All routes of one operation share the place of its first.
        let place = OPERATIONS.iter().position(|(first, ..)| first == word)?;
        Some(self.times[place].clone())
    }

    /// As in the reference, a series exists only after its first call.
    pub(super) fn render(&self, text: &mut String) {
        let rows: Vec<_> = OPERATIONS
            .iter()
            .zip(&self.times)
            .map(|((word, ..), latency)| (*word, latency.snapshot()))
            .filter(|(_, snapshot)| snapshot.count > 0)
            .collect();
        if rows.is_empty() {
            return;
        }
        let _ = writeln!(text, "# HELP {COUNT} Number of requests received.\n# TYPE {COUNT} counter");
        for (word, snapshot) in &rows {
            let _ = writeln!(text, "{COUNT}{{method=\"{word}\"}} {}", snapshot.count);
        }
        let _ = writeln!(
            text,
            "# HELP {LATENCY} Total duration of requests, in seconds.\n# TYPE {LATENCY} summary"
        );
        for (word, snapshot) in &rows {
            for quantile in [0.5, 0.9, 0.99] {
                let value = snapshot.quantile(quantile).unwrap_or_default();
                let _ = writeln!(text, "{LATENCY}{{method=\"{word}\",quantile=\"{quantile}\"}} {value}");
            }
            let _ = writeln!(text, "{LATENCY}_sum{{method=\"{word}\"}} {}", snapshot.sum);
            let _ = writeln!(text, "{LATENCY}_count{{method=\"{word}\"}} {}", snapshot.count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_reference_s_names_hold_seconds() {
        let legacy = Legacy::default();
        let mut text = String::new();
        legacy.render(&mut text);
        assert_eq!(text, "");

        for route in ["/clients/bootstrap/{external_id}", "/things/bootstrap/secure/{external_id}"] {
            legacy.of("GET", route).unwrap().observe(Duration::from_millis(2));
        }
        assert!(legacy.of("GET", "/health").is_none());
        legacy.render(&mut text);
        assert!(text.contains("bootstrap_api_request_count{method=\"bootstrap\"} 2\n"));
        assert!(
            text.contains("bootstrap_api_request_latency_microseconds_sum{method=\"bootstrap\"} 0.004\n")
        );
        assert!(text.contains("latency_microseconds{method=\"bootstrap\",quantile=\"0.99\"} 0.00"));
    }
}
