//! (being laid)
pub fn command_table() -> Vec<(String, Vec<String>)> {
    vec![]
}
