//! The seven services of the estate: name, path, and the figures they show on an ordinary day. Not their behaviour:
//! that is `load` (how busy), `services` (how they answer) and `fault` (what goes wrong).

/// One service of the estate, a row of [`SEVEN`].
#[derive(Debug)]
pub struct Member {
    pub name: &'static str,
    pub path: &'static str,
    pub tag: &'static str,
    /// Mean latency of an answer, ms.
    pub mean_ms: f64,
    /// Spread of the latency (of its logarithm).
    pub sigma: f64,
    /// Requests per second from its own clients.
    pub per_second: f64,
    /// Share of those that fail on an ordinary day.
    pub errors: f64,
    /// Services whose slowness it suffers, with the share it feels.
    pub needs: &'static [(&'static str, f64)],
    pub tls: bool,
}

const ORDINARY: Member = Member {
    name: "",
    path: "",
    tag: "",
    mean_ms: 0.0,
    sigma: 0.2,
    per_second: 5.0,
    errors: 0.0004,
    needs: &[],
    tls: false,
};

pub const WEBHOOK: &str = "webhook-processor";
pub const CACHE: &str = "cache-manager";
pub const HUB: &str = "websocket-hub";

pub static SEVEN: [Member; 7] = [
    Member {
        name: "dashboard-analytics",
        path: "/api/dashboard/analytics",
        tag: "web",
        mean_ms: 20.0,
        needs: &[(CACHE, 0.2)],
        ..ORDINARY
    },
    Member {
        name: WEBHOOK,
        path: "/api/webhooks/process",
        tag: "ghl",
        mean_ms: 51.0,
        errors: 0.001,
        ..ORDINARY
    },
    Member { name: CACHE, path: "/api/cache/status", tag: "infra", mean_ms: 1.3, per_second: 60.0, ..ORDINARY },
    Member { name: HUB, path: "/api/websocket/status", tag: "realtime", mean_ms: 11.6, per_second: 12.0, ..ORDINARY },
    Member {
        name: "ml-lead-intelligence",
        path: "/api/ml/lead-scoring",
        tag: "ml",
        mean_ms: 81.0,
        sigma: 0.17,
        needs: &[(CACHE, 0.9)],
        ..ORDINARY
    },
    Member {
        name: "behavioral-learning",
        path: "/api/behavioral/analysis",
        tag: "ml",
        mean_ms: 32.0,
        needs: &[(CACHE, 0.3)],
        ..ORDINARY
    },
    Member { name: "workflow-automation", path: "/api/workflows/status", tag: "ghl", mean_ms: 0.5, tls: true, ..ORDINARY },
];

/// By name or alias (underscores for dashes).
pub fn member(name: &str) -> Option<&'static Member> {
    SEVEN.iter().find(|m| m.name.len() == name.len() && m.name == name.replace('_', "-"))
}

impl Member {
    pub fn alias(&self) -> String {
        self.name.replace('-', "_")
    }
}
