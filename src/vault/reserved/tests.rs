use super::*;

/// 0, 0, 0, 60 s, 300 s, 3600 s.
#[test]
fn the_delays() {
    let delays = [1, 2, 3, 4, 5, 6, 7, 10, u32::MAX].map(delay_before);
    assert_eq!(delays, [0, 0, 0, 60, 300, 3600, 3600, 3600, 3600]);
}

#[test]
fn a_wait_is_rounded_up() {
    assert_eq!(seconds(Duration::from_millis(59_001)), 60);
    assert_eq!(seconds(Duration::from_secs(59)), 59);
    assert_eq!(refuse_early(4, Duration::from_secs(60)), Ok(()));
    let almost = Duration::from_nanos(59_999_999_999);
    assert_eq!(
        refuse_early(4, almost),
        Err(VaultError::TooSoon { wait: 1 })
    );
}
