//! Points of the curve y² = x³ − 3x + b. Exceptional cases are branches: every input is public.

use super::field::Element;

/// A point other than infinity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Affine {
    pub(super) x: Element,
    pub(super) y: Element,
}

/// A point (x / z², y / z³), or infinity where z is 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    x: Element,
    y: Element,
    z: Element,
}

/// A point with the powers of its z, to be added many times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addend {
    point: Point,
    z2: Element,
    z3: Element,
}

impl Affine {
    /// From coordinates, if they are of a point of the curve.
    pub(super) const fn from_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Option<Self> {
        let (Some(x), Some(y)) = (Element::from_bytes(x), Element::from_bytes(y)) else {
            return None;
        };
        match y.square().equals(&right_side(&x)) {
            true => Some(Self { x, y }),
            false => None,
        }
    }

    /// The point with this x and a y of this parity, if there is one (SEC 1 section 2.3.4).
    pub(super) const fn from_x(x: Element, odd: bool) -> Option<Self> {
        let Some(y) = right_side(&x).square_root() else {
            return None;
        };
        let y = if y.is_odd() == odd { y } else { y.negate() };
        Some(Self { x, y })
    }

    #[inline]
    pub(super) const fn negate(&self) -> Self {
        Self {
            x: self.x,
            y: self.y.negate(),
        }
    }

    #[inline]
    pub(super) const fn negate_if(&self, negative: bool) -> Self {
        match negative {
            true => self.negate(),
            false => *self,
        }
    }
}

impl Point {
    pub(super) const INFINITY: Self = Self {
        x: Element::ONE,
        y: Element::ONE,
        z: Element::ZERO,
    };

    pub(super) const fn from_affine(affine: &Affine) -> Self {
        Self {
            x: affine.x,
            y: affine.y,
            z: Element::ONE,
        }
    }

    #[inline]
    pub(super) const fn is_infinity(&self) -> bool {
        self.z.is_zero()
    }

    pub(super) const fn z(&self) -> &Element {
        &self.z
    }

    /// Whether this is a point whose x coordinate is `x`.
    pub(super) const fn has_x(&self, x: &Element) -> bool {
        !self.is_infinity() && x.multiply(&self.z.square()).equals(&self.x)
    }

    /// The coordinates, given the inverse of z.
    pub(super) const fn affine_with(&self, inverse: &Element) -> Affine {
        let square = inverse.square();
        Affine {
            x: self.x.multiply(&square),
            y: self.y.multiply(&square.multiply(inverse)),
        }
    }

    /// The coordinates; infinity has none.
    pub(super) const fn affine(&self) -> Option<Affine> {
        match self.is_infinity() {
            true => None,
            false => Some(self.affine_with(&self.z.invert())),
        }
    }

    /// 2P, with 4 multiplications and 4 squares. Infinity stays infinity, as z stays 0; and no point
    /// of this curve has y = 0, for its order is odd.
    #[inline]
    pub(super) const fn double(&self) -> Self {
        let z2 = self.z.square();
        let three = self.x.subtract(&z2).multiply(&self.x.add(&z2));
        let slope = three.double().add(&three);
        let y2 = self.y.double();
        let y4 = y2.square();
        let s = self.x.multiply(&y4);
        let x = slope.square().subtract(&s.double());
        let y = slope
            .multiply(&s.subtract(&x))
            .subtract(&y4.square().halve());
        let z = y2.multiply(&self.z);
        Self { x, y, z }
    }

    /// P + Q, with 8 multiplications and 3 squares.
    #[inline]
    pub(super) const fn add_affine(&self, other: &Affine) -> Self {
        if self.is_infinity() {
            return Self::from_affine(other);
        }
        let z2 = self.z.square();
        let x2 = other.x.multiply(&z2);
        let y2 = other.y.multiply(&z2.multiply(&self.z));
        self.finish(&self.x, &self.y, &x2, &y2, &self.z)
    }

    /// P + Q, with 11 multiplications and 3 squares.
    #[inline]
    pub(super) const fn add(&self, other: &Addend) -> Self {
        if other.point.is_infinity() {
            return *self;
        }
        if self.is_infinity() {
            return other.point;
        }
        let z2 = self.z.square();
        let x1 = self.x.multiply(&other.z2);
        let y1 = self.y.multiply(&other.z3);
        let x2 = other.point.x.multiply(&z2);
        let y2 = other.point.y.multiply(&z2.multiply(&self.z));
        self.finish(&x1, &y1, &x2, &y2, &self.z.multiply(&other.point.z))
    }

    /// The sum of (x1, y1) and (x2, y2), both over the same `z`.
    #[inline]
    const fn finish(
        &self,
        x1: &Element,
        y1: &Element,
        x2: &Element,
        y2: &Element,
        z: &Element,
    ) -> Self {
        let h = x2.subtract(x1);
        let r = y2.subtract(y1);
        if h.is_zero() {
            return match r.is_zero() {
                true => self.double(),
                false => Self::INFINITY,
            };
        }
        let h2 = h.square();
        let h3 = h2.multiply(&h);
        let v = x1.multiply(&h2);
        let x = r.square().subtract(&h3).subtract(&v).subtract(&v);
        let y = r.multiply(&v.subtract(&x)).subtract(&y1.multiply(&h3));
        Self {
            x,
            y,
            z: z.multiply(&h),
        }
    }
}

impl Addend {
    pub(super) const fn new(point: Point) -> Self {
        let z2 = point.z.square();
        Self {
            point,
            z3: z2.multiply(&point.z),
            z2,
        }
    }

    #[inline]
    pub(super) const fn negate_if(&self, negative: bool) -> Self {
        let y = match negative {
            true => self.point.y.negate(),
            false => self.point.y,
        };
        Self {
            point: Point { y, ..self.point },
            ..*self
        }
    }
}

/// x³ − 3x + b.
const fn right_side(x: &Element) -> Element {
    let cube = x.square().multiply(x);
    cube.subtract(&x.double().add(x)).add(&Element::B)
}

#[cfg(test)]
mod tests;
