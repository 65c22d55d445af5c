//! Which card it is: its elements, who may see them, and how they are written.
//!
//! Everything that knows of health insurance stands here, in tables that issuers, readers, wallets
//! and the documentation read. Another profile makes another card.
//!
//! ```
//! use vitacard::profile::{Ceiling, Profile};
//! let profile = Profile::health_insurance();
//! assert_eq!(profile.doc_type().as_str(), "org.vitacard.health_insurance.1");
//! let national = profile.element("personal_administrative_number").unwrap();
//! assert!(Ceiling::of_profession(Some("21")).admits_element(national)); // a pharmacist
//! assert!(!Ceiling::of_profession(None).admits_element(national)); // not proven a professional
//! ```

#[macro_use]
mod rows;

mod ceiling;
mod date;
mod ehic;
mod fault;
mod health;
mod national_number;
mod table;
mod value;

pub use ceiling::Ceiling;
pub use date::{BirthDate, Date};
pub use ehic::{CompetentInstitution, EhicCard, EhicCardView, Insured};
pub use fault::{ElementFault, InvalidElement};
pub use health::{HealthCard, HealthCardView, WorkAccident};
pub use national_number::NationalNumber;
pub(crate) use table::DIGESTS;
pub use table::{ElementSpec, Presence, Privacy, Profile, Shown};
pub use value::ValueType;
