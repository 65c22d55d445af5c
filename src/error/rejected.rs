//! Which check failed, numbered by the steps of the standard.

use crate::time::UnixTime;

macro_rules! rejections {
    ($($code:literal $name:ident $({ $($field:ident: $type:ty),+ })? = $sentence:literal,)+) => {
        faults! {
            /// Which check failed.
            ///
            /// `document` counts the documents of the response from 0 (the requests, for reader
            /// authentication); `item` counts the issuer-signed items of that document from 0.
            pub enum Rejected: "rejected" {
                $($code $name {
                    /// Which document, from 0.
                    document: u8
                    $($(, #[doc = concat!("`", stringify!($field), "` of the fault.")] $field: $type)+)?
                } = $sentence,)+
            }
        }

        impl Rejected {
            /// Which document failed, counted from 0.
            #[must_use]
            pub const fn document(&self) -> u8 {
                match *self { $(Self::$name { document, .. } => document,)+ }
            }

            /// The same fault, said of document `document`.
            pub(crate) const fn in_document(self, document: u8) -> Self {
                match self {
                    $(Self::$name { $($($field,)+)? .. } => Self::$name { document $($(, $field)+)? },)+
                }
            }
        }
    };
}

rejections! {
    2001 NoDocument = "The response holds no document.",
    // Step 1: the chain.
    2010 NoIssuerKey = "The document names no certificate chain, and no pinned key signed it.",
    2011 MalformedCertificate = "A certificate of the chain is malformed.",
    2012 UntrustedIssuer = "The chain does not lead to a trust anchor.",
    2013 CertificateExpired = "A certificate of the chain has expired.",
    2014 CertificateNotYetValid = "A certificate of the chain is not yet valid.",
    2015 LeafIsCa = "The signing certificate is a CA certificate.",
    2016 LeafUsage = "The signing certificate is not meant for signing cards (extended key usage).",
    2017 KeyUsage = "A certificate of the chain must not be used so (key usage).",
    2018 IntermediateNotCa = "A certificate that issued another one is no CA certificate.",
    2019 PathTooLong = "The chain is longer than a CA in it allows.",
    2020 CriticalExtension = "A certificate of the chain has a critical extension that is not understood.",
    2021 CertificateSignature = "A signature or its algorithm in the chain is not valid.",
    2022 CertificateRevoked = "A certificate of the chain is revoked.",
    2023 CrlUnusable = "No usable revocation list covers the chain.",
    2024 CertificateProfile = "A certificate breaks the profile of ISO/IEC 18013-5 Annex B.",
    2025 CertificateNames = "Two certificates of the chain name different countries or states.",
    // Step 2: the issuer's signature, and what it covers.
    2101 IssuerAlgMissing = "The issuer's signature names no algorithm in its protected header.",
    2102 IssuerAlgUnsupported = "The issuer's algorithm is not accepted here, or does not fit the key.",
    2103 IssuerPayloadMissing = "The issuer's signature carries no payload.",
    2104 IssuerSignature = "The issuer's signature does not verify.",
    2110 MsoMalformed { offset: u32 } = "The signed MSO lacks a field or holds one of another type.",
    2111 MsoVersion = "The version of the MSO is not known.",
    2112 DigestAlgorithm = "The digest algorithm of the MSO is not accepted.",
    2113 DeviceKey = "The device key in the MSO is not a valid public key.",
    2114 MsoDate = "A date in the MSO is not a valid date.",
    // Step 3: every returned item has its digest in the MSO.
    2201 NameSpaceNotInMso { item: u16, digest_id: u32 } = "The name space of an item is not in the MSO.",
    2202 DigestMissing { item: u16, digest_id: u32 } = "The MSO holds no digest for an item.",
    2203 DigestMismatch { item: u16, digest_id: u32 } = "The digest of an item is not the one in the MSO.",
    2204 DuplicateElement { item: u16, digest_id: u32 } = "An element is there twice.",
    2205 ShortRandom { item: u16, digest_id: u32 } = "The random of an item is shorter than 16 bytes.",
    2206 DigestLength { item: u16, digest_id: u32 } = "A digest in the MSO has another length than its algorithm gives.",
    // Step 4.
    2301 DocTypeMismatch = "The document claims another type than the issuer signed.",
    2302 IssuingCountry = "The card names another issuing country than the certificate of its signer.",
    // Step 5.
    2401 SignedOutsideCertificate = "The MSO was signed outside the validity of the signing certificate.",
    2402 ValidityReversed = "The validity of the MSO ends before it begins.",
    2403 NotYetValid { from: UnixTime } = "The card is genuine and not yet valid.",
    2404 Expired { until: UnixTime } = "The card is genuine and has expired.",
    // Status.
    2501 StatusAbsent = "The card names no status list, and the policy does not accept such issuers.",
    2502 StatusUnknown = "The card names a status list, and nothing is known of it.",
    2503 StatusInvalid = "The card is blocked.",
    2504 StatusSuspended = "The card is blocked for now.",
    2505 StatusOther { status: u8 } = "The card has a status of its issuer's own, which is not valid.",
    2506 StatusIndex = "The card names a place that its status list does not have.",
    2507 StatusListExpired { until: UnixTime } = "The status list of the card has expired.",
    2508 StatusListOld { iat: UnixTime } = "The status list of the card is older than the policy accepts.",
    // Lists that a reader takes up. Not of a card: the document is 0.
    2550 ListMalformed = "The token is no status list or identifier list.",
    2551 ListType = "The token says that it is of another type than a list.",
    2552 ListAlgorithm = "The token names no algorithm in its protected header, or one that is not accepted here.",
    2553 ListUntrusted = "The signer of the list does not lead to its trust point.",
    2554 ListSigner = "The certificate must not sign lists.",
    2555 ListSignature = "The list's signature does not verify.",
    2556 ListSubject = "The list is for another address.",
    2557 ListFromFuture = "The list says that it was made in the future.",
    2558 ListWithoutExpiry = "The list does not say when it ends.",
    2559 ListExpired = "The list has expired.",
    2560 ListOlder = "The list is older than the one that is held, or the increment leads to none that is newer.",
    2561 ListContradicts = "The list is as old as the one that is held, and another one.",
    2562 ListBits = "A status has 1, 2, 4 or 8 bits.",
    2563 ListTooLarge = "The list is larger than the reader accepts.",
    2564 ListInflate = "The list cannot be inflated.",
    2565 ListNotFollowed = "Nobody follows this address under the trust point that the list's signer leads to.",
    // Increments.
    2570 DeltaMalformed = "The increment is not in the one form that it has.",
    2571 NotThisBase = "The increment begins with another state of the list than the one that is held, or none is held.",
    2572 DeltaContradicts = "The increment blocks what is blocked, or frees what is free.",
    2573 DeltaState = "The list that the increment makes is not the one that it promises.",
    2574 RiceParameter = "The parameter of coded numbers is over 30, or not 0 where there are none.",
    2575 RiceCount = "There are more coded numbers than the list has, or than the bytes can hold.",
    2576 RiceQuotient = "A coded gap leads past the end of the list.",
    2577 RiceIndex = "A coded number is past the end of the list.",
    2578 RiceTruncated = "Coded numbers end before their count.",
    2579 RiceSurplus = "Bytes follow the coded numbers.",
    2580 RicePadding = "The last byte of coded numbers is not filled with zeros.",
    2590 SnapshotDamaged = "Neither slot holds a whole snapshot, or the newest does not fit the limits.",
    // Step 6: device authentication, then key authorisations.
    2601 DeviceAlgMissing = "The device authentication names no algorithm in its protected header.",
    2602 DeviceAlgUnsupported = "The algorithm of the device authentication is not accepted here, or does not fit the key.",
    2603 DevicePayload = "The device authentication carries a payload other than the one computed.",
    2604 DeviceSignature = "The device signature does not verify for this session.",
    2605 DeviceMac = "The device MAC does not verify for this session.",
    2606 DeviceKeyUse = "The MSO declares the device key for another use.",
    2607 MacNotAccepted = "The policy wants a device signature, and a MAC came.",
    2608 MacOfDelegableCard = "The card can be lent, so that its key signs and never makes a MAC, and a MAC came.",
    2651 ElementNotAuthorized { item: u16 } = "A device-signed element is not authorised by the MSO.",
    // Delegation, in the order of its checks; for a delegated document in place of 26xx.
    2701 DelegationNotAccepted = "A delegate shows the card, and the request of the exchange does not ask for delegates.",
    2702 DelegationTooLarge = "A delegated response is too large: over 64 KiB, its delegation over 2 KiB, or its scope over 64 elements.",
    2703 DelegatedDeviceElements = "A delegated document holds other device-signed elements than its delegation.",
    2710 DelegationNotPermitted = "The issuer does not let the card be lent.",
    2711 DelegationPolicyMissing = "The card can be lent, and its issuer does not say how.",
    2712 DelegationPolicyInvalid = "What the issuer says about lending is malformed, or of another version.",
    2720 DelegationMalformed = "The delegation is malformed.",
    2721 DelegationSignature = "The delegation is not signed by the key of this card.",
    2730 DelegationClaims = "The claims of the delegation are malformed.",
    2731 DelegationLifetime = "The delegation ends before it begins, or lasts longer than 30 days or than the issuer allows.",
    2732 DelegationOutsideCard = "The delegation reaches outside the dates of its card.",
    2733 DelegationIssuedInFuture = "The delegation says that it was made in the future.",
    2734 DelegationNotYetValid { from: UnixTime } = "The delegation is genuine and has not begun.",
    2735 DelegationExpired { until: UnixTime } = "The delegation is genuine and has ended.",
    2740 DelegateKey = "The delegate's key is no key, or is the card's own.",
    2741 ElementOutsideScope { item: u16, digest_id: u32 } = "An element is shown that was not lent.",
    2742 ElementOutsideCeiling { item: u16, digest_id: u32 } = "An element is shown that the issuer does not let anyone lend.",
    2743 ElementNotRequested { item: u16, digest_id: u32 } = "A delegate shows an element that the reader did not ask for.",
    2744 PurposeNotCovered = "The card was not lent for the purpose of this reader.",
    2750 DelegationRevoked = "The delegation is revoked.",
    2751 DelegationStatusUnknown = "The card names a list of revoked delegations, and nothing is known of it.",
    2752 DelegationListExpired { until: UnixTime } = "The list of revoked delegations has expired.",
    2753 DelegationListOld { iat: UnixTime } = "The status list of the card, or the list of revoked delegations, is older than the policy accepts of a delegate.",
    2760 DelegateAuthForm = "The delegate's authentication is malformed, or no signature.",
    2761 DelegateSignature = "The delegate's signature does not verify for this session.",
    2762 OwnCardMissing = "The delegate must show a certain card of his own beside the lent one, and does not.",
    // The hand-over between two phones, and requests to revoke.
    2770 DelegationRequestMalformed = "The request for a delegation is malformed.",
    2771 DelegationRequestCommitment = "The request for a delegation differs from its commitment.",
    2772 DelegationRequestSignature = "The request for a delegation is not signed by the key that it names, over this nonce.",
    2773 DelegationRequestTime = "The request says that it was made in the future.",
    2780 ParcelMalformed = "The parcel is malformed.",
    2781 ParcelNotForThisRequest = "The parcel does not open: it was altered, or sealed for another request.",
    2782 DelegationForAnother = "The delegation in the parcel is for another key or another own card than the request named.",
    2790 RevocationMalformed = "The request to revoke is malformed.",
    2791 RevocationOfAnotherCard = "The request to revoke names another card.",
    2792 RevocationSignature = "The request to revoke is not signed by the card's key or the delegate's.",
    2793 RevocationTime = "The request to revoke says that it was made in the future.",
    // Reader authentication, checked by the holder.
    2801 ReaderAuthMissing = "The request is not signed by a reader.",
    2802 ReaderAlgMissing = "The reader authentication names no algorithm in its protected header.",
    2803 ReaderAlgUnsupported = "The algorithm of the reader authentication is not accepted here, or does not fit the key.",
    2804 ReaderPayload = "The reader authentication carries a payload other than the one computed.",
    2805 ReaderSignature = "The reader authentication does not verify for this session.",
    2806 ReaderMalformedCertificate = "A certificate of the reader's chain is malformed.",
    2807 ReaderUntrusted = "The reader's chain does not lead to a trust anchor.",
    2808 ReaderCertificateTime = "A certificate of the reader's chain has expired or is not yet valid.",
    2809 ReaderUsage = "The reader's certificate is not meant for reader authentication.",
    2810 ReaderCertificateRevoked = "A certificate of the reader's chain is revoked, or its status is not known.",
    2811 ReaderChain = "The reader's chain breaks a rule of its certificates.",
    // The invitation, checked by the app before it asks for anything.
    2850 InvitationMalformed = "The invitation is malformed.",
    2851 InvitationUntrusted = "The chain of the invitation does not lead to an anchor for enrolment.",
    2852 InvitationSigner = "The certificate must not sign invitations.",
    2853 InvitationSignature = "The signature of the invitation does not verify.",
    2854 InvitationIssuer = "The invitation names another issuer than its certificate.",
    2855 InvitationFromFuture = "The invitation says that it was made in the future.",
    2856 InvitationExpired = "The invitation has expired.",
    2857 InvitationKey = "The key that evidence would be sealed to is the one that signed the invitation.",
    // The request to enrol, checked by the issuer in this order.
    2860 EnrolmentMalformed = "The request to enrol is malformed.",
    2861 InvitationUnknown = "The request answers an invitation that is not known.",
    2862 InvitationUsed = "The invitation has been used.",
    2863 InvitationOver = "The invitation had expired when it was answered.",
    2864 EnrolmentSignature = "The request to enrol is not signed by the key that it names, for this invitation.",
    2865 EnrolmentSecret = "Who asks to enrol does not know the secret of the letter.",
    2866 EnrolmentTime = "The request to enrol says that it was made in the future.",
    2867 EnrolmentKey = "The key that would sign is the one to which evidence is sealed, or that of another card.",
    2868 EvidenceMissing = "There is not one piece of sealed evidence for each that the request lists.",
    2869 EvidenceTooLarge { item: u16 } = "A piece of evidence is over 16 MiB.",
    2870 EvidenceMalformed { item: u16 } = "A piece of sealed evidence is malformed.",
    2871 EvidenceNotForThisRequest { item: u16 } = "A piece of evidence does not open: it was altered, or sealed for another request or place.",
    2872 EvidenceLength { item: u16 } = "A piece of evidence has another length than the request lists.",
    2873 EvidenceDigest { item: u16 } = "A piece of evidence has another digest than the request lists.",
    2874 EvidenceKinds = "The evidence is not of all three kinds.",
    2875 AttestationMissing = "The issuer demands an attestation of the device key, and none came.",
    // The request to refresh a card, checked by the issuer in this order.
    2876 RefreshMalformed = "The request to refresh is malformed.",
    2877 CardUnknown = "The message names a card that is not known.",
    2878 CardNotAccepted = "The card has not been accepted by its holder.",
    2879 CardBlocked = "The card was blocked, and with it what was refreshed from it.",
    2880 CardReplaced = "The card was replaced by a newer one.",
    2881 CardEnded = "The card had expired when its refresh was asked for.",
    2882 RefreshOpen = "The card is being refreshed by another request.",
    2883 NonceUnknown = "The request answers a nonce that was not given.",
    2884 NonceOld = "The nonce was given too long ago.",
    2885 NonceUsed = "The nonce has been used.",
    2886 RefreshSignature = "The request to refresh is not signed by the key of the card, over this nonce.",
    2887 RefreshTime = "The request to refresh says that it was made in the future.",
    2888 RefreshKeyNotNew = "The key that the request names is not a new one.",
    2889 NewKeyProof = "The new key has not signed that it takes the place of the old one.",
    2890 NewKeyAttestationMissing = "The enrolment demanded an attestation of the key, and the new key has none.",
    // That a refreshed card was accepted, and that a card is to be blocked.
    2891 AcceptedMalformed = "The message that a card was accepted is malformed.",
    2892 RefreshUnknown = "The message is of a refresh that is not known.",
    2893 AcceptedSignature = "The message that a card was accepted is not signed by its key.",
    2894 AcceptedTime = "The message that a card was accepted says that it was made in the future.",
    2895 AcceptedTwice = "The card was accepted before.",
    2896 BlockMalformed = "The request to block is malformed.",
    2897 BlockSignature = "The request to block is not signed by the key of the card.",
    2898 BlockTime = "The request to block says that it was made in the future.",
    2899 RefreshNumberUsed = "The number of the request to refresh has been used.",
    // Refused before any check, only with Policy::refuse_early: says nothing about genuineness.
    2901 EarlyDocType = "The document type was not asked for (nothing was verified).",
    2902 EarlyNotYetValid = "The card says that it is not yet valid (nothing was verified).",
    2903 EarlyExpired = "The card says that it has expired (nothing was verified).",
}

impl core::error::Error for Rejected {}

/// `Rejected::$name` of document 0, which the role renumbers by [`Rejected::in_document`].
macro_rules! rejected {
    ($name:ident $(, $field:ident: $value:expr)*) => {
        $crate::error::Rejected::$name { document: 0 $(, $field: $value)* }
    };
}
pub(crate) use rejected;
