//! What types promise by their traits: shareable between threads, small errors, secrets never copied.

use vitacard::crypto::{
    Algorithm, CryptoProvider, PublicKey, Secret, Signature, SoftwareAgreementKey, SoftwareSigner,
    SystemRandom, VerifyingKey,
};
use vitacard::reader::{
    Conditions, DeviceElement, DeviceResponse, Exchange, Policy, Presenter, Reader, Standing,
    StatusEvidence, VerifiedDocument, VerifiedIssuerSigned, VerifiedResponse,
};
use vitacard::trust::{IssuerCache, RevocationLists, TrustAnchors};
use vitacard::{
    CryptoError, DecodeError, DocType, Element, ElementId, ElementValue, Error, Misuse, NameSpace,
    Rejected, SessionError, UnixTime, Validity, session::SessionTranscript,
};

macro_rules! shareable {
    ($($type:ty),+ $(,)?) => {
        const fn shareable<T: Send + Sync>() {}
        $(const _: () = shareable::<$type>();)+
    };
}

shareable!(
    Algorithm,
    Conditions<'static>,
    CryptoError,
    CryptoProvider,
    DecodeError,
    DeviceElement<'static>,
    DeviceResponse<'static>,
    DocType<'static>,
    Element<'static>,
    ElementId<'static>,
    ElementValue<'static>,
    Error,
    Exchange<'static>,
    IssuerCache<4>,
    Misuse,
    NameSpace<'static>,
    Policy,
    Presenter<'static>,
    PublicKey,
    Reader,
    Rejected,
    RevocationLists,
    Secret<32>,
    SessionError,
    SessionTranscript<'static>,
    Signature,
    SoftwareAgreementKey,
    SoftwareSigner,
    Standing,
    StatusEvidence<'static>,
    SystemRandom,
    TrustAnchors,
    UnixTime,
    Validity,
    VerifiedDocument<'static>,
    VerifiedIssuerSigned<'static>,
    VerifiedResponse<'static>,
    VerifyingKey<'static>,
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
