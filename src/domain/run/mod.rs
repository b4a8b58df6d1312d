//! One use of a procedure, opened by an alert or by hand: its steps, one at a time, with who did them and what they noted.
//! A run keeps the words it was started with, whatever becomes of the file.

mod decide;
mod model;

pub use decide::{apply, decide, in_turn};
pub use model::{
    Ended, Kind, ProcedureSpec, Run, RunAct, RunFact, RunId, Starting, Step, StepAct, StepFact, StepHeld, StepSpec,
    variables,
};
