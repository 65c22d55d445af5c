//! Who is in the story, and its eight chapters.

mod card;
mod change;
mod counter;
mod day;
mod desk;
mod fund;
mod handover;
mod jpeg;
mod letter;
mod lists;
mod loan;
mod people;
mod phone;
mod pictures;
mod scratch;
pub(crate) mod screen;
mod theft;
mod visit;

use vitacard::UnixTime;
use vitacard::trust::TrustAnchors;

use desk::{Desk, Readers};
use fund::Fund;
use phone::Phone;
use scratch::Scratch;
use screen::Screen;

pub(crate) type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

struct World {
    screen: Screen,
    fund: Fund,
    /// Whom apps know as the root of all readers.
    readers: Readers,
    mother: Phone,
    daughter: Phone,
    pharmacy: Desk,
}

impl World {
    fn new(screen: Screen, scratch: &Scratch) -> Fallible<Self> {
        let (fund, readers) = (Fund::new()?, Readers::new()?);
        let pharmacy = readers.pharmacy(&fund)?;
        Ok(Self {
            screen,
            mother: Phone::new(&scratch.folder("mother"), 101)?,
            daughter: Phone::new(&scratch.folder("daughter"), 102)?,
            fund,
            readers,
            pharmacy,
        })
    }

    /// The pharmacy fetches what the fund published then. Gives the bytes of the list of cards.
    fn fetch_lists(&mut self, published: UnixTime, now: UnixTime) -> Fallible<usize> {
        let lists = self.fund.publish(published)?;
        Ok(self.pharmacy.fetch(&lists, now)?)
    }

    fn anchors(&self) -> &TrustAnchors {
        self.fund.anchors()
    }
}

/// The whole story, in order.
pub(crate) fn tell(screen: Screen) -> Fallible<()> {
    let scratch = Scratch::new()?;
    let world = &mut World::new(screen, &scratch)?;
    let invitation = letter::read(world)?;
    let approved = letter::photograph(world, &invitation)?;
    card::choose_passcode(world)?;
    card::receive(world, approved)?;
    counter::visit(world)?;
    let lent = loan::lend(world)?;
    let card = change::refresh(world, &lent)?;
    theft::block(world, &card)
}
