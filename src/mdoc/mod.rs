//! The ISO/IEC 18013-5 structures: parsed, not trusted.

mod date;
mod names;
mod value;

pub use names::{DocType, ElementId, NameSpace};
pub use value::ElementValue;
