//! What types promise by their traits: shareable between threads, small errors, secrets never copied.

#[cfg(feature = "x509")]
mod lending;
#[cfg(feature = "x509")]
mod pki;

use vitacard::crypto::{
    Algorithm, CryptoProvider, PublicKey, Secret, Signature, SoftwareAgreementKey, SoftwareSigner,
    SystemRandom, VerifyingKey,
};
use vitacard::delegation::{
    CardDigest, CommittedRequest, DelegationId, DelegationPolicy, Lending, PendingRequest, Purpose,
    PurposeSet, RequestDraft, RevocationRequest, RevokedBy, Sas, UnsignedDelegationRequest,
    UnsignedRevocation, VerifiedDelegation, VerifiedDelegationRequest, VerifiedRevocation,
};
#[cfg(feature = "x509")]
use vitacard::enrolment::{
    ApprovedEnrolment, CardLine, CardTerms, Invitation, InvitationRecord, Memory, OpenRefresh,
    PendingEnrolment, PendingRefresh, VerifiedEnrolment, VerifiedInvitation, VerifiedRefresh,
};
use vitacard::holder::{Card, DelegatedCard, Grant, Loan, UnsignedDelegation};
use vitacard::reader::{
    Conditions, DeviceElement, DeviceResponse, Exchange, Followed, NamedList, Policy, Presenter,
    Reader, Standing, StatusEvidence, StatusStore, StatusTrust, StoreLimits, Taken, TrustPoint,
    VerifiedDocument, VerifiedIssuerSigned, VerifiedResponse,
};
use vitacard::trust::{IssuerCache, RevocationLists, TrustAnchors};
use vitacard::vault::{
    FileDevice, FileStore, ItemId, Lease, MemoryStore, NewPasscode, OpenedItem, Passcode,
    PasscodePolicy, PlatformError, Protection, Settings, SoftwareDevice, Vault,
};
use vitacard::{
    CryptoError, DecodeError, DocType, Element, ElementId, ElementValue, Error, Misuse, NameSpace,
    Rejected, SessionError, UnixTime, Validity, VaultError, session::SessionTranscript,
};

macro_rules! shareable {
    ($($type:ty),+ $(,)?) => {
        const _: () = {
            const fn shareable<T: Send + Sync>() {}
            $(shareable::<$type>();)+
        };
    };
}

shareable!(
    Algorithm,
    Card,
    CardDigest,
    CommittedRequest,
    Conditions<'static>,
    CryptoError,
    CryptoProvider,
    DecodeError,
    DelegatedCard,
    DelegationId,
    DelegationPolicy,
    DeviceElement<'static>,
    DeviceResponse<'static>,
    DocType<'static>,
    Element<'static>,
    ElementId<'static>,
    ElementValue<'static>,
    Error,
    Exchange<'static>,
    Followed<'static>,
    Grant,
    Lending,
    IssuerCache<4>,
    Loan,
    Misuse,
    NameSpace<'static>,
    NamedList,
    PendingRequest,
    Policy,
    Presenter<'static>,
    PublicKey,
    Purpose<'static>,
    PurposeSet,
    Reader,
    Rejected,
    RequestDraft,
    RevocationLists,
    RevocationRequest<'static>,
    RevokedBy,
    Sas,
    Secret<32>,
    SessionError,
    SessionTranscript<'static>,
    Signature,
    SoftwareAgreementKey,
    SoftwareSigner,
    Standing,
    StatusEvidence<'static>,
    StatusStore,
    StatusTrust<'static>,
    StoreLimits,
    SystemRandom,
    Taken,
    TrustAnchors,
    TrustPoint,
    UnixTime,
    UnsignedDelegation,
    UnsignedDelegationRequest,
    UnsignedRevocation,
    Validity,
    VerifiedDelegation<'static>,
    VerifiedDelegationRequest,
    VerifiedDocument<'static>,
    VerifiedIssuerSigned<'static>,
    VerifiedResponse<'static>,
    VerifiedRevocation,
    VerifyingKey<'static>,
    FileDevice,
    FileStore,
    ItemId,
    Lease,
    MemoryStore,
    NewPasscode,
    OpenedItem,
    Passcode,
    PasscodePolicy,
    PlatformError,
    Protection,
    Settings,
    SoftwareDevice,
    Vault,
    VaultError,
);

#[cfg(feature = "x509")]
shareable!(
    ApprovedEnrolment,
    CardLine,
    CardTerms,
    Invitation,
    InvitationRecord,
    Memory,
    OpenRefresh,
    PendingEnrolment,
    PendingRefresh,
    VerifiedEnrolment,
    VerifiedInvitation,
    VerifiedRefresh,
);

