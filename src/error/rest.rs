//! Faults of the session, of the caller and of the backend.

faults! {
    /// Why the session ended.
    pub enum SessionError: "session" {
        3001 Decrypt = "A message does not decrypt: it was altered, replayed, reordered or sealed for another session.",
        3002 PeerEncryptionError = "The peer reports an encryption error (status 10).",
        3003 PeerDecodeError = "The peer reports a CBOR decoding error (status 11).",
        3004 UnknownStatus = "The peer reports a status that the standard does not define.",
        3005 CounterExhausted = "The message counter of this direction is used up.",
        3006 NothingReceived = "The message holds neither data nor a status.",
        3007 PeerKey = "The peer's ephemeral key is not usable.",
        3008 StatusWithData = "An error status came together with data.",
        3009 Ended = "The session has ended.",
        3010 EstablishedTwice = "The peer establishes a session that is established already.",
    }
}

faults! {
    /// Which rule the caller broke.
    pub enum Misuse: "misuse" {
        4001 SignatureNotByThisKey = "The signature is not by the key that was announced.",
        4002 ElementNotHeld = "The card does not hold this element.",
        4003 EmptyRequest = "The request asks for nothing.",
        4004 EmptyName = "A document type, name space or element identifier is empty.",
        4005 ElementTwice = "An element is given twice.",
        4006 EmptyChain = "The certificate chain is empty.",
        4007 ChainBroken = "The certificates do not form a chain that the leaf begins, or the leaf may not sign cards, or lists.",
        4008 SignedOutsideLeaf = "The card or the list is dated outside the validity of its signing certificate.",
        4009 NoReaderKey = "A MAC needs the reader's ephemeral key, and none was given.",
        4010 ClockNotSet = "The time given is before the floor of the policy, or of the store of status lists: the clock is not to be trusted.",
        4011 ValueNotEncodable = "An element value cannot be encoded deterministically.",
        4012 UnsupportedAlgorithm = "The crypto provider does not offer this algorithm.",
        4013 KeyAuthorizationsConflict = "A name space is authorised as a whole and by element.",
        4014 KeyUsedForBoth = "A key that signs never makes a MAC, and the reverse.",
        4015 NotAuthorized = "The card does not authorise its key for this device-signed element.",
        4016 CacheOfOtherAnchors = "The cache was made for other trust anchors.",
        4017 InvalidSignatureEncoding = "The bytes are not a signature.",
        4018 InvalidKey = "The bytes are not a valid public key.",
        4019 InvalidCertificate = "The bytes are not a certificate that can be a trust anchor.",
        4020 InvalidCrl = "The bytes are not a certificate revocation list.",
        4021 TooManyElements = "The card would hold more elements or digests than a reader accepts.",
        4022 InvalidValidity = "The dates are not in order, or a date is outside the years 1970 to 9999.",
        4023 NotRequested = "The document was not requested in this session.",
        4024 InvalidTranscript = "The bytes are not a session transcript.",
        4025 InvalidNdef = "The NFC handover messages cannot be built from these values.",
        4026 MessageTooLong = "The message to be sent is over the cap of the session.",
        4027 EmptyMessage = "The message to be sent is empty.",
        4028 NoConsent = "The holder agreed to show nothing of what is asked of this document.",
        4029 DelegationTooLong = "A delegation lasts from 1 second to 30 days, and no longer than the issuer allows.",
        4030 DelegationConflict = "Lending is set up by another call than with_delegation, or the device key is not on P-256.",
        4031 CardShorterThanDelegation = "The card ends before a delegation of the longest allowed lifetime would.",
        4032 DelegationNeedsCertificate = "A card that can be lent needs a signing certificate, which its delegations name.",
        4033 NotDelegable = "The issuer does not let this card be lent.",
        4034 ElementNotLendable = "The issuer does not let this element be lent.",
        4035 NothingLent = "A grant needs an element and a purpose.",
        4036 NoPurpose = "A reader that asks for delegates must say what it reads for (Exchange::for_purpose).",
        4037 DelegatesNotAccepted = "The reader did not ask for delegates.",
        4038 PurposeNotLent = "The card was not lent for the purpose of this reader.",
        4039 OfAnotherCard = "The grant or the delegation is of another card, or none.",
        4040 DelegateName = "The name of a delegate has 1 to 64 bytes, and no characters that move the cursor or turn the writing.",
        4041 PurposeNotLendable = "The issuer does not let the card be lent for this purpose.",
        4042 GrantOutsideCard = "The grant begins before the card, or ends after it.",
        4043 NotInForce = "The delegation has not begun, or has ended.",
        4044 DelegationPolicyEmpty = "A delegation policy names a set of purposes or elements, a controller or an address, and it is empty.",
        4045 DelegateShowsTooMuch = "A delegate's response is over 64 KiB, which no reader takes: show fewer elements.",
        4050 ListAddressEmpty = "A list of blocked cards has an address, and it is empty.",
        4051 StatusBits = "A list has 1, 2, 4 or 8 bits for each status.",
        4052 StatusValue = "The status has more bits than those of its list, or the list has no such place.",
        4053 ListTooLong = "The list is longer than a reader accepts.",
        4054 TooManyLists = "The store follows as many lists as it may.",
        4055 NoIncrement = "There is an increment from a list to a later one of its address and length, of one bit a card each.",
        4056 ListAddressTooLong = "The address of a list has more than 2048 bytes.",
        4060 VaultExists = "There is a vault in the store: forget it first.",
        4061 VaultSettings = "A vault allows 1 to 10 tries, and Argon2id at most 262144 KiB (8 for each lane at least), 10 passes and 4 lanes.",
        4062 ItemName = "The name of an item has 1 to 254 bytes.",
        4063 PasscodeLengths = "A policy allows passcodes of 4 to 12 digits, and of one length at least.",
        4064 InvalidElement = "An element is missing, or not as the profile has it: profile::InvalidElement names it.",
        4065 StatusNeeded = "A card of a profile can be blocked: it names a status list or an identifier list.",
        4066 DeviceHasVault = "The device has a vault, in this store or in another: forget it first.",
        4067 AboveCeiling = "The reader may not have this element of the card's profile.",
        4070 InvitationDates = "An invitation ends after it is made, and is made within the dates of its certificate.",
        4071 InvitationTooLong = "The invitation is longer than an app reads: its chain or its address is too long.",
        4072 EvidenceIncomplete = "An enrolment has 3 to 9 pieces of evidence, and all three kinds among them.",
        4073 EvidenceTooLong = "A piece of evidence has at most 16 MiB.",
        4074 EvidenceDiffers = "The bytes are not the evidence that the request lists at this place.",
        4075 RequestTooLong = "The request is longer than an issuer reads: its attestation or a media type is too long.",
        4076 StoreFailed = "The store of the caller failed.",
        4077 StoreContended = "The store changed each time that it was to be written.",
        4078 CardForAnotherKey = "The card is for another device key than the one that was approved.",
        4079 CardWithoutPlace = "The card names no place in a status list, so that it could not be blocked.",
        4080 NoFreePlace = "No free place was found in the status list.",
        4081 RecordDamaged = "The bytes are not a record of this library.",
        4082 NewKeyIsOld = "A refresh takes a new key.",
        4083 AlreadyStored = "The store holds a record of this number.",
        4084 NotThisRefresh = "The card is not the one that was asked for by this refresh.",
        4085 CardWithoutCertificate = "The card came without a signing certificate, by which messages name it.",
        4086 PlaceTaken = "The card stands at a place of the status list that a card before it has.",
        4087 LineTooLong = "The record of the cards would be longer than can be read again: enrol the person anew.",
    }
}

faults! {
    /// How the crypto provider failed, or what the platform supplies to a vault.
    pub enum CryptoError: "crypto" {
        5001 Random = "The source of randomness failed.",
        5002 Unavailable = "The backend cannot do this operation.",
        5003 Signing = "The signer failed.",
        5004 KeyAgreement = "The key agreement failed.",
        5005 Encryption = "The encryption failed.",
        5006 DeviceSecret = "The secret of the device cannot be used, or one is there already: wipe it first.",
        5007 AttemptCounter = "The counter of tries cannot be read or written, did not count, or there is no device yet (renew).",
        5008 VaultStore = "The store of the vault cannot be read or written.",
    }
}

impl core::error::Error for SessionError {}
impl core::error::Error for Misuse {}
impl core::error::Error for CryptoError {}
