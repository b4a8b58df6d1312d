//! A person who acts, and what their role allows.

use serde::{Deserialize, Serialize};

use super::text::Clean;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Viewer,
    Responder,
    Lead,
}

impl Role {
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Lead => "lead",
        }
    }
    pub fn may_act(self) -> bool {
        self >= Self::Responder
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operator {
    pub name: Clean,
    pub role: Role,
}