/// Does not compile if a type has the trait: there are then two functions to choose from.
macro_rules! never {
    ($trait:path: $($type:ty),+ $(,)?) => {$(
        const _: fn() = || {
            trait Ambiguous<A> {
                fn choose() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            struct HasIt;
            impl<T: ?Sized + $trait> Ambiguous<HasIt> for T {}
            <$type as Ambiguous<_>>::choose();
        };
    )+};
}

never!(Clone: Secret<32>, SoftwareAgreementKey, SoftwareSigner);
never!(Default: Secret<32>, SoftwareAgreementKey, SoftwareSigner);
never!(PartialEq: Secret<32>, SoftwareAgreementKey, SoftwareSigner);
never!(core::fmt::Display: Secret<32>, SoftwareAgreementKey, SoftwareSigner, ElementValue<'static>);
// Verified once, consumed or borrowed: never made out of nothing.
never!(Default: VerifiedDocument<'static>, VerifiedIssuerSigned<'static>, VerifiedResponse<'static>);
never!(Default: VerifiedDelegation<'static>, VerifiedDelegationRequest, VerifiedRevocation, DelegatedCard);
// A secret is typed, made or opened once, and dropped.
never!(Clone: FileDevice, Lease, NewPasscode, OpenedItem, Passcode, SoftwareDevice, Vault);
never!(Default: Lease, NewPasscode, Passcode, SoftwareDevice, Vault);
never!(PartialEq: Lease, NewPasscode, OpenedItem, Passcode, SoftwareDevice);
never!(core::fmt::Display: Lease, NewPasscode, OpenedItem, Passcode, SoftwareDevice);
// One nonce for one commitment, one parcel for one request, one delegation for one grant.
never!(Clone: CommittedRequest, Lending, PendingRequest, UnsignedDelegationRequest);
never!(Clone: VerifiedDelegationRequest, Grant, UnsignedDelegation);
#[cfg(feature = "x509")]
never!(Clone: InvitationRecord, VerifiedInvitation, VerifiedEnrolment, ApprovedEnrolment);

const _: () = assert!(size_of::<Error>() <= 16);

/// Errors and keys are passed by value, errors through `?` and through `Box<dyn Error>`.
#[test]
fn errors_are_errors() {
    const fn copied<T: Copy>() {}
    const fn error<T: core::error::Error + 'static>() {}
    const { copied::<Error>() }
    const { copied::<PublicKey>() }
    error::<Error>();
    error::<Rejected>();
    error::<DecodeError>();
    error::<Misuse>();
    error::<SessionError>();
    error::<CryptoError>();
    error::<VaultError>();
}

#[test]
fn secrets_are_not_printed() {
    let secret = Secret::new([0xab; 32]);
    let agreement = SoftwareAgreementKey::from_bytes(&[0xab; 32]).unwrap();
    let signer = SoftwareSigner::from_bytes(&[0xab; 32]).unwrap();
    for printed in [
        format!("{secret:?}"),
        format!("{agreement:?}"),
        format!("{signer:?}"),
    ] {
        assert!(!printed.contains("171"), "{printed}");
        assert!(!printed.contains("abab"), "{printed}");
    }
}

/// Logs get neither who lends, to whom and what, nor a key, nor what a key can be guessed from.
#[cfg(feature = "x509")]
#[test]
fn who_lends_what_to_whom_is_not_printed() {
    use lending::{DAUGHTER, ELEMENTS, Insurer, MOTHER, NOW, Seeded};
    use vitacard::crypto::RUSTCRYPTO;
    use vitacard::unix_time;

    let (insurer, now) = (Insurer::new(), unix_time(NOW));
    let card = insurer.card();
    let draft = lending::request_draft().with_name("Dominique").unwrap();
    let committed = draft.clone().commit(now, &RUSTCRYPTO, &mut Seeded(2));
    let committed = committed.unwrap();
    let hand_over = Lending::begin(committed.commitment(), &mut Seeded(3)).unwrap();
    let mut printed = vec![format!("{draft:?} {committed:?} {hand_over:?}")];
    let unsigned = committed.answer(hand_over.nonce(), &RUSTCRYPTO).unwrap();
    printed.push(format!("{unsigned:?}"));
    let daughter = lending::signer(DAUGHTER);
    let (open, request) = unsigned.sign_with(&daughter, &RUSTCRYPTO).unwrap();
    let asked = hand_over.receive(&request, now, &RUSTCRYPTO).unwrap();
    printed.push(format!("{open:?} {asked:?}"));
    let grant = lending::grant(&card, asked, lending::DAY).unwrap();
    printed.push(format!("{grant:?}"));
    let unsigned = card.delegate(grant, now, &mut Seeded(4)).unwrap();
    printed.push(format!("{unsigned:?}"));
    let loan = unsigned
        .sign_with(&lending::signer(MOTHER), &RUSTCRYPTO)
        .unwrap();
    let revoked = card
        .revoke(loan.as_bytes(), now, &RUSTCRYPTO, &mut Seeded(5))
        .unwrap();
    let parcel = lending::parcel(&loan);
    let anchors = insurer.anchors();
    let lent = DelegatedCard::accept(&parcel, open, &anchors, &RUSTCRYPTO, now).unwrap();
    printed.push(format!("{card:?} {loan:?} {revoked:?} {lent:?}"));
    let response = lending::show(&lent, NOW).unwrap().to_bytes();
    let verified = lending::at_pharmacy(&insurer, &response, NOW).unwrap();
    printed.push(format!("{verified:?}"));
    for text in printed {
        for name in ["Dominique"]
            .into_iter()
            .chain(ELEMENTS.map(|(_, value)| value))
        {
            assert!(!text.contains(name), "{text}");
            // As a list of its bytes, which is how bytes are printed.
            let bytes = format!("{:?}", name.as_bytes());
            let bytes = bytes.trim_matches(['[', ']']);
            assert!(!text.contains(bytes), "{text}");
        }
        for seed in [DAUGHTER, MOTHER] {
            let scalar = pki::Key::from_seed(seed).scalar();
            let bytes = format!("{:?}", &scalar[..8]);
            assert!(!text.contains(bytes.trim_matches(['[', ']'])), "{text}");
        }
    }
}
