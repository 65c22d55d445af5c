//! Why a vault does not open, or does not take a passcode or an item.

faults! {
    /// Why a vault does not open, or does not take a passcode or an item.
    pub enum VaultError: "vault" {
        // The file, before anything in it is used.
        6001 NoVault = "There is no vault in the store.",
        6002 VaultMalformed = "The vault file is not in the one form that it has.",
        6003 VaultLimits = "The header of the vault allows more tries, memory, passes or lanes than the format does, or none.",
        // A try, in the order of its steps.
        6010 OldCopy = "The vault file is an old copy: its passcode was changed since.",
        6011 TooSoon {
            /// Seconds until the next try, rounded up.
            wait: u32,
        } = "The next try has to wait.",
        6012 Wiped = "The tries are used up, and the vault is wiped.",
        6013 WrongPasscode = "The passcode is not the one of this vault, or the vault file was altered.",
        // Items.
        6020 ItemMalformed = "The item is shorter than the shortest one.",
        6021 ItemRefused = "The item does not open: it was altered, or is another item, another version, or of another vault.",
        // New passcodes.
        6030 PasscodeLength = "A passcode has 4 to 12 digits, or as many as the policy says.",
        6031 PasscodeNotDigits = "A passcode consists of the digits 0 to 9.",
        6032 PasscodeRepeats = "The passcode repeats digits or a group of digits.",
        6033 PasscodeRuns = "The passcode runs up or down in equal steps, or along the keypad.",
        6034 PasscodeIsDate = "The passcode is a year or a date from 1900 to 2099.",
        6035 PasscodeCommon = "The passcode is one of those that many people choose.",
    }
}

impl core::error::Error for VaultError {}
