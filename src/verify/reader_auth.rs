//! Reader authentication, checked by the holder before anything is shown (clause 9.1.4).
/// stub
#[derive(Debug)]
pub struct VerifiedReader(());
