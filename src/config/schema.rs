//! The JSON Schema of the config, for editors and for `show`: the sections' own types plus what the registered kinds say
//! of themselves. Not its job: checking; the schema cannot know which names exist.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::registry::{Describe, Registry};
use super::sections::{ConsoleSpec, StoreSpec, ThemeSpec, WorkerSpec};
use super::{checklists::specs, kpis, pieces, rules, tree};

/// One document, nothing referred to from outside of it.
pub fn schema(registry: &Registry) -> Value {
    let mut generator = SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true).into_generator();
    let g = &mut generator;
    let mut top = Map::new();
    top.insert(
        "environment".into(),
        json!({"type": "string", "default": "production", "description": "Shown first, everywhere"}),
    );
    let reference = "Name of the service whose probe stands for our own link; while it fails nothing is judged";
    top.insert("reference".into(), json!({"type": "string", "description": reference}));
    top.insert("console".into(), of::<ConsoleSpec>(g));
    top.insert("store".into(), of::<StoreSpec>(g));
    top.insert("worker".into(), of::<WorkerSpec>(g));
    top.insert("theme".into(), of::<ThemeSpec>(g));
    top.insert("keys".into(), json!({"type": "object", "description": "command = \"key\" or [keys]"}));
    top.insert("service".into(), list(&with_kinds(of::<pieces::ServiceSpec>(g), "probe", probes(registry, g))));
    top.insert("channel".into(), list(&with_kinds(of::<pieces::ChannelSpec>(g), "via", channels(registry, g))));
    let from = one_of(vec![("stream".into(), of::<kpis::StreamFrom>(g))], true);
    top.insert("kpi".into(), list(&with_kinds(of::<kpis::KpiSpec>(g), "from", from)));
    top.insert("rule".into(), list(&of::<rules::RuleSpec>(g)));
    top.insert("level".into(), list(&of::<pieces::LevelSpec>(g)));
    top.insert("operator".into(), list(&of::<pieces::OperatorSpec>(g)));
    let rows = rows(registry, g);
    top.insert("checklist".into(), list(&with_rows(of::<specs::ChecklistSpec>(g), &["list", "item", "step"], &rows)));
    top.insert("procedure".into(), list(&with_rows(of::<specs::ProcedureSpec>(g), &["step"], &rows)));
    let stream = registry.stream.map_or_else(|| json!({"type": "object"}), |k| describe(k.schema, g));
    top.insert("stream".into(), list(&stream));
    for later in tree::LATER {
        top.insert(later.into(), json!({"description": "Kept, not used by this version"}));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "watchdeck configuration",
        "type": "object",
        "additionalProperties": false,
        "properties": top,
    })
}

/// Of a mapping.
pub fn mapping(registry: &Registry) -> Value {
    let mut generator = SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true).into_generator();
    json!({"type": "object", "additionalProperties": false, "properties": rows(registry, &mut generator)})
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    describe(SchemaGenerator::subschema_for::<T>, generator)
}

fn describe(describe: Describe, generator: &mut SchemaGenerator) -> Value {
    describe(generator).to_value()
}

fn list(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

fn probes(registry: &Registry, g: &mut SchemaGenerator) -> Value {
    one_of(registry.probes.iter().map(|k| (k.name.into(), describe(k.schema, g))).collect(), false)
}

fn channels(registry: &Registry, g: &mut SchemaGenerator) -> Value {
    one_of(registry.channels.iter().map(|k| (k.name.into(), describe(k.schema, g))).collect(), false)
}

/// The rows of a mapping; in the config they stand below their file.
fn rows(registry: &Registry, g: &mut SchemaGenerator) -> Map<String, Value> {
    let line = json!({"type": "string", "description": "services.healthy == 7"});
    let live = json!({"anyOf": [line, of::<specs::LiveSpec>(g)]});
    let mut kinds = vec![("live".into(), live), ("note".into(), of::<specs::WordSpec>(g))];
    kinds.extend(registry.evidence.iter().map(|k| (k.name.into(), describe(k.schema, g))));
    let item = with_kinds(of::<specs::ItemSpec>(g), "evidence", one_of(kinds, false));
    let rows = [("list", of::<specs::ListSpec>(g)), ("item", item), ("step", of::<specs::StepSpec>(g))];
    rows.into_iter().map(|(name, row)| (name.to_owned(), list(&row))).collect()
}

fn with_rows(mut spec: Value, names: &[&str], rows: &Map<String, Value>) -> Value {
    for name in names {
        spec = with_kinds(spec, name, rows.get(*name).cloned().unwrap_or_default());
    }
    spec
}

fn one_of(kinds: Vec<(String, Value)>, more: bool) -> Value {
    let kinds: Map<String, Value> = kinds.into_iter().collect();
    json!({"type": "object", "properties": kinds, "additionalProperties": more, "minProperties": 1, "maxProperties": 1})
}

fn with_kinds(mut spec: Value, key: &str, kinds: Value) -> Value {
    if let Some(properties) = spec.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(key.to_owned(), kinds);
    }
    spec
}
