//! The three kinds of names, which are never mixed up.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use crate::error::Misuse;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name<'a>(Cow<'a, str>);

        impl<'a> $name<'a> {
            /// From text, which must not be empty (ISO/IEC 18013-5 clause 8.1).
            ///
            /// # Errors
            /// [`Misuse::EmptyName`].
            pub fn new(name: impl Into<Cow<'a, str>>) -> Result<Self, Misuse> {
                match name.into() {
                    name if name.is_empty() => Err(Misuse::EmptyName),
                    name => Ok(Self(name)),
                }
            }

            /// From text that the parser has seen not to be empty.
            pub(crate) const fn of(name: &'a str) -> Self {
                Self(Cow::Borrowed(name))
            }

            /// The text. Names are compared exactly; case counts.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The same name, with text of its own.
            #[must_use]
            pub fn into_owned(self) -> $name<'static> {
                $name(Cow::Owned(self.0.into_owned()))
            }

            /// The same name, borrowed.
            #[must_use]
            pub fn borrowed(&self) -> $name<'_> {
                $name(Cow::Borrowed(&self.0))
            }
        }

        impl fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'a> TryFrom<&'a str> for $name<'a> {
            type Error = Misuse;

            fn try_from(name: &'a str) -> Result<Self, Misuse> {
                Self::new(name)
            }
        }

        impl TryFrom<String> for $name<'_> {
            type Error = Misuse;

            fn try_from(name: String) -> Result<Self, Misuse> {
                Self::new(name)
            }
        }

        impl PartialEq<str> for $name<'_> {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name<'_> {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    )+};
}

names! {
    /// `DocType = tstr`, the type of a document: `org.iso.18013.5.1.mDL`, say.
    ///
    /// ```
    /// use vitacard::{DocType, Misuse};
    /// assert_eq!(DocType::new("org.iso.18013.5.1.mDL").unwrap(), "org.iso.18013.5.1.mDL");
    /// assert_eq!(DocType::new(""), Err(Misuse::EmptyName));
    /// ```
    DocType,
    /// `NameSpace = tstr`, the name space of elements: `org.iso.18013.5.1`, say.
    ///
    /// ```
    /// assert_eq!(vitacard::NameSpace::new("org.iso.18013.5.1").unwrap(), "org.iso.18013.5.1");
    /// ```
    NameSpace,
    /// `DataElementIdentifier = tstr`, the name of one element: `family_name`, say.
    ///
    /// ```
    /// assert_eq!(vitacard::ElementId::new("family_name").unwrap().as_str(), "family_name");
    /// ```
    ElementId,
}

/// Whether a text can be shown on a line of its own. Characters that move the cursor, end the line or
/// turn the direction of writing can make another text of what stands beside it.
pub(crate) fn is_line(text: &str) -> bool {
    let turns = |c| matches!(c, '\u{061c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.contains(|c: char| c.is_control() || turns(c))
}
