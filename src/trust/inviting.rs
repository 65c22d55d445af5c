//! Who may invite a person to enrol: the key of a leaf and its name, once an anchor for enrolment is
//! seen to vouch for both. The fields are private to this file, which is what makes them a proof.

use alloc::string::String;
use alloc::vec::Vec;

use super::x509::Root;
use super::{Purpose, TrustAnchors, certificate_key, chain_to_root};
use crate::cose::{Sign1, X5Chain};
use crate::crypto::{CryptoProvider, PublicKey};
use crate::error::{Error, Rejected, rejected};
use crate::time::UnixTime;

/// Whoever may invite. Whether he signed the invitation is for the caller to see.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct TrustedInviter {
    key: PublicKey,
    common_name: Option<String>,
    certified: Vec<PublicKey>,
}

impl TrustedInviter {
    /// Follows the chain of `invitation` to `anchors`. No key is pinned: a key without a certificate
    /// has no name that a person could be shown.
    ///
    /// # Errors
    /// [`Rejected`] 2851 and 2852.
    pub(crate) fn find(
        invitation: &Sign1<'_>,
        anchors: &TrustAnchors,
        crypto: &CryptoProvider,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let chain = invitation.headers().claimed_protected_x5chain();
        let chain = chain.ok_or(rejected!(InvitationUntrusted))?;
        let (trusted, subject) =
            chain_to_root(&chain, anchors, None, Purpose::Invitations, crypto, now)
                .map_err(of_inviter)?;
        Ok(Self {
            key: trusted.key,
            common_name: subject.common_name,
            certified: certified(&chain, anchors),
        })
    }

    pub(crate) const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether this is the key of a certificate: of the chain, or of a root.
    pub(crate) fn is_certified(&self, key: &PublicKey) -> bool {
        self.certified.contains(key)
    }

    /// `None` where the certificate holds no name, more than one, or one that cannot be shown.
    pub(crate) fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }
}

fn certified(chain: &X5Chain<'_>, anchors: &TrustAnchors) -> Vec<PublicKey> {
    let chain = chain.certificates().filter_map(certificate_key);
    chain
        .chain(anchors.roots.iter().filter_map(Root::key))
        .collect()
}

/// The faults of a chain, said of whoever invites.
fn of_inviter(error: Error) -> Error {
    let Error::Rejected(fault) = error else {
        return error;
    };
    let fault = match fault {
        Rejected::LeafUsage { .. } | Rejected::LeafIsCa { .. } | Rejected::KeyUsage { .. } => {
            rejected!(InvitationSigner)
        }
        _ => rejected!(InvitationUntrusted),
    };
    fault.into()
}
