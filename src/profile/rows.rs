//! What a table is written as, and the builder and the view that come of it.

/// What setters and views of an element take and give.
macro_rules! native {
    (NationalNumber) => { &str };
    (Text) => { &str };
    (Digits) => { &str };
    (Code) => { &str };
    (Country) => { &str };
    (Institution) => { &str };
    (OneOfTexts) => { &str };
    (OneOf) => { u64 };
    (Between) => { u64 };
    (Bool) => { bool };
    (Date) => { $crate::profile::Date };
    (DateOrNull) => { Option<$crate::profile::Date> };
    (CodeOrNull) => { Option<&str> };
    (DateTime) => { $crate::time::UnixTime };
    (Jpeg) => { &[u8] };
}

/// A table, and the builder and the view that it makes.
///
/// Rows: name space, identifier, type, `= what a card says if the issuer says nothing`, presence,
/// privacy, and to whom it is shown. Elements in braces have setters and views of their own.
macro_rules! profile {
    (
        $builder:ident, $view:ident;
        $(#[doc = $doc:literal] $space:ident $id:ident: $value:ident $(($($param:expr),+))?
            $(= $usual:ident)?, $presence:ident, $privacy:ident, [$($shown:ident)*];)+
        others {
            $(#[doc = $odoc:literal] $ospace:ident $oid:ident: $ovalue:ident
                $(= $ousual:ident)?, $opresence:ident, $oprivacy:ident, [$($oshown:ident)*];)*
        }
    ) => {
        pub(super) static ELEMENTS: &[ElementSpec] = &[
            $(ElementSpec {
                space: Space::$space,
                id: stringify!($id),
                doc: $doc,
                value: ValueType::$value $(($($param),+))?,
                presence: Presence::$presence,
                usual: usual!($($usual)?),
                privacy: Privacy::$privacy,
                shown: Shown::to(&[$(Shown::$shown),*]),
            },)+
            $(ElementSpec {
                space: Space::$ospace,
                id: stringify!($oid),
                doc: $odoc,
                value: ValueType::$ovalue,
                presence: Presence::$opresence,
                usual: usual!($($ousual)?),
                privacy: Privacy::$oprivacy,
                shown: Shown::to(&[$(Shown::$oshown),*]),
            },)*
        ];

        /// Who is insured is nothing for a log.
        impl fmt::Debug for $builder {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($builder), "({} elements)"), self.0.len())
            }
        }

        impl $builder {
            /// Says nothing yet.
            #[must_use]
            pub const fn new() -> Self {
                Self(BTreeMap::new())
            }

            fn with(mut self, id: &'static str, value: Value) -> Self {
                self.0.insert(id, value);
                self
            }

            $(
                #[doc = $doc]
                #[must_use]
                pub fn $id(self, value: native!($value)) -> Self {
                    self.with(stringify!($id), $crate::profile::value::ToValue::to_value(&value))
                }
            )+
        }

        impl<'d> $view<'d> {
            /// Of the elements of one verified document of this profile.
            pub(crate) fn of(
                profile: &'d Profile,
                elements: impl Iterator<Item = &'d Element<'d>>,
            ) -> Option<Self> {
                profile.is(ELEMENTS).then(|| Self {
                    profile,
                    elements: elements.collect(),
                })
            }

            fn value<'v, T: OfValue<'v>>(&'v self, id: &str) -> Option<T> {
                T::of_value(found(self.profile, &self.elements, id)?.value())
            }

            $(
                #[doc = $doc]
                #[must_use]
                pub fn $id(&self) -> Option<native!($value)> {
                    self.value(stringify!($id))
                }
            )+
        }
    };
}

macro_rules! usual {
    () => {
        Usual::Nothing
    };
    ($usual:ident) => {
        Usual::$usual
    };
}
