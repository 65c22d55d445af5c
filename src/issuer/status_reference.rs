//! Where a reader learns whether a card is blocked.

use alloc::vec::Vec;

use ciborium::Value;

/// `status` of the MSO (ISO/IEC 18013-5 second edition): where to learn whether a card is blocked.
///
/// ```cddl
/// Status = { ? "identifier_list": { "id": bstr, "uri": tstr, ? "certificate": bstr },
///            ? "status_list": { "idx": uint, "uri": tstr, ? "certificate": bstr } }
/// ```
/// ```
/// use vitacard::issuer::StatusReference;
/// let list = StatusReference::status_list(412, "https://status.example/1");
/// let both = list.and(StatusReference::identifier_list(b"\x17\x2a", "https://status.example/ids"));
/// assert_eq!(ciborium::Value::from(both).as_map().unwrap().len(), 2);
/// ```
#[derive(Clone, PartialEq)]
pub struct StatusReference(Vec<(Value, Vec<(Value, Value)>)>);

impl StatusReference {
    /// The bit number `idx` of the token status list at `uri`. Draw `idx` at random: numbers in
    /// the order of issuance tell how old a card is, and which ones a family got together.
    #[must_use]
    pub fn status_list(idx: u64, uri: &str) -> Self {
        Self::of("status_list", ("idx", idx.into()), uri)
    }

    /// The identifier `id` in the identifier list at `uri`.
    #[must_use]
    pub fn identifier_list(id: &[u8], uri: &str) -> Self {
        Self::of("identifier_list", ("id", id.into()), uri)
    }

    /// The same, under a list signer whose trust point is the certificate `der` and not the root of
    /// the card's own issuer.
    #[must_use]
    pub fn with_certificate(mut self, der: &[u8]) -> Self {
        for (_, reference) in &mut self.0 {
            reference.push(("certificate".into(), der.into()));
        }
        self
    }

    /// Both references, for a card that is on two kinds of lists.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    fn of(kind: &str, (name, entry): (&str, Value), uri: &str) -> Self {
        let reference = [(name.into(), entry), ("uri".into(), uri.into())];
        Self([(kind.into(), reference.into())].into())
    }
}

impl From<StatusReference> for Value {
    fn from(status: StatusReference) -> Self {
        let references = status.0.into_iter();
        Self::Map(
            references
                .map(|(kind, reference)| (kind, Self::Map(reference)))
                .collect(),
        )
    }
}

/// An index is as good as a name: logs get how many there are.
impl core::fmt::Debug for StatusReference {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "StatusReference({} lists)", self.0.len())
    }
}
