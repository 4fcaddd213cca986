// Bits of the validity plane.
const DEAD = 1u;
const SATURATED = 2u;
const PENETRATION_LIMITED = 4u;
const INTERPOLATED = 8u;
const BEAM_OFF_BIT = 16u;

// Whether nothing was measured at a pixel by a dead detector and nothing stands in for it.
fn is_dead(validity: u32) -> bool {
    return (validity & (DEAD | INTERPOLATED)) == DEAD;
}
