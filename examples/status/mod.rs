//! What `status_server` and `status_reader` are made of: an insurer that publishes lists, a reader
//! that keeps them, and the time of the story, of which both are told.

pub(crate) mod clock;
pub(crate) mod demo;
pub(crate) mod desk;
pub(crate) mod fetch;
pub(crate) mod flash;
pub(crate) mod insurer;
pub(crate) mod progress;
pub(crate) mod publish;
pub(crate) mod serve;

pub(crate) type Fallible<T> = Result<T, Box<dyn std::error::Error>>;
