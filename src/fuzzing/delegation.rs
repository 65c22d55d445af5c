//! The door to delegations.

use alloc::string::String;
use alloc::vec::Vec;

use crate::crypto::{CryptoProvider, PublicKey};
use crate::delegation::{
    CardDigest, DelegationId, Permission, VerifiedDelegation, external_aad, id_of_bytes,
};
use crate::error::{Error, Rejected};
use crate::mdoc::IssuerSigned;
use crate::time::{UnixTime, Validity, unix_time};
use crate::trust::TrustAnchors;
use crate::verify::{Checks, Conditions, VerifiedCard};

/// A delegation that was opened as one of `card`, an IssuerSigned.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Opened<'a> {
    /// Its number.
    pub id: DelegationId,
    /// When it ends.
    pub ends: UnixTime,
    /// Whose key may show the card.
    pub key: Result<PublicKey, Rejected>,
    /// Which card it is.
    pub parent: CardDigest,
    /// The key of the card.
    pub device_key: PublicKey,
    /// When the card was signed.
    pub signed: UnixTime,
    /// When the card is valid.
    pub validity: Validity,
    /// The longest that it may be lent.
    pub max_secs: u64,
    /// Its elements: name space, identifier and number.
    pub elements: Vec<(String, String, u32)>,
    /// Whether all of them may be shown, if the delegation is ever in force.
    pub shown: Option<Result<(), Rejected>>,
    /// At each of the times.
    pub in_force: Vec<Result<VerifiedDelegation<'a>, Rejected>>,
}

/// A delegation, opened by `crypto` as one of a card that `checks` finds good.
pub fn delegation<'a>(
    bytes: &'a [u8],
    card: &[u8],
    (anchors, conditions): (&TrustAnchors, Conditions<'_>),
    [inspecting, crypto]: [&CryptoProvider; 2],
    times: &[UnixTime],
) -> Result<Opened<'a>, Error> {
    let issuer_signed = IssuerSigned::from_bytes(card)?;
    let checks = Checks {
        anchors,
        crypto: inspecting,
        conditions,
    };
    let card = VerifiedCard::inspect_alone(&issuer_signed, &checks)?;
    let permission = Permission::of(&card, crypto)?;
    let genuine = permission.open_bytes(bytes, crypto)?;
    let external_aad = external_aad(permission.parent(), card.doc_type());
    let id = id_of_bytes(bytes, &external_aad, crypto);
    assert_eq!(id, Ok(genuine.id()), "its maker has the same number");
    let in_force = times.iter().map(|now| genuine.in_force_at(*now));
    let in_force: Vec<_> = in_force.collect();
    // At its last second, which may be before it says that it was made.
    let last = genuine.in_force_at(unix_time(genuine.ends().as_secs() - 1));
    let shown = |delegation| permission.check_elements(&delegation, |_, _| true);
    let dates = card.mso().dates();
    Ok(Opened {
        id: genuine.id(),
        ends: genuine.ends(),
        key: genuine.key(),
        parent: *permission.parent(),
        device_key: *card.mso().device_key().public_key(),
        signed: dates.signed,
        validity: Validity::new(dates.from, dates.until).expect("a card that is valid"),
        max_secs: permission.terms().max_secs,
        elements: card
            .elements()
            .iter()
            .map(|element| {
                let (name_space, id) = (element.name_space().as_str(), element.id().as_str());
                (name_space.into(), id.into(), element.digest_id())
            })
            .collect(),
        shown: last.ok().map(shown),
        in_force,
    })
}
