//! Attacks, by group, each with the exact refusal that it meets.

#[path = "../cards/mod.rs"]
mod cards;
mod group_f;
