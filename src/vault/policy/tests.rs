use std::format;

use super::*;

fn refusal(digits: &str) -> Option<VaultError> {
    PasscodePolicy::default().accept(digits).err()
}

#[test]
fn what_is_no_passcode() {
    for digits in ["", "123", "1234567890123"] {
        assert_eq!(
            refusal(digits),
            Some(VaultError::PasscodeLength),
            "{digits}"
        );
    }
    for digits in ["12a4", "12 45", "１２３４", "-123", "+123"] {
        assert_eq!(
            refusal(digits),
            Some(VaultError::PasscodeNotDigits),
            "{digits}"
        );
    }
}

#[test]
fn repetitions_are_refused() {
    for digits in [
        "0000",
        "9999",
        "1212",
        "4747",
        "77777",
        "121212",
        "839839",
        "111111111111",
    ] {
        assert_eq!(
            refusal(digits),
            Some(VaultError::PasscodeRepeats),
            "{digits}"
        );
    }
    assert_eq!(refusal("83983"), None);
}

#[test]
fn runs_are_refused() {
    for digits in [
        "1234",
        "4321",
        "7890",
        "0987",
        "2468",
        "9753",
        "012345",
        "890123456789",
    ] {
        assert_eq!(refusal(digits), Some(VaultError::PasscodeRuns), "{digits}");
    }
    assert_eq!(refusal("1235"), None);
}

#[test]
fn years_and_dates_are_refused() {
    for year in 1900..2100 {
        let expected = match year {
            1919 | 2020 => VaultError::PasscodeRepeats,
            1975 | 2086 => VaultError::PasscodeRuns,
            _ => VaultError::PasscodeIsDate,
        };
        assert_eq!(refusal(&format!("{year}")), Some(expected), "{year}");
    }
    assert_eq!(refusal("1899"), None);
    assert_eq!(refusal("2100"), None);
    for digits in [
        "240178", "012478", "780124", "24011978", "01241978", "19780124", "31122099",
    ] {
        assert_eq!(
            refusal(digits),
            Some(VaultError::PasscodeIsDate),
            "{digits}"
        );
    }
    for digits in ["331378", "783213", "24012178", "24011", "00127835"] {
        assert_eq!(refusal(digits), None, "{digits}");
    }
}

#[test]
fn usual_ones_are_refused() {
    for digits in common::COMMON {
        // The list has no entry that is of no use.
        let refused = Some(VaultError::PasscodeCommon);
        assert_eq!(refusal(digits), refused, "{digits}");
    }
    for digits in ["90210", "42069", "8675309", "3141592654"] {
        let refused = Some(VaultError::PasscodeCommon);
        assert_eq!(refusal(digits), refused, "{digits}");
    }
    assert_eq!(refusal("2580"), Some(VaultError::PasscodeCommon));
    assert_eq!(refusal("8305"), None);
}

#[test]
fn what_nearly_repeats_is_refused() {
    for digits in [
        "0001",
        "1000",
        "1112",
        "1211",
        "00700",
        "00000001",
        "1122",
        "334411",
        "11112222",
        "111222333",
        "1122334455",
        "0420420",
        "83838",
    ] {
        let refused = Some(VaultError::PasscodeRepeats);
        assert_eq!(refusal(digits), refused, "{digits}");
    }
    for digits in ["1192", "83388", "888337", "7337744"] {
        assert_eq!(refusal(digits), None, "{digits}");
    }
}

#[test]
fn what_nearly_runs_is_refused() {
    for digits in [
        "12321",
        "13531",
        "123321",
        "1234321",
        "12344321",
        "123454321",
        "1234554321",
        "1029384756",
        "10203040",
        "142536",
    ] {
        let refused = Some(VaultError::PasscodeRuns);
        assert_eq!(refusal(digits), refused, "{digits}");
    }
    for digits in ["8338", "83138", "831138", "1829384", "142537"] {
        assert_eq!(refusal(digits), None, "{digits}");
    }
}

#[test]
fn ways_along_the_keypad_are_refused() {
    for digits in [
        "12369",
        "08547",
        "123654",
        "123789",
        "753951",
        "1478963",
        "7891230",
        "14725836",
        "789456123",
        "147852369",
        "7894561230",
    ] {
        let refused = Some(VaultError::PasscodeRuns);
        assert_eq!(refusal(digits), refused, "{digits}");
    }
    for digits in ["123657", "12478", "1237894653", "12378970"] {
        assert_eq!(refusal(digits), None, "{digits}");
    }
}

/// 2412: a birthday may be, and is known to whoever knows the owner. It is said in docs/vault.md.
#[test]
fn a_day_and_a_month_are_accepted() {
    assert_eq!(refusal("2412"), None);
}

/// A rule that refuses much leaves a guesser less to try.
#[test]
fn nine_of_ten_are_left() {
    let all = (0..10_000).map(|n| format!("{n:04}"));
    let left = all.filter(|digits| refusal(digits).is_none()).count();
    assert!((9_000..9_200).contains(&left), "{left}");
}

#[test]
fn a_deployer_changes_it() {
    let six = PasscodePolicy::default().with_length(6..=6).unwrap();
    assert_eq!(six.accept("8305").err(), Some(VaultError::PasscodeLength));
    let own = six.refusing_also(&["803171"]);
    assert_eq!(own.accept("803171").err(), Some(VaultError::PasscodeCommon));
    let both = own.clone().refusing_also(&["830571"]);
    for digits in ["803171", "830571"] {
        assert_eq!(both.accept(digits).err(), Some(VaultError::PasscodeCommon));
    }
    assert!(own.accept("830571").is_ok());
    let own = own.without_rules();
    assert_eq!(own.accept("803171").err(), Some(VaultError::PasscodeCommon));
    assert!(own.accept("000000").is_ok());
    #[expect(clippy::reversed_empty_ranges, reason = "no length at all")]
    for lengths in [3..=4, 4..=13, 8..=6] {
        let refused = PasscodePolicy::default().with_length(lengths).err();
        assert_eq!(refused, Some(Misuse::PasscodeLengths));
    }
}
