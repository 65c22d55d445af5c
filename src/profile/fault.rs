//! Why a card cannot be made of what was given.

use core::fmt;

use crate::error::{Error, Misuse};

/// An element that its table does not take, by name. It holds no value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidElement {
    element: &'static str,
    fault: ElementFault,
}

impl InvalidElement {
    pub(super) const fn new(element: &'static str, fault: ElementFault) -> Self {
        Self { element, fault }
    }

    /// Its identifier, `birth_rank` say.
    #[must_use]
    pub const fn element(&self) -> &'static str {
        self.element
    }

    /// What is wrong with it.
    #[must_use]
    pub const fn fault(&self) -> ElementFault {
        self.fault
    }
}

impl fmt::Display for InvalidElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.element, self.fault)
    }
}

impl core::error::Error for InvalidElement {}

/// The name is lost: an [`Error`] is a number.
impl From<InvalidElement> for Error {
    fn from(_: InvalidElement) -> Self {
        Misuse::InvalidElement.into()
    }
}

/// What is wrong with an element.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ElementFault {
    /// The card needs it.
    Missing,
    /// It is shorter or longer than it may be, or empty.
    Length,
    /// It has characters that it may not have.
    Characters,
    /// It is a number or a code that the table does not list.
    Value,
    /// It is no day of the calendar.
    Date,
    /// Its check digits are wrong.
    CheckDigits,
    /// It does not begin as a JPEG image does.
    Image,
    /// Another element says otherwise.
    Contradiction,
}

impl fmt::Display for ElementFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "is missing",
            Self::Length => "is too short or too long",
            Self::Characters => "has characters that it may not have",
            Self::Value => "is not one of the values that it may have",
            Self::Date => "is no day of the calendar",
            Self::CheckDigits => "has wrong check digits",
            Self::Image => "is no JPEG image",
            Self::Contradiction => "contradicts another element",
        })
    }
}
