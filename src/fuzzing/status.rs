//! Lists of statuses, and their increments.

use alloc::vec::Vec;

use crate::cbor::{MESSAGE_CAP, WellFormed};
use crate::error::Error;
use crate::status::doors::{LIST_CAP, ResidentForm, Rice, Statuses, difference, encode, inflate};

/// Coded numbers of a list of `len`: they ascend, end below it, and no encoding is shorter than the
/// one that we would write.
pub fn coded_numbers(bytes: &[u8], len: u64) -> Result<Vec<u32>, Error> {
    let rice = Rice::parse(bytes, len)?;
    let numbers = rice.numbers().collect::<Result<Vec<_>, _>>()?;
    assert!(numbers.is_sorted_by(|one, next| one < next));
    assert!(numbers.iter().all(|number| u64::from(*number) < len));
    assert_eq!(numbers.len(), usize::try_from(rice.count()).unwrap());
    let own = encode(numbers.iter().copied());
    assert!(own.len() <= bytes.len());
    let again = Rice::parse(&own, len).unwrap().numbers();
    assert!(again.eq(numbers.iter().map(|number| Ok(*number))));
    Ok(numbers)
}

/// `StatusList`: it is as long as its cap at most, and both resident forms say the same of it.
pub fn status_list(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    const CAP: usize = 1 << 16;
    let map = WellFormed::parse(bytes, MESSAGE_CAP)?;
    let (bits, list) = inflate(map, CAP)?;
    assert!(list.len() <= CAP && list.capacity() == list.len());
    assert_eq!(inflate(map, LIST_CAP).unwrap(), (bits, list.clone()));
    let bitmap = Statuses::new(list.clone(), bits, ResidentForm::Bitmap);
    let gaps = Statuses::new(list.clone(), bits, ResidentForm::Gaps);
    assert!(gaps.byte_len() <= bitmap.byte_len());
    assert_eq!(gaps.to_list(), list);
    for index in 0..bitmap.len() {
        assert_eq!(gaps.status(index), bitmap.status(index));
    }
    assert_eq!(gaps.status(gaps.len()), None);
    Ok(list)
}

/// An increment of a list of one bit each: both resident forms judge it alike, and what it makes
/// differs by just that.
pub fn increment(list: &[u8], invalid: &[u8], valid: &[u8]) -> Result<Vec<u8>, Error> {
    let bitmap = Statuses::new(list.to_vec(), 1, ResidentForm::Bitmap);
    let gaps = Statuses::new(list.to_vec(), 1, ResidentForm::Gaps);
    let invalid = Rice::parse(invalid, bitmap.len())?;
    let valid = Rice::parse(valid, bitmap.len())?;
    let (one, other) = (
        bitmap.changed(&invalid, &valid),
        gaps.changed(&invalid, &valid),
    );
    assert_eq!(one.is_ok(), other.is_ok());
    let (made, other) = (one?, other?);
    assert_eq!(made.to_list(), other.to_list());
    assert_eq!(
        other,
        Statuses::new(made.to_list(), 1, ResidentForm::Gaps),
        "one list has one form"
    );
    let (more, less) = difference(&gaps, &made).unwrap();
    assert!(invalid.numbers().eq(more.into_iter().map(Ok)));
    assert!(valid.numbers().eq(less.into_iter().map(Ok)));
    Ok(made.to_list())
}
