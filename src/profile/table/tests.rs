use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn profiles() -> [Profile; 3] {
    [
        Profile::health_insurance(),
        Profile::health_insurance_of("fr.example").unwrap(),
        Profile::ehic(),
    ]
}

#[test]
fn each_element_once_and_in_a_name_space() {
    for profile in profiles() {
        let ids: BTreeSet<_> = profile
            .elements()
            .iter()
            .map(|element| element.id)
            .collect();
        assert_eq!(ids.len(), profile.elements().len());
        for element in profile.elements() {
            let name_space = profile.name_space(element);
            assert!(!name_space.as_str().is_empty(), "{}", element.id);
            let found = profile.element_in(name_space.as_str(), element.id);
            assert_eq!(found.map(|element| element.id), Some(element.id));
            assert!(profile.element_in("elsewhere", element.id).is_none());
            assert!(!element.doc.is_empty());
        }
    }
}

/// Cards with all optional elements and cards with none have as many digests, and no number of a digest
/// has two bytes.
#[test]
fn the_number_of_digests_says_nothing() {
    for profile in profiles() {
        let mut counts = BTreeMap::<_, (u16, u16)>::new();
        for element in profile.elements() {
            let count = counts.entry(profile.name_space(element)).or_default();
            count.1 += 1;
            count.0 += u16::from(element.presence == Presence::Mandatory);
        }
        for (name_space, (least, most)) in counts {
            let [least, most] = [least, most].map(|count| count.max(1).next_multiple_of(DIGESTS));
            assert_eq!(least, most, "{name_space:?}");
            assert!(most <= 24);
        }
    }
}

/// The sizes of profiles as the design of the card counts them: with the day of birth as registers have
/// it, one more in P, D and H.
#[test]
fn how_many_each_reader_may_have() {
    let profile = Profile::health_insurance();
    let count = |shown: &dyn Fn(&Shown) -> bool| {
        let elements = profile.elements().iter();
        elements.filter(|element| shown(&element.shown)).count()
    };
    let usual = |ceiling| count(&|shown| shown.usual(ceiling));
    assert_eq!(usual(Ceiling::Administrative), 9);
    assert_eq!(usual(Ceiling::Eligibility), 11);
    assert_eq!(usual(Ceiling::Pharmacist), 35 + 1);
    assert_eq!(usual(Ceiling::Doctor), 38 + 1);
    assert_eq!(usual(Ceiling::Hospital), 42 + 1);
    assert_eq!(count(&|shown| shown.admits(Ceiling::Doctor)), 39 + 1);
    assert_eq!(profile.lent().count(), 28);
}

/// What lets health be guessed is on every card, so that having it says nothing; and nobody lends it
/// without having chosen to.
#[test]
fn what_tells_of_health() {
    for element in Profile::health_insurance().elements() {
        if element.privacy == Privacy::High {
            assert_eq!(element.presence, Presence::Mandatory, "{}", element.id);
            assert!(
                !element.shown.admits(Ceiling::Administrative),
                "{}",
                element.id
            );
            let number = element.id == "personal_administrative_number";
            assert_eq!(element.shown.lent(), number, "{}", element.id);
        }
    }
}
