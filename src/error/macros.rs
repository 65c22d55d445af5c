//! The table macro: a fault is one line of number, name and sentence.

/// Declares an enum of faults, and with it its rows for [`super::Error::ALL`] and its `Display`.
macro_rules! faults {
    (
        $(#[$attribute:meta])*
        pub enum $enum:ident: $kind:literal {
            $($code:literal $name:ident $({ $($(#[$field_attribute:meta])* $field:ident: $type:ty),+ $(,)? })? = $sentence:literal,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum $enum {
            $(
                #[doc = $sentence]
                #[doc = concat!("\n\nNumber ", $code, ".")]
                $name $({ $($(#[$field_attribute])* $field: $type),+ })?,
            )+
        }

        impl $enum {
            pub(crate) const ALL: &'static [super::ErrorRow] =
                &[$(($code, $kind, stringify!($name), $sentence)),+];

            pub(crate) const fn row(&self) -> super::ErrorRow {
                match self {
                    $(Self::$name { .. } => ($code, $kind, stringify!($name), $sentence),)+
                }
            }
        }

        impl core::fmt::Display for $enum {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.row().3)
            }
        }
    };
}
