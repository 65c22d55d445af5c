//! Two forgeries that cancel each other in an equation whose multipliers are known.
//!
//! Without the private key of Q: choose R₁ = a·G + b·Q and R₂ = c·G + d·Q, and solve
//! `z₁·(e₁/s₁·G + r₁/s₁·Q − R₁) + z₂·(e₂/s₂·G + r₂/s₂·Q − R₂) = 0`, in G and in Q, for s₁ and s₂.

use p256::elliptic_curve::PrimeField as _;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::AffineCoordinates as _;
use p256::{FieldBytes, ProjectivePoint, PublicKey, Scalar};
use sha2::{Digest as _, Sha256};

use crate::kit::Shown;
use crate::pki::Key;
use crate::signatures::{Raw, device_signature};

/// Signatures for two responses of the kit's device, each wrong by itself.
pub(crate) fn cancelling(shown: [&Shown; 2], z: [Scalar; 2]) -> [Raw; 2] {
    let key = Key::from_seed("device").public_sec1();
    let key = PublicKey::from_sec1_bytes(&key).unwrap().to_projective();
    let e = shown.map(|shown| {
        let hash: [u8; 32] = Sha256::digest(device_signature(shown).1).into();
        <Scalar as Reduce<FieldBytes>>::reduce(&hash.into())
    });
    let [(a, b, first), (c, d, second)] = [commitment(1, key), commitment(50, key)];
    let r = [first, second].map(|point| x(&point));
    // [z₁e₁ z₂e₂; z₁r₁ z₂r₂]·[w₁ w₂] = [z₁a + z₂c, z₁b + z₂d], with wᵢ = 1/sᵢ.
    let (right, below) = (z[0] * a + z[1] * c, z[0] * b + z[1] * d);
    let determinant = z[0] * z[1] * (e[0] * r[1] - e[1] * r[0]);
    let inverse = determinant.invert().unwrap();
    let w = [
        (right * z[1] * r[1] - z[1] * e[1] * below) * inverse,
        (z[0] * e[0] * below - right * z[0] * r[0]) * inverse,
    ];
    let sides = [(0, first), (1, second)].map(|(i, point)| {
        let error = ProjectivePoint::GENERATOR * (e[i] * w[i]) + key * (r[i] * w[i]) - point;
        assert_ne!(error, ProjectivePoint::IDENTITY, "no forgery");
        error * z[i]
    });
    assert_eq!(sides[0] + sides[1], ProjectivePoint::IDENTITY);
    [0, 1].map(|i| {
        let s = w[i].invert().unwrap();
        let bytes = [r[i].to_repr(), s.to_repr()].concat();
        bytes.try_into().unwrap()
    })
}

/// `a`, `b` and `a·G + b·Q`, whose y is even.
fn commitment(from: u64, key: ProjectivePoint) -> (Scalar, Scalar, ProjectivePoint) {
    let even = (from..).find_map(|a| {
        let (a, b) = (Scalar::from(a), Scalar::from(3 * a + 1));
        let point = ProjectivePoint::GENERATOR * a + key * b;
        let odd = bool::from(point.to_affine().y_is_odd());
        (!odd).then_some((a, b, point))
    });
    even.unwrap()
}

fn x(point: &ProjectivePoint) -> Scalar {
    <Scalar as Reduce<FieldBytes>>::reduce(&point.to_affine().x())
}
