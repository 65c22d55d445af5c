//! Attacks, by group, each with the exact refusal that it meets.

mod group_g;
